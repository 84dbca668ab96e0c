"""The journey of a minute as a picture that moves, and its last screens: the desk, the link, a shop's page."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from aiohttp import web
from moving_picture import Reel
from playwright.async_api import Browser, Page, async_playwright, expect
from ports import free_port
from stage import CHROMIUM_SWITCHES, as_root, chromium, find_chromium
from started_desk import served
from visitor import LOCALES, PHONE, Visitor, Watch, sign_in

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs" / "pictures"
TITLE: Final = "Tiệm bánh Bơ"
ABOUT: Final = "Bánh mì bơ tỏi: 25.000 ₫. Mở cửa từ 7:00 đến 20:00 mỗi ngày."
QUESTION: Final = "Bánh mì bơ tỏi giá bao nhiêu?"
SHOP: Final = "tiembanhbo.example"
#: As high as the phone beside it.
SCREEN: Final = {"viewport": {"width": 1280, "height": 876}}
#: What links carry in the picture.
HOST: Final = "demo-desk.example"
#: Once there is nothing more to wait for.
STILL: Final = "document.getAnimations().every(({ playState }) => playState === 'finished')"


async def minute(folder: Path, environment: Mapping[str, str]) -> None:
    """From two sentences to a chat on the shop's page: one picture that moves, and three that do not.

    folder: for the desk's data. environment: the desk's.
    """
    port, shop_port = free_port(), free_port()
    places = {HOST: port, SHOP: shop_port}
    mapped = ", ".join(f"MAP {name}:80 127.0.0.1:{at}" for name, at in places.items())
    rules = f"--host-resolver-rules={mapped}"
    async with (
        chromium(rules) as browser,
        served(folder, {**environment, "PUBLIC_URL": f"http://{HOST}"}, port=port) as url,
    ):
        await journey(browser, url, shop_port, rules)


async def journey(browser: Browser, url: str, shop_port: int, rules: str) -> None:
    """The operator at the desk, the prospect's phone, the shop's page."""
    desk = await opened(browser, SCREEN)
    await sign_in(desk.context, url)
    reel = Reel(await (await browser.new_context()).new_page())
    await desk.goto(url)
    await desk.locator("[data-desk-tool=new]:enabled").click()
    await drafted(desk, reel)
    link = await published(desk, reel)
    phone = await asked(browser, desk, reel, link["url"])
    async with shop(shop_port, link["embed"]), at_home(rules) as page:
        await on_the_shops_page(page, phone, reel)
    reel.save(FOLDER / "one-minute.webp")


async def drafted(desk: Page, reel: Reel) -> None:
    """A demo from a name and two sentences."""
    caption = "A shop's name and two sentences"
    name, about = desk.locator("form [name=title]"), desk.locator("form [name=about]")
    await expect(name).to_be_visible()
    await settled(desk)
    await reel.take("1", caption, desk, ms=1400)
    await name.fill(TITLE)
    await reel.take("1", caption, desk, ms=900)
    for part in (ABOUT[: len(ABOUT) // 2], ABOUT):
        await about.fill(part)
        await reel.take("1", caption, desk, ms=900)
    await desk.locator("form:has([name=about]) [type=submit]").click()
    await expect(desk.locator("form [name=customer]")).to_be_visible(timeout=20_000)
    await settled(desk)
    await reel.take("2", "Persona, greeting and questions are drafted: now a link of it", desk, ms=2200)


async def published(desk: Page, reel: Reel) -> dict[str, Any]:
    """A link that the shop's page may frame: its address and its tag."""
    await desk.locator("details.dk-more summary").click()
    await desk.locator("form [name=origins]").fill(f"http://{SHOP}")
    await reel.take("2", "The shop's own site may show it, too", desk, ms=1600)
    await desk.locator("form:has([name=customer]) [type=submit]").click()
    address = desk.locator(".dk-made a[href*='/d/']")
    await expect(address).to_be_visible()
    await settled(desk)
    await desk.screenshot(path=FOLDER / "desk.png")
    await reel.take("3", "Address, QR code, and one line for the shop's page", desk, ms=2600)
    url = await address.get_attribute("href")
    return {"url": url, "embed": f'<script src="{url}embed.js" async></script>'}


async def asked(browser: Browser, desk: Page, reel: Reel, url: str) -> Page:
    """The prospect's phone: the link, a question, its answer."""
    page = await opened(browser, PHONE.options)
    at = Visitor(page, url, "vi", PHONE, Watch())
    await at.open()
    await settled(page)
    await reel.take("4", "The prospect's phone", desk, page, ms=1800)
    await at.composer.fill(QUESTION)
    await reel.take("4", "The prospect's phone", desk, page, ms=1200)
    await at.submit()
    await at.reading(30)
    await reel.take("5", "First words", desk, page, ms=700)
    await at.answered(1)
    await settled(page)
    await page.screenshot(path=FOLDER / "link.png")
    await reel.take("5", "The answer, with what it took", desk, page, ms=2600)
    return page


@asynccontextmanager
async def shop(port: int, tag: str) -> AsyncIterator[None]:
    """The shop's own page, with the tag pasted into it."""

    async def answer(_: web.Request) -> web.Response:
        page = Path(__file__).with_name("shop_of_pictures.html").read_text(encoding="utf-8")
        return web.Response(text=page.replace("<!-- bubble -->", tag), content_type="text/html")

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def at_home(rules: str) -> AsyncIterator[Page]:
    """A page of a browser as people have it: a private one keeps nothing for frames, and the chat says so."""
    with TemporaryDirectory() as profile:
        preferences = Path(profile) / "Default" / "Preferences"
        preferences.parent.mkdir()
        preferences.write_text(json.dumps({"profile": {"cookie_controls_mode": 0}}), encoding="utf-8")
        async with async_playwright() as playwright:
            context = await playwright.chromium.launch_persistent_context(
                profile,
                executable_path=find_chromium(),
                # Playwright's own list, which this stands for, switches partitions of storage off.
                args=[*CHROMIUM_SWITCHES, *as_root(), rules, "--disable-features=HttpsUpgrades"],
                locale=LOCALES["vi"],
                viewport=SCREEN["viewport"],
            )
            yield context.pages[0]
            await context.close()


async def on_the_shops_page(page: Page, phone: Page, reel: Reel) -> None:
    """The same chat behind a bubble on the shop's own page."""
    await page.goto(f"http://{SHOP}/")
    bubble = page.locator("demo-desk-bubble").get_by_role("button")
    await expect(bubble).to_be_visible()
    await reel.take("6", "The line is pasted: a bubble on the shop's page", page, phone, ms=1800)
    await bubble.click()
    inside = page.frame_locator("demo-desk-bubble iframe")
    await expect(
        inside.locator('[data-step-type="assistant_message"] .message-content').first
    ).to_be_visible()
    await inside.locator("#chat-input").fill(QUESTION)
    await inside.locator("#chat-input").press("Enter")
    await expect(inside.locator('[data-step-type="llm"]')).to_have_count(1, timeout=20_000)
    await settled(page)
    await page.screenshot(path=FOLDER / "bubble.png")
    await reel.take("6", "The same chat, on the shop's page", page, phone, ms=3600)


async def opened(browser: Browser, options: Any) -> Page:
    """A page in a Vietnamese browser of its own."""
    context = await browser.new_context(locale=LOCALES["vi"], **options)
    return await context.new_page()


async def settled(page: Page) -> None:
    """Nothing moves any more, and nothing is pointed at."""
    await page.mouse.move(0, 0)
    while not await page.evaluate(STILL):
        await page.wait_for_timeout(50)
    await page.wait_for_timeout(400)  # a smooth scroll is no animation
