"""The desk of operators: who may speak to it, and who does what."""

from collections.abc import Sequence
from typing import Any

from backstage.fixing import Fixing
from backstage.page import Do, OperatorPage
from backstage.rooms import Rooms
from backstage.stage import Stage
from backstage.views import Views
from backstage.watching import Watching
from backstage.words import pressed, typed
from chat import Visit

#: What the "/" list offers, each with its picture of Chainlit's.
OFFERED = (
    "new sparkles",
    "stage presentation",
    "publish share-2",
    "links link",
    "watch eye",
    "versions history",
    "report bar-chart-3",
)


class Backstage:
    """Hears operators' pages, by their sockets' ids, and nobody else: any page can send any event."""

    def __init__(self, rooms: Rooms) -> None:
        self._views = Views(rooms)
        watching = Watching(rooms)
        self._does: dict[str, Do] = {
            **self._views.all(),
            "fix": Fixing(rooms).fix,
            "stage": Stage(rooms).show,
            "watch": watching.watch,
            "unwatch": watching.unwatch,
        }
        self._pages: dict[str, OperatorPage] = {}

    def entered(self, sid: str, visit: Visit) -> None:
        """A page has its conversation. An operator's is told what it can do, and what it left undone."""
        if sid in self._pages or not is_operator(visit):
            return
        page = self._pages[sid] = OperatorPage(visit, self._do)
        page.offer(OFFERED)
        if (customer := self._views.drafted(page.conversation.owner)) is not None:
            self._views.offer_link(page, customer)

    def left(self, sid: str) -> None:
        """The page is gone."""
        if page := self._pages.pop(sid, None):
            page.close()

    def heard(self, sid: str, data: Any) -> None:
        """A page pressed a button, or says so."""
        if (page := self._pages.get(sid)) and (words := pressed(data)):
            page.take(words, typed=False)

    def takes(self, sid: str, message_id: str, text: str) -> bool:
        """Whether a message is a command of the desk. It is done, and neither shown nor kept as a message."""
        page = self._pages.get(sid)
        words = typed(text) if page else None
        if page is None or words is None:
            return False
        page.news(kept=[message_id])  # it need not be sent again
        page.take(words, typed=True)
        return True

    async def _do(self, page: OperatorPage, words: Sequence[str]) -> None:
        if words[0] != "unwatch":
            page.follow(None)  # another view takes its place
        await self._does[words[0]](page, words)


def is_operator(visit: Visit) -> bool:
    """Whether the page is one of the desk, of somebody who has signed in."""
    return visit.ticket.link is None and visit.ticket.operator != ""
