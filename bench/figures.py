"""The arithmetic of the measurements: no clock, no sockets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median


@dataclass(frozen=True)
class Spread:
    """The median of several rounds and how far apart they lay."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Median, lowest and highest of at least one value."""
    return Spread(median(values), min(values), max(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of `values` lie, by linear interpolation.

    Raises `ValueError` on no values: a measurement that saw nothing must not look like a fast one.
    """
    if not values:
        raise ValueError("percentile of no values")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = math.ceil(place)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def gaps(times: Iterable[float]) -> list[float]:
    """The time between each frame and the next, in the unit of `times`."""
    return [after - before for before, after in pairwise(times)]


def gaps_between(times: Iterable[float], start: float, end: float) -> list[float]:
    """Gaps that lie wholly or partly between `start` and `end`.

    A long gap that reaches over the end still counts: leaving it out would hide the worst stall.
    """
    return [after - before for before, after in pairwise(times) if after >= start and before <= end]


@dataclass(frozen=True)
class Sample:
    """How many characters of a reply were on screen at a time in milliseconds."""

    at_ms: float
    length: int


def longest_stall(samples: Sequence[Sample]) -> float:
    """The longest time in milliseconds during which the text on screen did not grow."""
    return max(gaps(growth.at_ms for growth in growing(samples)), default=0.0)


def largest_jump(samples: Sequence[Sample]) -> int:
    """The most characters that appeared at once, the first ones included."""
    lengths = [0, *(growth.length for growth in growing(samples))]
    return max((after - before for before, after in pairwise(lengths)), default=0)


def growing(samples: Sequence[Sample]) -> list[Sample]:
    """Only the samples that show more text than any before them.

    Pages redraw: a cursor comes and goes, Markdown swallows its marks. Text that merely shrank and came
    back is not news to a reader.
    """
    kept: list[Sample] = []
    longest = 0
    for sample in samples:
        if sample.length > longest:
            kept.append(sample)
            longest = sample.length
    return kept
