"""The rollout, moved by the running program."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

from assembly.rollout import keep_rolling
from holysheep.rollout import DOCUMENT, RolloutPlan
from holysheep.store import MemoryStore, Store
from ledger import Database

PLAN = RolloutPlan(enabled=True, starts_on=date(2026, 1, 1))


@asynccontextmanager
async def rolling(database: Database, store: Store, plan: RolloutPlan) -> AsyncIterator[None]:
    task = asyncio.create_task(keep_rolling(database, store, plan, every_s=0.01))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


class Torn(MemoryStore):
    """Out of reach the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    async def read(self, name: str) -> dict[str, object]:
        self.reads += 1
        if self.reads == 1:
            raise OSError("out of reach")
        return await super().read(name)


async def test_it_begins_on_its_day(database: Database) -> None:
    """The first stage begins by itself, also after the state could not be read, and waits there for evidence."""
    store = Torn()
    async with rolling(database, store, PLAN), asyncio.timeout(60):
        while not (await MemoryStore.read(store, DOCUMENT)).get("verdict"):
            await asyncio.sleep(0.01)
    found = await store.read(DOCUMENT)
    assert (found["share"], found["held_by"], found["verdict"]["says"]) == (10, "", "undecided")
    assert found["history"][0]["what"] == "begun"


async def test_off(database: Database) -> None:
    """A plan that is not enabled moves nothing, and nothing is looked at."""
    store = MemoryStore()
    await keep_rolling(database, store, RolloutPlan())
    assert await store.read(DOCUMENT) == {}
