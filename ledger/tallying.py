"""Receipts by the million, summed up where they are, and their times counted here.

Neither database uses more than one processor for such a statement, so the receipts are cut into pieces, and several
connections take one piece after the other. SQLite's are ours, each in a thread: the lock of the interpreter is free
while SQLite works, and the server's loop goes on meanwhile. What comes back is packed, and counted in threads too.
"""

import asyncio
import os
import sqlite3
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Lock
from typing import Any

import orjson
from sqlalchemy import text

from ledger.database import Database, prepare
from ledger.figures import Tally, Times
from ledger.plain import microseconds
from ledger.question import By, Question

DAY = 86_400_000_000
#: Receipts in one of SQLite's pieces: as many as it sorts within its cache.
_PIECE = 50_000
_MOST_PIECES = 128
#: PostgreSQL's, for which counting the receipts first would take longer than an uneven end.
_PIECES = 16
_MOST_AT_ONCE = 4

#: What a row stands for, in SQL.
KEYS: Mapping[By, str] = {
    "day": f"asked_at / {DAY}",
    "demo": "demo",
    "link": "link",
    "model": "model",
    "provider": "provider",
    "cohort": "cohort",
    "version": "demo || '@' || demo_version",
}

#: Not answered, for whatever reason of ours or the provider's; a budget that is used up is not one.
REFUSED = "finish_reason = 'failed' AND error = 'out_of_money'"
FAILED = "finish_reason IN ('failed', 'cut', 'interrupted') AND (error IS NULL OR error <> 'out_of_money')"

_SUMS = f"""count(*), count(ttft_ms), sum(attempts),
    sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens), sum(total_tokens),
    sum(cost), count(cost), count(*) FILTER (WHERE cost_bound = 'exact'),
    count(*) FILTER (WHERE usage_source = 'estimated'), count(*) FILTER (WHERE {FAILED}),
    count(*) FILTER (WHERE finish_reason = 'stopped'), count(*) FILTER (WHERE {REFUSED})"""
# A text with commas, and bytes: whole milliseconds of 8 bytes each.
_TIMES = {
    "sqlite": "group_concat(CAST({0} + 0.5 AS INTEGER)) FILTER (WHERE ttft_ms IS NOT NULL AND {0} IS NOT NULL)",
    "postgresql": "string_agg(int8send(floor({0} + 0.5)::bigint), ''::bytea) "
    "FILTER (WHERE ttft_ms IS NOT NULL AND {0} IS NOT NULL)",
}
# Sorting what is to be grouped is what PostgreSQL does where it expects many groups, and code that is compiled for
# each piece takes longer than it saves.
_PLAN = text(
    "SELECT set_config('enable_sort', 'off', true), set_config('jit', 'off', true), "
    "set_config('max_parallel_workers_per_gather', '0', true)"
)

Key = str | int | None
Take = Callable[[Iterable[Sequence[Any]]], None]


@dataclass
class Tallied:
    """by_key: the turns of the audience that was asked for. others: those of other audiences."""

    by_key: dict[Key, Tally] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)

    def take(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add the rows of a query: a key, the sums, the times."""
        for key, *sums, ttft, latency in rows:
            if sums[0]:
                self.by_key.setdefault(key, Tally()).take(sums, _numbers(ttft), _numbers(latency))

    def total(self) -> Tally:
        """What they add up to."""
        total = Tally()
        for tally in self.by_key.values():
            total.add(tally)
        return total


async def tally(database: Database, question: Question) -> Tallied:
    """The settled turns that are asked for. Raises DatabaseUnusable."""
    tallied = Tallied()
    with database.explained():
        await asyncio.gather(
            _take_others(database, question, tallied), _take_turns(database, question, tallied)
        )
        await _take_feedback(database, question, tallied)
    return tallied


def chosen(question: Question) -> tuple[str, dict[str, Any]]:
    """The settled receipts that a question is about: a condition in SQL, and its parameters."""
    parts, values = ["finish_reason IS NOT NULL"], dict[str, Any]()
    if question.window.since:
        parts.append("asked_at >= :since")
        values["since"] = microseconds(question.window.since)
    if question.window.until:
        parts.append("asked_at < :until")
        values["until"] = microseconds(question.window.until)
    for name in ("audience", "demo", "link", "cohort"):
        if (value := getattr(question, name)) is not None:
            parts.append(f"{name} = :{name}")
            values[name] = value
    return " AND ".join(parts), values


def _statement(database: Database, key: str, condition: str) -> str:
    times = _TIMES[database.dialect]
    ttft, latency = times.format("ttft_ms"), times.format("latency_ms")
    return f"SELECT {key} AS kind, {_SUMS}, {ttft}, {latency} FROM receipts WHERE {condition}"  # noqa: S608


async def _take_turns(database: Database, question: Question, tallied: Tallied) -> None:
    condition, values = chosen(question)
    sqlite, daily = database.dialect == "sqlite", question.by == "day"
    # SQLite's rows are numbered, about in the order of time; by that number it reads them fastest.
    number = "rowid" if sqlite and not daily else "asked_at"
    if (extent := await _extent(database, number, condition, values)) is None:
        return
    within = f"{condition} AND {number} >= :first AND {number} < :last"
    if sqlite and daily:  # a piece is a day: nothing to sort
        days = range(extent[0] // DAY, -(-extent[1] // DAY))
        pieces = [(day * DAY, day * DAY + DAY) for day in days]
        statement = _statement(database, f":first / {DAY}", within)
    else:
        pieces = _pieces(*extent, _number_of_pieces(extent) if sqlite else _PIECES)
        statement = _statement(database, KEYS[question.by], f"{within} GROUP BY 1")
    work = _from_sqlite if sqlite else _from_postgresql
    left, taking = iter(pieces), Lock()
    workers = min(_MOST_AT_ONCE, os.cpu_count() or 1, len(pieces))

    def take(rows: Iterable[Sequence[Any]]) -> None:
        with taking:
            tallied.take(rows)

    await asyncio.gather(*(work(database, statement, values, left, take) for _ in range(workers)))


Piece = tuple[int, int]


async def _extent(database: Database, number: str, condition: str, values: Mapping[str, Any]) -> Piece | None:
    """From the first to beyond the last that there is within the time that is asked for."""
    # Of the conditions those on time only, and one end at a time: so the index answers, and at once.
    bounds = " AND ".join(part for part in condition.split(" AND ") if part.startswith("asked_at ")) or "true"
    first, last = (f"SELECT {end}({number}) FROM receipts WHERE {bounds}" for end in ("min", "max"))  # noqa: S608
    async with database.reading() as connection:
        row = (await connection.execute(text(f"SELECT ({first}), ({last})"), values)).one()
    return None if row[0] is None else (row[0], row[1] + 1)


def _number_of_pieces(rows: Piece) -> int:
    return max(1, min(_MOST_PIECES, (rows[1] - rows[0]) // _PIECE))


def _pieces(first: int, last: int, number: int) -> list[Piece]:
    """Equal parts."""
    return list(pairwise(first + (last - first) * i // number for i in range(number + 1)))


async def _from_sqlite(
    database: Database, statement: str, values: Mapping[str, Any], pieces: Iterator[Piece], take: Take
) -> None:
    def work() -> None:
        assert database.file
        with closing(sqlite3.connect(database.file, isolation_level=None)) as connection:
            prepare(connection)
            connection.execute("PRAGMA query_only = ON")
            for first, last in pieces:
                take(connection.execute(statement, {**values, "first": first, "last": last}).fetchall())

    await asyncio.to_thread(work)


async def _from_postgresql(
    database: Database, statement: str, values: Mapping[str, Any], pieces: Iterator[Piece], take: Take
) -> None:
    async with database.reading() as connection:
        await connection.execute(_PLAN)
        for first, last in pieces:
            piece = {**values, "first": first, "last": last}
            rows = (await connection.execute(text(statement), piece)).all()
            await asyncio.to_thread(take, rows)


def _numbers(cell: str | bytes | None) -> Times:
    """As ``_TIMES`` packs them; either database gives None for none."""
    if not cell:
        return array("q")
    if isinstance(cell, str):
        return array("q", orjson.loads(f"[{cell}]"))
    numbers = array("q", cell)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


async def _take_others(database: Database, question: Question, tallied: Tallied) -> None:
    condition, values = chosen(question)
    others = condition.replace("audience = ", "audience <> ")
    statement = f"SELECT audience, count(*) FROM receipts WHERE {others} GROUP BY 1"  # noqa: S608
    async with database.reading() as connection:
        tallied.others.update(
            {whose: turns for whose, turns in await connection.execute(text(statement), values)}
        )


async def _take_feedback(database: Database, question: Question, tallied: Tallied) -> None:
    condition, values = chosen(question)
    statement = (
        f"SELECT {KEYS[question.by]}, sum(value), count(*) FROM feedback "  # noqa: S608
        f"JOIN receipts ON receipts.turn = feedback.turn WHERE {condition} GROUP BY 1"
    )
    async with database.reading() as connection:
        for key, liked, all_of_them in await connection.execute(text(statement), values):
            if key in tallied.by_key:
                tallied.by_key[key].liked += int(liked)
                tallied.by_key[key].disliked += int(all_of_them - liked)
