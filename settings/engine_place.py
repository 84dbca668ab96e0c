"""Where the engine's shared state is kept: what commands and the running program know together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from holysheep.store import FileStore, Store
from settings.environment import Environment

if TYPE_CHECKING:
    from ledger.database import Database

#: In DATA_DIR: one file a document.
FOLDER = "engine"


def in_database(environment: Environment) -> bool:
    """Whether it is the database that keeps it: PostgreSQL, which replicas on several machines share."""
    return environment.database_url.startswith("postgres")


def store_of(environment: Environment, database: "Database | None" = None) -> Store:
    """Files in DATA_DIR for SQLite, the database itself where it is PostgreSQL.

    database: that of the settings, migrated; files need none.
    """
    if not in_database(environment):
        return FileStore(environment.data_dir / FOLDER)
    assert database is not None
    # Here, for SQLAlchemy takes a third of a second to load, which a command over files need not wait for.
    from ledger.shared_state import DatabaseStore

    return DatabaseStore(database)


@asynccontextmanager
async def opened_store(environment: Environment) -> AsyncIterator[Store]:
    """The same for a command, which has no database of its own. Raises OSError where it is out of reach."""
    if not in_database(environment):
        yield store_of(environment)
        return
    from ledger import Database, DatabaseUnusable, upgrade

    database = Database(environment.database_url, data_dir=environment.data_dir)
    try:
        try:
            await database.connect()
            await upgrade(database)
        except DatabaseUnusable as error:
            raise OSError(str(error)) from error
        yield store_of(environment, database)
    finally:
        await database.close()
