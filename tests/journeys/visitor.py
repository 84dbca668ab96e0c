"""What a person does at the page, in their own words."""

import asyncio
import json
import re
import tomllib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Request, WebSocket, expect
from stage import PICTURES
from started_desk import ROOT, signed_in

from emulator import Emulator
from emulator.replies import pieces

Language = Literal["vi", "en"]
#: Brings visitors to the page; a fixture gives it.
Visit = Callable[..., Awaitable["Visitor"]]
#: Who looks at the page, and with what.
Reader = tuple[Language, "Device"]


@dataclass(frozen=True)
class Device:
    """What a page is looked at with. options: Playwright's, for the browser context."""

    name: str
    options: Mapping[str, Any]
    touch: bool = False


DESKTOP: Final = Device("desktop", {"viewport": {"width": 1280, "height": 800}})
PHONE: Final = Device(
    "phone",
    {
        "viewport": {"width": 360, "height": 740},
        "has_touch": True,
        "is_mobile": True,
        "device_scale_factor": 2,
    },
    touch=True,
)
#: Where device or language make a difference: one of each, in two pairs.
PAIRS: Final[tuple[Reader, ...]] = (("vi", PHONE), ("en", DESKTOP))
LOCALES: Final[Mapping[Language, str]] = {"vi": "vi-VN", "en": "en-US"}


async def sign_in(context: BrowserContext, url: str) -> None:
    """A browser profile whose owner has signed in at the desk there."""
    for name, value in signed_in().items():
        await context.add_cookies([{"name": name, "value": value, "url": url, "httpOnly": True}])


@dataclass
class Watch:
    """What a page did behind its visitor's back: requests of any kind, errors, complaints of the console."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        """Watch every page of a context."""
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("requestfailed", self._forget_if_forbidden)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("console", self._note_if_forbidden)
        context.on("page", self._sockets_of)

    def _note_if_forbidden(self, message: ConsoleMessage) -> None:
        """A script that the page's own policy keeps from running is one of ours that lacks its leave."""
        if "Content Security Policy" in message.text and "script-src" in message.text:
            self.errors.append(message.text)

    def _sockets_of(self, page: Page) -> None:
        page.on("websocket", lambda socket: self.requests.append(socket.url))

    def _forget_if_forbidden(self, request: Request) -> None:
        """What the page's own policy forbids never leaves the browser, though it is told of."""
        if request.failure == "csp":
            self.requests.remove(request.url)

    def strangers(self, home: str) -> list[str]:
        """Requests to any other host than ``home``."""
        ours = urlsplit(home).netloc
        return [url for url in self.requests if urlsplit(url).netloc not in (ours, "")]


class Visitor:
    """A person at a page of the desk."""

    def __init__(self, page: Page, url: str, language: Language, device: Device, watch: Watch) -> None:
        self.page, self.url, self.language, self.device, self.watch = page, url, language, device, watch
        self.composer = page.locator("#chat-input")
        self.mine = page.locator('[data-step-type="user_message"]')
        self.theirs = page.locator('[data-step-type="assistant_message"] .message-content')
        self.receipts = page.locator('[data-step-type="llm"]')
        self.stop = page.locator("#desk-stop")
        self.totals = page.locator("#desk-totals")
        self.status = page.locator("#desk-status")
        self.waiting = page.locator("#desk-waiting .waiting")
        self.thumbs = page.locator("button:has(> .lucide-thumbs-up)").filter(visible=True)
        self.listed = page.locator('li[id^="thread-"] .truncate')
        self._entered: list[str] = []
        page.on("websocket", self._follow)

    def _follow(self, socket: WebSocket) -> None:
        """Note which conversation each socket came for, once its page is drawn."""
        thread = ""

        def sent(frame: str | bytes) -> None:
            nonlocal thread
            if str(frame).startswith("40{"):
                thread = json.loads(str(frame)[2:])["threadId"]

        def received(frame: str | bytes) -> None:
            if str(frame).startswith('42["chat_settings"'):
                self._entered.append(thread)

        socket.on("framesent", sent)
        socket.on("framereceived", received)

    async def open(self) -> None:
        """Come to the page and wait for the greeting."""
        await self.page.goto(self.url)
        await self.greeted()

    async def greeted(self) -> None:
        """The greeting is there, the page is connected, and Chainlit has taken it over."""
        await expect(self.theirs.first).not_to_be_empty()
        await self.until("demoDesk.awake && !document.getElementById('desk-first')")

    async def until(self, condition: str) -> None:
        """Wait until a JavaScript expression holds. (Playwright's own wait needs eval, which the page forbids.)"""
        async with asyncio.timeout(10):
            while not await self.page.evaluate(condition):
                await asyncio.sleep(0.03)

    async def reading(self, characters: int = 60) -> None:
        """Wait until the last reply is that long; the greeting is none."""
        await self.until(
            "document.querySelector('[data-step-type=user_message]') !== null && "
            f"[...document.querySelectorAll('.message-content')].at(-1).innerText.length > {characters}"
        )

    async def reload(self) -> None:
        """Reload the page and wait until it is drawn again."""
        self._entered.clear()
        await self.page.reload()
        await self.arrived()

    async def arrived(self) -> None:
        """The conversation that the address names is drawn; Chainlit first connects without it."""
        thread = self.page.url.partition("/thread/")[2]
        async with asyncio.timeout(20):
            while thread not in self._entered:
                await asyncio.sleep(0.03)
        await self.greeted()

    async def open_list(self) -> None:
        """Open the list of past conversations."""
        await self.press(
            self.page.locator("#header").get_by_role("button", name=self.say("bar.history_open"))
        )
        await expect(self.page.locator("#thread-history")).to_be_in_viewport()

    async def new_chat(self) -> None:
        """Begin another conversation."""
        await self.press(self.page.locator("#header #new-chat-button"))
        await expect(self.mine).to_have_count(0)
        await self.greeted()

    async def send(self, text: str) -> None:
        """Write a message and send it as this device does: Enter, or a tap on Send."""
        await self.composer.fill(text)
        await self.submit()

    async def submit(self) -> None:
        """Send what stands in the composer."""
        if self.device.touch:
            await self.send_button.tap()
        else:
            await self.composer.press("Enter")

    @property
    def send_button(self) -> Locator:
        """Whichever Send the page offers now, Chainlit's or ours."""
        return self.page.locator("#chat-submit:enabled, #desk-send").first

    async def ask(self, text: str) -> None:
        """Send a message and wait until its reply and receipt are there."""
        before = await self.receipts.count()
        await self.send(text)
        await self.answered(before + 1)

    async def answered(self, replies: int = 1) -> None:
        """That many replies have their receipt, and none is under way."""
        await expect(self.receipts).to_have_count(replies, timeout=20_000)
        await expect(self.stop).to_have_count(0)

    async def press(self, target: Locator) -> None:
        """Tap or click."""
        await (target.tap() if self.device.touch else target.click())

    def button(self, name: str) -> Locator:
        """A button by the name that is read or spoken."""
        return self.page.get_by_role("button", name=name, exact=True)

    async def reply(self, number: int = -1) -> str:
        """What stands in a reply (the greeting is number 0), white space made even."""
        return even(await self.theirs.nth(number).inner_text())

    def say(self, key: str, **values: object) -> str:
        """A text of ours in the visitor's language, as ``section.key``."""
        return said(self.language, key, **values)

    async def picture(self, name: str) -> None:
        """A key screen for people to look at."""
        PICTURES.mkdir(exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{name}-{self.device.name}-{self.language}.png")


def even(text: str) -> str:
    """Text with all white space made single blanks."""
    return " ".join(text.split())


def whole_reply(provider: Emulator) -> str:
    """What the provider's last reply says in full, as ``Visitor.reply`` reads it: without the marks of Markdown."""
    return unmarked("".join(pieces(provider.requests[-1].messages, provider.pace.tokens)))


def unmarked(text: str) -> str:
    """Text as it is read, without the marks of Markdown."""
    return even(re.sub(r"\*\*|^- ", "", text, flags=re.MULTILINE))


def said(language: Language, key: str, room: str = "chat", **values: object) -> str:
    """A text of a room's ``language/``, as ``section.key``."""
    section, _, name = key.partition(".")
    file = ROOT / room / "language" / f"{language}.toml"
    text: str = tomllib.loads(file.read_text(encoding="utf-8"))[section][name]
    return text.format(**values) if values else text
