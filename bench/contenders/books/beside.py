"""One of several programs that write turns in the same database at the same time.

Order: url, folder, begin_at (of `time.monotonic`, the machine's), seconds, crowd, links (ids that the conversations
share; none: without a limit). Prints turns that became durable within the time, all of them, cpu_s of this process,
waits_ms, and late_s: it was ready so long after begin_at. With `make` it only makes so many links with a budget, and
prints their ids.
"""

import asyncio
import json
import sys
import time
import uuid
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import func, select
from turns import Reply, conversation, open_books, turn

from demos.links import Link, new_id
from ledger import Books, Database, create_link, upgrade
from ledger.sides import utc_now
from ledger.tables import receipts

_WORDS = Reply(0.0, 0.0, 200)
_WARM_UP_TURNS = 50


async def make(url: str, folder: Path, count: int) -> dict[str, Any]:
    """Links whose budget no measurement uses up."""
    made = [
        Link(new_id(), "boutique", utc_now(), budget_usd=Decimal(100_000), messages=10_000_000)
        for _ in range(count)
    ]
    async with Database(url, data_dir=folder) as database:
        await upgrade(database)
        for link in made:
            await create_link(database, link)
    return {"links": [link.id for link in made]}


class Crowd:
    """Conversations that never rest, until the time is over."""

    def __init__(self, books: Books, order: dict[str, Any]) -> None:
        self._books = books
        self._links: list[str] = order["links"]
        self._until = order["begin_at"] + order["seconds"]
        self.rooms = [str(uuid.uuid4()) for _ in range(order["crowd"])]
        self.waits: list[float] = []
        self.in_time = 0

    async def run(self) -> None:
        """All of them."""
        await asyncio.gather(*(self._talk(number, room) for number, room in enumerate(self.rooms)))

    async def _talk(self, number: int, room: str) -> None:
        link = self._links[number % len(self._links)] if self._links else None
        position = 0
        while time.monotonic() < self._until:
            self.waits.append(await turn(self._books, room, position, _WORDS, link))
            self.in_time += time.monotonic() < self._until
            position += 1


async def main(order: dict[str, Any]) -> dict[str, Any]:
    """Wait for the others, write, then see that every turn is on record."""
    folder = Path(order["folder"])
    if "make" in order:
        return await make(order["url"], folder, order["make"])
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database(order["url"], data_dir=folder))
        books = await stack.enter_async_context(open_books(database, folder))
        await books.know_limits()
        await conversation(books, _WARM_UP_TURNS, Reply(0.0, 0.0, 20))
        late_s = max(0.0, time.monotonic() - order["begin_at"])
        crowd = Crowd(books, {**order, "begin_at": order["begin_at"] + late_s})
        await asyncio.sleep(order["begin_at"] - time.monotonic())
        used = time.process_time()
        await crowd.run()
        used = time.process_time() - used
        own = receipts.c.conversation.in_(crowd.rooms) & receipts.c.finish_reason.is_not(None)
        async with database.reading() as connection:
            kept = await connection.scalar(select(func.count()).where(own))
    if kept != len(crowd.waits):
        sys.exit(f"{kept} of {len(crowd.waits)} turns are on record")
    told = {"turns": crowd.in_time, "all": len(crowd.waits), "cpu_s": used, "waits_ms": crowd.waits}
    return {**told, "late_s": late_s}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(json.load(sys.stdin)))))
