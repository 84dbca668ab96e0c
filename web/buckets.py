"""How much of something may come in a while: token buckets, and many of them in little memory."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

#: Those that are remembered; whoever was silent longest is forgotten first, and by then its bucket is full again.
KEPT = 10_000


@dataclass(frozen=True)
class Pace:
    """burst: what may come at once. per_s: what may come for good."""

    burst: float
    per_s: float


class Bucket:
    """Full at first, refilled evenly."""

    __slots__ = ("_at", "_left", "_pace")

    def __init__(self, pace: Pace, now: float) -> None:
        self._pace, self._left, self._at = pace, pace.burst, now

    def take(self, now: float, amount: float = 1.0) -> bool:
        """Whether so much may come now, which then is taken."""
        self._left = min(self._pace.burst, self._left + (now - self._at) * self._pace.per_s)
        self._at = now
        if self._left < amount:
            return False
        self._left -= amount
        return True


class Buckets:
    """One bucket for each name."""

    def __init__(self, pace: Pace, kept: int = KEPT, clock: Callable[[], float] = monotonic) -> None:
        self._pace, self._kept, self._clock = pace, kept, clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, name: str, amount: float = 1.0) -> bool:
        """Whether so much of that name may come now, which then is taken."""
        now = self._clock()
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = Bucket(self._pace, now)
            if len(self._buckets) > self._kept:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(name)
        return bucket.take(now, amount)
