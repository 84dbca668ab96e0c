"""Conversations that took place, written into the tables."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from ledger.database import Database
from ledger.tables import attempts, conversations, feedback, links, receipts, replicas, turns

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Past:
    """Writes what is told of it; what is not told is ordinary."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def conversation(self, id: str, *said: str | Mapping[str, Any], **about: Any) -> None:
        """A conversation with a turn for each question; a mapping tells more of its turn than that."""
        at = about.pop("at", NOON)
        row = {"visitor": "lan", "audience": "visitor", "demo": "boutique", "language": "vi", "link": None}
        row |= {"id": id, "created_at": at, "touched_at": at + timedelta(seconds=len(said)), **about}
        told = [{"question": one} if isinstance(one, str) else dict(one) for one in said]
        await self._write(replicas, [{"id": "r", "started_at": NOON, "leased_until": NOON}], once=True)
        if row["link"]:
            link = {"id": row["link"], "demo": row["demo"], "customer": "Shop ABC", "created_at": NOON}
            await self._write(links, [link], once=True)
        await self._write(conversations, [row])
        every = [_turn(row, place, at, one) for place, one in enumerate(told)]
        for place, table in enumerate((turns, receipts, attempts, feedback)):
            await self._write(table, [rows[place] for rows in every if rows[place]])

    async def _write(self, table: Any, rows: list[dict[str, Any]], once: bool = False) -> None:
        async with self.database.writing() as connection:
            if once and (await connection.execute(select(table).filter_by(id=rows[0]["id"]))).first():
                return
            if rows:
                await connection.execute(insert(table), rows)

    async def texts(self) -> list[tuple[Any, ...]]:
        """(question, reply) of every turn that there is, in order."""
        async with self.database.reading() as connection:
            query = select(turns.c.question, turns.c.reply).order_by(turns.c.id)
            return [tuple(row) for row in await connection.execute(query)]

    async def column(self, column: Any) -> list[Any]:
        """All values of a column."""
        async with self.database.reading() as connection:
            return list((await connection.execute(select(column))).scalars())


def _turn(
    conversation: dict[str, Any], place: int, begun: datetime, told: dict[str, Any]
) -> tuple[dict[str, Any], ...]:
    """Rows of turns, receipts, attempts, feedback; empty where there is none."""
    id = f"{conversation['id']}-{place}"
    at = told.get("at", begun + timedelta(seconds=place))
    turn = {
        "id": id,
        "message": f"m-{id}",
        "conversation": conversation["id"],
        "position": place,
        "replica": "r",
        "asked_at": at,
        "settled_at": at,
        "question": told["question"],
        "reply": told.get("reply", "Dạ còn ạ."),
        "replaced": told.get("replaced", False),
    }
    receipt = {
        "turn": id,
        "conversation": conversation["id"],
        "asked_at": at,
        "audience": conversation["audience"],
        "demo": conversation["demo"],
        "demo_version": 3,
        "link": conversation["link"],
        "cohort": "holysheep",
        "provider": "holysheep",
        "model": "deepseek-v3.2",
        "served_model": "deepseek-v3.2-exp",
        "finish_reason": told.get("finish_reason", "stop"),
        "ttft_ms": 180.5,
        "latency_ms": 1230.0,
        "tokens_per_second": 61.2,
        "prompt_tokens": 10,
        "cached_tokens": 4,
        "completion_tokens": 20,
        "reasoning_tokens": 0,
        "total_tokens": 30,
        "usage_source": "reported",
        "cost": Decimal("0.0001"),
        "cost_bound": "exact",
        "computed_cost": Decimal("0.0001"),
        "price_version": "2026-11-02",
        "attempts": 1,
        "request_id": "req-1",
    }
    attempt = {
        "turn": id,
        "number": 1,
        "begun_at": at,
        "provider": "holysheep",
        "model": "deepseek-v3.2",
        "latency_ms": 1230.0,
        "ttft_ms": 180.5,
        "status": 200,
        "request_id": "req-1",
        "cost": Decimal("0.0001"),
    }
    thumb = {"id": f"f-{id}", "turn": id, "value": 1, "given_at": at, **told.get("feedback", {})}
    return turn, told.get("receipt", receipt), attempt, thumb if "feedback" in told else {}
