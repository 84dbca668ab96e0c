"""When the gate will be able to tell: how many turns are lacking, and what traffic that takes."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from holysheep.rollout.plan import RolloutPlan, Stage
from holysheep.rollout.state import RolloutState
from holysheep.rollout.step import due

DAY = timedelta(days=1)
_LONGEST_DAYS = 3650


@dataclass(frozen=True)
class Outlook:
    """lacking, lacking_legacy: turns of either cohort. due: when the next stage may begin; None: there is none.

    wanted_a_day: visitors' turns a day, in both cohorts together, that it takes until then; None where that is past.
    now_a_day: how many there have been since the stage began. ready_on: when it can be told at that pace.
    """

    lacking: int
    lacking_legacy: int
    due: datetime | None
    wanted_a_day: int | None
    now_a_day: float
    ready_on: datetime | None


def outlook(plan: RolloutPlan, state: RolloutState, now: datetime) -> Outlook | None:
    """None where nothing is lacking, or where no number of turns would do."""
    verdict = state.verdict
    if verdict is None or verdict.says != "undecided" or state.since is None or verdict.lacking is None:
        return None
    lacking, lacking_legacy = max(0, verdict.lacking), verdict.lacking_legacy if verdict.same_time else 0
    part = state.share / 100
    wanted = max(_all(lacking, part), _all(lacking_legacy, 1 - part))
    following: Stage | None = plan.next_stage(state.share)
    begins = due(plan, state, following) if following else None
    left = (begins - now) / DAY if begins else 0.0
    past = max((now - state.since) / DAY, 1 / 24)
    pace = (verdict.holysheep / part if part else 0.0) / past
    days = wanted / pace if pace else math.inf
    return Outlook(
        lacking,
        lacking_legacy,
        begins,
        math.ceil(wanted / left) if left > 0 else None,
        round(pace, 1),
        now + days * DAY if days < _LONGEST_DAYS else None,
    )


def _all(turns: int, part: float) -> float:
    """Turns of both cohorts, of which one has this part."""
    return turns / part if part > 0 else 0.0
