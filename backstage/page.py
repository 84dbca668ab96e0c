"""An operator's open page: its views beside the chat, and the commands that it waits for."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from backstage.texts import say
from chat import Visit
from chat.conversation import Conversation
from demos import Language
from demos.said import REFUSALS, in_words

log = logging.getLogger(__name__)

#: View -> the file in ``public/elements`` that draws it.
ELEMENTS = {
    "new": "NewDemo",
    "publish": "Publish",
    "links": "Links",
    "activity": "Activity",
    "watch": "Watch",
    "versions": "Versions",
    "fix": "FixAnswer",
    "preflight": "Preflight",
}
#: Commands that may wait for the one under way; nobody clicks faster.
MOST_WAITING = 5

#: Does what the words say, on a page. Raises one of ``demos.said.REFUSALS``.
Do = Callable[["OperatorPage", Sequence[str]], Awaitable[None]]


class OperatorPage:
    """One page of one operator. Its commands are done one after the other."""

    def __init__(self, visit: Visit, do: Do) -> None:
        self._visit = visit
        self._do = do
        self._waiting: deque[tuple[list[str], bool]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._view = ""
        self._opened = 0
        #: What each view shows, so that an error takes nothing away.
        self._shown: dict[str, Any] = {}
        self._following: asyncio.Task[None] | None = None

    @property
    def conversation(self) -> Conversation:
        """The operator's own."""
        return self._visit.conversation

    @property
    def operator(self) -> str:
        """The name they signed in with."""
        return self._visit.ticket.operator

    @property
    def language(self) -> Language:
        """The page's."""
        return self._visit.conversation.language

    def take(self, words: list[str], *, typed: bool) -> None:
        """Do a command, after those before it. typed: into the chat, so that its view may not be open."""
        if len(self._waiting) >= MOST_WAITING:
            return
        self._waiting.append((words, typed))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())

    def open(self, view: str) -> None:
        """Show a view, empty, in the side panel; ``show`` fills it."""
        self._view = view
        self._opened += 1
        element = {
            "id": f"desk-{view}",
            "type": "custom",
            "name": ELEMENTS[view],
            "display": "side",
            "forId": "",
            "props": {},
        }
        self._visit.page.send("set_sidebar_title", say(self.language, f"views.{view}"))
        # Another key each time: Chainlit leaves a panel as it is that has the same.
        key = f"{view} {self._opened}"
        self._visit.page.send("set_sidebar_elements", {"elements": [element], "key": key})

    def show(self, view: str, data: Any, *, error: str | None = None, notice: str | None = None) -> None:
        """What a view shows from now on; it is opened where another one stands."""
        if view != self._view:
            self.open(view)
        self._shown[view] = data
        panel = {"view": view, "data": data, "error": error, "notice": notice}
        self._visit.page.send("desk_panel", panel)

    def shown(self, view: str) -> Any:
        """What the view shows; None where it was not filled yet."""
        return self._shown.get(view)

    def news(self, **news: object) -> None:
        """Tell the page itself."""
        self._visit.page.send("desk", news)

    def offer(self, commands: Sequence[str]) -> None:
        """The list that "/" opens."""
        listed = [
            {"id": word, "icon": icon, "description": say(self.language, f"commands.{word}")}
            for word, _, icon in (command.partition(" ") for command in commands)
        ]
        self._visit.page.send("set_commands", listed)

    def follow(self, work: Coroutine[Any, Any, None] | None) -> None:
        """Keep a view up to date from now on, in place of the one before; None: none."""
        if self._following is not None:
            self._following.cancel()
        self._following = asyncio.create_task(work) if work is not None else None

    def close(self) -> None:
        """The page is gone. A command under way ends by itself: what it saves, it saves."""
        self.follow(None)
        self._waiting.clear()

    async def _work(self) -> None:
        try:
            while self._waiting:
                words, typed = self._waiting.popleft()
                await self._answer(words, typed)
        finally:
            self._worker = None

    async def _answer(self, words: list[str], typed: bool) -> None:
        if typed:
            self._view = ""
        try:
            await self._do(self, words)
        except REFUSALS as error:
            await self._refuse(words[0], in_words(error, self.language))
        except Exception:
            log.exception("the desk's command %s failed", words[0])
            await self._refuse(words[0], say(self.language, "errors.failed"))

    async def _refuse(self, word: str, why: str) -> None:
        """In the view that stands there, whose form keeps what was typed; else in the command's own."""
        view = self._view or (word if word in ELEMENTS else "links")
        if view not in self._shown and view == word:
            with suppress(*REFUSALS):
                await self._do(self, [word])
        self.show(view, self._shown.get(view), error=why)
