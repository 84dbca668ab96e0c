"""Who is answered now, and who waits in line: no more replies at once than this machine carries."""

import asyncio
import itertools
from bisect import bisect_left
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import ceil

from chat.conversation import Conversation, Turn
from chat.status import Status
from chat.texts import number, say
from chat.waiting import show

#: Two thirds of the streams that one core carries at full pace (docs/performance.md): the rest is for pages that come,
#: for the database and for providers that talk faster.
MOST_TURNS = 600
#: Whoever has waited for so long is asked to come back: a person does not look at one line for longer.
LONGEST_WAIT_S = 30.0
#: The line is told of after this time, and then as often.
TELL_EVERY_S = 2.0
#: When to come back, at the soonest and at the latest.
SOONEST_S, LATEST_S = 10, 120
#: What a reply takes, until some have ended; and how much the newest one counts then.
USUAL_S, NEWEST = 10.0, 0.05


@dataclass(eq=False)
class _Waiter:
    number: int
    called: asyncio.Future[bool]


class Admission:
    """At most ``most`` replies at once; a turn beyond them waits in line, and those that run keep their pace.

    First come, first served. A conversation asks one thing at a time, so nobody's ten messages stand before another's
    one. Operators do not wait: they are few, and on a call.
    running, waiting: replies under way, and turns in line. refused: turns that were sent back, since the start.
    """

    def __init__(self, most: int = MOST_TURNS, longest_wait_s: float = LONGEST_WAIT_S) -> None:
        self.most = most
        self.running = 0
        self.refused = 0
        self._longest_wait_s = longest_wait_s
        self._line: list[_Waiter] = []
        self._numbers = itertools.count()
        self._usual_s = USUAL_S
        self.closed = False

    @property
    def waiting(self) -> int:
        """Turns in line."""
        return len(self._line)

    def refusal(self, conversation: Conversation) -> str:
        """Why it is not worth while to stand in line, with a time to come back; '' where it is."""
        if _goes_first(conversation) or self._rest_s(len(self._line)) <= self._longest_wait_s:
            return ""
        return self.sent_back(conversation)

    def sent_back(self, conversation: Conversation) -> str:
        """The words for a turn that is not answered; it is counted."""
        self.refused += 1
        wait_s = min(max(ceil(self._rest_s(len(self._line))), SOONEST_S), LATEST_S)
        language = conversation.language
        return say(language, "notes.overloaded", n=number(language, wait_s))

    @asynccontextmanager
    async def place(self, conversation: Conversation, turn: Turn) -> AsyncIterator[bool]:
        """Hold a place for a reply, after a wait in line where none is free. False: there was none in time, or the
        program ends. A turn that is stopped meanwhile is let in at once: its reply ends before it begins."""
        admitted = await self._enter(conversation, turn)
        begun = asyncio.get_running_loop().time()
        try:
            yield admitted
        finally:
            if admitted:
                self._leave(asyncio.get_running_loop().time() - begun)

    def close(self) -> None:
        """The program ends: nobody waits any more, and what was asked stays on record as it is."""
        self.closed = True
        for waiter in self._line:
            waiter.called.set_result(False)
        self._line.clear()

    async def _enter(self, conversation: Conversation, turn: Turn) -> bool:
        if self.closed:
            return False
        if _goes_first(conversation) or turn.stopped or (self.running < self.most and not self._line):
            self.running += 1
            return True
        waiter = _Waiter(next(self._numbers), asyncio.get_running_loop().create_future())
        self._line.append(waiter)
        turn.on_stop = lambda: self._call(waiter)
        screen = conversation.screen
        screen.begin(turn.text)
        screen.set_busy(True)  # who waits may stop waiting
        admitted = False
        try:
            admitted = await self._wait(conversation, waiter)
            return admitted
        finally:
            turn.on_stop = None
            if waiter in self._line:
                self._line.remove(waiter)
            elif not admitted and waiter.called.done() and waiter.called.result():
                self._leave(None)  # called and gone in the same moment
            show(conversation, None)
            if not admitted:
                screen.set_busy(False)

    async def _wait(self, conversation: Conversation, waiter: _Waiter) -> bool:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._longest_wait_s
        while (left := until - loop.time()) > 0:
            await asyncio.wait([waiter.called], timeout=min(left, TELL_EVERY_S))
            if waiter.called.done():
                return waiter.called.result()
            place = bisect_left(self._line, waiter.number, key=lambda other: other.number) + 1
            show(conversation, _in_line(conversation, place))
        return False

    def _call(self, waiter: _Waiter) -> None:
        """It is this one's turn, or nobody's: either way it is let in."""
        if not waiter.called.done():
            self._line.remove(waiter)
            self.running += 1
            waiter.called.set_result(True)

    def _leave(self, took_s: float | None) -> None:
        self.running -= 1
        if took_s is not None:
            self._usual_s += NEWEST * (took_s - self._usual_s)
        while self._line and self.running < self.most:
            self._call(self._line[0])

    def _rest_s(self, line: int) -> float:
        """How long it takes until so many have been let in."""
        return line * self._usual_s / self.most


def _goes_first(conversation: Conversation) -> bool:
    return conversation.link is None or conversation.operator != ""


def _in_line(conversation: Conversation, place: int) -> Status:
    language = conversation.language
    key = "notes.next_in_line" if place == 1 else "notes.in_line"
    return Status(say(language, key, place=number(language, place)))
