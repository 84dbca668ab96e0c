"""A running program among others: its row, its lease, and which of the others are dead.

On SQLite one server has the file to itself, so all others are dead. On PostgreSQL each holds a lock of its session on
its own id, which ends with its connection; where that cannot be seen, its lease ends by the database's clock.
"""

import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from holysheep.lock import Lock, server_lock
from ledger.database import Database
from ledger.tables import replicas
from ledger.unusable import unusable

#: One that was not seen for so long is dead; each says that it lives every RENEW_S.
LEASE_S = 30.0
RENEW_S = 10.0
#: Seen so long ago, and without its lock: dead as well. A database that was restarted has its replicas back by then.
MISSED_S = 15.0

LEASE = timedelta(seconds=LEASE_S)

_HOLD = text("SELECT pg_try_advisory_lock(hashtextextended(:id, 0))")
_IS_FREE = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:id, 0))")


class Replica:
    """This program. ``claim`` before anything is written, ``leave`` after everything is, ``release`` in any case."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self.id = str(uuid.uuid4())
        self._database = database
        self._clock = clock
        self._lock: Lock | None = None
        self._session: AsyncConnection | None = None

    async def claim(self, *, beside: bool = False) -> None:
        """Take a place among the replicas. Raises DatabaseUnusable (``in_use``) where SQLite's file is taken.

        beside: for a command, which leaves SQLite's file to the server that may run on it. A server that starts
        meanwhile takes it for dead, and ends its turns; what the command then says of them holds.
        """
        with self._database.explained():
            if self._database.file is not None and not beside:
                self._take_file(self._database.file)
            try:
                async with self._database.writing() as connection:
                    now = await self._now(connection)
                    row = {"id": self.id, "started_at": now, "leased_until": now + LEASE}
                    await connection.execute(insert(replicas).values(row))
                await self._hold_session()
            except BaseException:
                await self.release()
                raise

    def _take_file(self, file: Path) -> None:
        lock = server_lock(file)
        if not lock.take():
            raise unusable("in_use", self._database.address.shown, f"{file.name}.lock")
        self._lock = lock

    async def _hold_session(self) -> None:
        """Have the lock on our id in a session that we keep; a session that has ended is made anew."""
        if self._database.dialect == "sqlite":
            return
        if self._session is None:
            self._session = await self._database.engine.connect()
            await self._session.execution_options(isolation_level="AUTOCOMMIT")
        try:
            # Counted by the server: once more for a session that has it.
            await self._session.execute(_HOLD, {"id": self.id})
        except BaseException:
            await self._end_session()
            raise

    async def _end_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with suppress(Exception):  # it may be broken in any way
                await session.invalidate()  # the pool would keep it, with the lock
                await session.close()

    async def release(self) -> None:
        """Let another server have SQLite's file; let others see that our session has ended."""
        await self._end_session()
        if self._lock is not None:
            self._lock.release()

    async def renew(self) -> None:
        """Say that we live, also where somebody took us for dead. Raises DatabaseUnusable."""
        with self._database.explained():
            async with self._database.writing() as connection:
                lease = {"leased_until": await self._now(connection) + LEASE, "gone_at": None}
                await connection.execute(update(replicas).where(replicas.c.id == self.id).values(lease))
            await self._hold_session()

    async def leave(self) -> None:
        """The program ends, with nothing left to write. Raises DatabaseUnusable."""
        await self.bury([self.id])

    async def bury(self, dead: Sequence[str]) -> None:
        """These are gone. Raises DatabaseUnusable."""
        with self._database.explained():
            async with self._database.writing() as connection:
                gone = update(replicas).where(replicas.c.id.in_(dead), replicas.c.gone_at.is_(None))
                await connection.execute(gone.values(gone_at=await self._now(connection)))

    async def find_dead(self, *, at_start: bool = False) -> list[str]:
        """Those that are dead and not yet buried. Raises DatabaseUnusable.

        at_start: also one that was seen a moment ago, if its lock is free: most likely we are the restart after its
        crash.
        """
        others = select(replicas.c.id, replicas.c.leased_until)
        others = others.where(replicas.c.id != self.id, replicas.c.gone_at.is_(None))
        with self._database.explained():
            async with self._database.reading() as connection:
                found = (await connection.execute(others)).all()
                if self._database.dialect == "sqlite":
                    return [row.id for row in found]
                now = await self._now(connection)
                missed = timedelta() if at_start else timedelta(seconds=MISSED_S)
                return [
                    row.id
                    for row in found
                    if row.leased_until <= now
                    or (row.leased_until - LEASE + missed <= now and await _is_free(connection, row.id))
                ]

    async def _now(self, connection: AsyncConnection) -> datetime:
        """PostgreSQL's clock, which all replicas share."""
        if self._database.dialect == "sqlite":
            return self._clock()
        now: datetime = await connection.scalar(text("SELECT clock_timestamp()"))
        return now.astimezone(UTC)


async def _is_free(connection: AsyncConnection, id: str) -> bool:
    """Whether nobody holds this replica's lock; ours on it ends with the transaction."""
    return bool(await connection.scalar(_IS_FREE, {"id": id}))
