"""The arithmetic of the measurements."""

from __future__ import annotations

import pytest

from bench.figures import Sample, Spread, gaps, gaps_between, largest_jump, longest_stall, percentile, spread


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7.0], 0.99, 7.0),
        ([1.0, 2.0, 3.0], 0.5, 2.0),
        ([3.0, 1.0, 2.0], 0.0, 1.0),
        ([1.0, 2.0, 3.0], 1.0, 3.0),
        ([1.0, 2.0], 0.5, 1.5),
        ([float(n) for n in range(101)], 0.99, 99.0),
    ],
)
def test_percentile(values: list[float], share: float, expected: float) -> None:
    """A percentile lies between the two values around its place."""
    assert percentile(values, share) == pytest.approx(expected)


def test_percentile_of_nothing() -> None:
    """A measurement that saw nothing is an error, not a zero."""
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_spread() -> None:
    """Several rounds become their median and range."""
    assert spread([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)


def test_gaps() -> None:
    """Gaps lie between frames, so one frame has none."""
    assert gaps([1.0, 1.5, 3.0]) == [0.5, 1.5]
    assert gaps([1.0]) == []


def test_gaps_between_keeps_what_reaches_over_the_edge() -> None:
    """A stall that begins inside the window counts in full; what lies outside does not."""
    times = [0.0, 1.0, 2.0, 9.0, 9.5, 10.0]
    assert gaps_between(times, 1.5, 3.0) == [1.0, 7.0]


STEADY = [Sample(0, 0), Sample(100, 5), Sample(150, 10), Sample(200, 15)]
STUTTER = [Sample(100, 5), Sample(150, 4), Sample(200, 5), Sample(400, 40)]


@pytest.mark.parametrize(
    ("samples", "stall", "jump"),
    [(STEADY, 50.0, 5), (STUTTER, 300.0, 35), ([Sample(10, 8)], 0.0, 8), ([], 0.0, 0)],
    ids=["steady", "shrinks and comes back", "all at once", "nothing"],
)
def test_evenness(samples: list[Sample], stall: float, jump: int) -> None:
    """Only text longer than ever before ends a stall, and the first text is a jump too."""
    assert longest_stall(samples) == stall
    assert largest_jump(samples) == jump
