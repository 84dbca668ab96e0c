"""The bubble's script and a link's frame, at the program as it is started."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from desk_program import Program
from links_at import demos as command

pytestmark = pytest.mark.slow


async def demos(desk: Program, *words: str) -> Any:
    """A command beside the program."""
    return await command(desk.url, desk.log.parent, desk.settings, *words)


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody's, without a sign-in."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield http


async def script(browser: aiohttp.ClientSession, url: str, **headers: str) -> str:
    """The script of a link's bubble, as any page of any site gets it."""
    headers = {"Origin": "https://shop.example", "Sec-Fetch-Site": "cross-site", **headers}
    async with browser.get(f"{url}embed.js", headers=headers) as answer:
        assert answer.status == 200 and answer.content_type == "text/javascript"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Set-Cookie" not in answer.headers
        assert "Cross-Origin-Opener-Policy" not in answer.headers
        return await answer.text()


async def test_the_script_of_a_link(desk: Program, browser: aiohttp.ClientSession) -> None:
    """It names the link as ``publish`` made it, also before its passcode was given; closed, it only says so."""
    words = ("--origin", "https://shop.example", "--title", "Tiệm <Hoa>", "--passcode", "4711")
    link = await demos(desk, "publish", "boutique", *words)
    told = await script(browser, link["url"])
    assert "Mở chat với Tiệm \\u003cHoa\\u003e" in told and '"https://shop.example"' in told
    assert link["embed"] == f'<script src="{link["url"]}embed.js" async></script>'
    await demos(desk, "revoke", link["link"])
    async with browser.get(link["url"]) as page:  # a page's load makes the revocation known
        assert page.status == 410
    assert (await script(browser, link["url"])).startswith("console.warn(")
    unknown = f"{link['url'][:-9]}aaaaaaaa/"
    assert "không có đường dẫn nào" in await script(browser, unknown)
    assert link["url"].rstrip("/").rpartition("/")[2] not in desk.printed


@pytest.mark.parametrize("origins", [(), ("https://shop.example", "https://*.shop.example")])
async def test_who_may_frame_it(
    desk: Program, browser: aiohttp.ClientSession, origins: tuple[str, ...]
) -> None:
    """The sites of the link and no other, for the page and for the one that says why not; with none, nobody."""
    terms = [word for origin in origins for word in ("--origin", origin)]
    link = await demos(desk, "publish", "boutique", *terms)
    ends = f"frame-ancestors {' '.join(origins) or chr(39) + 'none' + chr(39)}"
    for closed in (False, True):
        if closed:
            await demos(desk, "revoke", link["link"])
        for ask, headers in (("?in=frame", {}), ("", {"Sec-Fetch-Dest": "iframe"}), ("", {})):
            async with browser.get(link["url"] + ask, headers=headers) as page:
                assert page.headers["Content-Security-Policy"].endswith(ends)
                assert ('data-close="Đóng chat"' in await page.text()) is bool(ask or headers)
