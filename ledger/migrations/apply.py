"""Bring the database to the newest revision, whoever else tries the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import Database
from ledger.tables import metadata
from ledger.unusable import unusable

if TYPE_CHECKING:
    from alembic.config import Config

#: Not Alembic's usual name: another program's in the same database is none of our business.
VERSION_TABLE = "ledger_version"

#: How long a start waits for another one that is migrating the same database, in seconds.
LOCK_TIMEOUT_S = 60
_LOCK_KEY = 0x44656D6F4465736B  # any number, as long as it is always this one

_FOLDER = Path(__file__).parent


async def upgrade(database: Database) -> None:
    """Migrate to the newest revision, in one transaction: all of it or nothing.

    Raises DatabaseUnusable: ``newer`` than the program, ``foreign`` tables of the same names, or as ``connect()``.
    """
    with database.explained():
        async with database.reading() as connection:
            if await revision_of(connection) == newest():
                return
        async with migrating(database) as connection:
            await upgrade_within(connection, database.address.shown)


async def is_current(database: Database) -> bool:
    """Whether all that this program was written for is there; a newer program may have gone further, where replicas
    are brought up to date one after the other. Raises DatabaseUnusable."""
    with database.explained():
        async with database.engine.connect() as connection:
            found = await connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 our own name
    return found is not None and str(found) >= newest()


@asynccontextmanager
async def migrating(database: Database) -> AsyncIterator[AsyncConnection]:
    """One transaction that may change tables, the only one at a time; committed at the end."""
    async with database.engine.execution_options(sqlite_begin="").connect() as connection:
        sqlite = database.dialect == "sqlite"
        if sqlite:
            # Tables are changed by making them anew, and the old one is not deleted from those that refer to it.
            await connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            await connection.exec_driver_sql(f"PRAGMA busy_timeout = {LOCK_TIMEOUT_S * 1000}")
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        yield connection
        if sqlite and (lost := (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first()):
            raise RuntimeError(f"rows refer to others that are not there: {tuple(lost)}")
        await connection.commit()
        await connection.invalidate()  # with what was said to it above


async def upgrade_within(connection: AsyncConnection, shown: str, revision: str = "") -> None:
    """Migrate to ``revision`` (blank: the newest) in the transaction of ``migrating()``; shown: the database's address.

    Raises DatabaseUnusable (``newer``, ``foreign``).
    """
    found = await revision_of(connection)  # another start may have migrated while this one waited
    wanted = revision or newest()
    if found == wanted:
        return
    if found is None:
        there = await connection.run_sync(lambda plain: inspect(plain).get_table_names())
        if strange := sorted(set(there) & set(metadata.tables)):
            raise unusable("foreign", shown, ", ".join(strange[:5]))
    elif found not in revisions():
        raise unusable("newer", shown, found)
    await connection.run_sync(_run, wanted)


async def revision_of(connection: AsyncConnection) -> str | None:
    """The revision the database stands at; None before the first."""
    if not await connection.run_sync(lambda plain: inspect(plain).has_table(VERSION_TABLE)):
        return None
    found = await connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 our own name
    return None if found is None else str(found)


@cache
def revisions() -> tuple[str, ...]:
    """All revisions, the oldest first: the numbers that the files in ``versions`` begin with."""
    return tuple(sorted(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*_*.py")))


def newest() -> str:
    """The revision this program was written for."""
    return revisions()[-1]


def _run(connection: Connection, revision: str) -> None:
    # Imported here: almost every start finds nothing to migrate, and Alembic takes 0.15 s to load.
    from alembic import command

    command.upgrade(alembic_config(connection), revision)


def alembic_config(connection: Connection) -> "Config":
    """What a command of Alembic needs to work on this connection."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config
