"""A link from its first day to its last, at the program as it is started."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from desk_program import Browser, Program
from links_at import demos as command

from emulator import Emulator

pytestmark = pytest.mark.slow


async def demos(desk: Program, *words: str) -> Any:
    """A command beside the program."""
    return await command(desk.url, desk.log.parent, desk.settings, *words)


@asynccontextmanager
async def visiting(url: str, language: str = "vi-VN") -> AsyncIterator[Browser]:
    """The browser of somebody who was sent a link; it has no operator's cookie."""
    jar = aiohttp.CookieJar(unsafe=True)  # "unsafe" is a cookie of an IP address
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Browser(http, url.rstrip("/"), language)


async def test_a_demo_is_published_and_edited_in_mid_call(desk: Program, emu: Emulator) -> None:
    """The visitor needs no sign-in; an edit by command is used by their next message, and the receipt says which."""
    link = await demos(desk, "publish", "boutique", "--for", "Shop ABC", "--title", "Shop ABC")
    assert link["url"].startswith(f"{desk.url}/d/{link['link']}") and link["public"] is False
    async with visiting(link["url"]) as visitor:
        status, text = await visitor.get("/")
        assert (
            status == 200
            and "<title>Shop ABC</title>" in text
            and "desk-notice" in text
            and "noindex" in text
        )
        page = await visitor.open()
        await page.ask("Áo khoác giá bao nhiêu?")
        before = page.receipts[-1]["demo_version"]
        assert "Bạn là Mây" in emu.requests[-1].messages[0].content
        edited = await demos(desk, "edit", "boutique", "--set", "persona=Bạn là Gió.")
        await asyncio.sleep(1)
        await page.ask("Còn áo len?")
        assert page.receipts[-1]["demo_version"] == edited["version"] == before + 1
        assert emu.requests[-1].messages[0].content.count("Bạn là Gió.") == 1
    await demos(desk, "rollback", "boutique", str(before))
    (listed,) = [one for one in await demos(desk, "links", "boutique") if one["link"] == link["link"]]
    assert (listed["used"], listed["visitors"], listed["customer"]) == (2, 1, "Shop ABC")


async def test_a_forwarded_link_opens_an_empty_chat(desk: Program, emu: Emulator) -> None:
    """A visitor comes back to their own words; whoever else has the address sees none of them."""
    link = await demos(desk, "publish", "boutique")
    async with visiting(link["url"]) as an, visiting(link["url"]) as binh:
        page = await an.open(tab="a")
        await page.ask("Xin chào, tôi là An")
        await page.drop()
        again = await an.open(tab="b")
        assert again.outputs("user_message") == ["Xin chào, tôi là An"]
        other = await binh.open(tab="c")
        assert other.outputs("user_message") == []


async def test_a_revoked_link(desk: Program, emu: Emulator) -> None:
    """Its open pages are told within a second and can send no more; its address says so, and unknown ones do not."""
    link = await demos(desk, "publish", "boutique")
    async with visiting(link["url"]) as visitor:
        page = await visitor.open()
        assert page.desk["closed"] == ""
        await demos(desk, "revoke", link["link"])
        await page.until(lambda: page.desk["closed"])
        asked = len(emu.requests)
        await page.say("Còn ai không?")
        await page.until(lambda: "refused" in page.desk)
        assert len(emu.requests) == asked
        assert (await visitor.get("/"))[0] == 410
    forged = link["url"][:-2] + ("a/" if link["url"][-2] != "a" else "b/")
    async with visiting(forged) as stranger:
        status, text = await stranger.get("/")
        assert status == 404 and "boutique" not in text and "Mây" not in text


@pytest.mark.parametrize(
    ("words", "status"),
    [(("--starts", "2h"), 403), (("--expires", "7d"), 200), (("--passcode", "4711"), 403)],
    ids=["not started", "open", "passcode"],
)
async def test_who_gets_in(desk: Program, words: tuple[str, ...], status: int) -> None:
    """Page, requests and socket are closed alike."""
    link = await demos(desk, "publish", "boutique", *words)
    async with visiting(link["url"]) as visitor:
        assert (await visitor.get("/"))[0] == status
        assert (await visitor.get("/project/settings"))[0] == status
        if status != 200:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await visitor.open()


async def test_a_passcode(desk: Program, emu: Emulator) -> None:
    """The right one opens the chat; the wrong ones are counted, and lock the link for a while."""
    link = await demos(desk, "publish", "boutique", "--passcode", "4711")
    url = link["url"]
    origin = {"Origin": desk.url}
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        for code, status in (("0000", 403), ("4711", 200)):
            async with http.post(f"{url}passcode", data={"code": code}, headers=origin) as answer:
                assert answer.status == status
        page = await Browser(http, url.rstrip("/"), "vi").open()
        await page.ask("Xin chào")
    async with aiohttp.ClientSession() as guesser:
        codes = []
        for code in range(8):
            async with guesser.post(f"{url}passcode", data={"code": f"{code:04}"}, headers=origin) as answer:
                codes.append(answer.status)
        assert codes[:5] == [403] * 5 and codes[-1] == 429
        async with guesser.post(f"{url}passcode", data={"code": "4711"}, headers=origin) as answer:
            assert answer.status == 429 and int(answer.headers["Retry-After"]) > 0


async def test_a_visitor_without_cookies(desk: Program, emu: Emulator) -> None:
    """The page tells its browser a secret; sockets that name it in their address come to one conversation, with no
    cookie at all, and no log holds it."""
    link = await demos(desk, "publish", "boutique")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        async with http.get(link["url"]) as answer:
            (secret,) = re.findall(r'name="desk-visitor" content="([\w-]+)"', await answer.text())
        visitor = Browser(http, f"{link['url']}v/{secret}", "vi")
        page = await visitor.open(tab="a")
        await page.ask("Xin chào, tôi là An")
        await visitor.click(page, "regenerate")
        again = await visitor.open(tab="a")
        assert again.outputs("user_message") == ["Xin chào, tôi là An"]
        stranger = await Browser(http, f"{link['url']}v/{secret[::-1]}", "vi").open(tab="a")
        assert stranger.outputs("user_message") == []
    assert secret not in desk.printed


async def test_a_passcode_in_a_frame(desk: Program, emu: Emulator) -> None:
    """Without cookies the address of the frame's page says that it was given: page, requests and sockets open."""
    link = await demos(desk, "publish", "boutique", "--passcode", "4711", "--origin", "https://shop.example")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        async with http.get(f"{link['url']}?in=frame") as answer:
            assert answer.status == 403 and "passcode?in=frame" in await answer.text()
            assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors https://shop.example")
        form = f"{link['url']}passcode?in=frame"
        async with http.post(form, data={"code": "4711"}, headers={"Origin": desk.url}) as answer:
            root = str(answer.url.path).rstrip("/")
            assert answer.status == 200 and answer.url.query_string == "in=frame" and "/k/" in root
            text = await answer.text()
            assert f'og:root_path" content="{root}"' in text
            assert "/k/" not in text.split('og:url"')[1][:99]
        (secret,) = re.findall(r'name="desk-visitor" content="([\w-]+)"', text)
        inside = Browser(http, f"{desk.url}{root}/v/{secret}", "vi")
        assert (await inside.get("/project/settings"))[0] == 200
        await (await inside.open()).ask("Xin chào")


async def test_the_messages_of_a_link_are_counted(desk: Program, emu: Emulator) -> None:
    """Of twenty visitors who ask at one instant on a link with room for three, three are answered."""
    link = await demos(desk, "publish", "boutique", "--messages", "3")
    asked = len(emu.requests)

    async def visit() -> int:
        async with visiting(link["url"]) as visitor:
            page = await visitor.open()
            await page.say("Xin chào")
            await page.until(
                lambda: page.receipts or "refused" in page.desk or page.outputs("assistant_message")[1:]
            )
            await asyncio.sleep(0.5)
            return len(page.replies)

    assert sum(await asyncio.gather(*(visit() for _ in range(20)))) == 3
    assert len(emu.requests) - asked == 3


async def test_what_a_visitor_may_not(desk: Program, emu: Emulator) -> None:
    """Longer messages than the demo allows, settings that are not theirs, the books, the persona."""
    await demos(desk, "edit", "boutique", "--set", "limits.message_length=50")
    link = await demos(desk, "publish", "boutique")
    async with visiting(link["url"]) as visitor:
        page = await visitor.open()
        asked = len(emu.requests)
        await page.say("x" * 51)
        await page.until(lambda: "refused" in page.desk)
        await page.emit("chat_settings_change", {"temperature": 2})
        await page.emit("chat_settings_change", {"persona": "Bạn là hải tặc."})
        await page.ask("/report")
        assert len(emu.requests) == asked + 1 and emu.requests[-1].temperature == 0.7
        assert "hải tặc" not in emu.requests[-1].messages[0].content
        assert page.receipts[-1]["cost_usd"] is None and page.receipts[-1]["model"] is None


async def test_a_crawler_is_no_visitor(desk: Program) -> None:
    """A messenger that draws a preview reads title, text and picture of the link's own, and opens no conversation."""
    link = await demos(desk, "publish", "cosmetics")
    agent = {"User-Agent": "facebookexternalhit/1.1"}
    async with aiohttp.ClientSession(headers=agent) as crawler:
        async with crawler.get(link["url"]) as answer:
            page = await answer.text()
            assert answer.headers["X-Robots-Tag"] == "noindex"
        path = link["url"].removeprefix(desk.url)
        for said in ('og:title" content="Sương Mai Cosmetics"', f'{path}">', "Chào"):
            assert said in page
        (picture,) = re.findall(r'og:image" content="https?://[^/]+([^"]+)"', page)
        assert picture == f"{path}preview" and "chainlit.io" not in page
        async with crawler.get(desk.url + picture) as answer:
            assert answer.status == 200 and answer.content_type == "image/png"
            assert (await answer.read())[:8] == b"\x89PNG\r\n\x1a\n"
    (listed,) = [one for one in await demos(desk, "links") if one["link"] == link["link"]]
    assert (listed["visitors"], listed["conversations"], listed["last_seen"]) == (0, 0, None)
