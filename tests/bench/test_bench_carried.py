"""How the number of visitors is judged, and how the two programs' profile reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.load import Heard, Round
from bench.measures.carried import THINK_S, Step, best, judge
from bench.measures.replicas import Server, _profile
from bench.pace import FULL
from bench.processes import BenchError

WELL = Step(100, 0.1, 0.3, 1.0, 0.2)


@pytest.mark.parametrize(
    ("step", "holds"),
    [
        (WELL, True),
        (replace(WELL, p99_gap_s=0.3), False),
        (replace(WELL, p99_first_s=1.5), False),
        (replace(WELL, slowness=1.5), False),
    ],
    ids=["well", "gaps", "first words", "trickles"],
)
def test_each_limit_counts(step: Step, holds: bool) -> None:
    """Visitors are carried only where all three limits hold."""
    assert step.holds is holds


def test_best_stands_below_the_first_break() -> None:
    """A lucky step above one that broke does not count."""
    steps = [WELL, replace(WELL, visitors=400), replace(WELL, visitors=200, p99_gap_s=1.0)]
    assert best(steps) == 100


def test_only_the_time_when_all_are_there_is_judged() -> None:
    """What was sent before or after does not count, nor does the model's own time."""
    begin = FULL.reply_s + THINK_S

    def reply(sent: float, silence_s: float) -> Heard:
        first = sent + FULL.first_token_s + silence_s
        return Heard(sent, tuple(first + 0.05 * n for n in range(80)), first + 4, 200)

    heard = Round(0.0, 60.0, (reply(1.0, 9.0), reply(begin + 1, 0.1), reply(begin + 30, 9.0)), 0.1)
    step = judge(3, heard, 20.0)
    assert step.p99_first_s == pytest.approx(0.1) and step.holds
    with pytest.raises(BenchError):
        judge(3, Round(0.0, 60.0, (), 0.1), 20.0)


def test_the_profile_tells_where_the_time_goes() -> None:
    """CPU of a turn on both sides, commits, and syncs of the journal, each in a second."""
    told = _profile(Server(10.0, 100, 50), Server(12.0, 1100, 300), turns=1000, cpu_us=321.4, seconds=10.0)
    assert told == (
        "CPU of a turn: 321 µs in the program, 2,000 µs in PostgreSQL; 100 commits/s, 1.0 turns for each, 25 syncs/s"
    )
