"""Whether an attempt is repeated, and how long to wait before, without clock or sleep."""

from collections.abc import Callable

from holysheep.errors import Dropped, EngineError

#: Waits longer than this are not worth a visitor's time on a call.
LONGEST_WAIT_S = 15.0


def backoff(
    repeat: int, asked_s: float | None, draw: float, *, base_s: float = 2.0, cap_s: float = 8.0
) -> float | None:
    """Seconds before repeat number ``repeat`` (from 0), or None where waiting is pointless.

    Exponential with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"):
    ``draw`` in [0, 1) is the random part. ``asked_s``, the provider's Retry-After, is a floor;
    more than ``LONGEST_WAIT_S`` of it means None.
    """
    wait = draw * min(cap_s, base_s * 2**repeat)
    if asked_s is not None:
        wait = max(wait, asked_s)
    return wait if wait <= LONGEST_WAIT_S else None


class Repeats:
    """The repeats one turn has left. retries: the provider's bound. draw: a number in [0, 1)."""

    def __init__(self, retries: int, draw: Callable[[], float]) -> None:
        self._retries = retries
        self._draw = draw
        self._made = 0
        self._dropped = False

    def wait_after(self, error: EngineError) -> float | None:
        """Seconds until the next attempt, or None where ``error`` is the end of it.

        The first dropped connection is repeated at once and not counted: most are connections of
        the pool that the other side had closed meanwhile, and say nothing of its health.
        """
        if isinstance(error, Dropped) and not self._dropped:
            self._dropped = True
            return 0.0
        if self._made >= min(self._retries, error.repeats):
            return None
        wait = backoff(self._made, error.wait_s, self._draw())
        self._made += 1
        return wait
