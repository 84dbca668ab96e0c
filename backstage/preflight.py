"""Pre-flight: each starter asked once before the call, so that nothing is asked for the first time in it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from backstage.page import OperatorPage
from backstage.rooms import Rooms
from backstage.texts import say
from backstage.views import refused
from demos.command_line import read_words
from demos.preflight import Preflight as SoFar
from demos.preflight import preflight, starters


class Preflight:
    """``preflight`` asks the starters of the page's demo, ``preflight DEMO`` those of another.

    Other commands go on meanwhile: a model takes its time.
    """

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        #: Page and demo -> how far it is, of those under way.
        self._so_far: dict[tuple[OperatorPage, str], dict[str, Any]] = {}
        self._asking: set[asyncio.Task[None]] = set()

    async def ask(self, page: OperatorPage, words: Sequence[str]) -> None:
        """The view fills as the answers come. What is under way is shown, and not begun a second time."""
        shelf = self._rooms.workshop(page.operator, page.language).shelf
        demo = shelf.current(read_words(words).demo if len(words) > 1 else page.conversation.demo)
        if not starters(demo, page.language):
            raise refused("no_starters", demo=demo.title)
        key = (page, demo.name)
        if key in self._so_far:
            page.show("preflight", self._so_far[key])
            return
        flight = preflight(self._rooms.tools, demo, page.language, page.operator)
        self._so_far[key] = (await anext(flight)).as_dict()
        page.show("preflight", self._so_far[key])
        task = asyncio.create_task(page.attempt("preflight", self._go_on(key, flight)))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def close(self) -> None:
        """The program ends: what is under way is cut short, and settled in the books."""
        for task in self._asking:
            task.cancel()
        if self._asking:
            await asyncio.wait(self._asking)

    async def _go_on(self, key: tuple[OperatorPage, str], flight: AsyncIterator[SoFar]) -> None:
        page = key[0]
        try:
            async for so_far in flight:
                self._so_far[key] = so_far.as_dict()
                page.update("preflight", self._so_far[key])
        finally:
            last = self._so_far.pop(key)
            if last["ready"] is None:  # an error, which is told beside it
                page.update("preflight", last | {"ready": False})
        if not page.stands("preflight"):
            verdict = "ready" if last["ready"] else "not_ready"
            page.toast(say(page.language, f"notices.{verdict}", demo=last["title"]), good=bool(last["ready"]))
