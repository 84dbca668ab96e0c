"""What makes the program ready for visitors: its database, all migrations, and somebody who answers."""

import asyncio
import logging
from collections.abc import Callable, Mapping

import web
from holysheep import Engine
from ledger import Database, DatabaseUnusable
from ledger.migrations import is_current

log = logging.getLogger(__name__)

PARTS = ("database", "migrations", "provider")
#: A database that has not answered by then counts as away: probes wait no longer.
PATIENCE_S = 2.0


def readiness_of(database: Database, engine: Engine, writes: Callable[[], bool]) -> web.Readiness:
    """Of a program. writes: whether what is said goes into the database now, and not to the disk instead."""

    async def look() -> Mapping[str, bool]:
        current = await _is_current(database)
        return {
            "database": current is not None and writes() and not database.replaced(),
            "migrations": bool(current),
            "provider": any(standing.usable for standing in engine.standing().values()),
        }

    return web.Readiness(PARTS, look)


async def _is_current(database: Database) -> bool | None:
    """Whether all migrations are there; None where the database does not answer."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await is_current(database)
    except TimeoutError:
        log.debug("the database has not answered within %.0f s", PATIENCE_S)
    except DatabaseUnusable as error:
        log.debug("%s", error.en)
    return None
