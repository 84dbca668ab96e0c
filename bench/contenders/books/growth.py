"""What a growing ledger costs: the report, opening a long conversation, recording one more turn.

Order: url, folder, sizes (receipts, ascending), long_turns. Prints for each size: filled_s, report_day_ms and so on
for each way to tell turns apart, open_ms, wait_ms (each a list of tries) and bytes.
"""

import json
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import uvloop
from filling import LONG, Filler
from sqlalchemy import text
from turns import Reply, conversation, open_books

from ledger import Database, load_conversation, upgrade
from ledger.question import WAYS, By, Question
from ledger.report import report

_TRIES = 5
_TURNS = 60


async def timed(work: Callable[[], Awaitable[object]]) -> list[float]:
    """Milliseconds of each try."""
    tries = []
    for _ in range(_TRIES):
        begun = time.perf_counter()
        await work()
        tries.append((time.perf_counter() - begun) * 1e3)
    return tries


async def look(database: Database, folder: Path, turns: int, long_turns: int) -> dict[str, Any]:
    """All figures at the size that the ledger has now. turns: that the report must find."""

    async def reported(by: By) -> None:
        found = await report(database, Question(by=by))
        if found.totals.turns + sum(found.left_out.values()) < turns:
            sys.exit(f"the report found {found.totals.turns} and {dict(found.left_out)} of {turns} turns")

    async def opened() -> None:
        found = await load_conversation(database, LONG)
        if found is None or len(found.turns) != long_turns:
            sys.exit("the long conversation is not what it was")

    async with open_books(database, folder) as books:
        waits = await conversation(books, _TURNS, Reply(0.01, 0.0, 20))
    reports = {f"report_{by}_ms": await timed(partial(reported, by)) for by in WAYS}
    return {
        **reports,
        "open_ms": await timed(opened),
        "wait_ms": waits,
        "bytes": await size(database),
    }


async def size(database: Database) -> int:
    """Of all tables and indexes."""
    if database.file is not None:
        return database.file.stat().st_size
    async with database.reading() as connection:
        return int(await connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


async def main(order: dict[str, Any]) -> dict[str, Any]:
    """Fill up to each size and look."""
    folder = Path(order["folder"])
    figures = []
    async with Database(order["url"], data_dir=folder) as database:
        await upgrade(database)
        filler = Filler(database, order["url"], order["long_turns"])
        for turns in order["sizes"]:
            begun = time.perf_counter()
            await filler.fill(turns)
            filled = time.perf_counter() - begun
            figures.append(
                {
                    "size": turns,
                    "filled_s": filled,
                    **await look(database, folder, turns, order["long_turns"]),
                }
            )
    return {"sizes": figures}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(json.load(sys.stdin)))))
