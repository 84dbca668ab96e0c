"""How connections to the database are made, and what is said to each before it is used."""

import sqlite3
from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from ledger.address import Address

# FULL: what was committed is on the disk. secure_delete: what is deleted is overwritten. In memory: no sorter
# spills a visitor's words into a temporary file. The journal is cut back to 64 MB after a long read.
_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16000",
    "PRAGMA journal_size_limit = 67108864",
)


def prepare(connection: sqlite3.Connection, patience_s: float = 5.0) -> None:
    """Tell a connection to SQLite what holds for all of them; also one that was not made by the engine.

    patience_s: how long it waits for another one's lock.
    """
    cursor = connection.cursor()
    for pragma in (f"PRAGMA busy_timeout = {round(patience_s * 1000)}", *_PRAGMAS):
        cursor.execute(pragma)
    cursor.close()


def make_engine(address: Address, patience_s: float) -> AsyncEngine:
    """The engine of this address; nothing is opened yet."""
    return _sqlite(address, patience_s) if address.file else _postgresql(address, patience_s)


def _sqlite(address: Address, patience_s: float) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(address.file)),
        # Transactions begin where we say so, not where the driver sees the first INSERT.
        connect_args={"isolation_level": None},
        hide_parameters=True,  # a log must not hold what visitors wrote
    )

    def on_connect(connection: Any, _: ConnectionPoolEntry) -> None:
        prepare(connection, patience_s)  # not the driver's own, but with the same methods

    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    """``sqlite_begin``: which lock a transaction takes at once; blank: none is begun."""
    kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    if kind:
        connection.exec_driver_sql(f"BEGIN {kind}")


def _postgresql(address: Address, patience_s: float) -> AsyncEngine:
    # The driver reads the address itself: it knows sslmode, several hosts and the rest of libpq's words.
    said = {"dsn": address.dsn, "timeout": patience_s, "server_settings": {"application_name": "demo-desk"}}
    return create_async_engine(
        "postgresql+asyncpg://",
        connect_args=said,
        pool_pre_ping=True,  # the server may have been restarted since
        hide_parameters=True,
    )
