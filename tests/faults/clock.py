"""An event loop whose time the tests need not wait for: it leaps to the next timer when no socket has anything to say.

Emulator, engine and test run in this one loop over real sockets; ``loop.time()`` is its clock, and the only one.
Sockets answer in real time, which on loopback is at once; so when nothing has come within a few real milliseconds and
no thread is at work, nothing will come before the next timer, and it is that time.
"""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

#: Real seconds in which loopback has surely brought whatever was sent.
GRACE_S = 0.003
#: How long a thread at work (names looked up, files read) is waited for at a time.
THREAD_S = 0.02
START_S = 1000.0


class LeapingSelector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Waits for sockets for a moment only, and then lets the time leap. busy: threads that are at work."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START_S
        self.busy = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As any selector's, with ``timeout`` in the loop's own seconds."""
        if not timeout:
            return super().select(timeout)
        ready = super().select(GRACE_S)
        while not ready and self.busy:
            ready = super().select(THREAD_S)
        if not ready:
            self.now += timeout
        return ready


class LeapingLoop(asyncio.SelectorEventLoop):
    """The loop; ``time()`` stands still while anything is going on."""

    def __init__(self) -> None:
        self._leaping = LeapingSelector()
        super().__init__(self._leaping)

    def time(self) -> float:
        """Seconds since some time before the loop began."""
        return self._leaping.now

    def leap(self, seconds: float) -> None:
        """Let so much time pass at once, as a machine does that slept."""
        self._leaping.now += seconds

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Time does not leap while the thread is at work."""
        self._leaping.busy += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._rested)
        return future

    def _rested(self, future: "asyncio.Future[Any]") -> None:
        self._leaping.busy -= 1
