"""What a client adds to a stream, as quantities: the names that measure and targets share."""

from __future__ import annotations

from itertools import product
from typing import Literal

from bench.rows import Quantity

What = Literal["first", "chunk"]
"""first: until the first text, counted from the call, less the time for which the provider held the request.
chunk: from a chunk's leaving the provider until its text is in the caller's hands."""

_WHAT = {"first": ("added to the first token", "ms", 2), "chunk": ("added to a chunk", "µs", 0)}
_CROWDS = {1: "1 stream", 100: "100 streams"}

Which = tuple[What, int, float]
"""What, of how many streams, and which percentile."""

WHATS: tuple[What, ...] = ("first", "chunk")
SHARES = (0.5, 0.99)
CROWDS = tuple(_CROWDS)
WHICH: tuple[Which, ...] = tuple(product(WHATS, CROWDS, SHARES))


def added(what: What, crowd: int, share: float) -> Quantity:
    """All of it: the machine's part, the HTTP client's and what stands above that."""
    title, unit, digits = _WHAT[what]
    place = f"p{share * 100:.0f}"
    return Quantity(f"beside_{what}_{place}_{crowd}", f"{title}, {_CROWDS[crowd]}, {place}", unit, digits)


def above(what: What, crowd: int, share: float) -> Quantity:
    """The same above the raw client's of the same round."""
    whole = added(what, crowd, share)
    return Quantity(f"{whole.key}_above", f"{whole.title}, above the raw client's", whole.unit, whole.digits)


RATE = Quantity("beside_rate", "replies of 20 tokens through one core, 32 in flight", "replies/s")
CPU = Quantity("beside_cpu", "the client's CPU for such a reply", "µs")
BUSY = Quantity("beside_busy", "share of a core that 100 streams of 50 tokens/s take", "%")
