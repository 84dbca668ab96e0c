"""A program is replaced, or dies, while somebody reads a reply of its; another one stands behind the same address."""

import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from desk_program import KEY
from playwright.async_api import expect
from two_replicas import House, house
from visitor import PAIRS, Reader, Visit, whole_reply

from emulator import Pace, running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.database,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.usefixtures("unmeasured"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def desk(new_postgres: Callable[..., str], tmp_path: Path) -> AsyncIterator[House]:
    """Two programs, and a provider whose replies take some seconds."""
    async with (
        running(Pace(first_token_s=0.05, tokens_per_second=30, tokens=100), keys={KEY}) as provider,
        house(tmp_path, new_postgres(), provider) as made,
    ):
        yield made


@pytest.mark.parametrize("reader", PAIRS)
async def test_both_ends(reader: Reader, desk: House, visit: Visit) -> None:
    """The reply of the one that leaves comes to its end, and the page is at the other one before anybody notices. When
    that one dies in mid-reply, what was read stays, marked, with a button that asks again."""
    first, second = desk.replicas
    visitor = await visit(*reader, url=desk.url)
    await visitor.send("Một")
    await visitor.reading()
    desk.prefer(second)
    first.signal(signal.SIGTERM)
    await visitor.answered()
    assert await visitor.reply() == whole_reply(desk.emulator)
    assert await first.ended() == 0
    await visitor.send("Hai")
    await expect(visitor.theirs).to_have_count(3)  # with the greeting
    await visitor.reading()
    read = await visitor.reply()
    await second.kill()
    await expect(visitor.status).to_have_text(visitor.say("bar.offline"))
    await visitor.picture("70-reconnecting")
    desk.prefer(first)
    await first.start()
    again = visitor.button(visitor.say("actions.retry"))
    await expect(again).to_be_visible()
    await expect(visitor.status).to_have_text("")
    assert read[:40] in " ".join(await visitor.theirs.all_inner_texts())
    await visitor.picture("71-cut-and-back")
    await visitor.press(again)
    await expect(again).to_have_count(0)
    await visitor.answered(2)
    assert await visitor.reply() == whole_reply(desk.emulator)
    assert desk.emulator.requests[-1].messages[-1].content == "Hai" and len(desk.emulator.requests) == 3
