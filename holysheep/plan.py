"""Where the next attempt of a turn goes, and when. Without I/O: clock and chance are given.

A refused key gives way to the next one at once; a busy key rests, and the next one is asked; a provider that is down is
asked once more, then the next one; a silent one is never asked again in this turn. Only what no other provider can mend
ends it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from holysheep.attempt import Route
from holysheep.backoff import LONGEST_WAIT_S, backoff
from holysheep.errors import (
    AllBusy,
    BadKey,
    Dropped,
    EngineError,
    Forbidden,
    NoCredit,
    NoKey,
    RateLimited,
    Silent,
    Stalled,
    Unreachable,
)
from holysheep.health import Health
from holysheep.providers import Key
from holysheep.routes import Candidate

#: Waits longer than this are not worth a visitor's time where another provider is there at once.
LONGEST_WAIT_BESIDE_S = 5.0
#: A 429 that says nothing of when: the least that is waited before another key is asked.
LEAST_PAUSE_S = 0.5
#: A host that refused, or is not known, is asked again after so long.
FAST_S = (0.2, 1.0)

_KEY_ERRORS = {cause.kind: cause for cause in (BadKey, Forbidden, NoCredit)}


@dataclass(frozen=True, slots=True)
class Move:
    """The next attempt. elsewhere: it goes to another provider than the last one."""

    route: Route
    wait_s: float = 0.0
    elsewhere: bool = False


@dataclass
class _Tried:
    """A candidate in this turn. repeats: made of it; failed: it was asked and did not answer; spent: never asked again;
    keys: fingerprints that were asked."""

    candidate: Candidate
    asked: int = 0
    repeats: int = 0
    failed: bool = False
    spent: bool = False
    dropped: bool = False
    keys: set[str] = field(default_factory=set)


class Plan:
    """Of one turn. candidates: not empty, the best first. by: when the first visible text must be there."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        health: Health,
        by: float,
        clock: Callable[[], float],
        draw: Callable[[], float],
    ) -> None:
        self.candidates = candidates
        self._tried = [_Tried(candidate) for candidate in candidates]
        self._health = health
        self.by = by
        self._clock = clock
        self._draw = draw

    def first(self) -> Move:
        """The first attempt. Raises EngineError where no route is open: which, why, until when."""
        move = self._fresh(()) or self._fresh((), beside_breakers=True) or self._wait_for_a_key()
        if move is None and (again := self._try_again()):
            move = Move(again)
        if move is None:
            raise self._nobody()
        return Move(move.route, move.wait_s)

    def after(self, route: Route, error: EngineError, running: Collection[Route] = ()) -> Move | None:
        """The attempt after one that failed before its first text; None where no other can help."""
        tried = self._of(route)
        tried.failed = True
        if error.next == "stop":
            return None
        if error.next == "key":
            return self._next_key(tried, route, error, running)
        if error.next == "same":
            return self._same(tried, route, error, running)
        tried.spent = tried.repeats >= error.repeats
        return self._fresh(running) or self._elsewhere_again(running) or self._last_key(tried, error)

    def given_up(self, error: EngineError) -> EngineError:
        """What ends the turn where no attempt follows: keys that rest say until when."""
        if isinstance(error, RateLimited) and error.wait_s is not None:
            nobody = self._nobody()
            if isinstance(nobody, AllBusy):
                return nobody
        return error

    def elsewhere(self, running: Collection[Route]) -> Move | None:
        """A second attempt beside those that are silent; None where no other provider is ready."""
        return self._fresh(running)

    def anew(self, route: Route, error: EngineError, running: Collection[Route] = ()) -> Move | None:
        """The one fresh attempt in the place of a reply that broke off; None where there is no way for it.

        Another provider is the likeliest to be whole, also one that was merely overtaken; then another key; after a cut
        the same one.
        """
        tried = self._of(route)
        busy = {one.provider.name for one in running}
        for other in self._tried:
            if other is not tried and not other.failed:
                other.asked = 0
        move = self._fresh((route, *running))
        if move is not None or route.provider.name in busy or not self._budget(route):
            return move
        without = {route.key.fingerprint} if isinstance(error, Stalled) else set()
        key = self._key(tried.candidate, {route.key.fingerprint}) or self._key(tried.candidate, without)
        return Move(self._take(tried, key)) if key else None

    def leads_elsewhere(self, running: Collection[Route]) -> bool:
        """Whether ``elsewhere`` has an answer."""
        return self._open(running) is not None

    def _same(
        self, tried: _Tried, route: Route, error: EngineError, running: Collection[Route]
    ) -> Move | None:
        """The same route after a pause, while repeats are left; then the next key or another provider."""
        if isinstance(error, Dropped) and not tried.dropped:
            # Most are connections of the pool that the other side had closed: repeated at once, and not counted.
            tried.dropped = True
            return Move(self._take(tried, route.key))
        other = self._open(running)
        bound = min(route.provider.retries, error.repeats)
        if other is not None:
            bound = min(bound, 1)
        if tried.repeats < bound and self._health.of(route.provider).budget.allows:
            wait = self._pause(tried, error)
            most = LONGEST_WAIT_BESIDE_S if other else LONGEST_WAIT_S
            if wait is not None and wait <= most and self._fits(wait):
                tried.repeats += 1
                return Move(self._take(tried, route.key), wait)
        too_long = error.wait_s is not None and error.wait_s > LONGEST_WAIT_S
        tried.spent = too_long or tried.repeats >= min(route.provider.retries, error.repeats)
        return self._fresh(running) or self._elsewhere_again(running)

    def _pause(self, tried: _Tried, error: EngineError) -> float | None:
        if isinstance(error, Unreachable) and error.wait_s is None:
            least, most = FAST_S
            return least + self._draw() * (most - least) if tried.repeats == 0 else None
        return backoff(tried.repeats, error.wait_s, self._draw())

    def _next_key(
        self, tried: _Tried, route: Route, error: EngineError, running: Collection[Route]
    ) -> Move | None:
        """Another key at once, or, where the provider is only busy, the same one after a pause."""
        key = self._key(tried.candidate, tried.keys)
        if key is not None:
            pause = 0.0
            if isinstance(error, RateLimited) and error.wait_s is None:
                pause = LEAST_PAUSE_S * (1 + self._draw())
            if self._fits(pause):
                return Move(self._take(tried, key), pause)
        if not isinstance(error, RateLimited):
            tried.spent = True
            return self._fresh(running) or self._elsewhere_again(running)
        other = self._open(running)
        bound = min(route.provider.retries, error.repeats, 1 if other else error.repeats)
        if tried.repeats < bound and self._budget(route):
            free = self._health.of(route.provider).ring.free_in(self._clock())
            several = len(route.provider.keys) > 1
            wait = backoff(tried.repeats, free if several else error.wait_s, self._draw())
            if wait is not None and error.wait_s is None:
                wait = max(wait, LEAST_PAUSE_S)
            if (
                wait is not None
                and wait <= (LONGEST_WAIT_BESIDE_S if other else LONGEST_WAIT_S)
                and self._fits(wait)
            ):
                tried.repeats += 1
                tried.keys.clear()
                return Move(self._take(tried, self._soonest(tried, route.key)), wait)
        tried.spent = True
        return self._fresh(running) or self._elsewhere_again(running)

    def _budget(self, route: Route) -> bool:
        return self._health.of(route.provider).budget.allows

    def _soonest(self, tried: _Tried, key: Key) -> Key:
        """The key that is free first; the one that was used where none rests."""
        states = self._health.of(tried.candidate.provider).ring.states.values()
        now = self._clock()
        resting = [state for state in states if state.status(now) == "resting"]
        return min(resting, key=lambda state: state.rests_until).key if resting else key

    def _last_key(self, tried: _Tried, error: EngineError) -> Move | None:
        """A silent provider with nobody beside it: another key may reach another machine of its."""
        key = self._key(tried.candidate, tried.keys)
        if isinstance(error, Silent) and key is not None and self._fits(0.0):
            return Move(self._take(tried, key))
        return None

    def _elsewhere_again(self, running: Collection[Route]) -> Move | None:
        """A provider that was asked before, and may well answer by now; also the last one itself."""
        busy = {route.provider.name for route in running}
        for tried in self._tried:
            provider = tried.candidate.provider
            if tried.spent or not tried.asked or provider.name in busy:
                continue
            key = self._key(tried.candidate, ())
            wait = backoff(tried.repeats, None, self._draw())
            if (
                key is not None
                and wait is not None
                and tried.repeats < provider.retries
                and self._health.of(provider).budget.allows
                and self._fits(wait)
            ):
                tried.repeats += 1
                return Move(self._take(tried, key), wait)
        return None

    def _open(self, running: Collection[Route], *, beside_breakers: bool = False) -> _Tried | None:
        """A provider that was not asked in this turn and is ready."""
        names = {route.provider.name for route in running}
        for tried in self._tried:
            provider, model = tried.candidate.provider, tried.candidate.model
            if tried.asked or tried.spent or provider.name in names:
                continue
            ready = self._health.ready(provider, model)
            if ready or (beside_breakers and self._key(tried.candidate, ()) is not None):
                return tried
        return None

    def _fresh(self, running: Collection[Route], *, beside_breakers: bool = False) -> Move | None:
        tried = self._open(running, beside_breakers=beside_breakers) if self._fits(0.0) else None
        key = self._key(tried.candidate, ()) if tried else None
        if tried is None or key is None:
            return None
        return Move(self._take(tried, key), elsewhere=True)

    def _wait_for_a_key(self) -> Move | None:
        """The first key that is free again, where that is soon."""
        waits: list[tuple[float, int]] = []
        for place, tried in enumerate(self._tried):
            wait = self._health.of(tried.candidate.provider).ring.free_in(self._clock())
            if wait is not None and wait <= LONGEST_WAIT_S and self._fits(wait):
                waits.append((wait, place))
        if not waits:
            return None
        wait, place = min(waits)
        tried = self._tried[place]
        return Move(self._take(tried, self._soonest(tried, Key())), wait)

    def _try_again(self) -> Route | None:
        """Nobody is ready: a key that was refused may have been put right meanwhile, and one request tells."""
        for tried in self._tried:
            key = self._health.of(tried.candidate.provider).ring.try_again(self._clock())
            if key is not None:
                return self._take(tried, key)
        return None

    def _nobody(self) -> EngineError:
        """Which, why, until when."""
        now, told = self._clock(), []
        resting: list[float] = []
        kinds: list[str] = []
        for tried in self._tried:
            ring = self._health.of(tried.candidate.provider).ring
            for state in ring.states.values():
                if state.reason is None:
                    continue
                told.append(f"{tried.candidate.provider.name} {state.key.fingerprint}: {state.reason}")
                kinds.append(state.reason or "")
            free = ring.free_in(now)
            resting += [] if free is None else [free]
        if resting:
            return AllBusy("; ".join(told), free_in_s=min(resting))
        cause: type[EngineError] = next((_KEY_ERRORS[kind] for kind in kinds if kind in _KEY_ERRORS), NoKey)
        return cause("; ".join(told))

    def _key(self, candidate: Candidate, without: Collection[str]) -> Key | None:
        return self._health.of(candidate.provider).ring.pick(self._clock(), without)

    def _take(self, tried: _Tried, key: Key) -> Route:
        tried.asked += 1
        tried.keys.add(key.fingerprint)
        return Route(tried.candidate.provider, tried.candidate.model, key)

    def _of(self, route: Route) -> _Tried:
        return next(
            t
            for t in self._tried
            if (t.candidate.provider.name, t.candidate.model.id) == (route.provider.name, route.model.id)
        )

    def _fits(self, wait: float) -> bool:
        return self._clock() + wait < self.by
