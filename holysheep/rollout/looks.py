"""Which turns are looked at, and how sure a look must be, so that looking again and again finds nothing by chance.

The chance of one wrong stop a stage, ``plan.wrong_stop``, is spent over all looks and measures (Bonferroni's
inequality, which asks nothing of how looks depend on each other). Half of it goes to looks at the whole stage, whose
sizes grow by half each time; half to looks at the last turns, which find at once what has only now become bad. Looking
every minute is looking no oftener: between two sizes, and without a new turn, there is nothing new to see.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from holysheep.rollout.plan import RolloutPlan
from holysheep.rollout.turns import Turn

GROWTH = 1.5
#: Of holysheep's turns, the last so many.
LAST = (8, 16, 32, 64, 128, 256, 512)


@dataclass(frozen=True)
class Look:
    """Turns of the same time, in the order of their ends. level: for "worse". whole: at the stage, not at its end."""

    legacy: Sequence[Turn]
    holysheep: Sequence[Turn]
    level: float
    whole: bool


def size_of(turns: int, plan: RolloutPlan) -> tuple[int, int]:
    """The largest look that so many turns allow, and its number from 0; (0, 0) where they are too few."""
    size, number, following = 0, 0, max(1, plan.least_turns)
    count = 0
    while following <= turns:
        size, number = following, count
        count += 1
        following = max(following + 1, round(following * GROWTH))
    return size, number


def next_size(turns: float, plan: RolloutPlan) -> int:
    """The first look that needs as many turns, or more."""
    size = max(1, plan.least_turns)
    while size < turns:
        size = max(size + 1, round(size * GROWTH))
    return size


def whole_look(
    legacy: Sequence[Turn], holysheep: Sequence[Turn], plan: RolloutPlan, *, same_time: bool
) -> Look | None:
    """At the stage since its beginning; None before its first look."""
    size, number = size_of(len(holysheep), plan)
    if not size:
        return None
    level = plan.wrong_stop / 2 / len(plan.judged) / ((number + 1) * (number + 2))
    if same_time:
        legacy = legacy[: bisect_right(legacy, _at(holysheep[size - 1]), key=_at)]
    return Look(legacy, holysheep[:size], level, whole=True)


def last_looks(
    legacy: Sequence[Turn], holysheep: Sequence[Turn], plan: RolloutPlan, *, same_time: bool
) -> Iterator[Look]:
    """At the last turns, the fewest first."""
    turns = len(holysheep)
    octave = max(1, turns).bit_length() - 1  # 2^octave turns have this one's share of what is to be spent
    spent = plan.wrong_stop / 2 / ((octave + 1) * (octave + 2)) / 2**octave
    level = spent / len(LAST) / len(plan.judged)
    for size in LAST:
        if size <= turns:
            recent = holysheep[-size:]
            beside = legacy[bisect_left(legacy, _at(recent[0]), key=_at) :] if same_time else legacy
            yield Look(beside, recent, level, whole=False)


def _at(turn: Turn) -> float:
    return turn.at.timestamp()
