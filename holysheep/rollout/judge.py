"""The gate of a stage: is holysheep worse than legacy, certainly not worse, or can nobody tell yet?"""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter

from holysheep.rollout.looks import Look, last_looks, next_size, whole_look
from holysheep.rollout.measures import Compared, compare
from holysheep.rollout.plan import Measure, RolloutPlan
from holysheep.rollout.turns import Turn
from holysheep.rollout.verdict import Judged, Says, Verdict, Why

#: A number of turns that nobody waits for.
_NEVER = 1_000_000


def judge(
    legacy: Sequence[Turn],
    canary: Sequence[Turn],
    plan: RolloutPlan,
    *,
    same_time: bool = True,
    since: datetime | None = None,
) -> Verdict:
    """Compare the turns of a stage, legacy's with holysheep's.

    same_time: False where there is no legacy cohort any more, and its turns are of the last stage that had one.
    since: the stage's beginning, so that ``step`` knows what this speaks of.
    """
    theirs, ours = _counted(legacy), _counted(canary)
    whole = whole_look(theirs, ours, plan, same_time=same_time)
    recent = list(last_looks(theirs, ours, plan, same_time=same_time))
    measures = tuple(_judged(measure, whole, recent, len(ours), plan) for measure in plan.judged)
    found = Verdict(
        says="undecided",
        legacy=len(theirs),
        holysheep=len(ours),
        left_out=len(canary) - len(ours),
        lacking_legacy=max(0, plan.least_turns - len(theirs)),
        same_time=same_time,
        since=since,
        measures=measures,
    )
    if any(measure.says == "worse" for measure in measures):
        return replace(found, says="worse")
    if measures and all(measure.says == "good" for measure in measures):
        return replace(found, says="good")
    lacking = [measure.lacking for measure in measures if measure.says == "undecided"]
    known = [number for number in lacking if number is not None]
    return replace(found, lacking=max(known) if known and len(known) == len(lacking) else None)


def _counted(turns: Sequence[Turn]) -> list[Turn]:
    return sorted((turn for turn in turns if turn.counted), key=attrgetter("at"))


def _judged(
    measure: Measure, whole: Look | None, recent: Sequence[Look], turns: int, plan: RolloutPlan
) -> Judged:
    for look in recent:
        if (found := compare(measure, look, plan)).worse:
            return _told(measure, found, len(look.holysheep), "worse")
    if whole is None:
        return _few(measure, recent, turns, plan)
    found, seen = compare(measure, whole, plan), len(whole.holysheep)
    if found.worse:
        return _told(measure, found, seen, "worse")
    if (why := _why_not(whole, found, plan)) is None:
        return _told(measure, found, seen, "good")
    told = _told(measure, found, seen, "undecided")
    lacking = None if found.unknown_cost or why == "no_legacy" else _lacking(whole, found, turns, plan)
    return replace(told, why=why, lacking=lacking, leaning="worse" if found.leans_worse else "good")


def _told(measure: Measure, found: Compared, turns: int, says: Says) -> Judged:
    return Judged(measure, says, None, found.legacy, found.holysheep, found.limit, turns)


def _few(measure: Measure, recent: Sequence[Look], turns: int, plan: RolloutPlan) -> Judged:
    """Before the first look nothing is said but what there is to see."""
    told = Judged(measure, "undecided", turns=turns)
    if recent:
        told = _told(measure, compare(measure, recent[-1], plan), len(recent[-1].holysheep), "undecided")
    return replace(told, why="few", lacking=plan.least_turns - turns)


def _why_not(whole: Look, found: Compared, plan: RolloutPlan) -> Why | None:
    """What keeps a look that is not worse from being good; None: nothing does."""
    if not whole.legacy:
        return "no_legacy"
    if found.unknown_cost:
        return "unknown_cost"
    if len(whole.legacy) < plan.least_turns or _conversations(whole, plan) < plan.least_conversations:
        return "few"
    return None if found.good else "close"


def _conversations(look: Look, plan: RolloutPlan) -> int:
    """Of the cohort that has fewer, counted as far as it matters; a turn without a name is a conversation."""
    return min(_counted_to(plan.least_conversations, turns) for turns in (look.legacy, look.holysheep))


def _counted_to(most: int, turns: Sequence[Turn]) -> int:
    names: set[str | int] = set()
    for number, turn in enumerate(turns):
        names.add(turn.conversation or number)
        if len(names) >= most:
            break
    return len(names)


def _lacking(whole: Look, found: Compared, turns: int, plan: RolloutPlan) -> int | None:
    needed = found.needed
    if len(whole.legacy) < plan.least_turns:  # until legacy has as many, at the pace of both so far
        needed = max(needed, turns * plan.least_turns / len(whole.legacy))
    if (conversations := _conversations(whole, plan)) < plan.least_conversations:
        needed = max(needed, turns * plan.least_conversations / conversations)
    if not math.isfinite(needed) or needed > _NEVER:
        return None
    return next_size(max(needed, len(whole.holysheep) + 1), plan) - turns
