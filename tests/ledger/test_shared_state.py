"""What programs know together through the database: one document at a time, in one step, on both databases."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from ledger.database import Database
from ledger.shared_state import DatabaseStore
from ledger.tables import shared_state


def one_more(document: dict[str, Any]) -> dict[str, Any]:
    return {"count": document.get("count", 0) + 1}


async def test_a_document_that_is_not_there(database: Database) -> None:
    """It reads as empty, and nothing is made by reading it."""
    assert await DatabaseStore(database).read("switch") == {}
    async with database.reading() as connection:
        assert (await connection.execute(select(shared_state))).all() == []


async def test_a_change_is_there_for_everybody(database: Database, database_url: str, tmp_path: Path) -> None:
    """What one program puts down another one reads, word for word, beside other documents."""
    kept = {"to": "openai", "why": "thử • nghiệm", "before": None, "shares": [1, 2.5, {"a": True}]}
    store = DatabaseStore(database)
    assert await store.change("switch", lambda before: {**before, **kept}) == kept
    await store.change("ring", one_more)
    async with Database(database_url, data_dir=tmp_path) as other:
        assert await DatabaseStore(other).read("switch") == kept
        assert await DatabaseStore(other).change("switch", lambda _: {}) == {}
    assert await store.read("switch") == {} and await store.read("ring") == {"count": 1}


async def test_changes_at_once(database: Database, database_url: str, tmp_path: Path) -> None:
    """Each change sees the one before: none is lost, also of the first, when the document is not there yet."""
    async with AsyncExitStack() as stack:
        stores = [
            DatabaseStore(await stack.enter_async_context(Database(database_url, data_dir=tmp_path)))
            for _ in range(3)
        ]
        await asyncio.gather(*(stores[n % 3].change("ring", one_more) for n in range(30)))
    assert await DatabaseStore(database).read("ring") == {"count": 30}
    async with database.reading() as connection:
        assert await connection.scalar(select(shared_state.c.revision)) == 30


async def test_a_change_that_fails_changes_nothing(database: Database) -> None:
    """What stood there stands there still, and the document is free for the next."""
    store = DatabaseStore(database)
    await store.change("ring", one_more)

    def broken(document: dict[str, Any]) -> dict[str, Any]:
        raise KeyError(len(document))

    for name in ("ring", "new"):
        with pytest.raises(KeyError):
            await store.change(name, broken)
    assert await store.change("ring", one_more) == {"count": 2}
    assert await store.read("new") == {}


async def test_a_database_that_is_gone(database: Database) -> None:
    """Whoever asks is told as a disk would tell it, without a word of the address."""
    store = DatabaseStore(database)
    async with database.writing() as connection:
        await connection.execute(text("DROP TABLE shared_state"))
    for attempt in (store.read("ring"), store.change("ring", one_more)):
        with pytest.raises(OSError, match="out of reach"):
            await attempt
