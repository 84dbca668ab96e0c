"""Sums over turns, and what is told of them."""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from typing import Any, TypeAlias

from holysheep.events import CostBound
from ledger.columns import PICO

#: Whole milliseconds, packed as ``array("q")``: a million in 8 MB.
Times: TypeAlias = "array[int]"
#: So many are counted at a stretch: other threads wait for that.
_STRETCH = 20_000


@dataclass(frozen=True)
class Percentiles:
    """Of all times, this share is at most so long, in whole milliseconds (nearest rank)."""

    p50: int
    p95: int
    p99: int


@dataclass(frozen=True)
class Figures:
    """What some turns came to.

    replies: turns that gave text; ttft_ms and latency_ms are theirs, None where there is none.
    failed: cut by the provider, interrupted by us, or without an answer. refused: because a budget was used up;
        these are not among the failed. stopped: by the visitor. error_share: of failed in all turns, None without any.
    cost_usd: of the turns whose cost is known; ``cost_bound`` says "at_least" where one is not, "unknown" where
        none is; then cost_usd is None. estimated: turns whose tokens are our estimate.
    """

    turns: int = 0
    replies: int = 0
    attempts: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cost_usd: Decimal | None = Decimal(0)
    cost_bound: CostBound = "exact"
    estimated: int = 0
    ttft_ms: Percentiles | None = None
    latency_ms: Percentiles | None = None
    failed: int = 0
    error_share: float | None = None
    stopped: int = 0
    refused: int = 0
    liked: int = 0
    disliked: int = 0


#: The order of a tally's sums, as a query gives them.
SUMS = (
    "turns",
    "replies",
    "attempts",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "total_tokens",
    "cost",
    "known",
    "exact",
    "estimated",
    "failed",
    "stopped",
    "refused",
)


@dataclass
class Tally:
    """Figures in the making. sums: in the order of ``SUMS``. ttft, latency: times in whole milliseconds."""

    sums: list[int] = field(default_factory=lambda: [0] * len(SUMS))
    ttft: Times = field(default_factory=lambda: array("q"))
    latency: Times = field(default_factory=lambda: array("q"))
    liked: int = 0
    disliked: int = 0

    def take(self, sums: Sequence[Any], ttft: Times, latency: Times) -> None:
        """Add a row of a query: the sums, and the times in milliseconds."""
        self.sums = [mine + int(theirs or 0) for mine, theirs in zip(self.sums, sums, strict=True)]
        self.ttft.extend(ttft)
        self.latency.extend(latency)

    def add(self, other: "Tally") -> None:
        """Add what another one has."""
        self.take(other.sums, other.ttft, other.latency)
        self.liked += other.liked
        self.disliked += other.disliked

    def figures(self) -> Figures:
        """What it all comes to."""
        said = dict(zip(SUMS, self.sums, strict=True))
        cost, known, exact = said.pop("cost"), said.pop("known"), said.pop("exact")
        bound = cost_bound(said["turns"], known, exact)
        return Figures(
            **said,
            cost_usd=None if bound == "unknown" else cost * PICO,
            cost_bound=bound,
            ttft_ms=percentiles(self.ttft),
            latency_ms=percentiles(self.latency),
            error_share=round(said["failed"] / said["turns"], 6) if said["turns"] else None,
            liked=self.liked,
            disliked=self.disliked,
        )


def cost_bound(turns: int, known: int, exact: int) -> CostBound:
    """How far to trust a sum of costs, of which so many are known, and exact."""
    if exact == turns:
        return "exact"
    return "at_least" if known else "unknown"


def percentiles(times: Times) -> Percentiles | None:
    """Of times in milliseconds."""
    if not times:
        return None
    # Counted and not sorted: there are fewer different times than times, and no long sort holds up other threads.
    counted = Counter[int]()
    for begin in range(0, len(times), _STRETCH):
        counted.update(times[begin : begin + _STRETCH])
    ordered = sorted(counted)
    counts = list(accumulate(map(counted.__getitem__, ordered)))
    ranks = (max(1, -(-len(times) * percent // 100)) for percent in (50, 95, 99))
    return Percentiles(*(ordered[bisect_left(counts, rank)] for rank in ranks))
