"""Turns on record, for reports: what is not told of one is ordinary."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import insert, select

from ledger.database import Database
from ledger.tables import attempts, conversations, feedback, links, receipts, replicas, turns

DAY_ONE = datetime(2026, 11, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)

_RECEIPT: Mapping[str, Any] = {
    "audience": "visitor",
    "demo": "shop",
    "demo_version": 1,
    "link": None,
    "cohort": "holysheep",
    "provider": "holysheep",
    "model": "deepseek-v3.2",
    "finish_reason": "stop",
    "error": None,
    "ttft_ms": 200.0,
    "latency_ms": 1000.0,
    "prompt_tokens": 100,
    "cached_tokens": 0,
    "completion_tokens": 50,
    "total_tokens": 150,
    "usage_source": "reported",
    "cost": Decimal("0.000063"),
    "cost_bound": "exact",
    "computed_cost": Decimal("0.000063"),
    "attempts": 1,
}
_numbers = count()


def turn(at: datetime = DAY_ONE, conversation: str | None = None, **told: Any) -> dict[str, Any]:
    """A receipt; beside its columns: liked (True, False). conversation: one of its own unless it is named."""
    number = next(_numbers)
    id = f"t{number}"
    return {**_RECEIPT, "turn": id, "asked_at": at, "conversation": conversation or f"c{number}", **told}


async def put(database: Database, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Write turns with all that belongs to them; gives their ids."""
    rows = [dict(row) for row in rows]
    likes = [(row, row.pop("liked", None)) for row in rows]
    ids = {row["link"] for row in rows if row["link"]}
    async with database.writing() as connection:
        if not (await connection.execute(select(replicas))).first():
            gone = {"id": "r", "started_at": DAY_ONE, "leased_until": DAY_ONE, "gone_at": DAY_ONE}
            await connection.execute(insert(replicas), [gone])
        there = set((await connection.execute(select(links.c.id))).scalars())
        new = [{"id": id, "demo": "shop", "created_at": DAY_ONE} for id in sorted(ids - there)]
        known = set((await connection.execute(select(conversations.c.id))).scalars())
        begun = {row["conversation"]: _conversation(row) for row in rows if row["conversation"] not in known}
        thumbs = [_thumb(row, liked) for row, liked in likes if liked is not None]
        places = (
            (links, new),
            (conversations, [*begun.values()]),
            (turns, [_turn(n, r) for n, r in enumerate(rows)]),
        )
        for table, values in (*places, (receipts, rows), (attempts, [*_attempts(rows)]), (feedback, thumbs)):
            if values:
                await connection.execute(insert(table), values)
    return [row["turn"] for row in rows]


def _conversation(row: Mapping[str, Any]) -> dict[str, Any]:
    at = {"created_at": row["asked_at"], "touched_at": row["asked_at"]}
    same = {name: row[name] for name in ("audience", "demo", "link")}
    return {"id": row["conversation"], "visitor": "v", "language": "vi", **same, **at}


def _turn(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    settled = row["asked_at"] if row["finish_reason"] else None
    return {
        "id": row["turn"],
        "message": row["turn"],
        "conversation": row["conversation"],
        "position": number,
        "replica": "r",
        "asked_at": row["asked_at"],
        "settled_at": settled,
    }


def _attempts(rows: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    for row in rows:
        for number in range(1, (row["attempts"] or 0) + 1):
            last = number == row["attempts"]
            yield {
                "turn": row["turn"],
                "number": number,
                "begun_at": row["asked_at"],
                "provider": row["provider"] or "nobody",
                "model": row["model"],
                "latency_ms": row["latency_ms"],
                "cost": row["cost"] if last else Decimal(0),
            }


def _thumb(row: Mapping[str, Any], liked: bool) -> dict[str, Any]:
    return {"id": f"f-{row['turn']}", "turn": row["turn"], "value": int(liked), "given_at": row["asked_at"]}
