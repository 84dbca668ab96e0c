"""How a script gets into the database: one transaction on a connection that is the writer's own."""

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import Database, prepare
from ledger.script import Found, Read, Script, Write
from ledger.statements import Statements, statements_for
from ledger.unusable import unusable

T = TypeVar("T")

#: Written rows after which SQLite's journal is carried over into its file: about 8 MB.
ROWS_IN_JOURNAL = 2_000
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
    """On the loop's own thread, all but the disk: a transaction is a tenth of a millisecond of work.

    On another thread each of its calls would have to win the interpreter's lock back from a busy loop (5 ms a call:
    half a second a transaction, measured under full load). So it is committed here without ``fsync``, which is then
    waited for on a thread that does nothing else, before anybody is told.
    """

    def __init__(self, database: Database) -> None:
        assert database.file is not None
        self.book = statements_for("sqlite")
        self._database = database
        self._file = database.file
        self._thread = ThreadPoolExecutor(1, "ledger fsync")
        self._connection: sqlite3.Connection | None = None
        self._journal: int | None = None
        self._rows = 0
        self._tidying: asyncio.Task[None] | None = None

    async def write(self, script: Script[T]) -> T:
        """See ``Pen``."""
        outcome = self._write(script)
        assert self._journal is not None
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, _to_disk, self._journal)
        except OSError:
            self._drop()
            raise
        if self._rows > ROWS_IN_JOURNAL and (self._tidying is None or self._tidying.done()):
            self._rows = 0
            self._tidying = asyncio.create_task(asyncio.to_thread(_checkpoint, self._file))
        return outcome

    async def close(self) -> None:
        """See ``Pen``."""
        if self._tidying is not None:
            await asyncio.wait([self._tidying])
        self._thread.shutdown(wait=True)
        self._drop()

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
            if not _is_ours(error):
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
                    self._rows += len(step.rows)
                    found = ()
                else:
                    found = connection.execute(statement.sql, (self.book.ids(step.ids),)).fetchall()
                step = script.send(found)
        except StopIteration as end:
            outcome: T = end.value
            return outcome

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = _open(self._file)
            try:
                # Nobody waits with the loop held: not for another one's lock, nor for the disk, nor to tidy up.
                for pragma in ("busy_timeout = 0", "synchronous = NORMAL", "wal_autocheckpoint = 0"):
                    connection.execute(f"PRAGMA {pragma}")
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # makes the journal
                self._journal = os.open(f"{self._file}-wal", os.O_RDWR)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _drop(self) -> None:
        connection, journal, self._connection, self._journal = self._connection, self._journal, None, None
        if journal is not None:
            os.close(journal)
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _open(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{file.as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
    )
    prepare(connection)
    return connection


def _is_ours(error: sqlite3.DatabaseError) -> bool:
    """A fault of ours, or a lock that somebody else has: the connection is as good as before."""
    return isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.DataError) or (
        error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    )


def _to_disk(journal: int) -> None:
    """What SQLite's ``synchronous = FULL`` does after each commit; where there is no fdatasync, it does without too."""
    getattr(os, "fdatasync", os.fsync)(journal)


def _checkpoint(file: Path) -> None:
    """Carry over what is in the journal, without keeping anybody from writing."""
    with (
        suppress(sqlite3.Error),
        closing(_open(file)) as connection,
    ):  # the next one carries over what this one left
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


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
                return await self._write(script)
        except asyncpg.PostgresError:
            await self._roll_back()
            raise
        except BaseException:
            await self._drop()  # in the middle of something, or cut off
            raise
        finally:
            script.close()

    async def _write(self, script: Script[T]) -> T:
        connection = await self._connected()
        await connection.execute("BEGIN")
        outcome = await self._steps(connection, script)
        await connection.execute("COMMIT")
        return outcome

    async def _roll_back(self) -> None:
        """The server has said no, and is ready for more, if it has not ended."""
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._connection.execute("ROLLBACK")
        except Exception:
            await self._drop()

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
        pooled, connection, self._pooled, self._connection = self._pooled, self._connection, None, None
        if connection is not None:
            connection.terminate()  # a server that has gone silent would not say goodbye
        if pooled is not None:
            with suppress(Exception):  # it may be broken in any way
                await pooled.invalidate()
                await pooled.close()
