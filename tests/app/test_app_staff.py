"""One of ours at a link: sees what its visitors see, may do what they may, and is never counted with them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from desk_program import Browser, Program
from started_desk import signed_in
from test_app_links import demos, visiting

from emulator import Emulator

pytestmark = pytest.mark.slow


@asynccontextmanager
async def looking_in(url: str) -> AsyncIterator[Browser]:
    """An operator who opens a link."""
    jar = aiohttp.CookieJar(unsafe=True)  # "unsafe" is a cookie of an IP address
    async with aiohttp.ClientSession(cookie_jar=jar, cookies=signed_in()) as http:
        yield Browser(http, url.rstrip("/"), "vi-VN")


async def row_of(desk: Program, link: Mapping[str, Any]) -> Any:
    """The link in the list."""
    return next(row for row in await demos(desk, "links") if row["link"] == link["link"])


async def test_staff_are_not_counted_with_the_prospect(desk: Program, emu: Emulator) -> None:
    """Not as visitors, nor with messages or money; the link's limits count all that is spent."""
    link = await demos(desk, "publish", "boutique", "--for", "Shop ABC")
    async with visiting(link["url"]) as prospect, looking_in(link["url"]) as ours:
        for browser, questions in ((prospect, ["Mở cửa mấy giờ?"]), (ours, ["Thử một câu", "Thử câu nữa"])):
            page = await browser.open()
            for question in questions:
                await page.ask(question)
            await page.drop()
    await asyncio.sleep(0.2)
    row = await row_of(desk, link)
    assert (row["visitors"], row["conversations"], row["asked"], row["used"]) == (1, 1, 1, 3)
    assert 0 < float(row["cost_usd"]) < float(row["spent_usd"])
    happened = await demos(desk, "activity", link["link"])
    assert (happened["visitors"], happened["conversations"], happened["messages"]) == (1, 1, 1)
    assert happened["cost_usd"] == row["cost_usd"] and happened["devices"] == {"other": 1}


async def test_staff_see_what_a_visitor_sees(desk: Program, emu: Emulator) -> None:
    """The same panel, the same receipt, the visitors' notice; the desk's commands are messages there."""
    link = await demos(desk, "publish", "boutique")
    async with visiting(link["url"]) as prospect, looking_in(link["url"]) as ours:
        pages = [await prospect.open(), await ours.open()]
        for page in pages:
            await page.ask("Mở cửa mấy giờ?")
        theirs, own = pages
        assert own.panels[-1] == theirs.panels[-1]
        assert not any("persona" in field["id"] for field in own.panels[-1])
        # A reply that comes all at once has no speed.
        hidden = [
            {key for key, value in page.receipts[-1].items() if value is None} - {"tokens_per_second"}
            for page in pages
        ]
        assert hidden[0] == hidden[1] and {"cost_usd", "model"} <= hidden[1]
        notice = [(await browser.get("/"))[1].count("desk-notice") for browser in (prospect, ours)]
        assert notice[0] == notice[1] > 0
        asked = len(emu.requests)
        await own.ask("/report")
        await own.ask("/links")
        await own.emit("desk_command", {"words": ["links"]})
        await own.emit("desk_command", {"words": ["revoke", link["link"]]})
        await own.ask("Vẫn ở đây chứ?")
        assert len(emu.requests) == asked + 3
        assert not any(event in ("desk_panel", "set_commands") for event, _ in own.events)
    assert (await row_of(desk, link))["state"] == "open"


async def test_staff_save_no_version_at_a_link(desk: Program, emu: Emulator) -> None:
    """What an operator may send from the desk's panel does nothing there."""
    link = await demos(desk, "publish", "boutique")
    before = await demos(desk, "versions", "boutique")
    async with looking_in(link["url"]) as ours:
        page = await ours.open()
        await page.emit("chat_settings_change", {"persona": "Bạn là ai khác."})
        await page.ask("Mở cửa mấy giờ?")
    assert await demos(desk, "versions", "boutique") == before


async def test_staff_pass_the_same_walls(desk: Program, emu: Emulator) -> None:
    """A passcode is asked for; a revoked link is closed."""
    link = await demos(desk, "publish", "boutique", "--passcode", "4711")
    async with looking_in(link["url"]) as ours:
        assert (await ours.get("/"))[0] == 403
        await demos(desk, "revoke", link["link"])
        await asyncio.sleep(1)
        assert (await ours.get("/"))[0] == 410


async def test_the_browser_that_is_no_longer_ours(desk: Program, emu: Emulator) -> None:
    """Signed out, the same browser comes to an empty chat: what ours asked is not a visitor's."""
    link = await demos(desk, "publish", "boutique")
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, cookies=signed_in()) as http:
        browser = Browser(http, link["url"].rstrip("/"), "vi-VN")
        page = await browser.open(tab="a")
        await page.ask("Thử một câu")
        await page.drop()
        jar.clear(lambda cookie: cookie.key in signed_in())
        page = await browser.open(tab="a")
        assert page.outputs("user_message") == []
        await page.ask("Tôi là khách")
    row = await row_of(desk, link)
    assert (row["visitors"], row["asked"], row["used"]) == (1, 1, 2)


async def test_where_a_prospect_comes_from(desk: Program, emu: Emulator) -> None:
    """The page's own words on its socket's address, and the browser's on itself, as coarse as they are kept."""
    link = await demos(desk, "publish", "boutique")
    phone = (
        "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"
    )
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, headers={"User-Agent": phone}) as http:
        page = await Browser(http, link["url"].rstrip("/"), "vi-VN").open(tab="a&from=Shop.Example")
        await page.ask("Mở cửa mấy giờ?")
    happened = await demos(desk, "activity", link["link"])
    assert happened["devices"] == {"phone": 1} and happened["hosts"] == {"shop.example": 1}
    assert happened["ttft_ms"]["median"] > 0 and happened["first_seen"] <= happened["last_seen"]
