"""The attempts of one turn: begun, ended, accounted for."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from holysheep.attempt import Outcome, Route
from holysheep.errors import Misdelivered
from holysheep.health import Health
from holysheep.journal import Journal
from holysheep.leg import Leg, Limits
from holysheep.plan import Plan
from holysheep.prices import Model
from holysheep.receipts import tokens_used
from holysheep.request import Request
from holysheep.routes import Candidate
from holysheep.tokens import Count, estimate_messages
from holysheep.transport import Transport

#: A provider's clock is looked at this often.
READ_CLOCK_EVERY_S = 60.0


@dataclass(frozen=True)
class Means:
    """What every turn of an engine works with.

    clock: seconds, never going back. draw: the chance in a backoff. now: the wall's clock, in UTC. count: tokens of a
    text. ready: what the engine must have read before its first turn. changed: is told when an attempt has ended.
    """

    transport: Transport
    health: Health
    models: Mapping[str, Model]
    clock: Callable[[], float]
    draw: Callable[[], float]
    now: Callable[[], datetime]
    count: Count
    ready: Callable[[], Awaitable[None]]
    changed: Callable[[], None]


@dataclass(frozen=True)
class Turn:
    """What is asked, of whom, and how.

    candidates: who can answer, the best first; asked when the turn begins. cohort: of the canary. cadence_s: see
    ``Leg``. journal: is told of each attempt before its request leaves.
    """

    request: Request
    candidates: Callable[[], Sequence[Candidate]]
    cohort: Callable[[], str | None] = lambda: None
    cadence_s: float = 0.0
    journal: Journal | None = None


class Attempts:
    """``start`` and ``finish`` each; ``outcomes`` has them in the order they began.

    request: as it is sent now. by: when the first visible text must be there, on the engine's clock.
    """

    def __init__(self, means: Means, turn: Turn) -> None:
        self._means = means
        self._turn = turn
        self.request = turn.request
        self.by = 0.0
        self.outcomes: list[Outcome] = []
        self._prompt_tokens: int | None = None
        self._reserved: dict[int, int] = {}
        self._shortened = False

    def start(self, route: Route) -> Leg:
        """A new attempt, not yet sent."""
        means, provider, now = self._means, route.provider, self._means.clock()
        if self._prompt_tokens is None:
            self._prompt_tokens = estimate_messages(self.request.messages)
        outcome = Outcome(route, len(self.outcomes) + 1, now, self._prompt_tokens)
        self.outcomes.append(outcome)
        self._reserved[outcome.number] = tokens = self._prompt_tokens + self.request.max_tokens
        means.health.reserve(route, tokens)
        without = means.health.of(provider).without.get(route.model.id, frozenset())
        return Leg(
            outcome,
            self.request.body(provider, route.model, without),
            Limits(
                first_text_by=min(now + provider.first_text_s, self.by),
                reply_by=now + provider.reply_s,
                silence_s=provider.silence_s,
                byte_idle_s=provider.byte_idle_s,
                max_tokens=self.request.max_tokens,
            ),
            means.transport,
            clock=means.clock,
            cadence_s=self._turn.cadence_s,
            journal=self._turn.journal,
        )

    def finish(self, leg: Leg) -> None:
        """An attempt has ended: what it used, and what it says of its key and its route. Once more changes nothing."""
        outcome, means = leg.outcome, self._means
        reserved = self._reserved.pop(outcome.number, None)
        if reserved is None:
            return
        route, now = outcome.route, means.clock()
        health = means.health.of(route.provider)
        health.ring.settle(route.key, reserved, tokens_used(outcome, means.count))
        if isinstance(outcome.error, Misdelivered):
            means.transport.renew()
        if outcome.ended_by or outcome.overtaken or not outcome.sent or not leg.over:
            health.breaker(route.model).gave_no_word()
        else:
            health.ended(outcome, now)
            self._learn(leg, now)
        means.changed()

    def _learn(self, leg: Leg, now: float) -> None:
        """What the answer's head says beside the answer: the key's limit, the provider's clock."""
        route = leg.outcome.route
        health = self._means.health.of(route.provider)
        seconds = leg.limit_is_used_up_for()
        if seconds is not None and leg.outcome.error is None:
            health.ring.used_up(route.key, seconds, now)
        if leg.answered_at is not None and now - health.clock_read_at >= READ_CLOCK_EVERY_S:
            with suppress(KeyError, ValueError, TypeError):
                theirs = parsedate_to_datetime(leg.headers["Date"]).astimezone(UTC)
                skew = (theirs - self._means.now()).total_seconds() + now - leg.answered_at
                health.clock_skew_s = round(skew) if abs(skew) > 2 else 0.0  # the header has whole seconds
                health.clock_read_at = now

    def extend(self, plan: Plan) -> None:
        """The first text may come as late as if the turn began now."""
        if plan.candidates:
            plan.by = self.by = max(self.by, self._means.clock() + plan.candidates[0].provider.turn_s)

    def without(self, route: Route, parameter: str) -> bool:
        """Ask this route without a parameter from now on; whether that changes anything."""
        known = self._means.health.of(route.provider).without
        before = known.get(route.model.id, frozenset())
        known[route.model.id] = before | {parameter}
        return parameter not in before

    def shorten(self) -> int | None:
        """Leave out the older part of what was said; how many messages are kept, None where nothing can go."""
        shorter = None if self._shortened else self.request.shortened()
        if shorter is None:
            return None
        self._shortened = True
        self.request = shorter
        self._prompt_tokens = None
        return sum(message["role"] in ("user", "assistant") for message in shorter.messages)
