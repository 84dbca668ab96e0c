"""How many messages come in a minute, from one visitor and by one link."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

#: A link takes as many times what one visitor may send: a classroom, not a flood.
LINK_TIMES = 10
WINDOW_S = 60.0
#: Senders that are remembered; whoever was silent longest is forgotten first.
KEPT = 10_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Rates:
    """Token buckets in memory, one a visitor and one a link: full at first, refilled evenly over a minute.

    Each replica counts for itself; what must never be passed (messages and money of a link) is counted in the books.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_s(self, visitor: str, link: str, per_minute: int) -> float:
        """Seconds until one more message may come; 0 where it may now, and is counted."""
        limits = ((f"visitor {visitor}", per_minute), (f"link {link}", per_minute * LINK_TIMES))
        buckets = [(self._bucket(name, limit), limit) for name, limit in limits]
        wait = max((1 - bucket.left) * WINDOW_S / limit for bucket, limit in buckets)
        if wait > 0:
            return wait
        for bucket, _ in buckets:
            bucket.left -= 1
        return 0.0

    def _bucket(self, name: str, limit: int) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault(name, _Bucket(limit, now))
        bucket.left = min(limit, bucket.left + (now - bucket.at) * limit / WINDOW_S)
        bucket.at = now
        self._buckets.move_to_end(name)
        if len(self._buckets) > KEPT:
            self._buckets.popitem(last=False)
        return bucket
