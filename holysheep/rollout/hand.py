"""What an operator may do to a rollout by hand. Whatever is set, a provider that gets worse is still moved back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from holysheep.rollout.plan import RolloutPlan
from holysheep.rollout.state import RolloutState


def pause(state: RolloutState, *, by: str, now: datetime, note: str = "") -> RolloutState:
    """Nothing goes forward until somebody resumes. note: why, in the operator's words."""
    return replace(state, held_by=by).told(now, by, "paused", _noted(note))


def resume(state: RolloutState, *, by: str, now: datetime, note: str = "") -> RolloutState:
    """It goes on from where it stands, also after it went back by itself."""
    return replace(state, held_by="").told(now, by, "resumed", _noted(note))


def set_share(state: RolloutState, percent: int, *, by: str, now: datetime, note: str = "") -> RolloutState:
    """At so many percent, from now on, and there it stays until somebody resumes. Raises ValueError."""
    if not 0 <= percent <= 100:
        raise ValueError(f"{percent} %: 0 to 100 can be set")
    return replace(state, held_by=by).moved(percent, now, by, "set", _noted(note))


def restart(
    state: RolloutState, plan: RolloutPlan, *, by: str, now: datetime, note: str = ""
) -> RolloutState:
    """From the beginning, with the salt of the plan as it is now; only the history is kept."""
    begun = RolloutState(history=state.history, share=state.share, salt=plan.salt)
    return begun.moved(0, now, by, "restarted", _noted(note))


def _noted(note: str) -> Mapping[str, str]:
    return {"note": note} if note else {}
