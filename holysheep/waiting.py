"""Waits that have a limit, and that somebody else can end."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from holysheep.errors import EngineError

T = TypeVar("T")


#: Loops' clocks tick in milliseconds.
TICK_S = 0.001


class Ended(Exception):
    """``Waiting.end`` was called."""


class Waiting:
    """One wait at a time. clock: seconds, never going back; limits are times on it.

    One timer watches over all waits, set anew only where it would come too late: ``asyncio.timeout`` for each read
    costs more than the read. It cancels the task only while that is inside ``do``.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[object] | None = None
        self._by = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._barked = False
        self._nap: asyncio.Future[None] | None = None
        self.ended = False

    def end(self) -> None:
        """End the wait under way, and every later one; calling it again changes nothing."""
        self.ended = True
        if self._task is not None and self._task is asyncio.current_task():
            self._loop.call_soon(self._bark)  # called from inside ``do``: its next wait is the one to end
        else:
            self._bark()
        self.wake()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def do(self, step: Callable[[], Awaitable[T]], by: float, late: Callable[[], EngineError]) -> T:
        """``await step()``; raises ``late()`` where it takes longer than until ``by``, Ended after ``end``."""
        if self.ended:
            raise Ended
        task = self._task = asyncio.current_task()
        assert task is not None
        before, self._by = task.cancelling(), by
        if self._timer is None or by < self._timer_at:
            self._set_timer()
        try:
            return await step()
        except asyncio.CancelledError:
            if not self._barked or task.uncancel() > before:
                raise  # somebody else wants the task to end
            if self.ended:
                raise Ended from None
            raise late() from None
        finally:
            self._task, self._barked = None, False

    async def rest(self, seconds: float) -> None:
        """Sleep, unless woken before."""
        self._nap = self._loop.create_future()
        timer = self._loop.call_later(seconds, self.wake)
        try:
            await self._nap
        finally:
            timer.cancel()
            self._nap = None

    def wake(self) -> None:
        """End a ``rest``."""
        if self._nap is not None and not self._nap.done():
            self._nap.set_result(None)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = self._by
        self._timer = self._loop.call_later(max(0.0, self._by - self._clock()), self._look)

    def _look(self) -> None:
        """The timer's time has come: perhaps nobody waits, or for something later by now."""
        self._timer = None
        if self._task is None:
            return
        if self._clock() < self._by - TICK_S:
            self._set_timer()
        else:
            self._bark()

    def _bark(self) -> None:
        if self._task is not None and not self._barked:
            self._barked = True
            self._task.cancel()
