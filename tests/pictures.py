"""The pictures of the README, as the page looks now: ``python tests/pictures.py``.

They ask the emulator as if it were HolySheep, so that the receipt has something to say. "minute" is the journey from
two sentences to a shop's page, "call" a link while commands change what it shows; the report is over the made-up month
of ``sample_turns``.
"""

import asyncio
import html
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, FloatRect, expect

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "journeys")]  # folders of tests are no packages

from links_at import demos  # noqa: E402
from minute_pictures import minute  # noqa: E402
from sample_turns import write_sample  # noqa: E402
from stage import chromium  # noqa: E402
from started_desk import ROOT, served  # noqa: E402
from visitor import DESKTOP, LOCALES, PHONE, Device, Language, Visitor, Watch, sign_in  # noqa: E402

from emulator import Emulator, Pace, running  # noqa: E402
from ledger import Database  # noqa: E402
from settings import load_settings  # noqa: E402

#: Sharp enough, and under 200 kB.
SMALLER_PHONE = replace(PHONE, options={**PHONE.options, "device_scale_factor": 1.5})
SHARP_DESKTOP = replace(DESKTOP, options={**DESKTOP.options, "device_scale_factor": 2})
TALL_DESKTOP = replace(DESKTOP, options={"viewport": {"width": 1280, "height": 1260}})
FOLDER = ROOT / "docs" / "pictures"
PREVIEWS = ROOT / "public" / "previews"
PREVIEW = """<body style="margin:0;width:1200px;height:630px;box-sizing:border-box;padding:90px;background:{color};
color:#fff;font:40px/1.5 system-ui,sans-serif;display:flex;flex-direction:column;justify-content:center">
<b style="font-size:84px;line-height:1.15;margin-bottom:36px">{title}</b>
<span style="display:-webkit-box;-webkit-line-clamp:3;-webkit-box-orient:vertical;overflow:hidden">{greeting}</span>"""
BAKERY = "Bánh mì bơ tỏi: {price} ₫\nBánh kem dâu: 180.000 ₫\nMở cửa từ 7:00 đến 20:00 mỗi ngày."


async def visitor(browser: Browser, url: str, language: Language, device: Device) -> Visitor:
    """Somebody who has just come to the page."""
    context = await browser.new_context(locale=LOCALES[language], **device.options)
    await sign_in(context, url)
    come = Visitor(await context.new_page(), url, language, device, Watch())
    await come.open()
    return come


async def receipt(browser: Browser, url: str) -> None:
    """What stands below a reply, opened, in English."""
    en = await visitor(browser, url, "en", SHARP_DESKTOP)
    await en.ask("What is your return policy?")
    line = en.receipts.get_by_role("button").first
    await line.click()
    await settled(en)
    top, table = await line.bounding_box(), await en.page.get_by_role("table").bounding_box()
    assert top and table
    await en.page.evaluate("document.querySelector('.lucide-arrow-down')?.parentElement.remove()")
    above, below = top["y"] - 3, table["y"] + table["height"] + 12
    clip: FloatRect = {
        "x": table["x"] - 12,
        "y": above,
        "width": table["width"] + 24,
        "height": below - above,
    }
    await en.page.screenshot(path=FOLDER / "receipt.png", clip=clip)


async def report(browser: Browser, url: str) -> None:
    """The books of a sample month, asked for in the chat: the end of the table, and all charts."""
    vi = await visitor(browser, url, "vi", TALL_DESKTOP)
    await vi.send("/report by day")
    charts = vi.page.locator(".inline-plotly-container")
    await expect(charts.nth(4).locator(".main-svg").first).to_be_visible(timeout=30_000)
    await settled(vi)
    await charts.last.evaluate("chart => chart.scrollIntoView({ block: 'end' })")
    await vi.page.add_style_tag(content="button:has(> .lucide-arrow-down) { display: none }")
    await settled(vi)
    await vi.page.screenshot(path=FOLDER / "report-vi.png")


async def call(browser: Browser, url: str, data: Path) -> None:
    """A demo drafted, published, edited and revoked by commands, while a prospect's phone shows the link."""

    async def do(*words: str) -> Any:
        return await demos(url, data, ROOT / "settings", *words)

    await do("new", "Tiệm bánh Bơ", BAKERY.format(price="25.000"), "--name", "banh-bo")
    await do("edit", "banh-bo", "--set", "branding.color=#8a4b08", "--set", "branding.color_dark=#f0b060")
    link = await do("publish", "banh-bo", "--for", "Tiệm bánh Bơ")
    context = await browser.new_context(locale="vi-VN", **SMALLER_PHONE.options)
    vi = Visitor(await context.new_page(), link["url"], "vi", SMALLER_PHONE, Watch())
    await vi.open()
    await pictured(vi, "call-1-published")
    await asked(vi, "Bánh mì bơ tỏi giá bao nhiêu?", 2)
    await pictured(vi, "call-2-answered")
    await do("edit", "banh-bo", "--set", f"facts.1.content={BAKERY.format(price='19.000')}")
    await vi.page.wait_for_timeout(1000)
    await asked(vi, "Còn bánh mì bơ tỏi hôm nay?", 3)
    await pictured(vi, "call-3-edited")
    await do("revoke", link["link"])
    await expect(vi.page.locator("#desk-closed")).to_have_text(vi.say("walls.revoked"))
    await pictured(vi, "call-4-revoked")


async def previews(browser: Browser) -> None:
    """What messengers show beside the links of the shipped demos."""
    context = await browser.new_context(viewport={"width": 1200, "height": 630})
    page = await context.new_page()
    PREVIEWS.mkdir(exist_ok=True)
    for demo in load_settings(environ={}).demos.values():
        greeting = html.escape(demo.greeting["vi"].replace("*", "").strip())
        color = demo.branding.color
        await page.set_content(PREVIEW.format(title=html.escape(demo.title), greeting=greeting, color=color))
        await page.screenshot(path=PREVIEWS / f"{demo.name}.png")
    await context.close()


async def asked(at: Visitor, text: str, replies: int) -> None:
    """Ask, and wait for the whole reply; the greeting counts as one."""
    await at.send(text)
    await expect(at.theirs).to_have_count(replies, timeout=20_000)
    await at.until("!demoDesk.busy")


async def pictured(at: Visitor, name: str) -> None:
    """A picture for the README."""
    await settled(at)
    await at.page.screenshot(path=FOLDER / f"{name}.png")


async def settled(at: Visitor) -> None:
    """Nothing moves any more, and nothing is pointed at."""
    await at.page.mouse.move(0, 0)
    await at.page.evaluate("document.activeElement.blur()")
    await at.until("document.getAnimations().every(({ playState }) => playState === 'finished')")
    await at.page.wait_for_timeout(300)  # a smooth scroll is no animation


async def main() -> None:
    """Make them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    pace = Pace(first_token_s=0.18, tokens_per_second=120)
    folder = tempfile.TemporaryDirectory
    with folder() as first, folder() as second, folder() as third, folder() as fourth:
        async with chromium() as browser, running(pace) as provider:
            await previews(browser)
            async with served(Path(first), as_if(provider)) as url:
                await receipt(browser, url)
            async with Database(data_dir=Path(second)) as database:
                await write_sample(database)
            async with served(Path(second), as_if(provider)) as url:
                await report(browser, url)
            async with served(Path(third), as_if(provider)) as url:
                await call(browser, url, Path(third))
            await minute(Path(fourth), as_if(provider))
    for picture in sorted([*FOLDER.glob("*.png"), *FOLDER.glob("*.webp")]):
        print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size / 1000:.0f} kB")


def as_if(provider: Emulator) -> dict[str, str]:
    """The environment that has the desk ask ``provider``."""
    return {"HOLYSHEEP_API_KEY": "sk-pictures", "HOLYSHEEP_BASE_URL": provider.base_url}


if __name__ == "__main__":
    asyncio.run(main())
