"""The rollout's state: what an operator may do to it, and how it is kept."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from evidence import turns

from holysheep.rollout import RolloutPlan, RolloutState, judge, pause, restart, resume, set_share, step

PLAN = RolloutPlan(enabled=True, starts_on=date(2026, 12, 1))
NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def begun() -> RolloutState:
    """In its first stage, since eight o'clock."""
    return step(PLAN, RolloutState(), None, NOW)


def test_a_document_gives_the_same_state_back() -> None:
    """Through JSON, as a file or a database keeps it."""
    state = begun()
    verdict = judge(turns(900), turns(200, lambda i: {"ok": i < 100}), PLAN, since=state.since)
    for known in (RolloutState(), state, pause(step(PLAN, state, verdict, NOW + HOUR), by="mai", now=NOW)):
        assert RolloutState.from_document(json.loads(json.dumps(known.to_document()))) == known


def test_nothing_in_the_store_is_a_rollout_nobody_has_looked_at() -> None:
    """It has a share of 0."""
    assert RolloutState.from_document({}) == RolloutState() and RolloutState().share == 0


def test_a_share_set_by_hand_stays() -> None:
    """Days come and go: it goes on only when it is resumed."""
    state = set_share(begun(), 50, by="mai", now=NOW, note="trade fair")
    assert step(PLAN, state, None, NOW + 900 * HOUR).share == 50
    last = state.history[-1]
    assert (last.by, last.what, last.before, last.after, last.figures) == (
        "mai",
        "set",
        10,
        50,
        {"note": "trade fair"},
    )


@pytest.mark.parametrize("percent", [-1, 101])
def test_no_such_share(percent: int) -> None:
    """There is nothing below 0 % and above 100 %."""
    with pytest.raises(ValueError, match="0 to 100"):
        set_share(RolloutState(), percent, by="mai", now=NOW)


def test_pause_and_resume() -> None:
    """A pause keeps it from beginning; resumed, it begins, and both are on record."""
    held = pause(RolloutState(), by="mai", now=NOW)
    assert step(PLAN, held, None, NOW).share == 0
    resumed = step(PLAN, resume(held, by="bình", now=NOW), None, NOW)
    assert resumed.share == 10
    assert [(entry.by, entry.what) for entry in resumed.history] == [
        ("mai", "paused"),
        ("bình", "resumed"),
        ("rollout", "begun"),
    ]


def test_restarted_it_draws_with_the_new_salt() -> None:
    """From 0 % on; only what happened is still known."""
    state = set_share(begun(), 50, by="mai", now=NOW)
    again = restart(state, RolloutPlan(enabled=True, salt="second"), by="mai", now=NOW + HOUR)
    assert (again.share, again.salt, again.held_by, again.passed) == (0, "second", "", ())
    assert again.history[:-1] == state.history and again.history[-1].before == 50


def test_the_last_legacy_turns_are_remembered() -> None:
    """At 100 % there is no legacy cohort: it is compared with that of the last stage that had one."""
    state = set_share(begun(), 100, by="mai", now=NOW + HOUR)
    assert (state.legacy_since, state.legacy_until) == (NOW, NOW + HOUR)
    same = set_share(state, 100, by="mai", now=NOW + 2 * HOUR)
    assert (same.legacy_since, same.legacy_until) == (NOW, NOW + HOUR)
    assert set_share(state, 50, by="mai", now=NOW + 2 * HOUR).legacy_since is None
