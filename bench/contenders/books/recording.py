"""What recording costs: the wait before a request may leave, CPU, turns a second.

Order: url, folder, recorded (false: the same turns with nothing kept, for comparison), and lots of
{crowd, turns, first_token_s, word_s, words, spread_s}. Prints for each lot: waits_ms, cpu_us a turn, turns_per_s.
"""

import asyncio
import json
import sys
import time
import uuid
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import func, select
from turns import NoBooks, Reply, conversation, open_books

from ledger import Books, Database
from ledger.tables import receipts

_WARM_UP_TURNS = 50


async def lot(books: Books | NoBooks, order: dict[str, Any]) -> dict[str, Any]:
    """One crowd, its first messages spread evenly over `spread_s` seconds."""
    reply = Reply(order["first_token_s"], order["word_s"], order["words"])
    crowd, turns, spread_s = order["crowd"], order["turns"], order["spread_s"]
    begun, used = time.perf_counter(), time.process_time()
    talks = [conversation(books, turns, reply, after_s=spread_s * number / crowd) for number in range(crowd)]
    waits = [wait for talk in await asyncio.gather(*talks) for wait in talk]
    lasted, used = time.perf_counter() - begun, time.process_time() - used
    return {
        "waits_ms": waits,
        "cpu_us": used / len(waits) * 1e6,
        "turns_per_s": len(waits) / lasted,
    }


async def lots(books: Books | NoBooks, order: dict[str, Any]) -> list[dict[str, Any]]:
    """All of them in turn, after a few turns that nobody measures."""
    await conversation(books, _WARM_UP_TURNS, Reply(0.0, 0.0, 20), id=str(uuid.uuid4()))
    return [await lot(books, each) for each in order["lots"]]


async def main(order: dict[str, Any]) -> dict[str, Any]:
    """Measure, then see that every turn is on record."""
    if not order["recorded"]:
        return {"lots": await lots(NoBooks(), order)}
    folder = Path(order["folder"])
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database(order["url"], data_dir=folder))
        books = await stack.enter_async_context(open_books(database, folder))
        figures = await lots(books, order)
        query = select(func.count()).where(receipts.c.finish_reason.is_not(None))
        async with database.reading() as connection:
            kept = await connection.scalar(query)
    asked = _WARM_UP_TURNS + sum(each["crowd"] * each["turns"] for each in order["lots"])
    if kept != asked:
        sys.exit(f"{kept} of {asked} turns are on record")
    return {"lots": figures}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(json.load(sys.stdin)))))
