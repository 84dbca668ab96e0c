"""What can go wrong between us and a provider.

    EngineError
    ├── NoKey                 operator: no key is set
    ├── BadKey                operator: the key was refused (401)
    ├── Forbidden             operator: the key may not do this (403)
    ├── NoCredit              operator: the money is used up (402, 429 for quota)
    ├── UnknownModel          operator: the provider has no such model
    ├── BadRequest            operator: the provider did not accept the request
    ├── ContextTooLong        visitor: the conversation is too long for the model
    ├── ContentFilter         visitor: the provider refuses to answer this
    ├── RateLimited           provider: too many requests, wait
    ├── ProviderDown          provider: 5xx, an error inside the stream
    ├── NotAProvider          provider: something else answered (HTML, a redirect)
    ├── EmptyReply            provider: a reply without a word
    ├── Garbled               provider: bytes that are no reply
    ├── Unreachable           network: no connection
    ├── Silent                network: no first word within the time limit
    └── Cut                   network: the reply broke off, or fell silent, half way

``kind`` is the key of the visitor's text in the language files; ``str(error)`` is for the
operator's log. Neither ever holds a key: texts of providers are cleaned before they are kept.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import orjson

Fault = Literal["visitor", "operator", "provider", "network"]

#: A provider's own words in the log: enough to recognise the case, never a whole page.
DETAIL_LENGTH = 200

_KEY_LIKE = re.compile(r"(?i)\b(?:bearer\s+\S+|(?:sk|hs|pk|key)[-_][\w*.-]{4,})")


def clean(text: str) -> str:
    """Cut ``text`` to ``DETAIL_LENGTH`` on one line, with anything that looks like a key replaced."""
    return " ".join(_KEY_LIKE.sub("[key]", text).split())[:DETAIL_LENGTH]


class EngineError(Exception):
    """A turn or an attempt failed.

    fault: whose it is. repeatable: whether the same request may be sent again before the
    first visible text. wait_s: how long the provider asked us to wait. status: the HTTP status.
    """

    kind: ClassVar[str] = "failed"
    fault: ClassVar[Fault] = "provider"
    repeatable: ClassVar[bool] = False

    def __init__(
        self,
        detail: str = "",
        *,
        status: int | None = None,
        request_id: str | None = None,
        wait_s: float | None = None,
    ) -> None:
        self.detail = clean(detail)
        self.status = status
        self.request_id = request_id
        self.wait_s = wait_s
        super().__init__(self.detail or self.kind)


class NoKey(EngineError):
    kind, fault = "no_key", "operator"


class BadKey(EngineError):
    kind, fault = "bad_key", "operator"


class Forbidden(EngineError):
    kind, fault = "forbidden", "operator"


class NoCredit(EngineError):
    kind, fault = "no_credit", "operator"


class UnknownModel(EngineError):
    kind, fault = "unknown_model", "operator"


class BadRequest(EngineError):
    kind, fault = "bad_request", "operator"


class ContextTooLong(EngineError):
    kind, fault = "context_too_long", "visitor"


class ContentFilter(EngineError):
    kind, fault = "content_filter", "visitor"


class RateLimited(EngineError):
    kind, fault, repeatable = "rate_limited", "provider", True


class ProviderDown(EngineError):
    kind, fault, repeatable = "provider_down", "provider", True


class NotAProvider(EngineError):
    kind, fault = "not_a_provider", "provider"


class EmptyReply(EngineError):
    kind, fault = "empty_reply", "provider"


class Garbled(EngineError):
    kind, fault = "garbled", "provider"


class Unreachable(EngineError):
    kind, fault, repeatable = "unreachable", "network", True


class Silent(EngineError):
    """Not repeatable: a silent route asked again only costs the visitor the same wait twice."""

    kind, fault = "silent", "network"


class Cut(EngineError):
    kind, fault, repeatable = "cut", "network", True


_BY_CODE: dict[str, type[EngineError]] = {
    "context_length_exceeded": ContextTooLong,
    "content_filter": ContentFilter,
    "content_policy_violation": ContentFilter,
    "content_policy": ContentFilter,
    "insufficient_quota": NoCredit,
    "credit_balance_exhausted": NoCredit,
    "organization_usage_limit_exceeded": NoCredit,
    "model_not_found": UnknownModel,
    "invalid_api_key": BadKey,
    "rate_limit_exceeded": RateLimited,
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
}


def from_response(status: int, headers: Mapping[str, str], body: bytes) -> EngineError:
    """The error that an HTTP answer, or an error object inside a stream, stands for.

    status: of the answer, or the code inside the error object (0 where there is none).
    body: the error's JSON, in any of the shapes providers send; anything else counts as text.
    """
    code, message = _read(body)
    cause = _BY_CODE.get(code) or (NoCredit if code.endswith("_spend_limit_exceeded") else None)
    if cause is None:
        cause = _by_status(status, body)
    return cause(
        message or f"HTTP {status}",
        status=status or None,
        request_id=headers.get("x-request-id"),
        wait_s=_wait(headers),
    )


def _by_status(status: int, body: bytes) -> type[EngineError]:
    if status >= 500 or status == 0:
        return ProviderDown
    if 300 <= status < 400 or body.lstrip()[:1] == b"<":
        return NotAProvider
    return _BY_STATUS.get(status, BadRequest)


def _read(body: bytes) -> tuple[str, str]:
    """(code, message) of an error body; providers disagree on its shape."""
    try:
        data: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "", body[: DETAIL_LENGTH * 4].decode("utf-8", "replace")
    if isinstance(data, list) and data:
        data = data[0]
    if isinstance(data, dict):
        data = data.get("error", data)
    if not isinstance(data, dict):
        return "", str(data)
    codes = [str(data.get(key) or "") for key in ("code", "type")]
    code = next((c for c in codes if c in _BY_CODE), codes[0])
    return code, str(data.get("message") or data.get("detail") or code)


def status_inside(error: Any) -> int:
    """The HTTP status an error object inside a stream names; 0 where it names none."""
    for key in ("status", "code"):
        value = error.get(key) if isinstance(error, dict) else None
        if isinstance(value, int | str) and str(value).isdigit() and 400 <= int(value) <= 599:
            return int(value)
    return 0


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds the provider asked us to wait; None for none, or for nonsense."""
    for name, unit in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        if 0 < seconds < 86_400:
            return seconds
    return None
