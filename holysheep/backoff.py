"""Whether an attempt is repeated, and how long to wait before, without clock or sleep."""

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
