"""Forward, back, or wait: whatever happens, it never goes on without evidence, and always goes back on it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from holysheep.rollout import (
    Judged,
    RolloutPlan,
    RolloutState,
    Verdict,
    pause,
    restart,
    resume,
    set_share,
    step,
)
from holysheep.rollout.plan import MEASURES
from holysheep.rollout.verdict import Says

PLAN = RolloutPlan(enabled=True, starts_on=date(2026, 12, 1))
START = datetime(2026, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def on(day: float) -> datetime:
    """Day 1 is the start date."""
    return START + (day - 1) * DAY


def verdict(says: Says, state: RolloutState) -> Verdict:
    """On the present stage."""
    return Verdict(says, 900, 100, since=state.since, measures=tuple(Judged(m, says) for m in MEASURES))


def after(says: Says, state: RolloutState, day: float) -> RolloutState:
    """After such a verdict on that day."""
    return step(PLAN, state, verdict(says, state), on(day))


def begun() -> RolloutState:
    """In its first stage since day 1."""
    return step(PLAN, RolloutState(), None, on(1))


def test_a_good_provider_goes_through_on_its_days() -> None:
    """10, 30, 50 and 100 % at day 1, 7, 14 and 30, and not a second before."""
    state, shares = RolloutState(), {}
    for hour in range(24 * 40):
        day = hour / 24
        state = after("good", state, day) if state.share else step(PLAN, state, None, on(day))
        shares.setdefault(state.share, day)
    assert shares == {0: 0, 10: 1, 30: 7, 50: 14, 100: 30}
    assert [entry.what for entry in state.history] == ["begun", "forward", "forward", "forward", "finished"]
    assert state.passed == (10, 30, 50, 100)


def test_off_it_does_nothing() -> None:
    """Whatever its state and verdict."""
    state = begun()
    assert step(RolloutPlan(), state, verdict("worse", state), on(40)) == state


def test_before_its_first_day_it_waits() -> None:
    """With everybody in legacy, and nothing in the history."""
    early = step(PLAN, RolloutState(), None, on(0))
    assert (early.share, early.history, early.salt) == (0, (), PLAN.salt)


def test_the_first_stage_goes_back_to_nothing_at_once() -> None:
    """And stays there until an operator resumes; then it begins again, as its day is past."""
    back = after("worse", begun(), 1.1)
    assert (back.share, back.held_by, back.history[-1].what) == (0, "rollout", "back")
    assert step(PLAN, back, None, on(50)).share == 0
    assert step(PLAN, resume(back, by="mai", now=on(3)), None, on(3)).share == 10


def test_a_later_stage_goes_back_to_the_last_good_one() -> None:
    """Then to the one before it, if that is no good any more."""
    state = after("good", after("good", begun(), 7), 14)
    assert (state.share, state.passed) == (50, (10, 30))
    state = after("worse", state, 15)
    assert (state.share, state.passed, state.held_by) == (30, (10, 30), "rollout")
    state = after("good", state, 20)
    assert state.share == 30  # good again, but nobody has resumed
    state = after("worse", state, 21)
    assert state.share == 10
    assert after("worse", state, 22).share == 0


def test_from_all_back_to_half() -> None:
    """The last stage is watched, too."""
    state = begun()
    for day in (7, 14, 30):
        state = after("good", state, day)
    assert state.share == 100
    state = after("worse", state, 31)
    assert (state.share, state.legacy_since) == (50, None)


def test_undecided_waits_and_says_so_once() -> None:
    """Each look says the same, the history only once; another reason is told."""
    state = begun()
    for minute in range(100):
        state = after("undecided", state, 7 + minute / 1440)
    assert (state.share, [entry.what for entry in state.history]) == (10, ["begun", "waiting"])
    assert state.history[-1].figures["to"] == 30
    few = replace(verdict("undecided", state), measures=(Judged("errors", "undecided", "few"),))
    told = step(PLAN, state, few, on(8))
    assert len(told.history) == 3
    assert after("good", told, 9).share == 30


def test_a_late_stage_still_lasts_a_day() -> None:
    """Days that are long past do not let it run through within the hour."""
    state = step(PLAN, RolloutState(), None, on(40))
    assert after("good", state, 40.5).share == 10
    assert after("good", state, 41).share == 30


def test_a_verdict_on_another_stage_is_not_listened_to() -> None:
    """It was on its way while an operator set another share."""
    state = begun()
    late = verdict("worse", state)
    moved = set_share(state, 20, by="mai", now=on(2))
    assert step(PLAN, moved, late, on(2)).share == 20


@pytest.mark.parametrize("held", [True, False])
def test_a_hand_does_not_keep_it_from_going_back(held: bool) -> None:
    """Paused, or set by hand."""
    state = pause(begun(), by="mai", now=on(2)) if held else set_share(begun(), 40, by="mai", now=on(2))
    assert after("worse", state, 3).share == 0


@given(st.lists(st.sampled_from([*get_args(Says), None]), max_size=60), st.floats(0.01, 3))
def test_without_a_good_verdict_it_never_goes_forward(said: list[Says | None], pace: float) -> None:
    """By the calendar alone it only ever begins."""
    state = RolloutState()
    for number, says in enumerate(said):
        day = number * pace
        new = step(PLAN, state, verdict(says, state) if says else None, on(day))
        if new.share > state.share > 0:
            assert says == "good" and day >= {30: 7, 50: 14, 100: 30}[new.share]
        if says == "worse" and state.share:
            assert new.share < state.share
        state = new


class Rollouts(RuleBasedStateMachine):
    """An operator, a clock and verdicts, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.now, self.seen = RolloutState(), on(0.5), [0]

    def become(self, state: RolloutState) -> None:
        """Through the store and back."""
        self.state = RolloutState.from_document(state.to_document())
        self.seen.append(self.state.share)

    @rule(hours=st.integers(1, 100))
    def time_passes(self, hours: int) -> None:
        """Until the next look."""
        self.now += timedelta(hours=hours)

    @rule(says=st.sampled_from([*get_args(Says), None]))
    def look(self, says: Says | None) -> None:
        """By itself only one stage forward, with a good verdict, and never while it is held."""
        before = self.state
        self.become(step(PLAN, before, verdict(says, before) if says else None, self.now))
        if self.state.share > before.share:
            assert not before.held_by
            assert says == "good" or before.share == 0
            following = PLAN.next_stage(before.share)
            assert following and self.state.share == following.percent and self.now >= PLAN.begins(following)
        if self.state.share < before.share:
            assert says == "worse" and self.state.held_by == "rollout"
            assert self.state.share in (0, *before.passed)
        if says == "worse":
            assert before.share == 0 or self.state.share < before.share

    @rule()
    def pause(self) -> None:
        """By hand."""
        self.become(pause(self.state, by="mai", now=self.now))

    @rule()
    def resume(self) -> None:
        """By hand."""
        self.become(resume(self.state, by="mai", now=self.now))

    @rule(percent=st.integers(0, 100))
    def set(self, percent: int) -> None:
        """By hand."""
        self.become(set_share(self.state, percent, by="mai", now=self.now))
        assert self.state.share == percent and self.state.held_by == "mai"

    @precondition(lambda self: self.state.share)
    @rule()
    def restart(self) -> None:
        """By hand."""
        self.become(restart(self.state, PLAN, by="mai", now=self.now))
        assert (self.state.share, self.state.passed) == (0, ())

    @invariant()
    def every_move_is_on_record(self) -> None:
        """The history leads from each share to the next, and its end is where it stands."""
        history = self.state.history
        assert len(history) <= 200
        assert all(one.after == other.before for one, other in pairwise(history))
        assert not history or history[-1].after == self.state.share
        assert all(passed <= self.state.share for passed in self.state.passed)


TestRollouts = Rollouts.TestCase
TestRollouts.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
