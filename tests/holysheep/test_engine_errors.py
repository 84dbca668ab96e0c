"""From what a provider answers to what went wrong; and that no key gets into the words of it."""

from dataclasses import dataclass, field

import orjson
import pytest
from asking import KEY
from hypothesis import given
from hypothesis import strategies as st

from holysheep.answers import from_response, request_id, status_inside
from holysheep.errors import DETAIL_LENGTH, EngineError, clean


@dataclass(frozen=True)
class Case:
    """An answer, and the error it stands for."""

    name: str
    status: int
    body: object
    kind: str
    detail: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def litellm(message: str, type: str = "invalid_request_error") -> dict[str, object]:
    """An error as LiteLLM's proxy 1.106 words it: the class of its own error stands in the message only."""
    return {"error": {"message": message, "type": type, "param": None, "code": "400"}}


CASES = (
    # the shapes of OpenAI, of gateways, of local servers
    Case("openai", 401, {"error": {"message": "no", "code": "invalid_api_key"}}, "bad_key", "no"),
    Case("text-only", 401, {"error": "no"}, "bad_key", "no"),
    Case("message-only", 429, {"message": "slow"}, "rate_limited", "slow"),
    Case("detail-only", 422, {"detail": [{"msg": "no"}]}, "bad_request", "[{'msg': 'no'}]"),
    Case("in-a-list", 400, [{"error": {"code": "context_length_exceeded"}}], "context_too_long"),
    Case("empty-message", 403, {"error": {"message": ""}}, "forbidden", "HTTP 403"),
    Case("null-error", 500, {"error": None, "message": "oh"}, "provider_down", "oh"),
    Case("code-is-a-number", 402, {"error": {"code": 402, "message": "pay"}}, "no_credit", "pay"),
    Case("code-only", 400, {"error": {"code": "unknown_parameter"}}, "bad_request", "unknown_parameter"),
    Case("empty-list", 503, [], "provider_down", "[]"),
    Case("a-number", 500, 7, "provider_down", "7"),
    Case("a-null", 500, None, "provider_down", "None"),
    Case("no-body", 500, b"", "provider_down", "HTTP 500"),
    Case("no-utf-8", 500, b"\xff\xfe", "provider_down", "\ufffd\ufffd"),
    Case("a-page", 502, b"<html>\n  <h1>Bad</h1>", "provider_down", "<html> <h1>Bad</h1>"),
    # what the code says weighs more than the status
    Case("quota", 429, {"error": {"code": "insufficient_quota"}}, "no_credit"),
    Case("quota-by-type", 429, {"error": {"code": "429", "type": "insufficient_quota"}}, "no_credit"),
    Case("spend-limit", 429, {"error": {"type": "daily_spend_limit_exceeded"}}, "no_credit"),
    Case("organization", 429, {"error": {"code": "organization_usage_limit_exceeded"}}, "no_credit"),
    Case("policy", 400, {"error": {"code": "content_policy_violation"}}, "content_filter"),
    Case("model", 400, {"error": {"code": "model_not_found"}}, "unknown_model"),
    Case("wrong-path", 404, {"error": {"code": "unknown_url", "message": "no"}}, "wrong_address"),
    Case("anthropic", 0, {"error": {"type": "rate_limit_error"}}, "rate_limited"),
    Case("llama-cpp", 400, {"error": {"type": "exceed_context_size_error"}}, "context_too_long"),
    Case("vllm", 400, {"message": "This model's maximum context length is 4096 tokens"}, "context_too_long"),
    Case("words-of-another-status", 500, {"message": "maximum context length"}, "provider_down"),
    Case("litellm-key", 400, litellm("No connected db.", "no_db_connection"), "bad_key", "No connected db."),
    Case(
        "litellm-too-long",
        400,
        litellm(
            "litellm.ContextWindowExceededError: litellm.BadRequestError: OpenAIException - request (80019 tokens) "
            "exceeds the available context size (16384 tokens), try increasing it"
        ),
        "context_too_long",
    ),
    Case(
        "litellm-policy",
        400,
        litellm(
            "litellm.BadRequestError: litellm.ContentPolicyViolationError: OpenAIException - Your request was "
            "rejected as a result of our safety system. content_policy_fallback=None. fallbacks=None."
        ),
        "content_filter",
    ),
    Case(
        "litellm-model",
        400,
        litellm("/chat/completions: Invalid model name passed in model=nix. Call `/v1/models` to view"),
        "unknown_model",
    ),
    Case("litellm-other", 400, litellm("context_window_fallbacks=None. fallbacks=None."), "bad_request"),
    # statuses
    Case("300", 307, b"", "moved"),
    Case("400", 400, b"", "bad_request"),
    Case("401-page", 401, b" <html>", "not_a_provider"),
    Case("404-model", 404, {"error": {"message": "model 'x' not found"}}, "unknown_model"),
    Case("404-vllm", 404, {"object": "error", "message": "no model x"}, "unknown_model"),
    Case("404-path", 404, b"404: Not Found", "wrong_address"),
    Case("404-fastapi", 404, {"detail": "Not Found"}, "wrong_address"),
    Case("408", 408, b"", "provider_down"),
    Case("409", 409, b"", "provider_down"),
    Case("413", 413, b"", "context_too_long"),
    Case("418", 418, b"", "bad_request"),
    Case("429", 429, b"", "rate_limited"),
    Case("429-page", 429, b"<html>1015</html>", "rate_limited"),
    Case("504", 504, b"<html>", "silent"),
    Case("520", 520, b"<html>", "provider_down"),
    Case("524", 524, b"<html>", "silent"),
    Case("529", 529, b"", "overloaded"),
    Case("none", 0, {"error": {"message": "overloaded"}}, "provider_down", "overloaded"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_answer_stands_for_an_error(case: Case) -> None:
    """Providers disagree on shapes; status, codes and types tell what is meant."""
    body = case.body if isinstance(case.body, bytes) else orjson.dumps(case.body)
    error = from_response(case.status, {"x-request-id": "req-1"}, body)
    assert error.kind == case.kind
    assert case.detail is None or str(error) == case.detail
    assert (error.status, error.request_id) == (case.status or None, "req-1")


@pytest.mark.parametrize("kind", EngineError.__subclasses__(), ids=lambda kind: kind.kind)
def test_every_error_says_whose_it_is(kind: type[EngineError]) -> None:
    """Each kind has a name of its own and somebody to mend it; it can be made from nothing."""
    assert kind.fault in ("visitor", "operator", "provider", "network")
    assert str(kind()) == kind.kind
    assert [other.kind for other in EngineError.__subclasses__()].count(kind.kind) == 1


@pytest.mark.parametrize(
    ("headers", "id"),
    [
        ({"x-request-id": "a", "x-litellm-call-id": "b", "request-id": "c"}, "a"),
        ({"x-litellm-call-id": "b", "request-id": "c"}, "b"),
        ({"request-id": "c"}, "c"),
        ({"x-request-id": ""}, None),
        ({}, None),
    ],
)
def test_the_id_of_a_request(headers: dict[str, str], id: str | None) -> None:
    """Gateways name it as they please; their own id comes before that of whom they asked."""
    assert request_id(headers) == id
    assert from_response(500, headers, b"").request_id == id


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"status": 429}, 429),
        ({"code": 503}, 503),
        ({"code": "402"}, 402),
        ({"status": "bad", "code": 401}, 401),
        ({"code": "rate_limit_exceeded"}, 0),
        ({"code": 200}, 0),
        ({"code": "²"}, 0),
        ({"code": 4.29}, 0),
        ({}, 0),
        ("text", 0),
        (None, 0),
    ],
)
def test_the_status_inside(error: object, status: int) -> None:
    """An error object may carry the status that HTTP no longer could."""
    assert status_inside(error) == status


NOON = "Mon, 23 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "4"}, 4.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "86400"}, 86_400.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"x-ms-retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:07 GMT", "date": NOON}, 7.0),
        ({"retry-after": "Mon, 23 Nov 2026 11:59:00 GMT", "date": NOON}, None),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:07 GMT"}, None),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:07 -0000", "date": NOON}, None),
        ({"retry-after": "abc", "date": NOON}, None),
        ({"retry-after": "0"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    """Retry-After in all its spellings; dates are read against the answer's own clock."""
    assert from_response(429, headers, b"").wait_s == seconds


@pytest.mark.parametrize(("asked", "repeats"), [(None, 3), ("false", 0), ("False", 0), ("true", 3), ("?", 3)])
def test_a_provider_may_ask_not_to_be_asked_again(asked: str | None, repeats: int) -> None:
    """x-should-retry: false is obeyed; nothing else changes what we know better."""
    headers = {"x-should-retry": asked} if asked else {}
    assert from_response(500, headers, b"").repeats == repeats


def test_a_detail_is_one_short_line() -> None:
    """Of a provider's page the log keeps its beginning."""
    assert clean("a\r\n\t b" + "c" * 999) == "a b" + "c" * (DETAIL_LENGTH - 3)


# Keys as providers make them: a prefix and chance, or only chance.
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PREFIXED = st.builds(
    "{}{}{}".format,
    st.sampled_from(["sk", "hs", "pk", "rk", "SK"]),
    st.sampled_from(["-", "_", "-proj-", "-or-v1-", "-ant-api03-"]),
    st.text(LETTERS + "0123456789_-", min_size=8, max_size=120),
)
BARE = st.text(LETTERS + "0123456789", min_size=30, max_size=120).filter(
    lambda key: not key.isalpha() and not key.isdecimal()
)
# Other letters than a key has, so that a part of one found later can only be the key's.
AROUND = st.text("ăâđêôơưạếờ\u2028 .,:;-_*\t\n\"'{}<>()…\0", max_size=300)


@given(AROUND, PREFIXED | BARE, AROUND, st.sampled_from(["", " ", "\n", '"', "'", ":", "=", "(", "<"]))
def test_no_key_gets_through(before: str, key: str, after: str, edge: str) -> None:
    """Wherever a key stands in a provider's words, no readable part of it stays."""
    cleaned = clean(f"{before} {edge}{key}{edge} {after}")
    assert not any(key[start : start + 8] in cleaned for start in range(len(key) - 7))


@given(AROUND, st.text(LETTERS, min_size=1, max_size=40), AROUND)
def test_the_key_in_use_never_gets_through(before: str, key: str, after: str) -> None:
    """The key that was used is known, so it goes whatever it looks like, also where the text is cut."""
    body = orjson.dumps({"error": {"message": f"{before}{key}{after}"}})
    detail = str(from_response(401, {}, body, key))
    assert detail == str(from_response(401, {}, body.replace(key.encode(), b"[key]")))


@pytest.mark.parametrize(
    "text",
    [
        f"Incorrect API key provided: {KEY}.",
        f"Authorization: Bearer {KEY}",
        "Incorrect API key provided: sk-te*****6789.",
        "Incorrect API key provided: sk-te…6789",
        "api_key=abc123",
        '{"api-key": "abc123"}',
        "token: abc123",
        "Bearer abc123",
        "3f2b8c9e-1d4a-4f6b-9c8e-7a5d2e1f0b3c was refused",
    ],
)
def test_keys_as_providers_repeat_them(text: str) -> None:
    """Whole, masked, in a header, in a URL: all that looks like a key goes."""
    cleaned = clean(text)
    assert "[key]" in cleaned
    assert not any(part in cleaned for part in (KEY, "sk-te", "abc123", "3f2b8c9e", "6789"))


@pytest.mark.parametrize(
    "text",
    [
        "This model's maximum context length is 65536 tokens. However, your messages resulted in 81254 tokens.",
        "Rate limit reached for `deepseek-v3.2`. Please try again in 1s.",
        "The model `claude-sonnet-4.5` does not exist or you do not have access to it.",
        "insufficient_user_quota, organization_usage_limit_exceeded",
        "a risk-based, task-oriented key performance",
    ],
)
def test_plain_words_stay(text: str) -> None:
    """What is no key can be read in the log."""
    assert clean(text) == text
