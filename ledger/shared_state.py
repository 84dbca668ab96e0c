"""What several programs on the same providers know together, kept in the database: ``holysheep.store.Store``."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import Database
from ledger.tables import shared_state
from ledger.unusable import DatabaseUnusable

Document = dict[str, Any]

#: A change that meets another one is made anew, so often at most.
_TRIES = 5


class DatabaseStore:
    """Documents by name, for replicas on several machines. database: migrated, and closed by whoever made it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, name: str) -> Document:
        """See ``holysheep.store.Store``."""
        with_name = select(shared_state.c.document).where(shared_state.c.name == name)
        async with _as_os_error(), self._database.reading() as connection:
            return dict(await connection.scalar(with_name) or {})

    async def change(self, name: str, how: Callable[[Document], Document]) -> Document:
        """See ``holysheep.store.Store``."""
        async with _as_os_error():
            for _ in range(_TRIES - 1):
                try:
                    return await self._change(name, how)
                except SQLAlchemyError as error:
                    meant = self._database.explain(error)
                    if meant is None or meant.reason != "locked":
                        raise
                    await asyncio.sleep(0.05)
            return await self._change(name, how)

    async def _change(self, name: str, how: Callable[[Document], Document]) -> Document:
        async with self._database.writing() as connection:
            found = await self._locked(connection, name)
            document = how(dict(found or {}))
            changed = update(shared_state).where(shared_state.c.name == name)
            if found is None:
                await connection.execute(
                    insert(shared_state).values(name=name, document=document, revision=1)
                )
            else:
                revision = shared_state.c.revision + 1
                await connection.execute(changed.values(document=document, revision=revision))
        return document

    async def _locked(self, connection: AsyncConnection, name: str) -> Document | None:
        """The document, which nobody else changes until the transaction ends; None where there is none.

        SQLite's only write lock is held already. PostgreSQL locks rows: one that is not there is made first.
        """
        if self._database.dialect == "postgresql":
            blank = insert_on_postgresql(shared_state).values(name=name, document={}, revision=0)
            await connection.execute(blank.on_conflict_do_nothing())
        found = select(shared_state.c.document).where(shared_state.c.name == name).with_for_update()
        document: Document | None = await connection.scalar(found)
        return document


@asynccontextmanager
async def _as_os_error() -> AsyncIterator[None]:
    """The engine knows nothing of databases: what one cannot do is to it what a disk cannot do."""
    try:
        yield
    except (SQLAlchemyError, DatabaseUnusable) as error:
        raise OSError(f"the shared state is out of reach: {type(error).__name__}") from error
