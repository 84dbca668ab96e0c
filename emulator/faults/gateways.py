"""What proxies, gateways and local servers answer where a reply is due: statuses, pages, odd error shapes."""

import json
from collections.abc import Callable
from typing import Any

from ..answer import JSON, Answer
from ..errors import error_body
from ..script import Part, Script
from .fault import Fault
from .refusals import Refusal, page

MANY_MESSAGES = 4
"""More than these are too long for the small window."""
HEADER_BYTES = 120 * 1024
ELSEWHERE = "https://example.invalid/v1/chat/completions"


def raw(status: int, body: object, kind: str = JSON, **headers: str) -> Callable[[Answer], Script]:
    """An answer with this body: bytes as they are, anything else as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def play(answer: Answer) -> Script:
        all_headers = {"Content-Type": kind, **answer.headers, **named}
        return Script(status, all_headers, [Part(0.0, data)], length=len(data), whole=False)

    return play


def refuses_field(field: str, instead: str) -> Callable[[Answer], Script]:
    """400 as long as the body holds a parameter it does not know; without it all is well."""
    refusal = Refusal(
        400,
        "invalid_request_error",
        "unsupported_parameter",
        f"Unsupported parameter: '{field}' is not supported with this model.{instead}",
        field,
    )

    def play(answer: Answer) -> Script:
        return refusal(answer) if field in answer.request.fields else answer.script()

    return play


def small_window(answer: Answer) -> Script:
    """400 as long as more than a few messages are sent."""
    if len(answer.request.messages) <= MANY_MESSAGES:
        return answer.script()
    return Refusal(
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "This model's maximum context length is 4096 tokens. Please reduce the length of the messages.",
        "messages",
    )(answer)


def headers_too_large(answer: Answer) -> Script:
    """The head of the answer is longer than any client should read."""
    return Script(200, {"X-Padding": "x" * HEADER_BYTES}, length=0, whole=False)


def http_garbage(answer: Answer) -> Script:
    """Bytes that are no HTTP."""
    return Script(
        head=b"SSH-2.0-OpenSSH_9.6\r\nInvalid\x00\x01 protocol\r\n\r\n", ending="close", whole=False
    )


def _server(status: int, message: str, code: str | None = None, **headers: str) -> Refusal:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Refusal(status, "server_error", code, message, headers=named)


def _request(status: int, message: str, code: str | None = None, **headers: str) -> Refusal:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Refusal(status, "invalid_request_error", code, message, headers=named)


_WORDS = "The model is overloaded <b>now</b>"
_SHAPES: dict[str, tuple[str, Any]] = {
    "text": ('{"error": "text"}', {"error": _WORDS}),
    "message": ('{"message": "text"}', {"message": _WORDS}),
    "detail": ('{"detail": "text"}', {"detail": _WORDS}),
    "list": ('[{"error": {...}}]', [{"error": {"code": 500, "message": _WORDS, "status": "INTERNAL"}}]),
    "blank": ('{"error": {"message": ""}}', {"error": {"message": ""}}),
    "null": ('{"error": null}', {"error": None}),
    "code_number": ("a code that is a number", {"error": {"message": _WORDS, "code": 500}}),
    "code_digits": ("a code that is digits in a text", {"error": {"message": _WORDS, "code": "500"}}),
    "not_json": ("no JSON, though it says so", b"{upstream connect error"),
    "nothing": ("no body at all", b""),
}
_CLOUDFLARE = {
    520: "Web server is returning an unknown error",
    521: "Web server is down",
    522: "Connection timed out",
    523: "Origin is unreachable",
    524: "A timeout occurred",
    525: "SSL handshake failed",
    526: "Invalid SSL certificate",
}
_LIMITED = error_body("Rate limit reached.", "requests", "rate_limit_exceeded")
_REFUSED_KEY = error_body("Incorrect API key provided.", "invalid_request_error", "invalid_api_key")

_PLAYS: dict[str, tuple[str, Callable[[Answer], Script]]] = {
    **{
        f"redirect_{status}": (
            f"{status} to another address",
            raw(status, b"", "text/html", Location=ELSEWHERE),
        )
        for status in (301, 302, 307, 308)
    },
    "headers_too_large": (f"200 with a header of {HEADER_BYTES // 1024} KiB", headers_too_large),
    "http_garbage": ("bytes that are no HTTP", http_garbage),
    "small_window": (f"400 context_length_exceeded for more than {MANY_MESSAGES} messages", small_window),
    "no_stream_options": (
        "400 as long as the request holds stream_options",
        refuses_field("stream_options", ""),
    ),
    "no_max_tokens": (
        "400 as long as the request holds max_tokens",
        refuses_field("max_tokens", " Use 'max_completion_tokens' instead."),
    ),
    "no_temperature": ("400 as long as the request holds temperature", refuses_field("temperature", "")),
    "bad_model": (
        "400 for a model it does not have, told in words only",
        _request(400, "Invalid model name passed in model={model}"),
    ),
    "region_blocked": (
        "403 the country is not served",
        Refusal(403, "request_forbidden", "unsupported_country_region_territory", "Country not supported."),
    ),
    "moderated": (
        "403 the input was flagged",
        raw(
            403,
            {
                "error": {
                    "code": 403,
                    "message": "Your chosen model requires moderation and your input was flagged",
                    "metadata": {"reasons": ["violence"], "flagged_input": "Áo khoác…"},
                }
            },
        ),
    ),
    "waf_page": ("403 with the page of a firewall", page(403, "Attention Required! | Cloudflare")),
    "wrong_path": ("404 with a page of its own", page(404, "404 Not Found")),
    "wrong_path_detail": ('404 {"detail": "Not Found"}', raw(404, {"detail": "Not Found"})),
    "timeout_408": ("408", _server(408, "Request timed out.")),
    "conflict": ("409 lock conflict", _server(409, "The resource is locked.", "conflict")),
    "too_large": ("413", _request(413, "Request entity too large.", "request_too_large")),
    "unprocessable": ("422", _request(422, "Unprocessable entity: messages.0.role.")),
    "should_retry": ("422 with x-should-retry: true", _request(422, "Try again.", x_should_retry="true")),
    "should_not_retry": ("500 with x-should-retry: false", _server(500, "No.", x_should_retry="false")),
    "unavailable_short": (
        "503 with Retry-After: 3",
        _server(503, "Try again later.", "unavailable", Retry_After="3"),
    ),
    "unavailable_long": (
        "503 with Retry-After: 120",
        _server(503, "Try again later.", "unavailable", Retry_After="120"),
    ),
    **{f"origin_{code}": (f"{code} with a page", page(code, title)) for code, title in _CLOUDFLARE.items()},
    **{f"error_{name}": (f"500: {line}", raw(500, body)) for name, (line, body) in _SHAPES.items()},
    "no_content_204": ("204", raw(204, b"")),
    "empty_json_200": ("200 with {} as JSON", raw(200, {})),
    "quota_in_words": (
        "429 that says in words only that the quota is used up",
        Refusal(
            429,
            "requests",
            None,
            "You exceeded your current quota, please check your plan and billing details.",
        ),
    ),
    "limited_200": ("200 with a JSON error: rate_limit_exceeded", raw(200, _LIMITED)),
    "bad_key_200": ("200 with a JSON error: invalid_api_key", raw(200, _REFUSED_KEY)),
    "portal_200": (
        "200 with the sign-in page of a network, which says it is an event stream's",
        raw(200, b"<!doctype html><html><body>Please sign in.</body></html>", "text/event-stream"),
    ),
}

FAULTS = tuple(Fault(name, line, play) for name, (line, play) in _PLAYS.items())
