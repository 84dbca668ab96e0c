"""One side of a comparison: the sums that its lines are made from."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import Database
from ledger.intervals import NOTHING, Moments
from ledger.plain import microseconds
from ledger.question import BadQuestion, Question, Window, read_range
from ledger.tallying import DAY, FAILED, chosen

#: Without work for so long, somebody was doing something else.
PAUSE = timedelta(minutes=15)

ANSWERED = (
    "(finish_reason IN ('stop', 'length', 'content_filter') "
    "OR (finish_reason = 'stopped' AND ttft_ms IS NOT NULL))"
)

_CONVERSATIONS = f"""
SELECT conversation, count(CASE WHEN ttft_ms IS NOT NULL AND latency_ms IS NOT NULL THEN 1 END) AS replies,
    sum(CASE WHEN ttft_ms IS NOT NULL THEN latency_ms END) AS latency,
    count(CASE WHEN {ANSWERED} THEN 1 END) AS answered,
    count(CASE WHEN {ANSWERED} OR ({FAILED}) THEN 1 END) AS counted,
    count(*) AS settled, count(cost) AS priced,
    count(CASE WHEN cost IS NULL OR cost_bound IS NULL OR cost_bound <> 'exact' THEN 1 END) AS unpriced,
    CAST(coalesce(sum(cost), 0) AS DOUBLE PRECISION) / 1e12 AS cost
FROM receipts WHERE {{condition}} GROUP BY conversation"""  # noqa: S608

# Each line of the old system's log is a conversation of its own, as far as anybody knows.
_BASELINE = """
SELECT id AS conversation, CASE WHEN ok AND latency_ms IS NOT NULL THEN 1 ELSE 0 END AS replies,
    CASE WHEN ok THEN latency_ms END AS latency, CASE WHEN ok THEN 1 ELSE 0 END AS answered, 1 AS counted,
    1 AS settled, CASE WHEN cost IS NULL THEN 0 ELSE 1 END AS priced,
    CASE WHEN cost IS NULL THEN 1 ELSE 0 END AS unpriced,
    CAST(coalesce(cost, 0) AS DOUBLE PRECISION) / 1e12 AS cost
FROM baseline_turns WHERE {condition}"""


def _moments(n: str, y: str) -> str:
    return (
        f"count(CASE WHEN {n} > 0 THEN 1 END), CAST(sum({n}) AS BIGINT), sum({y}), sum({y} * {y}), "
        f"CAST(sum({n} * {n}) AS BIGINT), sum({y} * {n})"
    )


_MEASURES = ", ".join(
    (_moments("replies", "latency"), _moments("counted", "answered"), _moments("settled", "cost"))
)


@dataclass(frozen=True)
class Side:
    """What is compared: a window of time, or a name (a cohort, an imported log, a stated system) within one."""

    text: str
    window: Window
    name: str | None = None


@dataclass(frozen=True)
class SideSums:
    """latency: milliseconds of replies. answered: of turns that count. cost: USD of turns, as far as it is known.

    daily: what is known of the USD of each whole day (UTC). daily_turns: of one of these days, on average.
    turns: settled; imported: of these, from the old system's log. priced: with a cost; unpriced: whose cost is not
    known, or not all of it.
    demo_minutes, edit_s: one value a demo, or an edit. stated: what is only said.
    """

    latency: Moments = NOTHING
    answered: Moments = NOTHING
    cost: Moments = NOTHING
    turns: int = 0
    imported: int = 0
    priced: int = 0
    unpriced: int = 0
    daily: tuple[float, ...] = ()
    daily_turns: float = 0
    demo_minutes: tuple[float, ...] = ()
    edit_s: tuple[float, ...] = ()
    stated: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class _Days:
    """By day (UTC, counted from 1970): the turns, and what is known of their cost in picodollars."""

    turns: Counter[int]
    spent: Counter[int]

    def __add__(self, other: "_Days") -> "_Days":
        return _Days(self.turns + other.turns, self.spent + other.spent)


def read_side(text: str, window: Window) -> Side:
    """``A..B``, or a name, which is then looked at in ``window``. Raises BadQuestion."""
    text = text.strip()
    if ".." in text:
        return Side(text, read_range(text))
    if not text:
        raise BadQuestion("no_name")
    return Side(text, window, text)


async def read_sums(database: Database, side: Side, question: Question, now: datetime) -> SideSums:
    """question: whose turns. Raises DatabaseUnusable."""
    asked = replace(question, window=side.window, cohort=side.name or question.cohort)
    with database.explained():
        async with database.reading() as connection:
            sums, days = await _receipts(connection, asked)
            if question.audience == "visitor" and question.demo is None and question.link is None:
                old, old_days = await _baseline(connection, side)
                sums, days = _together(sums, old), days + old_days
            sums = _with_days(sums, days, side.window, now)
            # Of a system that never ran here, only what is said of it is known.
            ours = side.name is None or sums.turns > sums.imported
            return replace(
                sums,
                demo_minutes=await _demo_minutes(connection, asked) if ours else (),
                edit_s=await _edit_seconds(connection, asked),
                stated=await _stated(connection, side.name),
            )


async def _receipts(connection: AsyncConnection, question: Question) -> tuple[SideSums, _Days]:
    condition, values = chosen(question)
    sums = await _sums(connection, _CONVERSATIONS.format(condition=condition), values)
    by_day = f"asked_at / {DAY}, count(*), sum(cost) FROM receipts WHERE {condition}"
    return sums, await _days(connection, by_day, values)


async def _baseline(connection: AsyncConnection, side: Side) -> tuple[SideSums, _Days]:
    parts, values = ["true"], dict[str, Any]()
    if side.window.since:
        parts.append("at >= :since")
        values["since"] = microseconds(side.window.since)
    if side.window.until:
        parts.append("at < :until")
        values["until"] = microseconds(side.window.until)
    if side.name:
        parts.append("source = :source")
        values["source"] = side.name
    condition = " AND ".join(parts)
    sums = await _sums(connection, _BASELINE.format(condition=condition), values)
    by_day = f"at / {DAY}, count(*), sum(cost) FROM baseline_turns WHERE {condition}"
    return replace(sums, imported=sums.turns), await _days(connection, by_day, values)


async def _sums(connection: AsyncConnection, of: str, values: Mapping[str, Any]) -> SideSums:
    counts = "sum(counted), sum(priced), sum(unpriced)"
    row = (await connection.execute(text(f"SELECT {counts}, {_MEASURES} FROM ({of}) AS found"), values)).one()  # noqa: S608
    turns, priced, unpriced = (int(count or 0) for count in row[:3])
    numbers = [float(number or 0) for number in row[3:]]
    latency, answered, cost = (
        Moments(round(numbers[at]), *numbers[at + 1 : at + 6]) for at in range(0, len(numbers), 6)
    )
    return SideSums(latency, answered, cost, turns, priced=priced, unpriced=unpriced)


def _together(ours: SideSums, old: SideSums) -> SideSums:
    return replace(
        ours,
        latency=ours.latency + old.latency,
        answered=ours.answered + old.answered,
        cost=ours.cost + old.cost,
        turns=ours.turns + old.turns,
        imported=ours.imported + old.imported,
        priced=ours.priced + old.priced,
        unpriced=ours.unpriced + old.unpriced,
    )


async def _days(connection: AsyncConnection, by_day: str, values: Mapping[str, Any]) -> _Days:
    rows = (await connection.execute(text(f"SELECT {by_day} GROUP BY 1"), values)).all()
    turns = {int(day): int(count) for day, count, _ in rows}
    return _Days(Counter(turns), Counter({int(day): int(cost or 0) for day, _, cost in rows}))


def _with_days(sums: SideSums, days: _Days, window: Window, now: datetime) -> SideSums:
    """The whole days from the first to the last that has turns, or of the window; those without turns cost nothing."""
    if not days.turns:
        return sums
    today, last = microseconds(now) // DAY, max(days.turns)
    first = min(days.turns) if window.since is None else -(-microseconds(window.since) // DAY)
    end = today if window.until is None else min(today, microseconds(window.until) // DAY)
    if window.until is None and last < today:  # what ended before today says nothing of what came after
        end = last + 1
    daily = tuple(days.spent[day] / 1e12 for day in range(first, end))
    turns = sum(count for day, count in days.turns.items() if first <= day < end)
    return replace(sums, daily=daily, daily_turns=turns / len(daily) if daily else 0)


async def _demo_minutes(connection: AsyncConnection, question: Question) -> tuple[float, ...]:
    """Of each demo that was published for the first time in the window: work since its first draft, without pauses."""
    rows = await connection.execute(text("SELECT demo, at, kind FROM demo_work ORDER BY demo, at, id"))
    worked: dict[str, list[tuple[int, str]]] = {}
    for demo, at, kind in rows:
        worked.setdefault(demo, []).append((at, kind))
    minutes = []
    for demo, steps in worked.items():
        begun = next((i for i, (_, kind) in enumerate(steps) if kind == "draft"), None)
        done = next((i for i, (_, kind) in enumerate(steps) if kind == "publish"), None)
        if begun is None or done is None or done <= begun or question.demo not in (None, demo):
            continue
        if _inside(steps[done][0], question.window):
            times = [at for at, _ in steps[begun : done + 1]]
            gaps = (later - earlier for earlier, later in pairwise(times))
            minutes.append(sum(gap for gap in gaps if gap <= PAUSE // timedelta(microseconds=1)) / 60e6)
    return tuple(minutes)


async def _edit_seconds(connection: AsyncConnection, question: Question) -> tuple[float, ...]:
    """From each saved edit to the first words of the first reply that used it."""
    condition, values = chosen(question)
    first_words = "min(asked_at + CAST(ttft_ms * 1000 AS BIGINT))"
    used = f"WHERE ttft_ms IS NOT NULL AND {condition} GROUP BY demo, demo_version"
    first_used = f"SELECT demo, demo_version, {first_words} AS used FROM receipts {used}"  # noqa: S608
    saved = "SELECT demo, version, saved_at FROM demo_versions WHERE version > 1"
    statement = (
        f"SELECT used - saved_at, saved_at FROM ({first_used}) AS first_used "  # noqa: S608
        f"JOIN ({saved}) AS saved ON saved.demo = first_used.demo AND version = demo_version"
    )
    rows = await connection.execute(text(statement), values)
    return tuple(
        waited / 1e6 for waited, saved_at in rows if waited >= 0 and _inside(saved_at, question.window)
    )


async def _stated(connection: AsyncConnection, source: str | None) -> dict[str, Decimal]:
    if source is None:
        return {}
    statement = text("SELECT measure, value FROM stated_figures WHERE source = :source")
    return {
        measure: Decimal(value) for measure, value in await connection.execute(statement, {"source": source})
    }


def _inside(at: int, window: Window) -> bool:
    since = microseconds(window.since) if window.since else at
    until = microseconds(window.until) if window.until else at + 1
    return since <= at < until


def utc_now() -> datetime:
    """The clock, unless a test has its own."""
    return datetime.now(UTC)
