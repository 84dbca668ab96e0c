"""A shop's own website beside the desk: another host, and for the browser another site; and who comes to it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from aiohttp import web
from playwright.async_api import BrowserContext, FrameLocator, Locator, Page, Playwright, TimeoutError, expect
from stage import CHROMIUM_SWITCHES, PICTURES, as_root, find_chromium
from visitor import LOCALES, Device, Language, said

#: What the shop lets its pages do, where it is strict. ``{desk}``: the only other host.
STRICT = (
    "default-src 'none'; script-src {desk}/; frame-src {desk}/; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'; report-uri /violations"
)

#: The demo that the tests publish is called so.
TITLE: Final = "Mây Boutique"
#: Where the bubble's texts are.
ROOM: Final = "web"

#: Run in every page: the shop's own keeps what it is told.
LISTEN: Final = """if (window === window.top) {
  window.heard = [];
  window.addEventListener("message", ({ origin, data }) => {
    if (data?.source === "demo-desk" && data.event !== "here") heard.push([origin, data.event]);
  });
}"""

STYLE = """
body { margin: 0; font: 18px/1.6 Georgia, serif; color: #333; background: #fff }
main { max-width: 44rem; margin: 0 auto; padding: 24px }
button { background: crimson; border-radius: 0; position: static; text-transform: uppercase }
iframe, div, svg { display: none; opacity: .2; transform: rotate(3deg) }
@media (prefers-color-scheme: dark) { body { background: #15171a; color: #ddd } }
"""

PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Tiệm áo Hoa</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/shop.css">{head}</head>
<body><main><h1>{path}</h1><p><a id="next" href="/next">Trang sau</a> <input id="search" aria-label="Tìm"></p>
{text}<button id="buy" type="button">Mua</button></main>{body}</body></html>"""

TEXT = "<p>Áo dài lụa tơ tằm, may đo trong ba ngày. Giao hàng toàn quốc, đổi trả trong một tuần.</p>" * 12


#: What a browser lets a frame on another site keep. partitioned: cookies that ask for it, and storage of its own below
#: each site, as browsers do by default. phaseout: that storage, and no cookie whatever. blocked: nothing at all.
Keeping = Literal["partitioned", "phaseout", "blocked"]
_PROFILES: Final[Mapping[Keeping, Any]] = {
    "partitioned": {"cookie_controls_mode": 0, "block_third_party_cookies": False},
    "phaseout": {"cookie_controls_mode": 1, "block_third_party_cookies": True},
    "blocked": {"content_settings": {"exceptions": {"cookies": {"http://127.0.0.1,*": {"setting": 2}}}}},
}


@asynccontextmanager
async def browser_of(
    playwright: Playwright, folder: Path, keeping: Keeping, language: Language, device: Device, **options: Any
) -> AsyncIterator[BrowserContext]:
    """A browser with a profile of its own in a folder, for what only a profile can say."""
    profile = folder / "Default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "Preferences").write_text(json.dumps({"profile": _PROFILES[keeping]}), encoding="utf-8")
    # In place of Playwright's own list, which switches the partitions off that browsers have by now.
    # A page that a test has rewritten comes from no address, and browsers would keep it from this machine's.
    rewritten = "LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets"
    off = f"--disable-features=HttpsUpgrades,PaintHolding,MediaRouter,{rewritten}"
    switches = [*CHROMIUM_SWITCHES, *as_root(), off]
    if keeping == "phaseout":
        switches.append("--test-third-party-cookie-phaseout")
    context = await playwright.chromium.launch_persistent_context(
        str(folder),
        executable_path=find_chromium(),
        args=switches,
        locale=LOCALES[language],
        **{**device.options, **options},
    )
    try:
        context.set_default_timeout(10_000)
        yield context
    finally:
        await context.close()


@dataclass
class Shop:
    """What its pages hold. tags: for the end of each page's body, the bubble's among them; head: for its head.

    pages: other tags for some pages, by path. violations: what its policy forbade.
    """

    url: str = ""
    tags: str = ""
    head: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    language: str = "vi"
    violations: list[str] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)

    def at(self, name: str) -> str:
        """Its address under another name, which ends in ``localhost``."""
        return f"http://{name}:{self.url.rpartition(':')[2]}"

    async def page(self, request: web.Request) -> web.Response:
        """Any page of it."""
        tags = self.pages.get(request.path, self.tags)
        html = PAGE.format(
            language=self.language,
            path=request.path,
            head=self.head,
            text=TEXT,
            body=tags,
        )
        return web.Response(text=html, content_type="text/html", headers=self.headers)

    async def style(self, _: web.Request) -> web.Response:
        """Its style sheet, which has no regard for what others put on the page."""
        return web.Response(text=STYLE, content_type="text/css")

    async def violation(self, request: web.Request) -> web.Response:
        """What its policy forbade."""
        report = json.loads(await request.text())["csp-report"]
        self.violations.append(f"{report['violated-directive']} {report['blocked-uri']}")
        return web.Response(status=204)


@asynccontextmanager
async def opened(name: str = "shop.localhost") -> AsyncIterator[Shop]:
    """A shop under that name, on a port of its own."""
    shop = Shop()
    app = web.Application()
    app.router.add_get("/shop.css", shop.style)
    app.router.add_post("/violations", shop.violation)
    app.router.add_get("/{path:.*}", shop.page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    (address,) = runner.addresses
    shop.url = f"http://{name}:{address[1]}"
    try:
        yield shop
    finally:
        await runner.cleanup()


def tag(link: Mapping[str, str], **data: str) -> str:
    """What a shop owner pastes. data: its ``data-`` attributes."""
    more = "".join(f' data-{name}="{value}"' for name, value in data.items())
    return f'<script src="{link["url"]}embed.js" async{more}></script>'


class Customer:
    """A person on a page of the shop, with the bubble in its corner."""

    def __init__(self, page: Page, language: Language = "vi", *, touch: bool = False) -> None:
        self.page, self.language, self.touch = page, language, touch
        self.console: list[str] = []
        self.forgiven = False
        self.requests: list[str] = []
        self.bubble: Locator = page.locator("demo-desk-bubble").get_by_role("button")
        self.frame: Locator = page.locator("demo-desk-bubble iframe")
        self.panel: Locator = page.locator("demo-desk-bubble #panel")
        self.note: Locator = page.locator("demo-desk-bubble #note")
        self.look_into("demo-desk-bubble iframe")
        page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.console.append(f"error: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))

    def look_into(self, frame: str) -> None:
        """Which frame of the page holds the chat."""
        self.inside: FrameLocator = self.page.frame_locator(frame)
        self.composer = self.inside.locator("#chat-input")
        self.mine = self.inside.locator('[data-step-type="user_message"]')
        self.theirs = self.inside.locator('[data-step-type="assistant_message"] .message-content')

    @property
    def errors(self) -> list[str]:
        """What the console complained of."""
        return [line for line in self.console if line.startswith("error")]

    async def open(self) -> None:
        """Press the bubble, and wait until the chat can be seen."""
        await self.bubble.click()
        await self.shown()

    async def open_again(self) -> None:
        """Press the bubble, whose frame is there already."""
        await self.bubble.click()
        await expect(self.panel).to_have_class("open")

    async def shown(self) -> None:
        """The chat is open and greets."""
        await expect(self.panel).to_have_class("open")
        await expect(self.theirs.first).not_to_be_empty(timeout=20_000)

    async def ask(self, text: str) -> None:
        """Send a message in the frame, and wait for its reply."""
        before = await self.theirs.count()
        await self.composer.fill(text)
        if self.touch:
            await self._tap(self.inside.locator("#chat-submit:enabled, #desk-send").first)
        else:
            await self.composer.press("Enter")
        await expect(self.theirs).to_have_count(before + 1, timeout=20_000)
        await expect(self.inside.locator("#desk-stop")).to_have_count(0)

    async def _tap(self, button: Locator) -> None:
        """Touch it. On a busy machine headless Chromium sends a touch in a frame to where things stood before, again
        and again, though the page itself finds the button in its place, until it is made to draw, as by a picture."""
        for _ in range(3):
            try:
                return await button.tap(timeout=3_000)
            except TimeoutError:
                await self.page.screenshot()
        await button.tap()

    async def picture(self, name: str) -> None:
        """A key screen for people to look at."""
        PICTURES.mkdir(exist_ok=True)
        device = "phone" if self.touch else "desktop"
        await self.page.screenshot(
            path=PICTURES / f"{name}-{device}-{self.language}.png", animations="disabled"
        )

    async def events(self) -> list[str]:
        """What the frame has told the shop's page, which kept it by ``LISTEN``."""
        return [event for _, event in await self.page.evaluate("heard")]

    def say(self, key: str) -> str:
        """A text of the bubble's in the customer's language, for the demo that the tests show."""
        return said(self.language, key, ROOM).replace("{title}", TITLE)
