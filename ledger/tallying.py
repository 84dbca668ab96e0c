"""Receipts by the million, summed up where they are, and their times counted here.

PostgreSQL does it in one statement, on all its processes. SQLite uses one thread a statement, and sorts slowly what it
groups, so the time is cut into pieces and several threads of ours take one after the other, each with a connection of
its own: the lock of the interpreter is free while SQLite works, and the server's loop goes on meanwhile.
"""

import asyncio
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Lock
from typing import Any

import orjson
from sqlalchemy import text

from ledger.database import Database, prepare
from ledger.figures import Tally
from ledger.plain import microseconds
from ledger.question import By, Question

DAY = 86_400_000_000
#: Receipts in one piece; as many as SQLite sorts without looking twice.
_PIECE = 25_000
_MOST_PIECES = 128
_MOST_THREADS = 4

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
_TIMES = {
    "sqlite": "group_concat(CAST({0} + 0.5 AS INTEGER)) FILTER (WHERE ttft_ms IS NOT NULL AND {0} IS NOT NULL)",
    "postgresql": "array_agg(floor({0} + 0.5)::bigint) FILTER (WHERE ttft_ms IS NOT NULL AND {0} IS NOT NULL)",
}

Key = str | int | None


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
    return f"SELECT {key}, {_SUMS}, {ttft}, {latency} FROM receipts WHERE {condition}"  # noqa: S608


async def _take_turns(database: Database, question: Question, tallied: Tallied) -> None:
    condition, values = chosen(question)
    if database.dialect == "sqlite":
        await _take_from_sqlite(database, question.by, condition, values, tallied)
        return
    statement = _statement(database, f"{KEYS[question.by]} AS kind", f"{condition} GROUP BY 1")
    async with database.reading() as connection:
        rows = (await connection.execute(text(statement), values)).all()
    await asyncio.to_thread(tallied.take, rows)


async def _take_from_sqlite(
    database: Database, by: By, condition: str, values: Mapping[str, Any], tallied: Tallied
) -> None:
    # Times only, so that the index on them answers.
    bounds = " AND ".join(part for part in condition.split(" AND ") if part.startswith("asked_at ")) or "true"
    extent = f"SELECT count(*), min(asked_at), max(asked_at) FROM receipts WHERE {bounds}"  # noqa: S608
    async with database.reading() as connection:
        count, first, last = (await connection.execute(text(extent), values)).one()
    if not count:
        return
    within = f"{condition} AND asked_at >= :first AND asked_at < :last"
    daily = by == "day"
    if daily:  # a piece is a day: nothing to sort
        pieces = [(day * DAY, day * DAY + DAY) for day in range(first // DAY, last // DAY + 1)]
        statement = _statement(database, f":first / {DAY}", within)
    else:
        pieces = _pieces(count, first, last + 1)
        statement = _statement(database, f"{KEYS[by]} AS kind", f"{within} GROUP BY 1")
    left, lock = iter(pieces), Lock()

    def work() -> None:
        assert database.file
        with closing(sqlite3.connect(database.file, isolation_level=None)) as connection:
            prepare(connection)
            connection.execute("PRAGMA query_only = ON")
            for first, last in left:
                rows = connection.execute(statement, {**values, "first": first, "last": last}).fetchall()
                with lock:
                    tallied.take(rows)

    threads = min(_MOST_THREADS, os.cpu_count() or 1, len(pieces))
    await asyncio.gather(*(asyncio.to_thread(work) for _ in range(threads)))


def _pieces(count: int, first: int, last: int) -> list[tuple[int, int]]:
    """The time from first to last in equal parts."""
    number = max(1, min(_MOST_PIECES, count // _PIECE))
    bounds = [first + (last - first) * i // number for i in range(number + 1)]
    return list(pairwise(bounds))


def _numbers(cell: Any) -> list[int]:
    """PostgreSQL gives a list, SQLite a text with commas; either gives None for none."""
    if isinstance(cell, str):
        numbers: list[int] = orjson.loads(f"[{cell}]")
        return numbers
    return cell or []


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
