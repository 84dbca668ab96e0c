"""What is on record of a run."""

import json
import time
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from ledger import Database
from ledger.tables import attempts, conversations, receipts, replicas, turns
from scripts.soak.story import Turn


async def count_open(database: Database) -> int:
    """How many turns have not ended."""
    async with database.reading() as connection:
        found = await connection.scalar(select(func.count()).where(turns.c.settled_at.is_(None)))
    return int(found or 0)


async def read_turns(database: Database) -> list[Turn]:
    """Every turn, in the order in which they were asked."""
    ahead = time.time() - time.monotonic()

    def monotonic(at: datetime | None) -> float:
        return 0.0 if at is None else at.timestamp() - ahead

    wanted = (
        select(*turns.c["id", "message", "question", "reply", "asked_at", "settled_at"])
        .add_columns(*receipts.c["turn", "finish_reason", "error"])
        .outerjoin(receipts, receipts.c.turn == turns.c.id)
        .order_by(turns.c.asked_at, turns.c.id)
    )
    async with database.reading() as connection:
        rows = (await connection.execute(wanted)).all()
    return [
        Turn(
            row.id,
            row.message,
            row.question or "",
            row.reply or "",
            ended=row.settled_at is not None,
            # Opened and not ended: under way.
            reason=None if row.turn is None else row.finish_reason or "open",
            error=row.error,
            asked=monotonic(row.asked_at),
            settled=monotonic(row.settled_at),
        )
        for row in rows
    ]


async def keep_rows(database: Database, file: Path) -> None:
    """Write what is on record into a file, a JSON object a line, for whoever has to find out what went wrong."""
    with file.open("w", encoding="utf-8") as out:
        async with database.reading() as connection:
            for table in (replicas, conversations, turns, receipts, attempts):
                for row in (await connection.execute(select(table))).mappings():
                    out.write(
                        json.dumps({"table": table.name, **row}, default=str, ensure_ascii=False) + "\n"
                    )
