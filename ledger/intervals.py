"""Estimates with their intervals of confidence (95 %), from sums that a database can make.

Turns of one conversation are not independent of each other, so conversations are what is counted as drawn.
- mean: ratio estimator over clusters with its linearised variance (Cochran, Sampling Techniques, 3rd ed., 6.3) and
  Student's t.
- share: Wilson's score interval (1927), its sample size divided by the design effect (Kish 1965); the difference of two
  by Newcombe's method 10 (Statistics in Medicine 17, 1998).
- change of a mean: the ratio's logarithm by the delta method, degrees of freedom after Welch and Satterthwaite.
- median: order statistics (Conover, Practical Nonparametric Statistics, 3.2), which suppose no distribution.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist, fmean, median, stdev

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Moments:
    """Sums over clusters; n: units of a cluster, y: their total.

    Without clusters each unit is its own.
    """

    clusters: int = 0
    n: float = 0
    y: float = 0
    yy: float = 0
    nn: float = 0
    yn: float = 0

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(
            self.clusters + other.clusters,
            self.n + other.n,
            self.y + other.y,
            self.yy + other.yy,
            self.nn + other.nn,
            self.yn + other.yn,
        )


NOTHING = Moments()


@dataclass(frozen=True)
class Estimate:
    """value, low and high in the measure's unit; low and high are None where the data carries no interval.

    size: how many it was counted from. error: standard error; freedom: its degrees, 0 where there is none.
    stated: somebody said so, nobody counted. at_least: a part of it is not known, and counts as nothing.
    """

    value: float
    low: float | None = None
    high: float | None = None
    size: int = 0
    error: float = 0
    freedom: float = 0
    stated: bool = False
    at_least: bool = False

    def times(self, factor: float) -> "Estimate":
        """In another unit."""
        low = None if self.low is None else self.low * factor
        high = None if self.high is None else self.high * factor
        return replace(self, value=self.value * factor, low=low, high=high, error=self.error * factor)

    def bounded(self) -> "Estimate":
        """The same as a lower bound, which carries no interval."""
        return replace(self, low=None, high=None, error=0, freedom=0, at_least=True)


@dataclass(frozen=True)
class Change:
    """From before to after: as a share of before (-0.57: by 57 % less), or of a share in points (0.007: 0.7 points)."""

    value: float
    low: float | None = None
    high: float | None = None


def student(freedom: float, confidence: float = CONFIDENCE) -> float:
    """The quantile of Student's t for a two-sided interval (Abramowitz & Stegun 26.7.5; to 0.1 % from 5 degrees on)."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    fourth = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + first / freedom + second / freedom**2 + third / freedom**3 + fourth / freedom**4


def mean(sums: Moments, *, units: int, clusters: int) -> Estimate | None:
    """The mean of units; without an interval where there are less of them, or of clusters, than asked for."""
    if not sums.n:
        return None
    value, size = sums.y / sums.n, round(sums.n)
    if size < units or sums.clusters < clusters:
        return Estimate(value, size=size)
    error = math.sqrt(_variance(sums, value))
    half = student(sums.clusters - 1) * error
    return Estimate(value, max(0.0, value - half), value + half, size, error, sums.clusters - 1)


def share(sums: Moments, *, units: int, clusters: int) -> Estimate | None:
    """The share of units that are so; y: how many are."""
    if not sums.n:
        return None
    value, size = sums.y / sums.n, round(sums.n)
    if size < units or sums.clusters < clusters:
        return Estimate(value, size=size)
    simple = value * (1 - value) / sums.n
    effect = max(1.0, _variance(sums, value) / simple) if simple > 0 else 1.0
    low, high = wilson(value, sums.n / effect)
    return Estimate(value, low, high, size)


def mean_of(values: Sequence[float], *, least: int) -> Estimate | None:
    """The mean of single values, such as days."""
    if not values:
        return None
    size, value = len(values), fmean(values)
    if size < least:
        return Estimate(value, size=size)
    error = stdev(values) / math.sqrt(size)
    half = student(size - 1) * error
    return Estimate(value, max(0.0, value - half), value + half, size, error, size - 1)


def median_of(values: Sequence[float], confidence: float = CONFIDENCE) -> Estimate | None:
    """The median; with an interval from six values on."""
    if not values:
        return None
    ordered, size = sorted(values), len(values)
    rank, below = (
        0,
        0.5**size if size < 1000 else 0.0,
    )  # of an interval's lower end, and how sure it is not below
    while below <= (1 - confidence) / 2 and rank < size // 2 and size < 1000:
        rank += 1
        below += math.comb(size, rank) * 0.5**size
    if size >= 1000:
        z = NormalDist().inv_cdf((1 + confidence) / 2)
        rank = math.floor((size - z * math.sqrt(size)) / 2)
    if not rank:
        return Estimate(median(ordered), size=size)
    return Estimate(median(ordered), ordered[rank - 1], ordered[size - rank], size)


def wilson(value: float, size: float) -> tuple[float, float]:
    """The score interval of a share."""
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    middle = (value + z * z / (2 * size)) / (1 + z * z / size)
    half = z / (1 + z * z / size) * math.sqrt(value * (1 - value) / size + z * z / (4 * size * size))
    return max(0.0, middle - half), min(1.0, middle + half)


def change_of_means(before: Estimate, after: Estimate) -> Change | None:
    """None where there was nothing before."""
    if before.value <= 0:
        return None
    ratio = after.value / before.value
    if not (before.freedom and after.freedom and after.value > 0):
        return Change(ratio - 1)
    parts = [(e.error / e.value) ** 2 for e in (before, after)]
    error = math.sqrt(sum(parts))
    if not error:
        return Change(ratio - 1, ratio - 1, ratio - 1)
    spread = sum(part**2 / e.freedom for part, e in zip(parts, (before, after), strict=True))
    width = math.exp(student(sum(parts) ** 2 / spread) * error)
    return Change(ratio - 1, ratio / width - 1, ratio * width - 1)


def change_of_shares(before: Estimate, after: Estimate) -> Change:
    """In points."""
    moved = after.value - before.value
    if before.low is None or before.high is None or after.low is None or after.high is None:
        return Change(moved)
    down = math.hypot(after.value - after.low, before.high - before.value)
    up = math.hypot(after.high - after.value, before.value - before.low)
    return Change(moved, moved - down, moved + up)


def change_of_medians(before: Sequence[float], after: Sequence[float]) -> Change | None:
    """From both intervals at half the error each: never narrower than it should be."""
    half = 1 - (1 - CONFIDENCE) / 2
    old, new = median_of(before, half), median_of(after, half)
    if not old or not new or old.value <= 0:
        return None
    ratio = new.value / old.value
    if old.low is None or old.high is None or new.low is None or new.high is None or old.low <= 0:
        return Change(ratio - 1)
    return Change(ratio - 1, new.low / old.high - 1, new.high / old.low - 1)


def _variance(sums: Moments, value: float) -> float:
    squares = sums.yy - 2 * value * sums.yn + value * value * sums.nn
    return max(0.0, squares) * sums.clusters / (sums.clusters - 1) / sums.n**2
