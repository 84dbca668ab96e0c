"""Moving over in stages: conversations by cohort, a gate at each stage, and the way back by itself.

Pure: documents, turns and the time come in, documents go out. ``cohort`` says who answers a conversation; ``judge``
compares the turns of both cohorts; ``step`` moves the state; ``pause``, ``resume``, ``set_share`` and ``restart`` are
an operator's; ``holysheep.rollout.words`` tells people about it.
"""

from holysheep.rollout.cohort import bucket, cohort
from holysheep.rollout.hand import pause, restart, resume, set_share
from holysheep.rollout.judge import judge
from holysheep.rollout.plan import Cohort, RolloutPlan, Stage
from holysheep.rollout.state import DOCUMENT, Entry, RolloutState
from holysheep.rollout.step import step
from holysheep.rollout.turns import Turn
from holysheep.rollout.verdict import Judged, Verdict

__all__ = [
    "DOCUMENT",
    "Cohort",
    "Entry",
    "Judged",
    "RolloutPlan",
    "RolloutState",
    "Stage",
    "Turn",
    "Verdict",
    "bucket",
    "cohort",
    "judge",
    "pause",
    "restart",
    "resume",
    "set_share",
    "step",
]
