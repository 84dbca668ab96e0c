"""What a turn yields, and what remains of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

UsageSource = Literal["reported", "estimated", "none"]
CostBound = Literal["exact", "at_least", "unknown"]
FinishReason = Literal["stop", "length", "content_filter", "stopped", "cut", "interrupted", "failed"]


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of visible text."""

    text: str


@dataclass(frozen=True, slots=True)
class Retrying:
    """The attempt failed before the first visible text; the next follows in ``wait_s`` seconds.

    reason: the kind of the error (see holysheep.errors). elsewhere: it goes to another provider.
    """

    reason: str
    wait_s: float
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Restarted:
    """The reply had broken off, and another one takes its place: all text so far is void, the next ``Delta`` is the
    first of the new reply. reason: the kind of the error that broke it off."""

    reason: str


NoticeKind = Literal["breaking", "queueing", "slow", "shortened", "stand_in"]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a visitor may be told while the turn goes on.

    kind: ``breaking``: the reply broke off and a fresh one is being asked for (dim what is shown);
        ``queueing``: nothing but signs of life has come for a while; ``slow``: text comes, but very slowly;
        ``shortened``: the oldest messages were left out, ``count`` are kept; ``stand_in``: ``model`` (an id) answers in
        the place of the one asked for.
    """

    kind: NoticeKind
    count: int = 0
    model: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP request to a provider.

    ttft_ms, latency_ms: from this request's start. error: the kind, or None.
    number: from 1 within the turn, as the journal was told of it.
    """

    provider: str
    model: str
    latency_ms: float
    ttft_ms: float | None = None
    status: int | None = None
    request_id: str | None = None
    error: str | None = None
    cost_usd: Decimal | None = None
    number: int = 0
    key_fingerprint: str | None = None


#: What a receipt may remark, beside its figures: damaged chunks were skipped; the end came without a reason; the reply
#: came in one piece; the provider counted no token though text came; its counts cannot be right; it asked for a tool;
#: another model answered.
Mark = Literal[
    "skipped_chunks",
    "unproven_end",
    "not_streamed",
    "provider_says_0",
    "disputed_usage",
    "tool_calls",
    "other_model",
]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A turn's outcome.

    ttft_ms, latency_ms: milliseconds from sending the turn's request to its first visible and
        its last token, or to its end where no token came. tokens_per_second: completion tokens,
        without thinking, over the time between those two.
    cost_usd: of all attempts; None where no price is known. cost_bound: how far to trust it.
    computed_cost_usd: ours, kept beside the provider's own figure where that one is trusted.
    error: the kind of what went wrong. detail: the provider's words, cleaned, for the log.
    marks: what else is to be said of it. until: when another try can help, in UTC, where that is known.
    """

    provider: str
    model: str
    finish_reason: FinishReason
    latency_ms: float
    served_model: str | None = None
    cohort: str | None = None
    ttft_ms: float | None = None
    tokens_per_second: float | None = None
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning_tokens: int | None = None
    total_tokens: int | None = None
    usage_source: UsageSource = "none"
    cost_usd: Decimal | None = None
    cost_bound: CostBound = "unknown"
    price_version: str | None = None
    request_id: str | None = None
    error: str | None = None
    attempts: tuple[Attempt, ...] = ()
    computed_cost_usd: Decimal | None = None
    detail: str = ""
    marks: tuple[Mark, ...] = ()
    until: datetime | None = None

    def metadata(self) -> dict[str, object]:
        """The receipt as a step's metadata, JSON-ready: money as a plain decimal string, attempts counted."""
        return {
            "provider": self.provider,
            "model": self.model,
            "served_model": self.served_model,
            "cohort": self.cohort,
            "ttft_ms": self.ttft_ms,
            "latency_ms": self.latency_ms,
            "tokens_per_second": self.tokens_per_second,
            "prompt_tokens": self.prompt_tokens,
            "cached_tokens": self.cached_tokens,
            "completion_tokens": self.completion_tokens,
            "reasoning_tokens": self.reasoning_tokens,
            "total_tokens": self.total_tokens,
            "usage_source": self.usage_source,
            "cost_usd": None if self.cost_usd is None else plain(self.cost_usd),
            "cost_bound": self.cost_bound,
            "price_version": self.price_version,
            "finish_reason": self.finish_reason,
            "attempts": len(self.attempts),
            "request_id": self.request_id,
            "error": self.error,
        }


def plain(amount: Decimal) -> str:
    """A decimal unrounded and without exponent or idle zeros: ``0.00010458``."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole reply and its receipt."""

    text: str
    receipt: Receipt


Event = Delta | Retrying | Restarted | Notice | Receipt
