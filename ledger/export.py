"""All that is on record of one visitor, for them to have."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import Database
from ledger.privacy import check_id
from ledger.stored import StoredTurn, read_turns
from ledger.tables import conversations


async def export_visitor(database: Database, visitor: str, *, now: datetime | None = None) -> dict[str, Any]:
    """A visitor's conversations, ready for JSON: also turns that were edited or cleared away, and texts that are gone
    as null. Times in UTC, costs as decimal strings in USD. Raises ValueError for a blank id, DatabaseUnusable."""
    check_id("visitor", visitor)
    theirs = select(conversations).where(conversations.c.visitor == visitor)
    with database.explained():
        async with database.reading() as connection:
            rows = (await connection.execute(theirs.order_by(conversations.c.created_at))).all()
            told = [await _conversation(connection, row) for row in rows]
    return {"visitor": visitor, "exported_at": _time(now or datetime.now(UTC)), "conversations": told}


async def _conversation(connection: AsyncConnection, row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "demo": row.demo,
        "link": row.link,
        "language": row.language,
        "title": row.title,
        "choices": row.choices,
        "created_at": _time(row.created_at),
        "touched_at": _time(row.touched_at),
        "deleted_at": row.deleted_at and _time(row.deleted_at),
        "turns": [_turn(turn) for turn in await read_turns(connection, row.id)],
    }


def _turn(turn: StoredTurn) -> dict[str, Any]:
    given = turn.feedback
    about = {"demo": turn.demo, "demo_version": turn.demo_version}
    return {
        "id": turn.id,
        "asked_at": _time(turn.asked_at),
        "question": turn.question,
        "reply": turn.reply,
        "replaced": turn.replaced,
        "receipt": turn.receipt and {**turn.receipt.metadata(), **about},
        "feedback": given
        and {"value": given.value, "comment": given.comment, "given_at": _time(given.given_at)},
    }


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
