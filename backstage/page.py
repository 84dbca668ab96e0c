"""An operator's open page: its views beside the chat, and the commands that it waits for."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from backstage.command import Answer, Command
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
    "status": "Status",
}
#: Where a command is answered that has no view of its own name.
VIEW_OF = {"compare": "versions", "rollback": "versions"} | dict.fromkeys(
    ("stage", "pause", "resume", "revoke", "extend"), "links"
)
#: Views that a bare word fills without asking a model or making anything.
FILLED = frozenset({"new", "publish", "links", "watch", "versions", "status"})
#: Views that nobody types into, kept up to date by themselves.
LIVE = frozenset({"preflight", "watch", "status"})
#: Commands that may wait for the one under way; nobody clicks faster.
MOST_WAITING = 5
#: Of an error: the words that were wrong may be a whole picture.
LONGEST_ERROR = 600
#: Of a command that is repeated before what is wrong with it.
LONGEST_COMMAND = 60

#: Does what the words say, on a page. Raises one of ``demos.said.REFUSALS``.
Do = Callable[["OperatorPage", Sequence[str]], Awaitable[None]]


class OperatorPage:
    """One page of one operator. Its commands are done one after the other."""

    def __init__(self, visit: Visit, do: Do) -> None:
        self._visit = visit
        self._do = do
        self._waiting: deque[Command] = deque()
        #: The one under way.
        self._doing: Command | None = None
        #: What the page calls the command that is being answered.
        self._id: str | None = None
        self._worker: asyncio.Task[None] | None = None
        self._view = ""
        self._opened = 0
        #: What each view shows, so that an error takes nothing away.
        self._shown: dict[str, Any] = {}
        #: What went wrong, while a view is being filled that says so.
        self._complaint: str | None = None
        #: What the view that stands there says is wrong, until a command is answered in it.
        self._error: str | None = None
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

    def take(self, command: Command) -> None:
        """Do a command, after those before it."""
        if self._closed or len(self._waiting) >= MOST_WAITING:
            command.dropped = True
            if command.id:  # its page waits for this very answer
                view = self._view or VIEW_OF.get(command.words[0], command.words[0])
                said = {
                    "data": self._shown.get(view),
                    "error": say(self.language, "errors.busy"),
                    "notice": None,
                }
                self._visit.page.send("desk_panel", {"view": view, **said, "id": command.id})
            return
        self._waiting.append(command)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())

    def answer_again(self, id: str, answers: Sequence[Answer]) -> None:
        """What was answered to a page before this one, beside whatever this one does."""
        doing, before = self._doing, self._id
        self._doing, self._id = None, id
        for view, said in answers:
            if view:
                self.show(view, said["data"], error=said["error"], notice=said["notice"])
            else:
                self.news(**said)
        self._doing, self._id = doing, before

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
        self._error, self._complaint = error or self._complaint, None
        said = {"data": data, "error": self._error, "notice": notice}
        if self._doing:
            self._doing.answers.append((view, said))
        self._visit.page.send("desk_panel", {"view": view, **said, "id": self._id})

    def update(self, view: str, data: Any, error: str | None = None) -> None:
        """What a view shows from now on, if it is the one that stands there; none is opened. It answers no command:
        what is wrong with the last one stays there to be read."""
        self._shown[view] = data
        if self.stands(view):
            self._error = error or self._error
            panel = {"view": view, "data": data, "error": self._error, "notice": None, "id": None}
            self._visit.page.send("desk_panel", panel)

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
        if self._doing:
            self._doing.answers.append(("", news))
        self._visit.page.send("desk", {**news, "id": self._id} if self._id else news)

    def keeps(self, message_id: str) -> None:
        """A message was taken; the page need not send it again."""
        self._visit.page.send("desk", {"kept": [message_id]})

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
        for command in self._waiting:
            command.dropped = True
        self._waiting.clear()

    async def _work(self) -> None:
        try:
            while self._waiting:
                self._doing = command = self._waiting.popleft()
                self._id = command.id or None
                await self._attempt(command)
                self._doing = self._id = None
                command.done = True
                if command.asker is not self:
                    command.asker.answer_again(command.id, command.answers)
        finally:
            self._doing = self._id = self._worker = None

    async def _attempt(self, command: Command) -> None:
        try:
            await self._do(self, command.words)
        except REFUSALS as error:
            await self._refuse(command.words, in_words(error, self.language, at_desk=True))
        except Exception:
            log.exception("the desk's command %s failed", command.words[0])
            await self._refuse(command.words, say(self.language, "errors.failed"))

    async def _refuse(self, words: Sequence[str], why: str) -> None:
        """In the view that stands there, whose form keeps what was typed; else in the command's own, filled anew."""
        view = VIEW_OF.get(words[0], words[0])
        if self._view and (self._view != view or view in LIVE):
            why = f"{_shortened('/' + ' '.join(words), LONGEST_COMMAND)}: {why}"  # what stands there is of another
        self._complaint = _shortened(why, LONGEST_ERROR)
        if self._view:
            self.show(self._view, self._shown.get(self._view))
            return
        if view not in FILLED:
            self.show(view, None)
            return
        try:
            await self._do(self, [view])
        except REFUSALS:  # it shows nothing without more words, or cannot now
            self.show(view, None)
        except Exception:
            log.exception("the desk's view %s could not be filled", view)
            self.show(view, None)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _say_why(task: asyncio.Task[None]) -> None:
    """What ends by itself ends by an error."""
    if not task.cancelled() and (error := task.exception()):
        log.error("a view is no longer kept up to date", exc_info=error)
