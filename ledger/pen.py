"""How a script gets into the database: one transaction on a connection that is the writer's own."""

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import Database, prepare
from ledger.script import Found, Read, Script, Write
from ledger.statements import Statements, statements_for
from ledger.unusable import unusable

T = TypeVar("T")

#: The writer has a queue of its own: it waits for another program's lock in short pieces.
BUSY_S = 1.0
#: A PostgreSQL server that says nothing for so long is not there.
ANSWER_S = 5.0


class Pen(Protocol):
    """One at a time: nobody else calls ``write`` while it runs."""

    book: Statements

    async def write(self, script: Script[T]) -> T:
        """Carry the script out in one transaction. A failure leaves nothing behind, and raises what the driver says."""

    async def close(self) -> None:
        """Close the connection."""


def pen_for(database: Database) -> Pen:
    """The pen of a database."""
    return SqlitePen(database) if database.dialect == "sqlite" else PostgresPen(database)


class SqlitePen:
    """On a thread of its own: one hop a transaction, where the async driver takes one a statement."""

    def __init__(self, database: Database) -> None:
        assert database.file is not None
        self.book = statements_for("sqlite")
        self._database = database
        self._address = f"{database.file.as_uri()}?mode=rw"
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._connection: sqlite3.Connection | None = None

    async def write(self, script: Script[T]) -> T:
        """See ``Pen``."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._write, script)

    async def close(self) -> None:
        """See ``Pen``."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)
        self._thread.shutdown(wait=False)

    def _write(self, script: Script[T]) -> T:
        try:
            if self._database.replaced():
                raise unusable("missing", self._database.address.shown)
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            outcome = self._steps(connection, script)
            connection.execute("COMMIT")
            return outcome
        except sqlite3.DatabaseError as error:
            # After an error of the file or the disk nobody knows what the connection is still good for.
            if isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError:
                self._drop()
            raise
        finally:
            script.close()
            if self._connection is not None and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _steps(self, connection: sqlite3.Connection, script: Script[T]) -> T:
        found: Found = ()
        try:
            step = next(script)
            while True:
                statement = step.statement
                if isinstance(step, Write):
                    connection.executemany(statement.sql, map(statement.values, step.rows))
                    found = ()
                else:
                    found = connection.execute(statement.sql, (self.book.ids(step.ids),)).fetchall()
                step = script.send(found)
        except StopIteration as end:
            outcome: T = end.value
            return outcome

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(self._address, uri=True, isolation_level=None)
            prepare(self._connection, BUSY_S)
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


class PostgresPen:
    """On asyncpg's own connection, out of the engine's pool."""

    def __init__(self, database: Database) -> None:
        self.book = statements_for("postgresql")
        self._database = database
        self._pooled: AsyncConnection | None = None
        self._connection: Any = None

    async def write(self, script: Script[T]) -> T:
        """See ``Pen``."""
        try:
            async with asyncio.timeout(ANSWER_S):
                connection = await self._connected()
                async with connection.transaction():
                    return await self._steps(connection, script)
        except BaseException:
            if self._connection is not None and (
                self._connection.is_closed() or self._connection.is_in_transaction()
            ):
                await self._drop()
            raise
        finally:
            script.close()

    async def close(self) -> None:
        """See ``Pen``."""
        await self._drop()

    async def _steps(self, connection: Any, script: Script[T]) -> T:
        found: Found = ()
        try:
            step = next(script)
            while True:
                found = await self._step(connection, step)
                step = script.send(found)
        except StopIteration as end:
            outcome: T = end.value
            return outcome

    async def _step(self, connection: Any, step: Write | Read) -> Found:
        statement = step.statement
        if isinstance(step, Read):
            rows: Sequence[Any] = await connection.fetch(statement.sql, self.book.ids(step.ids))
            return rows
        if len(step.rows) == 1:
            await connection.execute(statement.sql, *statement.values(step.rows[0]))
        else:
            await connection.executemany(statement.sql, map(statement.values, step.rows))
        return ()

    async def _connected(self) -> Any:
        if self._connection is None:
            self._pooled = await self._database.engine.connect()
            raw = await self._pooled.get_raw_connection()
            self._connection = raw.driver_connection
        return self._connection

    async def _drop(self) -> None:
        pooled, self._pooled, self._connection = self._pooled, None, None
        if pooled is not None:
            with suppress(Exception):  # it may be broken in any way
                await pooled.invalidate()
                await pooled.close()
