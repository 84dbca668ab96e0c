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

import re
from typing import ClassVar, Literal

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
    """Another provider is asked if there is one, else the same once more."""

    kind, fault, next, repeats, ran, hurts = "garbled", "provider", "provider", 1, True, True


class Runaway(EngineError):
    kind, fault, ran = "runaway", "provider", True


class Misdelivered(EngineError):
    kind, fault, next, ran, hurts = "misdelivered", "provider", "provider", True, True


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
