"""Operators at the desk, without sockets: the real commands over a database of their own, pages that remember."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from recording_page import RecordingPage

from backstage import Backstage, Rooms
from chat import Visit
from chat.conversation import Conversation
from chat.lobby import Ticket
from chat.sockets import SocketPage
from demos import Demo, Language, Link
from demos.links import new_id
from demos.on_record import Tools
from demos.place import Place, Workshop
from ledger import Audience, ConversationStart, MessageStart, create_link, id_on_record
from ledger.sides import utc_now


class Operator:
    """One page. desk: whose it is."""

    def __init__(self, desk: "Desk", visit: Visit, page: RecordingPage) -> None:
        self.desk, self.visit, self.page = desk, visit, page
        self.sid = str(uuid4())
        desk.backstage.entered(self.sid, visit)

    @property
    def panels(self) -> list[dict[str, Any]]:
        """What its views showed, in order."""
        return self.page.told("desk_panel")

    @property
    def opened(self) -> list[str]:
        """The views that were opened, in order."""
        return [told["elements"][0]["id"] for told in self.page.told("set_sidebar_elements")]

    def press(self, *words: object) -> None:
        """Send what a button sends."""
        self.desk.backstage.heard(self.sid, {"words": [*words]})

    async def do(self, *words: object) -> dict[str, Any]:
        """Press a button; gives what its view shows then."""
        shown = len(self.panels)
        self.press(*words)
        await until(lambda: len(self.panels) > shown)
        return self.panels[-1]

    def type(self, text: str, id: str = "", *, edited: bool = False) -> bool:
        """Send a message; whether it was a command."""
        return self.desk.backstage.takes(self.sid, id or str(uuid4()), text, edited=edited)

    def leave(self) -> None:
        """Close the page."""
        self.desk.backstage.left(self.sid)


class Desk:
    """The room over a workshop. here: the conversations that this program has in memory. flushed: how often the books
    were brought up to date. rollout_away: where it stands cannot be read."""

    def __init__(self, shop: Workshop, tools: Tools) -> None:
        self.shop, self.books, self.tools = shop, tools.books, tools
        self.here: dict[str, Conversation] = {}
        self.begun: list[tuple[str, str]] = []
        self.flushed = 0
        self.rollout_away = False
        self.backstage = Backstage(self._rooms())

    def _rooms(self) -> Rooms:
        async def flush() -> None:
            self.flushed += 1
            await self.books.flush()

        def begin_with(owner: str, demo: str) -> None:
            self.begun.append((owner, demo))

        async def rollout(language: Language) -> list[str]:
            if self.rollout_away:
                raise OSError("no such folder")
            return [f"rollout in {language}"]

        return Rooms(
            workshop=self.workshop,
            find=lambda id: self.here.get(id),
            begin_with=begin_with,
            flush=flush,
            tools=self.tools,
            rollout=rollout,
        )

    def workshop(self, author: str, language: Language) -> Workshop:
        """Where an operator's commands do their work."""
        place = Place(**{**vars(self.shop.place), "author": author, "language": language})
        return Workshop.over(place, self.shop.database, self.shop.shelf, self.shop.versions)

    def come(
        self, name: str = "An", *, language: Language = "en", demo: str = "boutique", link: Link | None = None
    ) -> Operator:
        """Somebody opens a page: an operator, or whoever has that link."""
        conversation = Conversation(str(uuid4()), f"owner of {name}", demo, language, link, name)
        ticket = Ticket(conversation.owner, "session", "tab", "", language, link=link, operator=name)
        page = RecordingPage()
        conversation.screen.pages.append(page)
        # What these pages have of a socket is that they can be sent to.
        return Operator(self, Visit(conversation, cast(SocketPage, page), ticket), page)

    async def publish(self, **terms: Any) -> Link:
        """A link."""
        link = Link(new_id(), "boutique", utc_now(), **terms)
        await create_link(self.shop.database, link)
        return link

    async def said(self, link: Link | None, *questions: str, audience: Audience = "visitor") -> str:
        """Somebody asked that, and it is on record; gives the conversation's id."""
        id = str(uuid4())
        start = ConversationStart(id, "v" * 64, audience, "boutique", "vi", link=link.id if link else None)
        for position, question in enumerate(questions):
            await self.books.take(MessageStart(id_on_record(), str(uuid4()), id, position, question), start)
        return id


async def until(holds: Callable[[], object]) -> None:
    """Wait for something that happens elsewhere in the loop."""
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.002)


def place(folder: Path, demos: dict[str, Demo], readers: Sequence[Any], settings: Path) -> Place:
    """What the settings say; nobody can be asked."""

    async def ask(messages: object, model: str) -> str:
        return ""

    parse, parse_text = readers
    secret, url = "s" * 40, "https://demo.example"
    return Place(
        database_url="",
        data_dir=folder,
        folder=settings,
        demos=demos,
        parse=parse,
        parse_text=parse_text,
        ask=ask,
        has_model=False,
        secret=secret,
        public_url=url,
        files=False,
    )
