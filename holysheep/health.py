"""What an engine knows of its providers: keys, breakers, budgets of repeats, and how the last attempts went."""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import urlsplit

from holysheep.attempt import Outcome, Route
from holysheep.breaker import Breaker, BreakerStatus, RepeatBudget
from holysheep.errors import Garbled, ProviderDown, RateLimited, Silent, Unreachable
from holysheep.prices import Model
from holysheep.providers import Key, Provider
from holysheep.ring import KeyRing, KeyStatus

#: Operators see the attempts of so long.
RECENT_S = 900.0
MOST_RECENT = 2000
#: What a repeat can mend, and what therefore uses up the budget of repeats.
_REPEATABLE = (ProviderDown, Unreachable, RateLimited, Silent, Garbled)


class Lately:
    """How the last attempts went. In columns: one object for each attempt would have the interpreter look for garbage
    once in 150 replies, which holds all the others for some milliseconds."""

    def __init__(self) -> None:
        self._ended_at: deque[float] = deque(maxlen=MOST_RECENT)
        self._errors: deque[str | None] = deque(maxlen=MOST_RECENT)
        self._ttft_s: deque[float | None] = deque(maxlen=MOST_RECENT)
        self._latency_s: deque[float] = deque(maxlen=MOST_RECENT)

    def add(self, outcome: Outcome, now: float) -> None:
        """One has ended."""
        begun, first = outcome.begun, outcome.first_text
        self._ended_at.append(now)
        self._errors.append(outcome.error.kind if outcome.error else None)
        self._ttft_s.append(None if first is None else first - begun)
        self._latency_s.append((outcome.last_text or now) - begun)

    def seen(self, now: float) -> dict[str, Any]:
        """The last minutes, JSON-ready. Milliseconds."""
        old = sum(now - at > RECENT_S for at in self._ended_at)  # the oldest stand first
        kinds = list(self._errors)[old:]
        errors = Counter(kind for kind in kinds if kind)
        latency = zip(kinds, list(self._latency_s)[old:], strict=True)
        return {
            "minutes": int(RECENT_S / 60),
            "attempts": len(kinds),
            "errors": dict(errors.most_common()),
            "ttft_ms": _percentiles([ttft for ttft in list(self._ttft_s)[old:] if ttft is not None]),
            "latency_ms": _percentiles([took for kind, took in latency if kind is None]),
        }


class ProviderHealth:
    """Of one provider. clock_skew_s: its clock above ours, as an answer said at ``clock_read_at``; None before that."""

    def __init__(self, provider: Provider, now: float) -> None:
        self.provider = provider
        self.ring = KeyRing(provider, now)
        self.budget = RepeatBudget()
        self.breakers: dict[str, Breaker] = {}
        self.without: dict[str, frozenset[str]] = {}
        self.clock_skew_s: float | None = None
        self.clock_read_at = float("-inf")
        self.lately = Lately()

    def breaker(self, model: Model) -> Breaker:
        """Of one model."""
        return self.breakers.setdefault(model.id, Breaker())

    def ended(self, outcome: Outcome, now: float) -> None:
        """An attempt has ended: what that says of its key and its route."""
        error, breaker = outcome.error, self.breaker(outcome.route.model)
        self.lately.add(outcome, now)
        if error is None:
            self.ring.accepted(outcome.route.key)
            self.budget.succeeded()
            breaker.ended(True, now)
            return
        self.ring.refused(outcome.route.key, error, now)
        if isinstance(error, _REPEATABLE):
            self.budget.failed()
        if error.hurts:
            breaker.ended(False, now)
        else:
            breaker.gave_no_word()


class Health:
    """Of all providers of one engine."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._providers: dict[str, ProviderHealth] = {}

    def of(self, provider: Provider) -> ProviderHealth:
        """What is known of a provider; one with another address or other keys begins anew."""
        known = self._providers.get(provider.name)
        if known is None or (known.provider.base_url, known.provider.api_keys) != (
            provider.base_url,
            provider.api_keys,
        ):
            known = self._providers[provider.name] = ProviderHealth(provider, self._clock())
        known.provider = provider
        return known

    def known(self) -> Sequence[ProviderHealth]:
        """All that were asked so far."""
        return tuple(self._providers.values())

    def ready(self, provider: Provider, model: Model) -> bool:
        """Whether a request may go this way now."""
        health, now = self.of(provider), self._clock()
        return health.breaker(model).lets_through(now) and health.ring.reason(now) is None

    def reserve(self, route: Route, tokens: int) -> None:
        """A request is about to leave."""
        health = self.of(route.provider)
        health.ring.reserve(route.key, tokens)
        health.breaker(route.model).begins(self._clock())


@dataclass(frozen=True, slots=True)
class Standing:
    """How many of a provider's keys and breakers are in which state; a breaker is there once its model was asked."""

    keys: Mapping[KeyStatus, int]
    breakers: Mapping[BreakerStatus, int]

    @property
    def usable(self) -> bool:
        """Whether a turn may be answered there, as far as is known: some key is not refused (one that rests comes back
        by itself), and not all that was asked is cut off."""
        key = self.keys["ready"] + self.keys["resting"] > 0
        return key and (
            not any(self.breakers.values()) or self.breakers["closed"] + self.breakers["half_open"] > 0
        )


def standing_of(health: ProviderHealth, now: float) -> Standing:
    """How a provider stands, at the cost of looking at its keys and breakers."""
    keys = Counter(state.status(now) for state in health.ring.states.values())
    breakers = Counter(breaker.status(now) for breaker in health.breakers.values())
    return Standing(
        {status: keys[status] for status in get_args(KeyStatus)},
        {status: breakers[status] for status in get_args(BreakerStatus)},
    )


def place_of(provider: Provider) -> str:
    """Under what the state of a provider is kept: a name that moves to another address begins anew."""
    return f"{provider.name}@{urlsplit(provider.base_url).netloc.rpartition('@')[2]}"


def status_of(
    health: Health, providers: Mapping[str, Provider], when: Callable[[float], str], now: float
) -> list[dict[str, Any]]:
    """For operators and scripts, JSON-ready. when: a time of our clock as a UTC instant in ISO form."""
    return [_provider(health.of(provider), when, now) for provider in providers.values()]


def _provider(health: ProviderHealth, when: Callable[[float], str], now: float) -> dict[str, Any]:
    provider = health.provider
    return {
        "name": provider.name,
        "base_url": provider.base_url,
        "available": health.ring.reason(now) is None,
        "clock_skew_s": health.clock_skew_s,
        "repeats_left": round(health.budget.left, 1),
        "keys": [_key(health.ring, key, provider, when, now) for key in provider.keys],
        "models": [
            {
                "model": model,
                "breaker": breaker.status(now),
                "until": when(breaker.open_until) if breaker.status(now) == "open" else None,
            }
            for model, breaker in sorted(health.breakers.items())
        ],
        "recent": health.lately.seen(now),
    }


def _key(
    ring: KeyRing, key: Key, provider: Provider, when: Callable[[float], str], now: float
) -> dict[str, Any]:
    state = ring.states[key.fingerprint]
    status = state.status(now)
    return {
        "fingerprint": key.fingerprint,
        "state": status,
        "reason": None if status == "ready" else state.reason,
        "until": when(state.rests_until) if status == "resting" else None,
        "tokens": state.tokens,
        "limit": provider.key_tokens,
        "in_flight_tokens": state.reserved,
    }


def _percentiles(seconds: Sequence[float]) -> dict[str, float] | None:
    """p50 and p95 in milliseconds, by nearest rank."""
    if not seconds:
        return None
    ranked = sorted(seconds)
    return {
        f"p{percent}": round(ranked[max(0, -(-percent * len(ranked) // 100) - 1)] * 1000, 1)
        for percent in (50, 95)
    }
