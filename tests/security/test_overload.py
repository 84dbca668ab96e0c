"""More pages or questions than this machine carries: each is told kindly when to come back, and nothing is lost."""

import asyncio
from collections.abc import Mapping

import pytest
from attackers import Raw, knock
from bystander import Undisturbed, browser_at
from desk_program import Program
from started_desk import signed_in

pytestmark = pytest.mark.slow


async def opened(link: str, address: str, count: int) -> list[Raw]:
    """So many sockets from one address."""
    made = []
    for n in range(count):
        raw, status, _ = await knock(
            link, address, Cookie=f"desk_visitor={address.replace('.', '-')}-secret-{n}"
        )
        assert status == 101
        made.append(raw)
    return made


async def page_at(link: str, address: str, language: str = "vi") -> tuple[int, str, Mapping[str, str]]:
    """Status, text and headers of the page, asked from an address."""
    async with browser_at(address, link) as browser:
        asked = {"Accept-Language": language, "Accept": "text/html"}
        async with browser._http.get(f"{link}/", headers=asked) as answer:
            return answer.status, await answer.text(), answer.headers


async def test_one_address_has_a_share(link: str, undisturbed: Undisturbed) -> None:
    """Its eleventh page gets a small one that tries again by itself, in the reader's language; others are let in, and
    so is that address once one of its pages is closed."""
    async with undisturbed():
        sockets = await opened(link, "127.0.0.21", 10)
        raw, status, answer = await knock(link, "127.0.0.21")
        assert status == 503 and "retry-after" in answer.lower()
        for language, words in (("vi", "rất đông khách"), ("en", "very busy")):
            status, text, headers = await page_at(link, "127.0.0.21", language)
            assert status == 503 and words in text and f'lang="{language}"' in text
            assert 20 <= int(headers["Retry-After"]) == int(headers["Refresh"]) <= 40
            assert headers["Cache-Control"] == "no-store"
            assert headers["Content-Security-Policy"].endswith("frame-ancestors *")  # also in a shop's bubble
        others = await opened(link, "127.0.0.22", 1)
        assert (await page_at(link, "127.0.0.22"))[0] == 200
        sockets.pop().leave()
        async with asyncio.timeout(20):
            while (await page_at(link, "127.0.0.21"))[0] != 200:
                await asyncio.sleep(0.1)
        for one in [*sockets, *others, raw]:
            one.leave()


async def test_when_all_places_are_taken(desk: Program, link: str, undisturbed: Undisturbed) -> None:
    """Nobody new comes in; who is here goes on, and may load the page again; an operator is let in all the same."""
    async with undisturbed() as bystander, browser_at("127.0.0.31", link) as here:
        page = await here.open(tab="here")
        sockets = [raw for n in range(4) for raw in await opened(link, f"127.0.0.{32 + n}", 9)]
        sockets += await opened(link, "127.0.0.36", 2)  # with the two who chat: forty
        assert (await page_at(link, "127.0.0.40"))[0] == 503
        raw, status, _ = await knock(link, "127.0.0.40")
        assert status == 503
        await page.ask("Còn tôi thì sao?")
        again = await here.open(tab="here")
        await again.ask("Tải lại trang cũng được")
        cookie = "; ".join(f"{name}={value}" for name, value in signed_in().items())
        operator, status, _ = await knock(desk.url, "127.0.0.40", Cookie=cookie)
        assert status == 101
        before = bystander.answered
        async with asyncio.timeout(20):
            while bystander.answered == before:
                await asyncio.sleep(0.05)
        for one in [*sockets, raw, operator]:
            one.leave()


async def test_requests_of_one_address(desk: Program, link: str, undisturbed: Undisturbed) -> None:
    """Thousands at once are answered up to its share, the rest is told to slow down; others notice nothing."""
    statuses: set[int] = set()
    async with undisturbed(), browser_at("127.0.0.50", desk.url) as browser:

        async def hurry() -> None:
            for _ in range(500):
                async with browser._http.get(f"{desk.url}/robots.txt") as answer:
                    statuses.add(answer.status)
                    if answer.status == 429:
                        assert int(answer.headers["Retry-After"]) >= 20

        hurrying = [asyncio.create_task(hurry()) for _ in range(6)]
        text = ""
        async with asyncio.timeout(20):
            while "A little slower" not in text:
                _, text, _ = await page_at(link, "127.0.0.50", "en")
        await asyncio.gather(*hurrying)
        assert statuses == {200, 429}
        assert (await page_at(link, "127.0.0.51"))[0] == 200
