"""The rooms of one desk, put together for a test: real engine, real emulator, pages that remember."""

import asyncio
from datetime import date
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from chat import Desk, Lobby, Service
from chat.conversation import Conversation
from chat.lobby import Ticket
from demos import Demo, DemoFileError, Language, Shelf
from emulator import Emulator
from holysheep import Engine, Model, Price, Provider
from ledger import Ledger
from settings import SettingsError, parse_demo

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

class RecordingPage:
    """An open page: ``events`` is what it was sent, ``steps`` what Chainlit would then show."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self.steps: dict[str, dict[str, Any]] = {}
        self.actions: dict[str, dict[str, Any]] = {}
        self.busy = False

    def send(self, event: str, data: Any) -> None:
        """Take one event, as JSON carries it."""
        data = orjson.loads(orjson.dumps(data))
        self.events.append((event, data))
        match event:
            case "resume_thread":
                self.steps = {step["id"]: step for step in data["steps"]}
                assert len(self.steps) == len(data["steps"])
            case "new_message" | "stream_start":
                assert data["id"] not in self.steps, "shown twice"
                self.steps[data["id"]] = data
            case "update_message":
                self.steps[data["id"]] = data
            case "stream_token":
                self.steps[data["id"]]["output"] += data["token"]
            case "delete_message":
                del self.steps[data["id"]]
            case "action":
                assert data["id"] not in self.actions, "shown twice"
                self.actions[data["id"]] = data
            case "remove_action":
                self.actions.pop(data["id"], None)
            case "task_start" | "task_end":
                self.busy = event == "task_start"

    def told(self, event: str) -> list[Any]:
        """The data of all events of one name."""
        return [data for name, data in self.events if name == event]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """The steps of a type, in the order they stand in."""
        return [step for step in self.steps.values() if step["type"] == kind]

    def outputs(self, kind: str) -> list[str]:
        """The texts of the steps of a type."""
        return [step["output"] for step in self.of_type(kind)]

    @property
    def replies(self) -> list[str]:
        """The assistant's words, without greeting and notices."""
        return [s["output"] for s in self.of_type("assistant_message") if s["parentId"] and not s["isError"]]

    @property
    def notices(self) -> list[str]:
        """What was said of things that went wrong."""
        return [step["output"] for step in self.of_type("assistant_message") if step["isError"]]

    @property
    def receipts(self) -> list[dict[str, Any]]:
        """The metadata of all receipts."""
        return [step["metadata"] for step in self.of_type("llm")]

    @property
    def buttons(self) -> list[str]:
        """The names of the buttons on the screen."""
        return [action["name"] for action in self.actions.values()]

    @property
    def toasts(self) -> list[str]:
        """What was said in passing."""
        return [toast["message"] for toast in self.told("toast")]

    @property
    def desk(self) -> dict[str, Any]:
        """What our strips show: the latest word on each thing."""
        return {key: value for news in self.told("desk") for key, value in news.items()}

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

    def __init__(self, emu: Emulator, folder: Path, provider: Provider) -> None:
        self.emu = emu
        self.demo_file = folder / "boutique.toml"
        self.save()
        self.shelf = Shelf(folder, parse, {"boutique": parse(self.demo_file)})
        self.ledger = Ledger()
        self.lobby = Lobby(self.ledger, "boutique")
        self.use(Engine([provider], MODELS))

    def use(self, engine: Engine) -> None:
        """Ask through this engine."""
        self.engine = engine
        self.service = Service(Desk(engine, self.shelf, self.ledger, "deepseek-v3.2", Decimal(26_300)))

    def save(self, persona: str = "Bạn là Mây.", temperature: float = 0.4) -> None:
        """Write the demo's file as an operator would."""
        self.demo_file.write_text(DEMO.format(persona=persona, temperature=temperature), encoding="utf-8")

    def visit(
        self, owner: str = "an", tab: str = "tab-1", thread: str = "", language: Language = "vi", session: str = "s"
    ) -> Visitor:
        """Open a page."""
        return Visitor(self, Ticket(owner, session, tab, thread, language))

    @property
    def prompts(self) -> list[list[tuple[str, str]]]:
        """What the provider was told, request by request."""
        return [[(m.role, m.content) for m in request.messages] for request in self.emu.requests]

async def until(holds: Callable[[], object], within_s: float = 10) -> None:
    """Wait for something that happens elsewhere in the loop."""
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.002)
