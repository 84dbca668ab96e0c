"""The rooms of one desk, put together for a test: real engine, real emulator, pages that remember."""

import asyncio
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from recording_page import RecordingPage

from chat import Desk, Lobby, Service
from chat.conversation import Conversation
from chat.lobby import Ticket
from demos import Demo, DemoFileError, Language, Link, Shelf, Versions
from demos.links import new_id
from emulator import Emulator
from holysheep import Engine, EngineSettings, Model, Price, Provider
from ledger import Books, Database, create_link
from ledger.sides import utc_now
from settings import SettingsError, parse_demo, parse_demo_text

DAY = date(2026, 1, 1)
MODELS = (
    Model("deepseek-v3.2", "DeepSeek V3.2", "holysheep", 131_072, Price.flat(Decimal("0.42"), DAY)),
    Model("gpt-4.1", "GPT-4.1", "holysheep", 1_047_576, Price.flat(Decimal(8), DAY)),
    Model("gemini-2.5-flash", "Gemini 2.5 Flash", "holysheep", 900),
    Model("claude-sonnet-4.5", "Claude Sonnet 4.5", "nobody", 200_000),
)
DEMO = '''
title = "Mây Boutique"
persona = """{persona}"""
temperature = {temperature}
max_tokens = 500

[greeting]
vi = "Chào bạn, mình là Mây."
en = "Hello, I am Mây."

[[starters.vi]]
label = "Giao hàng"
message = "Giao hàng mất bao lâu?"

[[starters.en]]
label = "Delivery"
message = "How long does delivery take?"
'''


def parse(path: Path) -> Demo:
    """A demo's file as the application reads it."""
    try:
        return parse_demo(path)
    except SettingsError as error:
        raise DemoFileError({"vi": error.text("vi"), "en": error.text("en")}) from error


def parse_text(text: str, name: str) -> Demo:
    """Read a version."""
    try:
        return parse_demo_text(text, name, name)
    except SettingsError as error:
        raise DemoFileError({"vi": error.text("vi"), "en": error.text("en")}) from error


class Visitor:
    """Somebody at a page."""

    def __init__(self, rooms: "Rooms", ticket: Ticket) -> None:
        self.rooms, self.ticket, self.page = rooms, ticket, RecordingPage()
        self.conversation: Conversation = rooms.lobby.enter(ticket)
        rooms.service.open(self.conversation, self.page)

    def say(self, text: str, id: str = "") -> str:
        """Send a message; gives its id."""
        id = id or str(uuid4())
        self.rooms.service.ask(self.conversation, id, text)
        return id

    async def ask(self, text: str) -> str:
        """Send a message and wait for the end of its reply."""
        id = self.say(text)
        await self.idle()
        return id

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        await until(lambda: self.conversation.worker is None)

    async def reading(self) -> None:
        """Wait until the reply has begun."""
        count = len(self.page.replies)
        await until(lambda: len(self.page.replies) > count)

    def leave(self, for_good: bool = False) -> None:
        """Close the page."""
        self.rooms.lobby.leave(self.conversation, self.page, self.ticket, for_good)


class Rooms:
    """A desk that asks ``emu``. demo_file: what an operator edits."""

    def __init__(self, emu: Emulator, folder: Path, provider: Provider, database: Database) -> None:
        self.emu = emu
        self.provider = provider
        self.database = database
        self.spool = folder / "spool"
        self.demo_file = folder / "boutique.toml"
        self.save()
        self.shelf = Shelf(folder, parse, {"boutique": parse(self.demo_file)})

    async def open(self) -> None:
        """Open the books over what is on record."""
        self.books = await Books.open(
            self.database, price_of=lambda provider, model: (None, None), spool=self.spool
        )
        self.lobby = Lobby("boutique", self.books.forget_totals)
        self.use(Engine(EngineSettings.of([self.provider], MODELS)))

    async def close(self) -> None:
        """End what is under way and close the books, as at a shutdown."""
        await self.service.close()
        await self.engine.close()
        await self.books.close()

    def use(self, engine: Engine) -> None:
        """Ask through this engine."""
        self.engine = engine
        rate = Decimal(26_300)
        self.versions = Versions(self.database, self.shelf, parse_text)
        self.service = Service(
            Desk(engine, self.shelf, self.database, self.books, self.versions, "deepseek-v3.2", rate)
        )

    def save(self, persona: str = "Bạn là Mây.", temperature: float = 0.4) -> None:
        """Write the demo's file as an operator would."""
        self.demo_file.write_text(DEMO.format(persona=persona, temperature=temperature), encoding="utf-8")

    def visit(
        self,
        owner: str = "an",
        tab: str = "tab-1",
        thread: str = "",
        language: Language = "vi",
        session: str = "s",
        link: Link | None = None,
    ) -> Visitor:
        """Open a page: an operator's, or a visitor's who has that link."""
        return Visitor(self, Ticket(owner, session, tab, thread, language, link=link))

    async def publish(self, **terms: Any) -> Link:
        """A link of the demo."""
        link = Link(new_id(), "boutique", utc_now(), **terms)
        await create_link(self.database, link)
        await self.books.know_limits()
        return link

    @property
    def prompts(self) -> list[list[tuple[str, str]]]:
        """What the provider was told, request by request."""
        return [[(m.role, m.content) for m in request.messages] for request in self.emu.requests]


async def until(holds: Callable[[], object], within_s: float = 10) -> None:
    """Wait for something that happens elsewhere in the loop."""
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.002)
