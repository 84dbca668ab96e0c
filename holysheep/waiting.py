"""Waits that have a limit, and that somebody else can end."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from holysheep.errors import EngineError

T = TypeVar("T")


class Ended(Exception):
    """``Waiting.end`` was called."""


class Waiting:
    """One wait at a time. clock: seconds, never going back; limits are times on it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._scope: asyncio.Timeout | None = None
        self._nap: asyncio.Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.ended = False

    def end(self) -> None:
        """End the wait under way, and every later one; calling it again changes nothing."""
        self.ended = True
        if self._scope is not None and not self._scope.expired():
            self._scope.reschedule(asyncio.get_running_loop().time())
        self.wake()

    async def do(self, step: Callable[[], Awaitable[T]], by: float, late: Callable[[], EngineError]) -> T:
        """``await step()``; raises ``late()`` where it takes longer than until ``by``, Ended after ``end``."""
        if self.ended:
            raise Ended
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(now + max(0.0, by - self._clock())) as self._scope:
                return await step()
        except TimeoutError:
            if self.ended:
                raise Ended from None
            raise late() from None
        finally:
            self._scope = None

    async def rest(self, seconds: float) -> None:
        """Sleep, unless woken before."""
        # Kept, since get_running_loop() is a system call on Python 3.11.
        loop = self._loop = self._loop or asyncio.get_running_loop()
        self._nap = loop.create_future()
        timer = loop.call_later(seconds, self.wake)
        try:
            await self._nap
        finally:
            timer.cancel()
            self._nap = None

    def wake(self) -> None:
        """End a ``rest``."""
        if self._nap is not None and not self._nap.done():
            self._nap.set_result(None)
