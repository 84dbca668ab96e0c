"""What operators signed out of, known to every replica and after a restart."""

import asyncio
import logging
import time

import web
from holysheep.store import Document, Store, number_of

log = logging.getLogger(__name__)

DOCUMENT = "signed_out"
#: Within a second all know.
LOOK_EVERY_S = 1.0


async def keep_signed_out(operators: web.Operators, store: Store, every_s: float = LOOK_EVERY_S) -> None:
    """Tell the others which sessions were ended here, and hear of theirs, until cancelled."""
    failed = False
    while True:
        try:
            told = await store.read(DOCUMENT)
            operators.remember(_sessions(told))
            if operators.ended.keys() - told.keys():
                await store.change(DOCUMENT, lambda document: _sessions(document) | operators.ended)
            failed = False
        except OSError as error:
            if not failed:  # once, however long it is
                log.warning("other servers do not hear who signed out: %s", error)
            failed = True
        await asyncio.sleep(every_s)


def _sessions(document: Document) -> dict[str, int]:
    """Those that would not be over by now; a damaged entry ends nothing."""
    now = time.time()
    return {mark: int(until) for mark in document if (until := number_of(document, mark)) > now}
