"""The models of a server of one's own, as soon as it says what they are."""

import asyncio
import logging
from collections.abc import Callable

from holysheep import Engine, EngineError
from holysheep.own_server import take_in

log = logging.getLogger(__name__)

RETRY_S = 15.0


async def discover(engine: Engine, found: Callable[[], None]) -> None:
    """Ask the provider ``local`` for its models until it answers; ``found`` is called once they are in the engine."""
    while True:
        try:
            await take_in(engine)
        except EngineError as error:
            log.warning("LOCAL_BASE_URL gave no list of models (%s: %s), asking again", error.kind, error)
            await asyncio.sleep(RETRY_S)
            continue
        found()
        return
