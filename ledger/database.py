"""The database: one engine, opened with care, on SQLite or PostgreSQL."""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from ledger.address import Address, Dialect, read_address
from ledger.connections import make_engine, prepare
from ledger.driver_errors import explain
from ledger.unusable import DatabaseUnusable, unusable

__all__ = ["Database", "prepare"]

#: How long to wait for another one's lock, and for PostgreSQL to answer at all, in seconds.
PATIENCE_S = 10.0

# The first with RETURNING.
_OLDEST_SQLITE = (3, 35, 0)


class Database:
    """``await connect()`` before use, ``await close()`` after; or ``async with``.

    address: where it is, without password. engine: of SQLAlchemy. ``engine.begin()`` and ``engine.connect()`` are
    as ever; ``writing()`` and ``reading()`` say which lock is wanted.
    """

    def __init__(self, url: str = "", *, data_dir: Path, patience_s: float = PATIENCE_S) -> None:
        """url: ``DATABASE_URL``; blank: SQLite in ``data_dir``. patience_s: how long to wait for another one's lock
        on SQLite, and for PostgreSQL to answer. Raises DatabaseUnusable where the address cannot be read."""
        self.address: Address = read_address(url, data_dir)
        self.engine: AsyncEngine = make_engine(self.address, patience_s)
        self._patience_s = patience_s
        self._identity: tuple[int, int] | None = None

    @property
    def dialect(self) -> Dialect:
        """``sqlite`` or ``postgresql``."""
        return self.address.dialect

    @property
    def file(self) -> Path | None:
        """SQLite's file."""
        return self.address.file

    def connections(self) -> tuple[int, int]:
        """How many are in use, and how many are kept open for the next who wants one; the writer's own is neither."""
        pool = self.engine.pool
        return (pool.checkedout(), pool.checkedin()) if isinstance(pool, QueuePool) else (0, 0)

    async def connect(self, *, create: bool = True) -> None:
        """See that it is there and can be written to. create: a file (and its folder) that is not there is made.

        Raises DatabaseUnusable; nothing stays open then.
        """
        try:
            with self.explained():
                if self.address.file is not None:
                    _prepare_file(self.address.file, create)
                    await self._check_sqlite()
                    self._identity = _identity(self.address.file)
                else:
                    await self._check_postgresql()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    def replaced(self) -> bool:
        """Whether SQLite's file was deleted or exchanged since ``connect()``: what is written now would be lost."""
        return self._identity is not None and self._identity != _identity(self.address.file)

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that writes, committed at the end. SQLite's only write lock is taken at once, since one
        taken in mid-transaction fails where another connection wrote meanwhile, however long one would wait."""
        async with self.engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One transaction for reading: all of it sees the database as it stands at the first statement."""
        engine = self.engine
        if self.dialect == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with engine.connect() as connection:
            yield connection

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Errors about the database's state leave as DatabaseUnusable, all others as they are."""
        try:
            yield
        except DatabaseUnusable:
            raise
        except Exception as error:
            meant = self.explain(error)
            if meant is None:
                raise
            raise meant from error

    def explain(self, error: BaseException) -> DatabaseUnusable | None:
        """What an error of the engine means; None when it is not about the database's state."""
        return explain(error, self.address.shown, self.address.file)

    async def _check_sqlite(self) -> None:
        """Switch to WAL, and take the write lock once: that finds out all that can be wrong."""
        if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            raise unusable("too_old", detail=f"SQLite {sqlite3.sqlite_version}")
        deadline = time.monotonic() + self._patience_s
        while not await self._switched_to_wal():
            if time.monotonic() > deadline:
                raise unusable("locked", self.address.shown)
            await asyncio.sleep(0.05)
        async with self.writing() as connection:
            # A file that cannot be written to is found out by a write only; this one is taken back.
            await connection.exec_driver_sql("PRAGMA user_version = 1")
            await connection.rollback()

    async def _switched_to_wal(self) -> bool:
        """False while others hold locks: SQLite does not wait for them by itself here."""
        async with self.engine.execution_options(sqlite_begin="").connect() as connection:
            try:
                await connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            except OperationalError as error:
                meant = self.explain(error)
                if meant is None or meant.reason != "locked":
                    raise
                return False
        return True

    async def _check_postgresql(self) -> None:
        async with self.engine.connect() as connection:
            encoding = await connection.scalar(text("SHOW server_encoding"))
            if encoding != "UTF8":
                raise unusable("encoding", self.address.shown, str(encoding))
            if await connection.scalar(text("SHOW transaction_read_only")) == "on":
                raise unusable("read_only", self.address.shown, "transaction_read_only = on")


def _prepare_file(file: Path, create: bool) -> None:
    """The file, for its owner's eyes only from its first byte on; SQLite gives its journals the same rights."""
    if file.is_dir():
        raise unusable("not_a_database", str(file), "a folder")
    if not file.exists():
        if not create:
            raise unusable("missing", str(file))
        # One folder and no more: a whole missing path is a disk that was not mounted, or a typing error.
        if not file.parent.is_dir():
            if file.parent.exists() or not file.parent.parent.is_dir():
                raise unusable("missing", str(file.parent))
            file.parent.mkdir(mode=0o700, exist_ok=True)
        # Opening one that is there, and closing it, would end SQLite's own locks on it.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    for part in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))):
        with suppress(
            FileNotFoundError, PermissionError
        ):  # just gone; another user's, who is asked to lend it
            if part.stat().st_mode & 0o077:
                part.chmod(0o600)


def _identity(file: Path | None) -> tuple[int, int] | None:
    try:
        found = file.stat() if file else None
    except FileNotFoundError:
        return 0, 0
    return (found.st_dev, found.st_ino) if found else None
