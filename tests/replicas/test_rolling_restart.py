"""Both programs are replaced, one after the other, while twenty pages chat without a pause."""

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from two_replicas import House, Tab, house, record_of, tab

from emulator import Emulator

pytestmark = [pytest.mark.slow, pytest.mark.database, pytest.mark.usefixtures("unmeasured")]

TABS = 20


async def chat(page: Tab, over: asyncio.Event) -> int:
    """Ask until told that it is over; gives how often."""
    asked = 0
    while not over.is_set():
        asked += 1
        await page.say(f"Câu {asked}")
        shown = min(asked, SEEN)
        await page.until(
            lambda shown=shown: len(page.receipts) >= shown and not page.busy and not page.outbox
        )
    return asked


#: Messages that a page shows at the most: see chat/screen.py.
SEEN = 20


async def restart(desk: House) -> None:
    """Replace each program by a new one."""
    first, second = desk.replicas
    for leaving, other in ((first, second), (second, first)):
        desk.prefer(other)
        leaving.signal(signal.SIGTERM)
        assert await leaving.ended() == 0
        await leaving.start()


async def test_nothing_is_lost(provider: Emulator, database_url: str, tmp_path: Path) -> None:
    """No message and no reply: each was answered once, to its end."""
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(house(tmp_path, database_url, provider))
        pages = [await stack.enter_async_context(tab(desk.url)) for _ in range(TABS)]
        over = asyncio.Event()
        chats = [asyncio.create_task(chat(page, over)) for page in pages]
        await asyncio.sleep(1)
        await restart(desk)
        over.set()
        asked = await asyncio.gather(*chats)
        assert all(len(page.backs) >= 2 for page in pages)
        assert all("Traceback" not in replica.printed for replica in desk.replicas)
    record = await record_of(database_url)
    assert record.faults == []
    assert [row.finish_reason for row in record.receipts.values()] == ["stop"] * sum(asked)
    assert len(provider.requests) == len(record.turns) == sum(asked)
