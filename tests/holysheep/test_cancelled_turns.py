"""Turns ended at random instants, in every way, with faults all around: nothing of them is left."""

import pytest

from scripts.cancelled import cancelled


@pytest.mark.slow
@pytest.mark.usefixtures("unmeasured")
async def test_nothing_is_left_of_cancelled_turns() -> None:
    """Each has one receipt, its requests end, their connections carry no other, and tasks and keys are as before."""
    figures = await cancelled(300)
    assert figures.left == [], figures.seed
    assert figures.wrong == [], figures.seed
    assert figures.used_again == 0
    assert sum(turn.ended_at is not None for turn in figures.turns) >= 300
    assert len({turn.moment for turn in figures.turns if turn.ended_at is not None}) >= 10
    assert {turn.receipt.finish_reason for turn in figures.turns if turn.receipt} >= {
        "interrupted",
        "stopped",
        "stop",
    }
