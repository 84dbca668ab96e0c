"""The rollout's next step: forward, back, or wait. Pure: who calls it reads the clock and the books."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from holysheep.rollout.plan import RolloutPlan, Stage
from holysheep.rollout.state import ITSELF, RolloutState
from holysheep.rollout.verdict import Verdict


def step(plan: RolloutPlan, state: RolloutState, verdict: Verdict | None, now: datetime) -> RolloutState:
    """The state after this look; called again with nothing new it changes nothing but ``judged_at``.

    verdict: on the turns since ``state.since``; one on another stage is not listened to.
    """
    if not plan.enabled:
        return state
    if state.since is None:
        state = replace(state, since=now, salt=plan.salt)
    if verdict is not None and verdict.since in (None, state.since):
        state = replace(state, verdict=verdict, judged_at=now)
    else:
        verdict = None
    if state.share > 0 and verdict and verdict.says == "worse":
        return _back(state, verdict, now)
    if state.share > 0 and verdict and verdict.says == "good" and state.share not in state.passed:
        state = replace(state, passed=(*state.passed, state.share))
        if plan.next_stage(state.share) is None:
            return state.told(now, ITSELF, "finished", reasons(verdict))
    if (
        state.held_by
        or (following := plan.next_stage(state.share)) is None
        or now < due(plan, state, following)
    ):
        return state
    return _forward_or_wait(state, following, verdict, now)


def due(plan: RolloutPlan, state: RolloutState, following: Stage) -> datetime:
    """When the stage may begin: on its day, once the present one has lasted long enough."""
    begins = plan.begins(following)
    if state.since is None or state.share == 0:
        return begins
    return max(begins, state.since + timedelta(hours=plan.least_hours))


def _forward_or_wait(
    state: RolloutState, following: Stage, verdict: Verdict | None, now: datetime
) -> RolloutState:
    if state.share == 0:
        return state.moved(following[1], now, ITSELF, "begun")
    if verdict and verdict.says == "good":
        return state.moved(following[1], now, ITSELF, "forward", reasons(verdict))
    last = state.history[-1] if state.history else None
    figures = {**reasons(verdict or Verdict("undecided")), "to": following[1]}
    if last and last.what == "waiting" and _same(last.figures, figures):
        return state
    return state.told(now, ITSELF, "waiting", figures)


def _back(state: RolloutState, verdict: Verdict, now: datetime) -> RolloutState:
    """To the last good stage, and there it stays until an operator says otherwise."""
    good = max((passed for passed in state.passed if passed < state.share), default=0)
    return replace(state, held_by=ITSELF).moved(good, now, ITSELF, "back", reasons(verdict))


def reasons(verdict: Verdict) -> Mapping[str, Any]:
    """The verdict for the history: of the measures only those that made it what it is."""
    told = verdict.to_document()
    told["measures"] = [measure for measure in told["measures"] if measure["says"] == verdict.says]
    return told


def _same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether it waits for the same things: their numbers change with every turn."""
    return _waits_for(old) == _waits_for(new)


def _waits_for(figures: Mapping[str, Any]) -> object:
    return figures.get("to"), [(measure["measure"], measure["why"]) for measure in figures["measures"]]
