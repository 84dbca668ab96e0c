"""Faults that answer with an error status and no reply at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..answer import Answer, document
from ..errors import error_body
from ..script import Part, Script
from .fault import Fault


@dataclass(frozen=True)
class Refusal:
    """An error response: ``kind`` and ``code`` are the API's ``type`` and ``code``."""

    status: int
    kind: str
    code: str | None
    message: str
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, answer: Answer) -> Script:
        """The response. ``{model}`` in the message is the model asked for."""
        message = self.message.replace("{model}", answer.request.model)
        body = error_body(message, self.kind, self.code, self.param)
        return document(self.status, body, {**answer.headers, **self.headers})


def page(status: int, title: str) -> Callable[[Answer], Script]:
    """An HTML page where JSON is expected, as a proxy sends it."""
    data = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
    ).encode()

    def play(answer: Answer) -> Script:
        headers = {"Content-Type": "text/html; charset=UTF-8", **answer.headers}
        return Script(status, headers, [Part(0.0, data)], length=len(data), whole=False)

    return play


FAULTS = (
    Fault(
        "bad_key",
        "401 invalid_api_key",
        Refusal(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    ),
    Fault(
        "no_credit",
        "402 insufficient balance",
        Refusal(402, "insufficient_balance", "insufficient_balance", "Insufficient balance. Please top up."),
    ),
    Fault(
        "forbidden",
        "403 the key may not use this model",
        Refusal(403, "permission_error", "permission_denied", "This key has no access to model `{model}`."),
    ),
    Fault(
        "unknown_model",
        "404 model_not_found",
        Refusal(
            404,
            "invalid_request_error",
            "model_not_found",
            "The model `{model}` does not exist or you do not have access to it.",
            "model",
        ),
    ),
    Fault(
        "rate_limited",
        "429 with Retry-After: 1",
        Refusal(
            429,
            "requests",
            "rate_limit_exceeded",
            "Rate limit reached for `{model}`. Please try again in 1s.",
            headers={
                "Retry-After": "1",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "1s",
            },
        ),
    ),
    Fault(
        "rate_limited_long",
        "429 with Retry-After: 120",
        Refusal(
            429,
            "requests",
            "rate_limit_exceeded",
            "Rate limit reached for `{model}`. Please try again in 2m0s.",
            headers={
                "Retry-After": "120",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "2m0s",
            },
        ),
    ),
    Fault(
        "no_quota",
        "429 insufficient_quota, which no retry mends",
        Refusal(
            429,
            "insufficient_quota",
            "insufficient_quota",
            "You exceeded your current quota, please check your plan and billing details.",
        ),
    ),
    Fault(
        "server_error",
        "500 with a JSON error",
        Refusal(
            500,
            "server_error",
            None,
            "The server had an error while processing your request. Sorry about that!",
        ),
    ),
    Fault("bad_gateway", "502 with an HTML page", page(502, "502 Bad Gateway")),
    Fault(
        "unavailable",
        "503 no upstream for the model",
        Refusal(
            503, "service_unavailable", "no_available_channel", "No available channel for model `{model}`."
        ),
    ),
    Fault("timeout_504", "504 with an HTML page", page(504, "504 Gateway Time-out")),
    Fault("overloaded", "529 overloaded_error", Refusal(529, "overloaded_error", None, "Overloaded")),
    Fault(
        "context_too_long",
        "400 context_length_exceeded",
        Refusal(
            400,
            "invalid_request_error",
            "context_length_exceeded",
            "This model's maximum context length is 65536 tokens. However, your messages resulted in 81254 "
            "tokens. Please reduce the length of the messages.",
            "messages",
        ),
    ),
    Fault(
        "content_filter",
        "400 content_policy_violation",
        Refusal(
            400,
            "invalid_request_error",
            "content_policy_violation",
            "Your request was rejected as a result of our safety system.",
        ),
    ),
    Fault(
        "bad_parameter",
        "400 unknown parameter stream_options",
        Refusal(
            400,
            "invalid_request_error",
            "unknown_parameter",
            "Unknown parameter: 'stream_options'.",
            "stream_options",
        ),
    ),
)
