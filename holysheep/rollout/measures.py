"""The four measures: each compares the two cohorts of a look, and says how sure it is.

- errors: the share of turns that failed, and a margin in points.
- ttft, latency: the share of replies that took longer than nineteen of twenty of legacy's, and the margin, may take: a
  control-quantile test (after Mathisen, Annals of Mathematical Statistics 14, 1943), which supposes no distribution.
- cost: the means of a turn's cost as ratios over conversations, by their linearised variance (Cochran, Sampling
  Techniques, 3rd ed., 6.3) and Student's t.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holysheep.rollout.exact import student
from holysheep.rollout.looks import Look
from holysheep.rollout.plan import Measure, RolloutPlan
from holysheep.rollout.shares import Share, larger_by, larger_by_at_most, turns_to_tell
from holysheep.rollout.turns import Turn

QUANTILE = 0.95
#: Of answered turns, so many may have a cost that is not known; more, and the mean says nothing.
UNKNOWN_COSTS = 0.05
#: How much turns of one conversation are taken to be alike in looks at the last turns, which are of few conversations:
#: a long one is slow from its beginning to its end.
ALIKE: Mapping[Measure, float] = {"errors": 0.5, "ttft": 1.0, "latency": 1.0}


@dataclass(frozen=True)
class Compared:
    """A measure in a look. worse, good: proven. needed: turns of holysheep to prove what it leans to, about.

    legacy, holysheep, limit: None where there is nothing to count them from.
    """

    worse: bool = False
    good: bool = False
    legacy: float | None = None
    holysheep: float | None = None
    limit: float | None = None
    needed: float = math.inf
    leans_worse: bool = False
    unknown_cost: bool = False


def compare(measure: Measure, look: Look, plan: RolloutPlan) -> Compared:
    """Whether holysheep's turns are worse than they may be, or certainly not."""
    if measure == "errors":
        return _errors(look, plan)
    if measure == "cost":
        return _cost(look, plan) if look.whole else Compared()
    return _times(measure, look, plan)


def _errors(look: Look, plan: RolloutPlan) -> Compared:
    legacy, holysheep = (
        Share([(t.conversation, not t.ok) for t in turns], 0.0 if look.whole else ALIKE["errors"])
        for turns in (look.legacy, look.holysheep)
    )
    margin = plan.errors_points / 100
    figures = (legacy.value if legacy.of else None, holysheep.value, legacy.value + margin)
    return _shares(legacy, holysheep, margin, look, plan, figures)


def _times(measure: Measure, look: Look, plan: RolloutPlan) -> Compared:
    legacy, holysheep = (_timed(measure, turns) for turns in (look.legacy, look.holysheep))
    if not legacy or not holysheep:
        return Compared()
    percent = plan.ttft_percent if measure == "ttft" else plan.latency_percent
    p95 = quantile([ms for _, ms in legacy])
    limit = max(p95 * (1 + percent / 100), p95 + plan.times_ms)
    slow = tuple(
        Share(
            [(conversation, ms > most) for conversation, ms in turns], 0.0 if look.whole else ALIKE[measure]
        )
        for turns, most in ((legacy, p95), (holysheep, limit))
    )
    figures = (p95, quantile([ms for _, ms in holysheep]), limit)
    return _shares(slow[0], slow[1], 0.0, look, plan, figures)


def _shares(
    legacy: Share,
    holysheep: Share,
    margin: float,
    look: Look,
    plan: RolloutPlan,
    figures: tuple[float | None, float | None, float | None],
) -> Compared:
    leans_worse = holysheep.value - legacy.value > margin
    worse = (
        leans_worse
        and holysheep.conversations >= plan.least_conversations
        and larger_by(holysheep, legacy, look.level) > margin
    )
    if not look.whole:
        return Compared(worse, False, *figures)
    sure = plan.wrong_forward
    good = not leans_worse and larger_by_at_most(holysheep, legacy, sure) <= margin
    needed = turns_to_tell(holysheep, legacy, margin, look.level if leans_worse else sure)
    return Compared(worse, good, *figures, needed, leans_worse)


def _timed(measure: Measure, turns: Sequence[Turn]) -> list[tuple[str, float]]:
    """Of the answered ones: what failed counts among the errors."""
    times = ((t.conversation, t.ttft_ms if measure == "ttft" else t.latency_ms) for t in turns if t.ok)
    return [(conversation, ms) for conversation, ms in times if ms is not None]


def quantile(values: Sequence[float]) -> float:
    """The 95th percentile, by nearest rank."""
    return sorted(values)[max(0, math.ceil(len(values) * QUANTILE) - 1)]


@dataclass(frozen=True)
class _Mean:
    value: float
    variance: float
    conversations: int


def _cost(look: Look, plan: RolloutPlan) -> Compared:
    answered = [[t for t in turns if t.ok] for turns in (look.legacy, look.holysheep)]
    if any(sum(t.cost_usd is None for t in turns) > UNKNOWN_COSTS * len(turns) for turns in answered):
        return Compared(unknown_cost=True)
    legacy, holysheep = (_mean(turns) for turns in answered)
    if legacy is None or holysheep is None:
        return Compared()
    factor = 1 + plan.cost_percent / 100
    over = holysheep.value - factor * legacy.value
    error = math.sqrt(holysheep.variance + factor**2 * legacy.variance)
    freedom = min(legacy.conversations, holysheep.conversations) - 1
    sure = student(look.level if over > 0 else plan.wrong_forward, freedom)
    worse = over - sure * error > 0 and holysheep.conversations >= plan.least_conversations
    good = over + sure * error <= 0
    needed = len(look.holysheep) * (sure * error / over) ** 2 if over else math.inf
    return Compared(worse, good, legacy.value, holysheep.value, factor * legacy.value, needed, over > 0)


def _mean(turns: Sequence[Turn]) -> _Mean | None:
    found: dict[str | int, list[float]] = {}
    for number, turn in enumerate(turns):
        if turn.cost_usd is not None:
            sums = found.setdefault(turn.conversation or number, [0, 0.0])
            sums[0] += 1
            sums[1] += float(turn.cost_usd)
    if len(found) < 2:
        return None
    of = sum(n for n, _ in found.values())
    value = sum(y for _, y in found.values()) / of
    spread = sum((y - value * n) ** 2 for n, y in found.values())
    return _Mean(value, spread * len(found) / (len(found) - 1) / of**2, len(found))
