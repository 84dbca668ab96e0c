"""The desk of operators: who may speak to it, and who does what."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from backstage.command import Command, Commands, changes
from backstage.fixing import Fixing
from backstage.health import Health
from backstage.page import Do, OperatorPage
from backstage.preflight import Preflight
from backstage.rooms import Rooms
from backstage.stage import Stage
from backstage.views import Views
from backstage.watching import Watching
from backstage.words import id_of, pressed, typed
from chat import Visit

#: What the "/" list offers, each with its picture of Chainlit's.
OFFERED = (
    "new sparkles",
    "preflight list-checks",
    "stage presentation",
    "publish share-2",
    "links link",
    "watch eye",
    "versions history",
    "status activity",
    "report bar-chart-3",
)

#: Commands that were typed and may come again.
MOST_REMEMBERED = 1000


class Backstage:
    """Hears operators' pages, by their sockets' ids, and nobody else: any page can send any event."""

    def __init__(self, rooms: Rooms) -> None:
        self._views = Views(rooms)
        watching = Watching(rooms)
        self._preflight = Preflight(rooms)
        self._does: dict[str, Do] = {
            **self._views.all(),
            "fix": Fixing(rooms).fix,
            "preflight": self._preflight.ask,
            "status": Health(rooms).status,
            "stage": Stage(rooms).show,
            "watch": watching.watch,
            "unwatch": watching.unwatch,
        }
        self._pages: dict[str, OperatorPage] = {}
        #: Owner and id of messages that were commands: a page that was not told sends them again.
        self._taken: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._commands = Commands()

    def entered(self, sid: str, visit: Visit) -> None:
        """A page has its conversation. An operator's is told what it can do, and what it left undone."""
        if sid in self._pages or not is_operator(visit):
            return
        page = self._pages[sid] = OperatorPage(visit, self._do)
        page.offer(OFFERED)
        self._views.offer_link(page)

    def left(self, sid: str) -> None:
        """The page is gone."""
        if page := self._pages.pop(sid, None):
            page.close()

    def heard(self, sid: str, data: Any) -> None:
        """A page pressed a button, or says so. One that was not answered says it again, and it is done once."""
        page, words, id = self._pages.get(sid), pressed(data), id_of(data)
        if page is None or words is None:
            return
        owner, command = page.conversation.owner, Command(words, page, id)
        if id and changes(words):
            if self._commands.again(owner, id, page):
                return
            self._commands.keep(owner, command)
        page.take(command)

    def takes(self, sid: str, message_id: str, text: str, *, edited: bool = False) -> bool:
        """Whether a message is a command of the desk. It is done, once, and neither shown nor kept as a message.

        edited: it stands on the screen, and an edit made a command of it; it stays as it was.
        """
        page = self._pages.get(sid)
        words = typed(text) if page else None
        if page is None or words is None:
            return False
        if edited:
            page.conversation.screen.draw_all()  # the page has taken away all that came after it
            page.take(Command(words, page))
            return True
        page.keeps(message_id)
        if self._is_first(page.conversation.owner, message_id):
            page.take(Command(words, page))
        return True

    async def close(self) -> None:
        """The program ends: nothing is kept up to date, and nothing asked, any more."""
        for sid in [*self._pages]:
            self.left(sid)
        await self._preflight.close()

    def _is_first(self, owner: str, message_id: str) -> bool:
        key = (owner, message_id)
        if key in self._taken:
            return False
        self._taken[key] = None
        if len(self._taken) > MOST_REMEMBERED:
            self._taken.popitem(last=False)
        return True

    async def _do(self, page: OperatorPage, words: Sequence[str]) -> None:
        self._views.settle(page)
        await self._does[words[0]](page, words)


def is_operator(visit: Visit) -> bool:
    """Whether the page is one of the desk, of somebody who has signed in."""
    return visit.ticket.link is None and visit.ticket.operator != ""
