"""What can go wrong between us and a provider.

    EngineError
    ├── NoKey                 operator: no key is set
    ├── BadKey                operator: the key was refused (401)
    ├── Forbidden             operator: the key may not do this (403)
    ├── NoCredit              operator: the money is used up (402, 429 for quota)
    ├── OutOfMoney            operator: a budget of ours is used up (holysheep.journal)
    ├── NotRecorded           operator: it could be written down nowhere (holysheep.journal)
    ├── UnknownModel          operator: the provider has no such model
    ├── BadRequest            operator: the provider did not accept the request
    ├── BadCertificate        operator: the service's certificate is not valid
    ├── Moved                 operator: a redirect, which no key must follow
    ├── WrongAddress          operator: nothing of ours is at this address (404)
    ├── ProxyRefused          operator: the proxy of the settings does not let us through
    ├── AtCapacity            operator: this machine has no connection left
    ├── ContextTooLong        visitor: the conversation is too long for the model
    ├── ContentFilter         visitor: the provider refuses to answer this
    ├── RateLimited           provider: too many requests, wait
    │   └── Busy              provider: it cannot take this now, and the key is not to blame
    ├── AllBusy               provider: every key rests; it says until when
    ├── ProviderDown          provider: 5xx, an error inside the stream
    │   └── Overloaded        provider: no machine is free (529, 503 without a channel)
    ├── NotAProvider          provider: something else answered (HTML)
    ├── EmptyReply            provider: a reply without a word
    ├── ThoughtOnly           provider: it thought, and wrote nothing
    ├── ToolsOnly             provider: it asked for a tool, and wrote nothing
    ├── Garbled               provider: bytes that are no reply
    ├── Runaway               provider: a reply without end, which we cut
    ├── Misdelivered          provider: the reply turned into another one's half way
    ├── Unreachable           network: no connection
    │   ├── ConnectTimeout    network: no connection in time
    │   └── Dropped           network: a connection that ended before the answer began
    ├── Silent                network: no first word within the time limit
    └── Cut                   network: the reply broke off half way
        └── Stalled           network: the reply fell silent half way

``kind`` is the key of the visitor's text in the language files; ``str(error)`` is for the
operator's log. Neither ever holds a key: texts of providers are cleaned before they are kept.
"""

import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar, Literal

import orjson

Fault = Literal["visitor", "operator", "provider", "network"]

#: Where the next attempt may go: to the same provider and key, to the next key, to another provider, nowhere.
Next = Literal["same", "key", "provider", "stop"]

#: A provider's own words in the log: enough to recognise the case, never a whole page.
DETAIL_LENGTH = 200

_KEY_LIKE = re.compile(
    r"""(?ix)
    \bbearer\s+\S+
    | (?<![^\W_]) (?:sk|hs|pk|rk|key) [-_] [\w*.…-]{4,}
    | \b (?:api[-_\s]?key|authorization|password|secret|token) ["']? \s* [=:] \s* ["']? [^\s"',;]+
    | (?<!\w) (?=[\w+/=-]*\d) (?=[\w+/=-]*[a-z]) [\w+/=-]{24,}  # letters and digits, too long for a word
    """
)


def clean(text: str) -> str:
    """Cut ``text`` to ``DETAIL_LENGTH`` on one line, with anything that looks like a key replaced."""
    return " ".join(_KEY_LIKE.sub("[key]", text).split())[:DETAIL_LENGTH]


class EngineError(Exception):
    """A turn or an attempt failed.

    fault: whose it is. next: where another attempt may go. repeats: how often the same route may be
    asked again before the first visible text. ran: the request may have been worked on, and may
    cost something, though nobody said so. hurts: it speaks against the health of its route.
    wait_s: how long the provider asked us to wait. status: the HTTP status. param: the parameter
    it names.
    """

    kind: ClassVar[str] = "failed"
    fault: ClassVar[Fault] = "provider"
    ran: bool = False
    hurts: ClassVar[bool] = False
    next: Next = "stop"
    repeats: int = 0

    def __init__(
        self,
        detail: str = "",
        *,
        status: int | None = None,
        request_id: str | None = None,
        wait_s: float | None = None,
        repeats: int | None = None,
        next: Next | None = None,
        param: str | None = None,
    ) -> None:
        self.detail = clean(detail)
        self.status = status
        self.request_id = request_id
        self.wait_s = wait_s
        self.repeats = self.repeats if repeats is None else repeats
        self.next = self.next if next is None else next
        self.param = param
        super().__init__(self.detail or self.kind)


class NoKey(EngineError):
    kind, fault = "no_key", "operator"


class BadKey(EngineError):
    kind, fault, next = "bad_key", "operator", "key"


class Forbidden(EngineError):
    kind, fault, next = "forbidden", "operator", "key"


class NoCredit(EngineError):
    kind, fault, next = "no_credit", "operator", "key"


class UnknownModel(EngineError):
    kind, fault, next, hurts = "unknown_model", "operator", "provider", True


class BadRequest(EngineError):
    kind, fault = "bad_request", "operator"


class BadCertificate(EngineError):
    kind, fault, next, hurts = "bad_certificate", "operator", "provider", True


class Moved(EngineError):
    kind, fault, next, hurts = "moved", "operator", "provider", True


class WrongAddress(EngineError):
    kind, fault, next, hurts = "wrong_address", "operator", "provider", True


class ProxyRefused(EngineError):
    kind, fault, next, hurts = "proxy_refused", "operator", "provider", True


class AtCapacity(EngineError):
    kind, fault = "at_capacity", "operator"


class ContextTooLong(EngineError):
    kind, fault = "context_too_long", "visitor"


class ContentFilter(EngineError):
    kind, fault = "content_filter", "visitor"


class RateLimited(EngineError):
    kind, fault, repeats = "rate_limited", "provider", 3
    next: Next = "key"


class Busy(RateLimited):
    next: Next = "same"


class AllBusy(EngineError):
    """``free_in_s``: seconds until the first key is free again; None where nobody knows."""

    kind, fault = "all_busy", "provider"

    def __init__(self, detail: str = "", *, free_in_s: float | None = None) -> None:
        super().__init__(detail)
        self.free_in_s = free_in_s


class ProviderDown(EngineError):
    kind, fault, repeats, hurts = "provider_down", "provider", 3, True
    next: Next = "same"


class Overloaded(ProviderDown):
    kind = "overloaded"
    next: Next = "provider"


class NotAProvider(EngineError):
    kind, fault, next, hurts = "not_a_provider", "provider", "provider", True


class EmptyReply(EngineError):
    kind, fault, next, repeats, ran, hurts = "empty_reply", "provider", "same", 1, True, True


class ThoughtOnly(EngineError):
    kind, fault, ran = "thought_only", "provider", True


class ToolsOnly(EngineError):
    kind, fault, ran = "tools_only", "provider", True


class Garbled(EngineError):
    kind, fault, next, ran, hurts = "garbled", "provider", "provider", True, True


class Runaway(EngineError):
    kind, fault, ran = "runaway", "provider", True


class Misdelivered(EngineError):
    kind, fault, ran, hurts = "misdelivered", "provider", True, True


class Unreachable(EngineError):
    kind, fault, repeats, hurts = "unreachable", "network", 1, True
    next: Next = "same"


class ConnectTimeout(Unreachable):
    next: Next = "provider"
    repeats = 0


class Dropped(Unreachable):
    ran = True


class Silent(EngineError):
    """Not repeated: a silent route asked again only costs the visitor the same wait twice."""

    kind, fault, next, ran, hurts = "silent", "network", "provider", True, True


class Cut(EngineError):
    kind, fault, repeats, ran, hurts = "cut", "network", 1, True, True
    next: Next = "same"


class Stalled(Cut):
    """Where it fell silent, it is not asked again."""

    kind, repeats = "stalled", 0
    next: Next = "provider"


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
        request_id=request_id(headers),
        wait_s=wait_s,
        param=param,
    )
    if status == 408:
        error.repeats = 1
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
    if body.lstrip()[:1] == b"<":
        return NotAProvider
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


def wait_asked(headers: Mapping[str, str]) -> float | None:
    """Seconds the provider asked us to wait; None for none, or for nonsense. headers: by lower-case name."""
    for name, unit in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        if 0 < seconds < math.inf:
            return seconds
    return _wait_until(headers) or used_up_for(headers)


def used_up_for(headers: Mapping[str, str]) -> float | None:
    """Seconds until a limit of the key, of which nothing remains, is full again; None where something remains.

    OpenAI's headers: ``x-ratelimit-remaining-requests`` beside ``x-ratelimit-reset-requests`` ("6m0s", "20ms"), and the
    same for tokens. A reset that stands alone is taken for one of a limit that is used up.
    """
    waits = [
        _span(headers[f"x-ratelimit-reset-{kind}"])
        for kind in ("requests", "tokens")
        if f"x-ratelimit-reset-{kind}" in headers
        and _remaining(headers.get(f"x-ratelimit-remaining-{kind}", "0")) <= 0
    ]
    return max((wait for wait in waits if wait), default=None)


def _remaining(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s|d)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "": 1.0}


def _span(text: str) -> float | None:
    """Go's way of writing a duration: ``6m0s``; seconds, or None for anything else."""
    text = text.strip()
    if not text or _SPAN.sub("", text):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _SPAN.findall(text)) or None


def _wait_until(headers: Mapping[str, str]) -> float | None:
    """Retry-After as a date, read against the answer's own: our clock may be wrong."""
    try:
        seconds = (
            parsedate_to_datetime(headers["retry-after"]) - parsedate_to_datetime(headers["date"])
        ).total_seconds()
    except (KeyError, ValueError, TypeError):
        return None
    return seconds if seconds > 0 else None
