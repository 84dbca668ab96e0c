"""One turn: attempts until one gives text, that text, another reply in its place where it breaks off, the receipt."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from holysheep.attempt import Outcome, Route
from holysheep.attempts import Attempts, Means, Turn
from holysheep.errors import AllBusy, EngineError, NoKey
from holysheep.events import Delta, Event, Notice, Receipt, Restarted
from holysheep.leg import Leg
from holysheep.plan import Move, Plan
from holysheep.providers import Provider
from holysheep.race import Race
from holysheep.receipts import Settled, settle
from holysheep.routes import Candidate
from holysheep.waiting import Ended

#: Fewer characters a second than this over so long are slow.
SLOW_CHARS_S, SLOW_S = 5, 20.0
#: A reply of no more characters has shown little.
LITTLE = 200


class ReplyStream:
    """The events of one turn: iterate over it; it ends with exactly one ``Receipt``.

    stop() ends it from outside: the upstream connection is closed at once and the receipt
    says ``stopped``. A cancellation of the iterating task goes on, as it must; ``receipt`` then
    says ``interrupted``.
    """

    def __init__(self, means: Means, turn: Turn) -> None:
        self._means = means
        self._turn = turn
        self._attempts = Attempts(means, turn)
        self._begun = means.clock()
        self._candidates: Sequence[Candidate] = ()
        self._race: Race | None = None
        self._shown: Leg | None = None
        self._first_text: float | None = None
        self._is_anew = False
        self._is_read = False
        self._waited = False
        self._mark, self._since_mark = 0.0, 0
        self._ended_by: Literal["stopped", "interrupted"] | None = None
        #: What was wrong with the turn; None where nothing was, or not yet.
        self.error: EngineError | None = None
        self.receipt: Receipt | None = None
        self._events = self._run()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._events

    @property
    def is_read(self) -> bool:
        """Whether somebody has begun to take its events."""
        return self._is_read

    @property
    def _waits(self) -> bool:
        """Whether some task waits for the next event."""
        return bool(getattr(self._events, "ag_running", False))  # not in typeshed's AsyncGenerator

    @property
    def text(self) -> str:
        """The whole reply as it stands."""
        return self._shown.outcome.text if self._shown else ""

    async def aclose(self) -> None:
        """End the reply where its events are no longer wanted; the receipt says ``interrupted``.

        While another task waits for the next event this is ``interrupt``: that task gets the receipt.
        """
        if self._waits:
            self.interrupt()
            return
        await self._events.aclose()
        if self.receipt is None:  # nobody ever asked for an event
            self.interrupt()
            self._settle()

    def stop(self) -> None:
        """End the reply now, as the visitor wishes; calling it again changes nothing."""
        self._end("stopped")

    def interrupt(self) -> None:
        """End the reply now, as we must; the receipt says ``interrupted``."""
        self._end("interrupted")

    def _end(self, by: Literal["stopped", "interrupted"]) -> None:
        self._ended_by = self._ended_by or by
        if self._race is not None:
            self._race.end()
        if self._shown is not None:
            self._shown.end()

    async def _run(self) -> AsyncGenerator[Event, None]:
        self._is_read = True
        try:
            await self._means.ready()
            plan = self._begin()
            first = plan.first()
            self._waited = first.wait_s > 0
            async with aclosing(self._compete(plan, first)) as events:
                async for event in events:
                    yield event
            while (leg := self._shown) is not None:
                if leg.head:
                    yield Delta(leg.head)
                while text := await leg.more():
                    if self._is_slow(text):
                        yield Notice("slow")
                    yield Delta(text)
                move = self._move_anew(plan, leg)
                if move is None:
                    break
                yield Notice("breaking")
                async with aclosing(self._compete(plan, move, in_place_of=leg)) as events:
                    async for event in events:
                        yield event
                if self._shown is leg:
                    break
        except Ended:
            pass
        except EngineError as error:
            self.error = error
        except BaseException:
            self.interrupt()
            raise
        finally:
            self._settle()
        assert self.receipt is not None
        yield self.receipt

    def _begin(self) -> Plan:
        means = self._means
        self._candidates = self._turn.candidates()
        if self._ended_by:
            raise Ended
        self._begun = means.clock()
        if not self._candidates:
            raise NoKey("no provider that has a key answers this model")
        by = self._attempts.by = self._begun + self._candidates[0].provider.turn_s
        return Plan(self._candidates, means.health, by, means.clock, means.draw)

    async def _compete(
        self, plan: Plan, move: Move, in_place_of: Leg | None = None
    ) -> AsyncGenerator[Event, None]:
        """Attempts until one gives text: ``_shown`` is that one. Raises EngineError where none does, but for a fresh
        one in the place of a reply that broke off, which then stays."""
        race = self._race = Race(
            self._attempts,
            plan,
            self._means.clock,
            anew=partial(self._another_way, plan, in_place_of) if in_place_of else None,
        )
        if self._ended_by:
            raise Ended
        async with aclosing(race.run(move)) as events:
            async for event in events:
                yield event
        if race.winner is None:
            if in_place_of is None:
                raise plan.given_up(race.error or EngineError("no attempt was made"))
            return
        if in_place_of is not None and in_place_of.outcome.error is not None:
            yield Restarted(in_place_of.outcome.error.kind)
        self._show(race.winner, plan)
        model = race.winner.outcome.route.model.id
        if model != self._turn.request.model.id:
            yield Notice("stand_in", model=model)

    def _show(self, leg: Leg, plan: Plan) -> None:
        self._race, self._shown = None, leg
        self._mark, self._since_mark = self._means.clock(), 0
        if self._first_text is None:
            self._first_text = leg.outcome.first_text
        provider = leg.outcome.route.provider
        if plan.leads_elsewhere((leg.outcome.route,)):
            silence_s = min(provider.silence_s, provider.silence_elsewhere_s)
            leg.limits = replace(leg.limits, silence_s=silence_s)

    def _is_slow(self, text: str) -> bool:
        """Whether it is time to say that the reply comes slowly; once."""
        self._since_mark += len(text)
        now = self._means.clock()
        if now - self._mark < SLOW_S:
            return False
        slow = self._since_mark < SLOW_CHARS_S * SLOW_S
        self._mark, self._since_mark = (float("inf") if slow else now), 0
        return slow

    def _move_anew(self, plan: Plan, leg: Leg) -> Move | None:
        """The fresh attempt that may take the place of a reply that broke off; one a turn."""
        self._attempts.finish(leg)
        error, provider = leg.outcome.error, leg.outcome.route.provider
        if error is None or self._ended_by or self._is_anew or error.next == "stop":
            return None
        if provider.restart == "ask" or (provider.restart == "short" and len(leg.outcome.text) > LITTLE):
            return None
        self._is_anew = True
        plan.by = self._attempts.by = self._means.clock() + provider.turn_s
        return plan.anew(leg.outcome.route, error)

    def _another_way(self, plan: Plan, broken: Leg, running: Collection[Route]) -> Move | None:
        error = broken.outcome.error
        return plan.anew(broken.outcome.route, error, running) if error is not None else None

    def _settle(self) -> None:
        """All that is under way ends here, and what it came to is the receipt."""
        if self.receipt is not None:
            return
        for leg in (*(self._race.legs() if self._race else ()), *([self._shown] if self._shown else ())):
            leg.close()
            if self._ended_by and leg.outcome.error is None and not leg.outcome.reader.whole:
                leg.outcome.ended_by = self._ended_by
            self._attempts.finish(leg)
        shown = self._outcome_to_show()
        if self._ended_by and not shown.reader.whole:
            shown.ended_by = self._ended_by
        else:
            self.error = self.error or shown.error
        if shown.ended_by:
            self.error = None
        outcomes = self._attempts.outcomes
        self.receipt = settle(
            Settled(
                outcomes=outcomes,
                shown=shown,
                request=self._turn.request,
                models=self._means.models,
                begun=outcomes[0].begun if outcomes and not self._waited else self._begun,
                now=self._means.clock(),
                count=self._means.count,
                first_text=self._first_text,
                cohort=self._turn.cohort(),
                error=self.error,
                until=self._until(),
            )
        )

    def _outcome_to_show(self) -> Outcome:
        if self._shown is not None:
            return self._shown.outcome
        if self._attempts.outcomes:
            ended = [o for o in self._attempts.outcomes if o.error is not None]
            return (ended or self._attempts.outcomes)[-1]
        first = self._candidates[0] if self._candidates else None
        model = self._turn.request.model
        route = Route(first.provider, first.model) if first else Route(Provider(model.provider, ""), model)
        return Outcome(route, 0, self._begun)

    def _until(self) -> datetime | None:
        if isinstance(self.error, AllBusy) and self.error.free_in_s is not None:
            return self._means.now() + timedelta(seconds=self.error.free_in_s)
        return None
