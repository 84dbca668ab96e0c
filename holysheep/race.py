"""Until the first visible text: attempts one after the other, and beside each other where one is silent."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterable
from typing import Protocol

from holysheep.attempt import Route
from holysheep.errors import BadRequest, ContextTooLong, EngineError
from holysheep.events import Event, Notice, Retrying
from holysheep.leg import Leg
from holysheep.plan import Move, Plan
from holysheep.request import OPTIONAL
from holysheep.waiting import Ended

#: Signs of life without a word are told of after so long.
QUEUEING_S = 6.0
#: While a broken reply waits to be replaced, a refusal elsewhere is worth this much more waiting.
LONGEST_WAIT_ANEW_S = 2.0


class Starter(Protocol):
    """Whose turn it is."""

    def start(self, route: Route) -> Leg:
        """A new attempt."""

    def finish(self, leg: Leg) -> None:
        """An attempt has ended."""

    def extend(self, plan: Plan) -> None:
        """The first text may come as late as if the turn began now."""

    def without(self, route: Route, parameter: str) -> bool:
        """Ask this route without a parameter from now on; whether that changes anything."""

    def shorten(self) -> int | None:
        """Leave out the older part of what was said; how many messages are kept, None where nothing can go."""


class Race:
    """``run()`` it: it yields what is worth telling, and ends with ``winner``, or with ``error`` and none.

    anew: for a fresh reply in the place of one that broke off: gives the next way for it, which may be tried where the
    first one is silent or breaks off before its first text; one that has no text is no winner then.
    """

    def __init__(
        self,
        starter: Starter,
        plan: Plan,
        clock: Callable[[], float],
        *,
        anew: Callable[[Collection[Route]], Move | None] | None = None,
    ) -> None:
        self._starter = starter
        self._plan = plan
        self._clock = clock
        self._anew = anew
        self._legs: dict[asyncio.Task[None], Leg] = {}
        self._newest: Leg | None = None
        self._next: tuple[float, Move] | None = None
        self._woken: asyncio.Future[None] | None = None
        self._ended = False
        self._queueing_told = False
        self._alone: Leg | None = None
        self._spare = anew is not None
        self.winner: Leg | None = None
        self.error: EngineError | None = None

    def end(self) -> None:
        """Give up all attempts."""
        self._ended = True
        for leg in self._legs.values():
            leg.end()
        self._wake()

    def legs(self) -> Iterable[Leg]:
        """The attempts under way, and the winner."""
        return (*self._legs.values(), *([self.winner] if self.winner else ()))

    async def run(self, move: Move) -> AsyncGenerator[Event, None]:
        """Attempts, from ``move`` on, until one gives text or none can. Raises Ended after ``end``."""
        self._next = (self._clock() + move.wait_s, move)
        while self._legs or self._next:
            if self._ended:
                raise Ended
            if self._next and self._next[0] <= self._clock():
                self._start(self._next[1].route)
            for task in await self._some_end():
                # kept among the others until now: whoever leaves in between leaves none of them behind
                leg = self._legs.pop(task)
                task.result()
                if self._is_winner(leg):
                    self.winner = leg
                    self._overtake()
                    return
                self._starter.finish(leg)
                self.error = leg.outcome.error or self.error
                for event in self._after(leg):
                    yield event
            if not self._ended:
                for event in self._meanwhile():
                    yield event

    def _start(self, route: Route) -> None:
        self._next = None
        leg = self._newest = self._starter.start(route)
        task = asyncio.ensure_future(self._begin(leg))
        task.add_done_callback(self._wake)  # also of one that was cancelled before it began
        self._legs[task] = leg

    async def _begin(self, leg: Leg) -> None:
        """Wakes at once: the task's own end is told a turn of the loop later, in which every other reply is read."""
        try:
            await leg.begin()
        finally:
            self._wake()

    def _wake(self, *_: object) -> None:
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    async def _some_end(self) -> list[asyncio.Task[None]]:
        """The attempts that have ended, or given text, by the time something else is due."""
        if not any(task.done() for task in self._legs):
            await self._sleep(self._due())
        if self._ended and not any(leg.head for leg in self._legs.values()):
            raise Ended
        return [task for task in self._legs if task.done()]

    async def _sleep(self, until: float | None) -> None:
        """Until woken; no longer than until that time."""
        loop = asyncio.get_running_loop()
        self._woken = loop.create_future()
        timer = loop.call_later(max(0.0, until - self._clock()), self._wake) if until is not None else None
        try:
            await self._woken
        finally:
            self._woken = None
            if timer is not None:
                timer.cancel()

    def _due(self) -> float | None:
        times = [self._next[0]] if self._next else []
        if self._newest is not None and self._legs:
            if self._next is None and self._newest is not self._alone:
                times.append(self._patience())
            if not self._queueing_told:
                times.append(self._newest.outcome.begun + QUEUEING_S)
        return min(times, default=None)

    def _patience(self) -> float:
        """Until when the newest attempt may be silent before another one goes elsewhere."""
        assert self._newest is not None
        outcome, provider = self._newest.outcome, self._newest.outcome.route.provider
        # A model that thinks is alive, but a visitor does not wait for ever where somebody else could speak.
        return min(self._newest.life + provider.first_text_elsewhere_s, outcome.begun + provider.turn_s)

    def _allow_for_thinking(self, leg: Leg) -> None:
        """What was thought does not count against the time that the next attempt has."""
        if leg.life > leg.outcome.begun:
            self._starter.extend(self._plan)

    def _second_way(self) -> Move | None:
        """Another fresh reply, once, where the first has not come to a word."""
        if self._anew is None or not self._spare:
            return None
        self._spare = False
        return self._anew(self._running())

    def _is_winner(self, leg: Leg) -> bool:
        return bool(leg.head) or (leg.outcome.error is None and leg.over and not self._anew)

    def _overtake(self) -> None:
        for leg in self._legs.values():
            leg.outcome.overtaken = not leg.over
            leg.end()
            leg.close()
            self._starter.finish(leg)
        self._legs.clear()

    def _running(self) -> tuple[Route, ...]:
        return tuple(leg.outcome.route for leg in self._legs.values())

    def _after(self, leg: Leg) -> Iterable[Event]:
        """Where the next attempt goes, and what there is to tell of it."""
        error, route = leg.outcome.error, leg.outcome.route
        if error is None or self._next is not None:
            return
        move = None
        if isinstance(error, ContextTooLong) and (kept := self._starter.shorten()) is not None:
            yield Notice("shortened", count=kept)
            move = Move(route)
        elif isinstance(error, BadRequest) and self._drops_a_parameter(route, error):
            move = Move(route)
        elif self._anew is None or not error.ran:
            self._allow_for_thinking(leg)
            move = self._plan.after(route, error, self._running())
        elif not self._legs:
            move = self._second_way()
        if move is None or (self._anew and move.wait_s > LONGEST_WAIT_ANEW_S):
            return
        self._next = (self._clock() + move.wait_s, move)
        if not self._anew:
            yield Retrying(error.kind, move.wait_s, move.elsewhere)

    def _drops_a_parameter(self, route: Route, error: BadRequest) -> bool:
        names = [error.param] if error.param else [name for name in OPTIONAL if name in error.detail]
        return any(name in OPTIONAL and self._starter.without(route, name) for name in names if name)

    def _meanwhile(self) -> Iterable[Event]:
        """What time alone brings: another route for a silent one, a word on a queue."""
        newest, now = self._newest, self._clock()
        if newest is None or not self._legs:
            return
        if not self._queueing_told and now >= newest.outcome.begun + QUEUEING_S:
            self._queueing_told = True
            if newest.heard is not None:
                yield Notice("queueing")
        if self._next is None and newest is not self._alone and now >= self._patience():
            self._allow_for_thinking(newest)
            move = self._plan.elsewhere(self._running()) or self._second_way()
            if move is None:
                self._alone = newest  # and is not asked about again
            else:
                self._next = (now, move)
                if not self._anew:
                    yield Retrying("silent", 0.0, True)
