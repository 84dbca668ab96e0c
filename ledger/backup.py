"""A copy of everything while the system runs, and the way back into one that is stopped, also on the other database."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
from sqlalchemy import JSON, Connection, MetaData, Table, func, insert, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from holysheep.lock import server_lock
from ledger.backup_file import BackupWriter, Contents, Rows, read_contents, read_rows
from ledger.database import Database
from ledger.migrations import VERSION_TABLE, migrating, revision_of, revisions, upgrade_within
from ledger.tables import metadata
from ledger.unusable import unusable

# Read and written so many rows at a time, which is what memory holds of them.
_ROWS_AT_ONCE = 1000

# And the names of tables that a later revision takes away: an older backup has them.
_OURS = frozenset(metadata.tables)


@dataclass(frozen=True)
class Restored:
    """contents: what was brought back. kept: the backup of what stood there before; None where nothing did."""

    contents: Contents
    kept: Path | None


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def backup(database: Database, file: Path, now: Callable[[], datetime] = _utc_now) -> Contents:
    """Copy the database as it stands at one instant to ``file`` (for its owner's eyes only), while others write.

    An older backup of that name is replaced once the new one is whole. Raises DatabaseUnusable: ``empty``, ``newer``
    (it may have tables that this program does not know), ``backup_not_written``.
    """
    with database.explained():
        async with database.reading() as connection:
            revision = await revision_of(connection)
            if revision is None:
                raise unusable("empty", database.address.shown)
            if revision not in revisions():
                raise unusable("newer", database.address.shown, revision)
            tables = await connection.run_sync(_ours)
            with BackupWriter(file, revision, now(), database.dialect) as writer:
                for table in tables.sorted_tables:
                    writer.table(str(table.name), [str(column.name) for column in table.columns])
                    rows = await connection.stream(
                        select(table), execution_options={"yield_per": _ROWS_AT_ONCE}
                    )
                    async for part in rows.partitions():
                        await asyncio.to_thread(writer.write, part)
            return writer.contents


async def restore(database: Database, file: Path, keep: Path | None = None) -> Restored:
    """Put what ``file`` holds in the place of everything in the database, and bring it to today's tables.

    All of it happens or nothing. keep: where the backup of what stands there now goes first, if anything does.
    Raises DatabaseUnusable: ``in_use`` while a Demo Desk runs on it, ``no_backup``, ``not_a_backup``, ``newer`` of the
    file, or of a database that is to be kept.
    """
    contents = await asyncio.to_thread(read_contents, file)
    if contents.revision not in revisions():
        raise unusable("newer", str(file), contents.revision)
    with database.explained(), _nobody_else(database):
        kept = keep if keep and await _holds_rows(database) else None
        if kept:
            await backup(database, kept)
        async with migrating(database) as connection:
            await _nobody_alive(connection, database)
            await connection.run_sync(_drop_ours)
            await upgrade_within(connection, database.address.shown, contents.revision)
            await _load(connection, file)
            await upgrade_within(connection, database.address.shown)
    if database.file:
        await _empty_journal(database)
    return Restored(contents, kept)


def _ours(connection: Connection) -> MetaData:
    """Our tables as they stand in the database, whatever its revision."""
    found = MetaData()
    there = _OURS & set(inspect(connection).get_table_names())
    found.reflect(connection, only=sorted(there), resolve_fks=False)
    return found


async def _holds_rows(database: Database) -> bool:
    async with database.reading() as connection:
        if await revision_of(connection) is None:
            return False
        for table in (await connection.run_sync(_ours)).sorted_tables:
            if (await connection.execute(select(table).limit(1))).first():
                return True
    return False


@contextmanager
def _nobody_else(database: Database) -> Iterator[None]:
    """On SQLite nobody starts meanwhile, and nobody is running."""
    if database.file is None:
        yield
        return
    lock = server_lock(database.file)
    if not lock.take():
        raise unusable("in_use", database.address.shown)
    try:
        yield
    finally:
        lock.release()


async def _nobody_alive(connection: AsyncConnection, database: Database) -> None:
    """On PostgreSQL a running replica has a lease and holds the lock of its id; one that starts now has to wait."""
    if database.dialect == "sqlite" or "replicas" not in (await connection.run_sync(_ours)).tables:
        return
    await connection.execute(text("LOCK TABLE replicas IN ACCESS EXCLUSIVE MODE"))
    alive = text(
        "SELECT count(*) FROM replicas WHERE gone_at IS NULL "
        "AND leased_until > extract(epoch FROM clock_timestamp()) * 1000000 "
        "AND NOT pg_try_advisory_xact_lock(hashtextextended(id, 0))"
    )
    if await connection.scalar(alive):
        raise unusable("in_use", database.address.shown)


def _drop_ours(connection: Connection) -> None:
    _ours(connection).drop_all(connection)
    connection.execute(text(f"DROP TABLE IF EXISTS {VERSION_TABLE}"))


async def _load(connection: AsyncConnection, file: Path) -> None:
    tables = (await connection.run_sync(_ours)).tables
    parts = read_rows(file, _ROWS_AT_ONCE)
    while rows := await asyncio.to_thread(next, parts, None):
        if rows.values:
            await _insert(connection, tables[rows.table], rows)
    if "replicas" in tables:  # who was running when the backup was made does not run here
        await connection.execute(text("UPDATE replicas SET leased_until = 0 WHERE gone_at IS NULL"))
    if connection.dialect.name == "postgresql":
        for table in tables.values():
            await connection.run_sync(_count_on, table)


async def _insert(connection: AsyncConnection, table: Table, rows: Rows) -> None:
    """By the driver's own words: the values are already what it takes, but for JSON."""
    statement = insert(table).compile(dialect=connection.dialect, column_keys=list(rows.columns))
    order = [rows.columns.index(name) for name in statement.positiontup or ()]
    json = [place for place, at in enumerate(order) if isinstance(table.columns[rows.columns[at]].type, JSON)]
    values = []
    for row in rows.values:
        ordered = [row[at] for at in order]
        for place in json:
            ordered[place] = None if ordered[place] is None else orjson.dumps(ordered[place]).decode()
        values.append(tuple(ordered))
    await connection.exec_driver_sql(str(statement), values)


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL's counters go on after the highest number."""
    for column in table.columns:
        default = getattr(column.server_default, "arg", None)
        if default is not None and "nextval" in str(default):
            highest = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
            counter = func.pg_get_serial_sequence(table.name, column.name)
            connection.execute(select(func.setval(counter, highest, False)))


async def _empty_journal(database: Database) -> None:
    """What was there before the restoring is not left in SQLite's journal."""
    async with database.engine.execution_options(sqlite_begin="").connect() as connection:
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
