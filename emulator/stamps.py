"""Replies that carry the time, for whoever measures what a client adds to them.

Each token is the time at which it leaves, and a blank; before the first one stands the time at which the request
was understood. All in nanoseconds of ``time.monotonic()``, which is one clock for every process of the machine.
"""

import time
from typing import Final

_DIGITS: Final = 19
_PLACE: Final = "@" * _DIGITS
_PLACE_BYTES: Final = _PLACE.encode()


def pieces(count: int) -> tuple[str, ...]:
    """A reply of ``count`` tokens, with places for the times at which they leave."""
    first = f"{time.monotonic_ns():0{_DIGITS}d} {_PLACE} "
    return (first, *(f"{_PLACE} ",) * (count - 1))


def fill(data: bytes) -> bytes:
    """``data`` as it leaves now; of the same length."""
    return data.replace(_PLACE_BYTES, b"%0*d" % (_DIGITS, time.monotonic_ns()))
