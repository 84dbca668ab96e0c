"""How the number of streams is searched for and judged."""

from __future__ import annotations

import pytest

from bench.load import Heard, Round
from bench.measures.capacity import Step, best, climb, judge
from bench.pace import FULL
from bench.processes import BenchError


@pytest.mark.parametrize(
    ("limit", "first", "leap", "expected"),
    [
        (90, 40, 2.0, [40, 80, 160, 100]),
        (100, 40, 2.0, [40, 80, 160, 100, 125]),
        (30, 40, 2.0, [40, 32, 26]),
        (1000, 40, 2.0, [40, 80, 160, 320, 400]),
        (50, 40, 1.25, [40, 50, 62]),
    ],
    ids=["doubles, then quarters", "several quarters", "falls", "the most", "a second round"],
)
async def test_climb(limit: int, first: int, leap: float, expected: list[int]) -> None:
    """Few steps find the limit to a quarter, and none is taken twice."""
    asked: list[int] = []

    async def holds(streams: int) -> bool:
        asked.append(streams)
        return streams <= limit

    await climb(holds, first, leap, most=450)
    assert asked == expected


def test_best_stands_below_the_first_break() -> None:
    """A lucky step above one that broke does not count."""
    steps = [Step(160, 0.1, 1.0, 0.1), Step(40, 0.1, 1.0, 0.1), Step(80, 0.5, 1.0, 0.1)]
    assert best(steps, "smooth") == 40


@pytest.mark.parametrize(
    ("pause", "smooth", "prompt"), [(0.02, True, True), (0.1, True, False), (0.3, False, False)]
)
def test_judge(pause: float, smooth: bool, prompt: bool) -> None:
    """Even gaps are smooth, but a reply that takes much longer than the model's is not prompt."""
    frames = tuple(1.0 + pause * n for n in range(FULL.tokens))
    reply = Heard(sent=0.85, frames=frames, done=frames[-1], chars=800)
    step = judge(1, Round(0.0, frames[-1], (reply,), 0.1), window_s=5.0)
    assert step.holds("smooth") is smooth
    assert step.holds("prompt") is prompt


def test_judge_needs_frames() -> None:
    """A server that showed nothing while all were streaming is no even one."""
    with pytest.raises(BenchError, match="nobody saw a frame"):
        judge(1, Round(0.0, 9.0, (), 0.1), window_s=5.0)
