"""The ledger, opened for a server."""

import asyncio
import logging
import threading
from collections.abc import Mapping

from demos import Shelf
from holysheep import Model, Provider
from ledger import Books, Database, Retention, expire, expire_refused, mask_secrets, upgrade
from settings import Environment

log = logging.getLogger(__name__)

SPOOL = "spool"
#: Texts are looked through this often for those whose time is over.
RETENTION_EVERY_S = 3600.0


def database_of(environment: Environment) -> Database:
    """The database of the settings, not yet connected. Raises DatabaseUnusable for an address that is none."""
    return Database(environment.database_url, data_dir=environment.data_dir)


def prepare(environment: Environment) -> None:
    """Connect, migrate and let go again, before anything else is begun; raises DatabaseUnusable.

    In a thread of its own, for ``chainlit run`` imports the program inside a running loop.
    """
    failed: list[BaseException] = []

    # `chainlit run` has set up a log by now, in which each start would tell of seven steps of nobody's concern.
    logging.getLogger("alembic").setLevel(logging.WARNING)

    async def once() -> None:
        async with database_of(environment) as database:
            await upgrade(database)

    def run() -> None:
        try:
            asyncio.run(once())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, name="prepare the database")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


async def open_books(
    environment: Environment,
    database: Database,
    models: Mapping[str, Model],
    providers: Mapping[str, Provider],
) -> Books:
    """The books of a running server over a connected database; raises DatabaseUnusable."""
    return await Books.open(
        database,
        price_of=lambda provider, model: (providers.get(provider), models.get(model)),
        spool=environment.data_dir / SPOOL,
        mask=mask_secrets if environment.mask_secrets else None,
        budget_usd=environment.budget_usd,
        budget_usd_per_day=environment.budget_usd_per_day,
    )


async def keep_tidy(database: Database, shelf: Shelf, environment: Environment) -> None:
    """Take out texts whose time is over, now and every hour, until cancelled."""
    while True:
        try:
            demos = {name: shelf.current(name).retention_days for name in shelf.names()}
            own = {name: limit for name, limit in demos.items() if limit is not None}
            retention = Retention(environment.retention_days, own)
            await expire(database, retention)
            await expire_refused(database, environment.data_dir / SPOOL, retention)
        except Exception:
            log.exception("old texts could not be taken out; trying again in an hour")
        await asyncio.sleep(RETENTION_EVERY_S)
