"""An operator's open page: its views beside the chat, and the commands that it waits for."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
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
#: Where a command is answered that has no view of its own name.
VIEW_OF = {"compare": "versions", "rollback": "versions"} | dict.fromkeys(
    ("stage", "pause", "resume", "revoke", "extend"), "links"
)
#: Commands that may wait for the one under way; nobody clicks faster.
MOST_WAITING = 5
#: Of an error: the words that were wrong may be a whole picture.
LONGEST_ERROR = 600

#: Does what the words say, on a page. Raises one of ``demos.said.REFUSALS``.
Do = Callable[["OperatorPage", Sequence[str]], Awaitable[None]]


class OperatorPage:
    """One page of one operator. Its commands are done one after the other."""

    def __init__(self, visit: Visit, do: Do) -> None:
        self._visit = visit
        self._do = do
        self._waiting: deque[list[str]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._view = ""
        self._opened = 0
        #: What each view shows, so that an error takes nothing away.
        self._shown: dict[str, Any] = {}
        #: What went wrong, while a view is being filled that says so.
        self._complaint: str | None = None
        self._following: asyncio.Task[None] | None = None
        self._closed = False

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

    def take(self, words: list[str]) -> None:
        """Do a command, after those before it."""
        if self._closed or len(self._waiting) >= MOST_WAITING:
            return
        self._waiting.append(words)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())

    def open(self, view: str) -> None:
        """Show a view, empty, in the side panel; ``show`` fills it."""
        self.leave()
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
        why, self._complaint = error or self._complaint, None
        panel = {"view": view, "data": data, "error": why, "notice": notice}
        self._visit.page.send("desk_panel", panel)

    def update(self, view: str, data: Any) -> None:
        """What a view shows from now on, if it is the one that stands there; none is opened."""
        if self.stands(view):
            self.show(view, data)
        else:
            self._shown[view] = data

    def stands(self, view: str) -> bool:
        """Whether it is the one beside the chat."""
        return self._view == view

    def toast(self, text: str, *, good: bool) -> None:
        """Say something in passing."""
        self._visit.page.send("toast", {"message": text, "type": "success" if good else "error"})

    def leave(self) -> None:
        """The view that stands there is closed, or another one takes its place: nothing keeps it up to date."""
        self.follow(None)
        self._view = ""

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
        """Keep the view up to date from now on, by this and nothing else; None: by nothing."""
        if self._following is not None:
            self._following.cancel()
            self._following = None
        if work is None:
            return
        if self._closed:  # while the view was being filled
            work.close()
            return
        self._following = asyncio.create_task(work)
        self._following.add_done_callback(_say_why)

    def close(self) -> None:
        """The page is gone. A command under way ends by itself: what it saves, it saves."""
        self._closed = True
        self.leave()
        self._waiting.clear()

    async def _work(self) -> None:
        try:
            while self._waiting:
                words = self._waiting.popleft()
                await self.attempt(words[0], self._do(self, words))
        finally:
            self._worker = None

    async def attempt(self, word: str, work: Awaitable[None]) -> None:
        """Do what a command says, or tell why it cannot be done."""
        try:
            await work
        except REFUSALS as error:
            await self._refuse(word, in_words(error, self.language))
        except Exception:
            log.exception("the desk's command %s failed", word)
            await self._refuse(word, say(self.language, "errors.failed"))

    async def _refuse(self, word: str, why: str) -> None:
        """In the view that stands there, whose form keeps what was typed; else in the command's own, filled anew."""
        self._complaint = why if len(why) <= LONGEST_ERROR else why[: LONGEST_ERROR - 1] + "…"
        if self._view:
            self.show(self._view, self._shown.get(self._view))
            return
        view = VIEW_OF.get(word, word)
        try:
            await self._do(self, [view])
        except REFUSALS:  # it shows nothing without more words, or cannot now
            self.show(view, None)
        except Exception:
            log.exception("the desk's view %s could not be filled", view)
            self.show(view, None)


def _say_why(task: asyncio.Task[None]) -> None:
    """What ends by itself ends by an error."""
    if not task.cancelled() and (error := task.exception()):
        log.error("a view is no longer kept up to date", exc_info=error)
