"""Which arm of the canary a conversation is in."""

import hashlib

from holysheep.rollout.plan import Cohort, RolloutPlan
from holysheep.rollout.state import RolloutState

BUCKETS = 10_000


def bucket(conversation: str, salt: str) -> int:
    """The conversation's place for good, from 0 to 9,999."""
    drawn = hashlib.sha256(f"{salt}{conversation}".encode()).digest()
    return int.from_bytes(drawn) % BUCKETS


def cohort(conversation: str | None, state: RolloutState, plan: RolloutPlan) -> Cohort | None:
    """Whose turn the conversation's next one is; None: it is in no rollout.

    A share that grows only moves conversations from ``legacy`` to ``holysheep``; one that shrinks moves some of them
    back, at their next turn.
    """
    if not plan.enabled or conversation is None:
        return None
    place = bucket(conversation, state.salt if state.salt is not None else plan.salt)
    return "holysheep" if place < state.share * BUCKETS // 100 else "legacy"
