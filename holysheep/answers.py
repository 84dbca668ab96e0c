"""From what a provider answers to the error it stands for; without I/O."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from holysheep.errors import (
    BadKey,
    BadRequest,
    Busy,
    ContentFilter,
    ContextTooLong,
    EngineError,
    Forbidden,
    Moved,
    NoCredit,
    NotAProvider,
    Overloaded,
    ProviderDown,
    RateLimited,
    Silent,
    UnknownModel,
    WrongAddress,
)
from holysheep.waits_asked import wait_asked

#: Codes and types of error objects, as OpenAI, gateways in front of it and local servers name them.
_BY_CODE: dict[str, type[EngineError]] = {
    "context_length_exceeded": ContextTooLong,
    "exceed_context_size_error": ContextTooLong,
    "content_filter": ContentFilter,
    "content_policy_violation": ContentFilter,
    "content_policy": ContentFilter,
    "insufficient_quota": NoCredit,
    "insufficient_balance": NoCredit,
    "credit_balance_exhausted": NoCredit,
    "organization_usage_limit_exceeded": NoCredit,
    "model_not_found": UnknownModel,
    "invalid_api_key": BadKey,
    "authentication_error": BadKey,
    "moderation": ContentFilter,
    "moderation_blocked": ContentFilter,
    "no_available_channel": Overloaded,
    "no_available_providers": Overloaded,
    "no_provider_available": Overloaded,
    "overloaded_error": Overloaded,
    "no_db_connection": BadKey,  # LiteLLM without a database, to any key that is not its own
    "permission_error": Forbidden,
    "rate_limit_exceeded": RateLimited,
    "rate_limit_error": RateLimited,
    "unknown_url": WrongAddress,
}

_BY_STATUS: dict[int, type[EngineError]] = {
    401: BadKey,
    402: NoCredit,
    403: Forbidden,
    404: UnknownModel,
    408: ProviderDown,
    409: ProviderDown,
    413: ContextTooLong,
    429: RateLimited,
    529: Overloaded,
    504: Silent,  # a gateway that waited in vain: the model may have worked, and asking again waits again
    524: Silent,
}

#: vLLM, LiteLLM and others refuse with a bare 400, and say why in words only.
_BY_WORDS: tuple[tuple[re.Pattern[str], type[EngineError]], ...] = (
    (
        re.compile(r"(?i)maximum context length|context ?window|available context size|prompt is too long"),
        ContextTooLong,
    ),
    (re.compile(r"ContentPolicyViolation"), ContentFilter),
    (re.compile(r"Invalid model name"), UnknownModel),
)

#: In providers' own words: waiting mends nothing; the question itself is refused; no machine is free.
_NO_CREDIT = re.compile(
    r"(?i)exceeded your current quota|insufficient (?:quota|balance|credit)|out of credits?\b"
)
_MODERATED = re.compile(r"(?i)\bflagged\b|\bmoderation\b")
_NO_MACHINE = re.compile(
    r"(?i)no (?:allowed |available )?(?:provider|channel|upstream)s?\b.*\bavailable|no available (?:channel|provider)"
)

#: Locked, too early, and a gateway that believes we have left: the same request may well pass a moment later.
_NOT_YET = frozenset((423, 425, 499))

LONGEST_ID = 128
#: What providers call the id that finds a request in their own logs, the best name first.
_REQUEST_IDS = ("x-request-id", "x-litellm-call-id", "request-id")


def from_response(status: int, headers: Mapping[str, str], body: bytes, key: str = "") -> EngineError:
    """The error that an HTTP answer, or an error object inside a stream, stands for.

    status: of the answer, or the code inside the error object (0 where there is none).
    headers: by lower-case name. body: the error's JSON, in any of the shapes providers send;
    anything else counts as text. key: the one that was used; providers repeat it in their texts.
    """
    if key:
        body = body.replace(key.encode(), b"[key]")
    codes, message, param = _read(body)
    wait_s = wait_asked(headers)
    cause = _by_codes(codes) or _by_status(status, body, message)
    if cause is NoCredit and status == 402 and wait_s is not None:
        cause = Busy  # requests in flight use the balance up for a moment
    error = cause(
        message or f"HTTP {status}",
        status=status or None,
        request_id=_hidden(request_id(headers), key),
        wait_s=wait_s,
        param=param,
    )
    if status == 408:
        error.repeats = 1
    elif cause is BadRequest and status in _NOT_YET:
        error.next, error.repeats = "same", 1
    elif cause is BadRequest and status not in (400, 422):
        error.next = "provider"  # it speaks of the place, not of the question
    _obey(error, headers.get("x-should-retry", "").lower())
    return error


def _obey(error: EngineError, should_retry: str) -> None:
    """The provider itself may say whether the same request is worth sending again."""
    if should_retry == "false":
        error.repeats = 0
        error.next = "provider" if error.next == "same" else error.next
    elif should_retry == "true":
        error.repeats = max(error.repeats, 1)
        error.next = "same" if error.next == "stop" else error.next


def _hidden(id: str | None, key: str) -> str | None:
    return id.replace(key, "[key]")[:LONGEST_ID] if id and key else id[:LONGEST_ID] if id else None


def request_id(headers: Mapping[str, str]) -> str | None:
    """The id under which the provider knows an answer with these headers; None where it gave none."""
    return next((headers[name] for name in _REQUEST_IDS if headers.get(name)), None)


def _by_codes(codes: tuple[str, ...]) -> type[EngineError] | None:
    if any(code.endswith("_spend_limit_exceeded") for code in codes):
        return NoCredit
    return next((_BY_CODE[code] for code in codes if code in _BY_CODE), None)


def _by_status(status: int, body: bytes, message: str) -> type[EngineError]:
    if status in (503, 0) and _NO_MACHINE.search(message):
        return Overloaded
    if status >= 500 or status == 0:
        return _BY_STATUS.get(status, ProviderDown)
    if 300 <= status < 400:
        return Moved
    if body.lstrip()[:1] == b"<" and status != 429:
        return NotAProvider  # a page of somebody between us; a 429 is meant all the same
    if status == 404 and b'"error"' not in body and b'"message"' not in body:
        return WrongAddress  # a provider explains itself in an error object; a wrong path does not
    if status == 429 and _NO_CREDIT.search(message):
        return NoCredit
    if status == 403 and _MODERATED.search(message):
        return ContentFilter
    if status == 400:
        return next((cause for words, cause in _BY_WORDS if words.search(message)), BadRequest)
    return _BY_STATUS.get(status, BadRequest)


def _read(body: bytes) -> tuple[tuple[str, ...], str, str | None]:
    """(codes, message, parameter) of an error body; providers disagree on its shape."""
    try:
        data: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return (), body.decode("utf-8", "replace"), None
    if isinstance(data, list) and data:
        data = data[0]
    if isinstance(data, dict):
        data = data.get("error") or data
    if not isinstance(data, dict):
        return (), str(data), None
    codes = tuple(str(data[key]) for key in ("code", "type") if data.get(key))
    if _flagged(data.get("metadata")):
        codes = ("moderation", *codes)
    param = str(data["param"]) if data.get("param") else None
    return codes, str(data.get("message") or data.get("detail") or " ".join(codes)), param


def _flagged(metadata: Any) -> bool:
    """OpenRouter's way of saying that its moderation refused the words."""
    return isinstance(metadata, dict) and bool(metadata.get("reasons") or metadata.get("flagged_input"))


def status_inside(error: Any) -> int:
    """The HTTP status an error object inside a stream names; 0 where it names none."""
    for key in ("status", "code"):
        value = error.get(key) if isinstance(error, dict) else None
        if isinstance(value, int | str) and str(value).isdecimal() and 400 <= int(value) <= 599:
            return int(value)
    return 0
