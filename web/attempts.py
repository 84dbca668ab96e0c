"""How often a password may be tried."""

from collections import deque
from collections.abc import Callable
from math import ceil
from time import monotonic

from web.addresses import household


class Attempts:
    """Counts tries within a window of time: of one address, and of all together, whoever has many addresses.

    each, everybody: tries within ``window_s`` seconds. As none beyond ``everybody`` is noted, no more are kept.
    """

    def __init__(
        self,
        each: int = 10,
        everybody: int = 100,
        window_s: float = 600.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._each, self._everybody, self._window_s, self._clock = each, everybody, window_s, clock
        self._noted: deque[tuple[float, str]] = deque()

    def wait_s(self, address: str) -> int:
        """0: one more try may be made, and is noted. Else the seconds until then. address: the client's."""
        now, who = self._clock(), household(address)
        while self._noted and self._noted[0][0] <= now - self._window_s:
            self._noted.popleft()
        own = [at for at, other in self._noted if other == who]
        if len(own) >= self._each:
            return ceil(own[0] + self._window_s - now)
        if len(self._noted) >= self._everybody:
            return ceil(self._noted[0][0] + self._window_s - now)
        self._noted.append((now, who))
        return 0

    def forget_last(self, address: str) -> None:
        """The last try of this address was right, and therefore no guess."""
        who = household(address)
        last = next((noted for noted in reversed(self._noted) if noted[1] == who), None)
        if last is not None:
            self._noted.remove(last)
