"""A running program among others: its row, its lease, and which of the others are dead.

On SQLite one server has the file to itself, so all others are dead. On PostgreSQL each holds a lock of its session on
its own id, which ends with its connection. A database that was restarted has nobody's lock until they are back, each
within a second or so: a lock that is free says nothing then. A machine that vanished may leave its lock held for hours:
then its lease ends, by the database's clock, and while we watch: clocks jump, and who could not reach the database
itself knows nothing of the others.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import ARRAY, Select, String, bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from holysheep.lock import Lock, server_lock
from ledger.database import Database
from ledger.tables import replicas
from ledger.unusable import unusable

#: One that was not seen for so long is dead; each says that it lives every RENEW_S.
LEASE_S = 30.0
RENEW_S = 10.0
#: Seen so long ago, and without its lock: dead as well. The lease of one whose lock is held must have stood still under
#: our eyes for as long.
MISSED_S = 15.0
#: So soon after its restart a database has its replicas back, or they are dead.
REJOIN_S = 5.0
#: Between two tries to be back.
PAUSE_S = 0.5

LEASE = timedelta(seconds=LEASE_S)
REJOIN = timedelta(seconds=REJOIN_S)

_HOLD = text("SELECT pg_try_advisory_lock(hashtextextended(:id, 0))")
# Looked up, not tried: two that try at one instant would take each other for the owner, and keep the owner from it.
_HELD = text(
    """
    SELECT wanted.id FROM unnest(:ids) AS wanted (id) WHERE EXISTS (
        SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (classid::bigint << 32 | objid::bigint) = hashtextextended(wanted.id, 0)
    )
    """
).bindparams(bindparam("ids", type_=ARRAY(String)))
_NOW = text("SELECT clock_timestamp(), pg_postmaster_start_time()")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Seen:
    """One of the others. back: so long after a restart of the database that it would have its lock."""

    id: str
    leased_until: datetime
    held: bool
    back: bool

    @property
    def lived(self) -> datetime:
        """When it last said so."""
        return self.leased_until - LEASE

    @property
    def fallen(self) -> bool:
        """Its session has ended."""
        return self.back and not self.held


class Replica:
    """This program. ``claim`` before anything is written, ``leave`` after everything is, ``release`` in any case."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self.id = str(uuid.uuid4())
        self._database = database
        self._clock = clock
        self._lock: Lock | None = None
        self._session: AsyncConnection | None = None
        self._renewing = asyncio.Lock()
        self._rejoining: asyncio.Task[None] | None = None
        self._released = False
        #: When we looked last nobody else was there, or only dead ones.
        self.alone = True
        #: Of each of the others: the lease that it had when we looked, and when we first saw that one.
        self._watched: dict[str, tuple[datetime, float]] = {}
        self._looked_at = 0.0

    async def claim(self, *, beside: bool = False) -> None:
        """Take a place among the replicas. Raises DatabaseUnusable (``in_use``) where SQLite's file is taken.

        beside: for a command, which leaves SQLite's file to the server that may run on it. A server that starts
        meanwhile takes it for dead, and ends its turns; what the command then says of them holds.
        """
        with self._database.explained():
            if self._database.file is not None and not beside:
                self._take_file(self._database.file)
            try:
                await self._hold_session()  # before anybody can find the row
                async with self._database.writing() as connection:
                    now = await self._now(connection)
                    row = {"id": self.id, "started_at": now, "leased_until": now + LEASE}
                    await connection.execute(insert(replicas).values(row))
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
            raw = await self._session.get_raw_connection()
            raw.driver_connection.add_termination_listener(self._session_ended)  # type: ignore[union-attr]
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

    def _session_ended(self, _: object) -> None:
        """The database was restarted, or has dropped us: others must not take us for dead."""
        if self._session is not None and not self._released and self._rejoining is None:
            self._rejoining = asyncio.get_running_loop().create_task(self._rejoin())

    async def _rejoin(self) -> None:
        level = logging.INFO
        try:
            while not self._released:
                try:
                    await self.renew()
                    return
                except Exception as error:
                    log.log(level, "the lease waits: %s", error)
                    level = logging.DEBUG  # said once
                await asyncio.sleep(PAUSE_S)
        finally:
            self._rejoining = None

    async def release(self) -> None:
        """Let another server have SQLite's file; let others see that our session has ended."""
        self._released = True
        if self._rejoining is not None:
            self._rejoining.cancel()
        await self._end_session()
        if self._lock is not None:
            self._lock.release()

    async def renew(self) -> None:
        """Say that we live, also where somebody took us for dead. Raises DatabaseUnusable."""
        async with self._renewing:
            await self._renew()

    async def _renew(self) -> None:
        with self._database.explained():
            await self._hold_session()  # first: whoever renews after a restart of the database has the lock
            async with self._database.writing() as connection:
                lease = {"leased_until": await self._now(connection) + LEASE, "gone_at": None}
                await connection.execute(update(replicas).where(replicas.c.id == self.id).values(lease))

    async def leave(self) -> None:
        """The program ends, with nothing left to write. Raises DatabaseUnusable."""
        self._released = True
        async with self._renewing:
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
        with self._database.explained():
            async with self._database.reading() as connection:
                if self._database.dialect == "sqlite":
                    return list(await connection.scalars(_others(self.id)))
                now, seen = await _look(connection, self.id)
        watched = self._watch(seen)
        dead = [one.id for one in seen if _is_dead(one, now, watched[one.id], at_start)]
        self.alone = len(dead) == len(seen)
        return dead

    async def fallen(self, ids: Iterable[str]) -> set[str]:
        """Those of these that are gone, or whose session has ended. Raises DatabaseUnusable.

        A session may end while its program lives: it is back by the next look, a moment later.
        """
        with self._database.explained():
            async with self._database.reading() as connection:
                if self._database.dialect == "sqlite":
                    return set(ids) - {self.id}
                _, seen = await _look(connection, self.id)
        return set(ids) - {self.id} - {one.id for one in seen if not one.fallen}

    def _watch(self, seen: Sequence[_Seen]) -> dict[str, float]:
        """For how many seconds each of the others has had the lease that it has now, under our eyes."""
        now = time.monotonic()
        if now - self._looked_at > 1.5 * RENEW_S:
            self._watched.clear()  # we were away ourselves
        self._looked_at = now
        before = self._watched
        self._watched = {
            one.id: before[one.id]
            if before.get(one.id, (None,))[0] == one.leased_until
            else (one.leased_until, now)
            for one in seen
        }
        return {id: now - since for id, (_, since) in self._watched.items()}

    async def _now(self, connection: AsyncConnection) -> datetime:
        """PostgreSQL's clock, which all replicas share."""
        if self._database.dialect == "sqlite":
            return self._clock()
        now: datetime = await connection.scalar(text("SELECT clock_timestamp()"))
        return now.astimezone(UTC)


def _others(me: str) -> Select[tuple[str]]:
    return select(replicas.c.id).where(replicas.c.id != me, replicas.c.gone_at.is_(None))


def _is_dead(one: _Seen, now: datetime, watched_s: float, at_start: bool) -> bool:
    missed = at_start or now - one.lived >= timedelta(seconds=MISSED_S) or watched_s >= MISSED_S
    return (one.fallen and missed) or (one.leased_until <= now and watched_s >= MISSED_S)


async def _look(connection: AsyncConnection, me: str) -> tuple[datetime, list[_Seen]]:
    """The database's time, and all others that have not left, as they are now."""
    found = (await connection.execute(_others(me).add_columns(replicas.c.leased_until))).all()
    now, started = (await connection.execute(_NOW)).one()
    held = set(await connection.scalars(_HELD, {"ids": [row.id for row in found]})) if found else set()
    back = now - started >= REJOIN
    seen = [
        _Seen(row.id, row.leased_until, row.id in held, back or row.leased_until - LEASE > started)
        for row in found
    ]
    return now.astimezone(UTC), seen
