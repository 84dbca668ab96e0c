"""What an operator does with the desk's tools, in their own words."""

import contextlib
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest_asyncio
from playwright.async_api import Browser, Error, Locator, Page, Response, expect
from started_desk import ROOT
from visitor import LOCALES, PHONE, Language, Visitor, Watch

#: A phone says so in its own words, whatever the size of the window.
AN_ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142 Mobile Safari/537.36"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def workshop(changeable: tuple[str, Path, Path]) -> str:
    """A desk of its own, whose demos may be changed."""
    return changeable[0]


def words(language: Language, key: str, **values: object) -> str:
    """A text of chat/language/desk/, as ``section.key``."""
    section, _, name = key.partition(".")
    file = ROOT / "chat" / "language" / "desk" / f"{language}.toml"
    text: str = tomllib.loads(file.read_text(encoding="utf-8"))[section][name]
    return text.format(**values) if values else text


#: The file that draws each tool's view.
VIEWS = {
    "new": "NewDemo",
    "preflight": "Preflight",
    "publish": "Publish",
    "links": "Links",
    "watch": "Watch",
    "versions": "Versions",
    "status": "Status",
}


class Tools:
    """The strip above an operator's chat, and the panel beside it."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page = visitor, visitor.page
        self.panel = self.page.locator("#side-view-content")
        self.view = self.panel.locator(".dk-view")
        self.error = self.view.locator(".dk-error")
        self.notice = self.view.locator(".dk-good")

    def say(self, key: str, **values: object) -> str:
        """A word of the tools in the page's language."""
        return words(self.visitor.language, key, **values)

    def tool(self, name: str) -> Locator:
        """The tool by the word that stands on it."""
        strip = self.page.get_by_role("navigation", name=self.say("tools.label"))
        return strip.get_by_role("button", name=self.say(f"tools.{name}"), exact=True)

    async def open(self, name: str) -> None:
        """Press a tool, and wait until its view is drawn and at rest."""
        await self.visitor.press(self.tool(name))
        await expect(self.panel.locator(f'[data-view="{VIEWS[name]}"] .dk-view')).to_be_visible()
        await expect(self.view).not_to_have_attribute("aria-busy", "true")
        await self.visitor.until(
            "document.getAnimations().every(({ playState }) => playState === 'finished')"
        )

    async def close(self) -> None:
        """Close the panel as people do."""
        frame = self.page.locator("aside, [role=dialog]").filter(has=self.panel)
        await self.visitor.press(frame.get_by_role("button", name=self.visitor.say("bar.close"), exact=True))
        await expect(self.panel).to_have_count(0)

    def field(self, key: str) -> Locator:
        """A field of the view by its label."""
        return self.view.get_by_label(self.say(key), exact=True)

    def button(self, key: str) -> Locator:
        """A button of the view by its words."""
        return self.view.get_by_role("button", name=self.say(key), exact=True)

    async def press(self, key: str) -> None:
        """Press a button of the view."""
        await self.visitor.press(self.button(key))

    async def layout(self) -> Any:
        """Where everything in the panel stands."""
        return await self.page.evaluate("""() =>
            [...document.querySelectorAll(".dk-view > :not(.dk-said) *")].map((one) => {
                const top = document.querySelector(".dk-view").getBoundingClientRect().y; // it may have been scrolled
                const { x, y, width, height } = one.getBoundingClientRect();
                return [x, y - top, width, height].map(Math.round).join();
            })""")

    async def fits(self) -> bool:
        """Nothing in page and panel has to be scrolled sideways, and every button says what it is."""
        found: bool = await self.page.evaluate("""() => {
            const panel = document.querySelector("#side-view-content");
            const named = [...panel.querySelectorAll("button, a")].every((one) => one.ariaLabel || one.innerText);
            const { scrollWidth, clientWidth } = panel;
            return named && scrollWidth <= clientWidth && document.documentElement.scrollWidth <= innerWidth;
        }""")
        return found


class Frames:
    """Everything that a page was sent over its sockets, and every text that it was given otherwise."""

    def __init__(self, page: Page) -> None:
        self.heard: list[str] = []
        self._given: list[str] = []
        self._answers: list[Response] = []
        page.on(
            "websocket", lambda socket: socket.on("framereceived", lambda data: self.heard.append(str(data)))
        )
        page.on("response", lambda answer: self._answers.append(answer))

    async def read(self, root: str) -> list[str]:
        """The texts below an address are in, too; gives their paths. Scripts, style sheets and pictures are
        everybody's, and pages that were left cannot be read any more."""
        read = []
        for answer in self._answers:
            if answer.request.resource_type not in ("document", "fetch", "xhr") or not answer.url.startswith(
                root
            ):
                continue
            with contextlib.suppress(Error):
                self._given.append(await answer.text())
                read.append(urlsplit(answer.url).path)
        return read

    def __contains__(self, text: str) -> bool:
        return any(text in one for one in (*self.heard, *self._given))


async def whole_page(page: Page) -> str:
    """All of a page's document, also what nobody sees."""
    found: Any = await page.evaluate("document.documentElement.outerHTML")
    return str(found)


async def published(tools: Tools, customer: str) -> str:
    """Make a link for somebody; its address."""
    await tools.open("publish")
    await tools.field("publish.customer").fill(customer)
    await tools.press("publish.submit")
    await expect(tools.field("publish.link")).to_be_visible()
    return await tools.field("publish.link").input_value()


async def prospect(browser: Browser, address: str) -> Visitor:
    """Somebody who was sent a link, on a phone of their own that no operator has signed in on."""
    context = await browser.new_context(locale=LOCALES["vi"], user_agent=AN_ANDROID, **PHONE.options)
    context.set_default_timeout(10_000)
    visitor = Visitor(await context.new_page(), address, "vi", PHONE, Watch())
    await visitor.open()
    return visitor
