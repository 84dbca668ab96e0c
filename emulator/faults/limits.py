"""Every kind of 429, and of 402: what a provider may say about waiting, and what it may mean by it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from ..answer import Answer
from ..script import Script
from .fault import Fault
from .refusals import Refusal

SKEW = timedelta(hours=5)
"""So far the provider's clock is behind ours, where a date says until when to wait."""
DATE_S = 4


def limited(**headers: str) -> Refusal:
    """429 for too many requests, with these headers; ``_`` stands for ``-``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Refusal(429, "requests", "rate_limit_exceeded", "Rate limit reached for `{model}`.", headers=named)


def until_a_date(answer: Answer) -> Script:
    """Retry-After as a date, by a clock that is hours behind; its own Date header says so."""
    theirs = datetime.now(UTC) - SKEW
    again = format_datetime(theirs + timedelta(seconds=DATE_S), usegmt=True)
    return limited(Retry_After=again, Date=format_datetime(theirs, usegmt=True))(answer)


def spent(status: int, code: str, message: str, **headers: str) -> Refusal:
    """The money is used up, and the code says whose."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Refusal(status, code, code, message, headers=named)


_NONSENSE: dict[str, str] = {
    "zero": "0",
    "negative": "-5",
    "word": "abc",
    "day": "86400",
    "nan": "nan",
    "infinite": "inf",
}

_PLAYS: dict[str, tuple[str, Callable[[Answer], Script]]] = {
    "rate_limited_short": ("429 with Retry-After: 4", limited(Retry_After="4")),
    "rate_limited_date": (
        f"429 with Retry-After as a date {DATE_S} s ahead, by a clock 5 h behind ours",
        until_a_date,
    ),
    "rate_limited_ms": (
        "429 with retry-after-ms: 2500 beside Retry-After: 9",
        limited(retry_after_ms="2500", Retry_After="9"),
    ),
    "rate_limited_ms_azure": (
        "429 with a bad retry-after-ms, x-ms-retry-after-ms: 2500 and Retry-After: 9",
        limited(retry_after_ms="soon", x_ms_retry_after_ms="2500", Retry_After="9"),
    ),
    "rate_limited_reset": (
        "429 with nothing but x-ratelimit-reset-tokens: 6m0s",
        limited(
            x_ratelimit_remaining_tokens="0",
            x_ratelimit_reset_tokens="6m0s",
            x_ratelimit_remaining_requests="58",
            x_ratelimit_reset_requests="20ms",
        ),
    ),
    "rate_limited_reset_ms": (
        "429 with nothing but x-ratelimit-reset-requests: 900ms",
        limited(
            x_ratelimit_remaining_requests="0",
            x_ratelimit_reset_requests="900ms",
            x_ratelimit_remaining_tokens="1999000",
            x_ratelimit_reset_tokens="6ms",
        ),
    ),
    "rate_limited_bare": ("429 with no header that says how long", limited()),
    **{
        f"retry_after_{name}": (f"429 with Retry-After: {value}", limited(Retry_After=value))
        for name, value in _NONSENSE.items()
    },
    "no_credit_for_now": (
        "402 with Retry-After: 3: the budget of what is under way",
        spent(402, "in_flight_limit", "Requests in flight exceed your balance.", Retry_After="3"),
    ),
    "balance_exhausted": (
        "429 credit_balance_exhausted",
        spent(429, "credit_balance_exhausted", "Your credit balance is exhausted."),
    ),
    "spend_limit": (
        "429 project_spend_limit_exceeded, with a Retry-After that no wait mends",
        spent(429, "project_spend_limit_exceeded", "The project's spend limit is reached.", Retry_After="1"),
    ),
    "organization_limit": (
        "429 organization_usage_limit_exceeded",
        spent(429, "organization_usage_limit_exceeded", "Your organization's usage limit is reached."),
    ),
}


def _without_hints(play: Callable[[Answer], Script]) -> Callable[[Answer], Script]:
    """The refusal alone: the usual counters of a healthy answer would tell another story."""

    def played(answer: Answer) -> Script:
        healthy = {name: value for name, value in answer.headers.items() if "ratelimit" not in name}
        return play(replace(answer, headers=healthy))

    return played


FAULTS = tuple(Fault(name, line, _without_hints(play)) for name, (line, play) in _PLAYS.items())
