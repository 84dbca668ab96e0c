"""Looking again and again at what others may have changed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ledger import DatabaseUnusable

log = logging.getLogger(__name__)


async def keep_looking(look: Callable[[], Awaitable[None]], every_s: float, what: str) -> None:
    """Look until cancelled; neither a database that is away nor a fault of ours ends it. what: for the log."""
    while True:
        await asyncio.sleep(every_s)
        try:
            await look()
        except DatabaseUnusable as error:
            log.debug("%s could not be looked at: %s", what, error)
        except Exception:
            log.exception("%s could not be looked at", what)
