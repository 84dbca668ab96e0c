"""Pre-flight: each starter asked once before the call, so that nothing is asked for the first time in it."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from backstage.page import OperatorPage
from backstage.rooms import Rooms
from backstage.texts import say
from backstage.views import refused
from demos.command_line import read_words
from demos.preflight import Preflight as SoFar
from demos.preflight import preflight, starters

log = logging.getLogger(__name__)

#: Flights that are kept to be looked at, of all operators.
MOST_KEPT = 100
AGAIN = "--again"


@dataclass(eq=False)
class Flight:
    """One demo's for one operator. so_far: as its view shows it. error: why it ended before its end. pages: who asked
    for it while it goes on."""

    so_far: dict[str, Any]
    error: str | None = None
    pages: set[OperatorPage] = field(default_factory=set)
    under_way: bool = True


class Preflight:
    """``preflight`` shows the last one of the page's demo, ``preflight DEMO`` that of another; where there is none, and
    with ``--again``, the demo's starters are asked, which costs money.

    Other commands go on meanwhile: a model takes its time. It goes on also where the page is gone; the next one, of
    whichever socket, finds it again.
    """

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        #: Owner and demo -> the last one.
        self._flights: OrderedDict[tuple[str, str], Flight] = OrderedDict()
        self._asking: set[asyncio.Task[None]] = set()

    async def ask(self, page: OperatorPage, words: Sequence[str]) -> None:
        """The view fills as the answers come. What is under way is shown, and not begun a second time."""
        wanted = [word for word in words if word != AGAIN]
        shelf = self._rooms.workshop(page.operator, page.language).shelf
        demo = shelf.current(read_words(wanted).demo if len(wanted) > 1 else page.conversation.demo)
        key = (page.conversation.owner, demo.name)
        flight = self._flights.get(key)
        if flight is None or (AGAIN in words and not flight.under_way):
            if not starters(demo, page.language):
                raise refused("no_starters", demo=demo.title)
            asked = preflight(self._rooms.tools, demo, page.language, page.operator)
            flight = Flight((await anext(asked)).as_dict())
            self._keep(key, flight)
            task = asyncio.create_task(self._go_on(flight, asked))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        if flight.under_way:
            flight.pages.add(page)
        page.show("preflight", flight.so_far, error=flight.error)

    async def close(self) -> None:
        """The program ends: what is under way is cut short, and settled in the books."""
        for task in self._asking:
            task.cancel()
        if self._asking:
            await asyncio.wait(self._asking)

    def _keep(self, key: tuple[str, str], flight: Flight) -> None:
        self._flights[key] = flight
        self._flights.move_to_end(key)
        if len(self._flights) > MOST_KEPT:
            self._flights.popitem(last=False)

    async def _go_on(self, flight: Flight, asked: AsyncIterator[SoFar]) -> None:
        try:
            async for so_far in asked:
                flight.so_far = so_far.as_dict()
                self._tell(flight)
        except Exception:
            log.exception("a pre-flight ended before its end")
            flight.so_far |= {"ready": False}
            for page in flight.pages:
                flight.error = say(page.language, "errors.failed")
            self._tell(flight)
        finally:
            flight.under_way = False
            pages, flight.pages = flight.pages, set()
        for page in pages:
            if not (page.stands("preflight") and _shows(page, flight)):
                verdict, title = "ready" if flight.so_far["ready"] else "not_ready", flight.so_far["title"]
                page.toast(
                    say(page.language, f"notices.{verdict}", demo=title), good=bool(flight.so_far["ready"])
                )

    def _tell(self, flight: Flight) -> None:
        for page in flight.pages:
            if _shows(page, flight):
                page.update("preflight", flight.so_far, flight.error)


def _shows(page: OperatorPage, flight: Flight) -> bool:
    """Whether it is this one that its view shows, or would: there may be another demo's."""
    shown: dict[str, Any] = page.shown("preflight") or {}
    return bool(shown.get("demo") == flight.so_far["demo"])
