"""Before and after: the lines that the original system was judged by, each with what its data carries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ledger.database import Database
from ledger.intervals import (
    Change,
    Estimate,
    change_of_means,
    change_of_medians,
    change_of_shares,
    mean,
    mean_of,
    median_of,
    share,
)
from ledger.question import Question
from ledger.sides import Side, SideSums, read_sums, utc_now

Measure = Literal["latency_ms", "cost_month_usd", "cost_1000_usd", "demo_minutes", "uptime_percent", "edit_s"]
Verdict = Literal[
    "better",
    "worse",
    "no difference shown",
    "too little data",
    "no claim",
    "stated, not measured",
    "no data",
]

DAYS_A_MONTH = 365.25 / 12
#: Less than these carry no interval: conversations, turns, whole days.
LEAST_CONVERSATIONS, LEAST_TURNS, LEAST_DAYS = 10, 30, 7


@dataclass(frozen=True)
class Line:
    """One measure of both sides, in the unit that its name ends with. change: see there; its verdict: what it says."""

    measure: Measure
    before: Estimate | None
    after: Estimate | None
    change: Change | None
    verdict: Verdict


@dataclass(frozen=True)
class Comparison:
    """lines: the original's four, the cost of 1,000 turns beside the bill, and from an edit to its first reply.

    unpriced: turns whose cost is not known, or not all of it: a bill is a lower bound then, and carries no claim.
    shared_traffic: both sides answered at the same time, so a bill is what all turns would have cost on that side.
    """

    before: Side
    after: Side
    lines: tuple[Line, ...]
    turns: tuple[int, int]
    imported: tuple[int, int]
    unpriced: tuple[int, int]
    shared_traffic: bool


async def compare(
    database: Database, before: Side, after: Side, question: Question, *, now: datetime | None = None
) -> Comparison:
    """question: whose turns; its window holds for sides that are names. Raises DatabaseUnusable."""
    now = now or utc_now()
    old = await read_sums(database, before, question, now)
    new = await read_sums(database, after, question, now)
    # Two cohorts of the same time share its traffic; a log tells of another time.
    ours = [sums.turns > sums.imported for sums in (old, new)]
    cohorts = bool(before.name and after.name and all(ours))
    shared = cohorts and not (old.imported or new.imported)
    lines = (
        _latency(old, new),
        _bill(old, new, shared),
        _per_thousand(old, new),
        _demo_minutes(old, new, cohorts),
        _uptime(old, new),
        _edits(old, new),
    )
    turns, imported = (old.turns, new.turns), (old.imported, new.imported)
    return Comparison(before, after, lines, turns, imported, (old.unpriced, new.unpriced), shared)


def _latency(old: SideSums, new: SideSums) -> Line:
    before, after = (
        _or_stated(mean(s.latency, units=LEAST_TURNS, clusters=LEAST_CONVERSATIONS), s, "latency_ms")
        for s in (old, new)
    )
    return _of_means("latency_ms", before, after)


def _bill(old: SideSums, new: SideSums, shared: bool) -> Line:
    all_turns = old.daily_turns + new.daily_turns if shared else 0.0
    before, after = (_month(s, all_turns) for s in (old, new))
    return _of_means("cost_month_usd", before, after)


def _month(sums: SideSums, all_turns: float) -> Estimate | None:
    """all_turns: of both sides in a day; 0 where each had its own."""
    if all_turns:
        return _cost_of(all_turns * DAYS_A_MONTH, sums)
    day = mean_of(sums.daily, least=LEAST_DAYS)
    return _or_stated(_as_known(day and day.times(DAYS_A_MONTH), sums), sums, "cost_month_usd")


def _per_thousand(old: SideSums, new: SideSums) -> Line:
    before, after = (_cost_of(1000, s) for s in (old, new))
    return _of_means("cost_1000_usd", before, after)


def _cost_of(turns: float, sums: SideSums) -> Estimate | None:
    each = mean(sums.cost, units=LEAST_TURNS, clusters=LEAST_CONVERSATIONS)
    return _as_known(each and each.times(turns), sums)


def _as_known(cost: Estimate | None, sums: SideSums) -> Estimate | None:
    """A cost, as far as turns have one: none where no turn has, a lower bound where some have none."""
    if cost is None or not sums.priced:
        return None
    return cost.bounded() if sums.unpriced else cost


def _demo_minutes(old: SideSums, new: SideSums, cohorts: bool) -> Line:
    # What a demo takes has nothing to do with who answers.
    of_old, of_new = ((), ()) if cohorts else (old.demo_minutes, new.demo_minutes)
    if "demo_minutes" in old.stated:
        of_old = ()
    if "demo_minutes" in new.stated:
        of_new = ()
    return _of_medians("demo_minutes", of_old, of_new, old, new)


def _edits(old: SideSums, new: SideSums) -> Line:
    return _of_medians("edit_s", old.edit_s, new.edit_s, old, new)


def _uptime(old: SideSums, new: SideSums) -> Line:
    before, after = (_or_stated(_percent(s), s, "uptime_percent") for s in (old, new))
    moved = change_of_shares(before, after) if before and after else None
    return Line("uptime_percent", before, after, moved, _verdict(before, after, moved, more_is_better=True))


def _percent(sums: SideSums) -> Estimate | None:
    found = share(sums.answered, units=LEAST_TURNS, clusters=LEAST_CONVERSATIONS)
    return found and found.times(100)


def _of_means(measure: Measure, before: Estimate | None, after: Estimate | None) -> Line:
    moved = change_of_means(before, after) if before and after else None
    if before and after and (before.at_least or after.at_least):
        moved = None  # of what is not wholly known nothing can be said
    return Line(measure, before, after, moved, _verdict(before, after, moved))


def _of_medians(
    measure: Measure, of_old: tuple[float, ...], of_new: tuple[float, ...], old: SideSums, new: SideSums
) -> Line:
    before = _or_stated(median_of(of_old), old, measure)
    after = _or_stated(median_of(of_new), new, measure)
    moved = change_of_medians(of_old, of_new)
    if moved is None and before and after:
        moved = change_of_means(before, after)
    return Line(measure, before, after, moved, _verdict(before, after, moved))


def _or_stated(found: Estimate | None, sums: SideSums, measure: Measure) -> Estimate | None:
    """What was counted; where nothing was, what is said."""
    if found is None and measure in sums.stated:
        return Estimate(float(sums.stated[measure]), stated=True)
    return found


def _verdict(
    before: Estimate | None, after: Estimate | None, moved: Change | None, *, more_is_better: bool = False
) -> Verdict:
    if before is None or after is None:
        return "no data"
    if before.at_least or after.at_least:
        return "no claim"
    if before.stated or after.stated:
        return "stated, not measured"
    if moved is None or moved.low is None or moved.high is None:
        return "too little data"
    if moved.low <= 0 <= moved.high:
        return "no difference shown"
    return "better" if (moved.low > 0) == more_is_better else "worse"
