"""Intervals of confidence, against figures from the literature and against chance itself."""

import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.intervals import (
    Estimate,
    Moments,
    change_of_means,
    change_of_medians,
    change_of_shares,
    mean,
    mean_of,
    median_of,
    share,
    student,
    wilson,
)


def of(clusters: list[list[float]]) -> Moments:
    pairs = [(len(cluster), sum(cluster)) for cluster in clusters]
    total = Moments()
    for n, y in pairs:
        total += Moments(1, n, y, y * y, n * n, y * n)
    return total


@pytest.mark.parametrize(("freedom", "t"), [(5, 2.5706), (10, 2.2281), (30, 2.0423), (1000, 1.9623)])
def test_student(freedom: int, t: float) -> None:
    """The table's quantiles for 95 %."""
    assert student(freedom) == pytest.approx(t, rel=1e-3)


@pytest.mark.parametrize(
    ("value", "size", "low", "high"), [(81 / 263, 263, 0.2553, 0.3662), (0, 20, 0, 0.1611)]
)
def test_wilson(value: float, size: int, low: float, high: float) -> None:
    """Newcombe's examples (1998, Table I)."""
    assert wilson(value, size) == pytest.approx((low, high), abs=5e-5)


def test_difference_of_shares() -> None:
    """Newcombe's example (a) for two samples: 56/70 against 48/80, method 10: 0.0524 to 0.3339."""
    before, after = (Estimate(k / n, *wilson(k / n, n), n) for k, n in ((48, 80), (56, 70)))
    moved = change_of_shares(before, after)
    assert (moved.value, moved.low, moved.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


@pytest.mark.parametrize(("size", "low", "high"), [(6, 1, 6), (10, 2, 9), (20, 6, 15), (100, 40, 61)])
def test_median(size: int, low: int, high: int) -> None:
    """The ranks of the tables; below six values there is no interval."""
    found = median_of([float(n) for n in range(1, size + 1)])
    assert found and (found.low, found.high) == (low, high)
    none = median_of([1.0, 2.0, 3.0, 4.0, 5.0])
    assert none and (none.value, none.low) == (3, None)


def test_turns_of_one_conversation_are_not_many() -> None:
    """The same values, in conversations that each have their own level, carry a wider interval."""
    dice = random.Random(1)
    clusters = [
        [dice.gauss(level, 1) for _ in range(20)] for level in (dice.gauss(100, 10) for _ in range(40))
    ]
    together = mean(of(clusters), units=30, clusters=10)
    apart = mean(of([[value] for cluster in clusters for value in cluster]), units=30, clusters=10)
    assert together and apart and together.value == pytest.approx(apart.value)
    assert together.error > 3 * apart.error


def test_intervals_hold_what_they_promise() -> None:
    """Of 400 samples with a known mean about 95 % have it in their interval, and of equal pairs 95 % show no change."""
    dice = random.Random(2)

    def sample() -> Estimate:
        found = mean(of([[dice.lognormvariate(0, 0.5)] for _ in range(80)]), units=30, clusters=10)
        assert found
        return found

    pairs = [(sample(), sample()) for _ in range(400)]
    true_mean = 1.1331
    hits = [
        e.low <= true_mean <= e.high
        for pair in pairs
        for e in pair
        if e.low is not None and e.high is not None
    ]
    moves = [change_of_means(*pair) for pair in pairs]
    calm = [m.low <= 0 <= m.high for m in moves if m and m.low is not None and m.high is not None]
    assert fmean(hits) == pytest.approx(0.95, abs=0.03)
    assert fmean(calm) == pytest.approx(0.95, abs=0.03)


def test_too_little_carries_no_interval() -> None:
    """A value, and no claim, below the sizes that are asked for; nothing at all from nothing."""
    few = of([[1.0] * 10] * 5)
    for found in (
        mean(few, units=30, clusters=10),
        share(few, units=30, clusters=10),
        mean_of([1.0], least=7),
    ):
        assert found and found.value == 1 and found.low is None
    assert (
        mean(Moments(), units=1, clusters=1)
        is share(Moments(), units=1, clusters=1)
        is mean_of([], least=1)
        is None
    )
    assert median_of([]) is None


def test_a_share_of_all_is_not_certain() -> None:
    """No failure in 100 turns is not 100 % for sure."""
    found = share(of([[1.0]] * 100), units=30, clusters=10)
    assert found and found.value == 1 and found.low == pytest.approx(0.963, abs=1e-3)


@given(st.lists(st.floats(0.1, 1e6), min_size=7, max_size=60), st.floats(0.1, 10))
def test_scaling_moves_nothing(values: list[float], factor: float) -> None:
    """A change is the same in every unit, and its interval holds it."""
    other = [value * factor for value in values]
    moved = change_of_medians(values, other)
    assert moved and moved.low is not None and moved.high is not None
    assert moved.value == pytest.approx(factor - 1, rel=1e-6, abs=1e-9)
    assert moved.low <= moved.value + 1e-9 and moved.value <= moved.high + 1e-9
