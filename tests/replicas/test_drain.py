"""A program is told to leave while pages chat; another one stands beside it."""

import asyncio
import signal
from pathlib import Path

import aiohttp
import pytest
from started_desk import CHAINLIT, signed_in
from two_replicas import house, record_of, tab

from emulator import Emulator

pytestmark = [pytest.mark.slow, pytest.mark.database, pytest.mark.usefixtures("unmeasured")]


async def test_a_reply_ends_first(provider: Emulator, database_url: str, tmp_path: Path) -> None:
    """An idle page goes on at once, one that reads a reply when that has ended; what it writes meanwhile is answered by
    the other program, once. Pages that come meanwhile are asked to come again."""
    async with (
        house(tmp_path, database_url, provider) as desk,
        tab(desk.url) as idle,
        tab(desk.url) as reader,
    ):
        leaving, other = desk.replicas
        await idle.ask("Chào")
        await reader.say("Một")
        await reader.until(lambda: reader.replies)
        desk.prefer(other)
        leaving.signal(signal.SIGTERM)
        await idle.until(lambda: idle.backs)
        assert reader.busy and not reader.backs
        async with aiohttp.ClientSession(cookies=signed_in(), cookie_jar=None) as http:
            address = f"http://127.0.0.1:{leaving.port}"
            async with http.get(f"{address}/", headers={"Accept": "text/html"}) as page:
                assert (page.status, page.headers["Retry-After"]) == (503, "2")
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(f"{address}/ws/socket.io/?EIO=4&transport=websocket")
            assert refused.value.status == 503
        late = await reader.say("Hai")
        assert late in reader.outbox
        await reader.until(lambda: reader.backs and len(reader.receipts) == 2 and not reader.busy)
        assert await leaving.ended() == 0 and "Traceback" not in leaving.printed
        assert [one["finish_reason"] for one in reader.receipts] == ["stop", "stop"] and reader.notices == []
        assert reader.outputs("user_message") == ["Một", "Hai"] and reader.outbox == {}
        assert idle.outputs("user_message") == ["Chào"] and idle.desk["totals"].startswith("1 câu trả lời")
    record = await record_of(database_url)
    assert record.faults == [] and len(provider.requests) == len(record.turns) == 3


async def test_what_lasts_too_long(provider: Emulator, database_url: str, tmp_path: Path) -> None:
    """It is interrupted, and stands on the other program's page with its words so far and a button; what waited behind
    it is asked there."""
    async with (
        house(tmp_path, database_url, provider, DRAIN_SECONDS="0") as desk,
        tab(desk.url) as reader,
        tab(desk.url) as other,
    ):
        for page in (reader, other):
            await page.say("Một")
            await page.until(lambda page=page: page.replies)
        waiting = await reader.say("Hai")
        await reader.until(lambda: waiting not in reader.outbox)
        desk.prefer(desk.replicas[1])
        desk.replicas[0].signal(signal.SIGTERM)
        read = [other.replies[0], reader.replies[0]]
        assert await desk.replicas[0].ended() == 0
        await other.until(lambda: other.backs and other.buttons == ["regenerate"])
        assert other.replies[0].startswith(read[0]) and other.receipts[0]["finish_reason"] == "interrupted"
        await other.press("regenerate")
        await other.until(lambda: [one["finish_reason"] for one in other.receipts] == ["stop"])
        await reader.until(
            lambda: [one["finish_reason"] for one in reader.receipts] == ["interrupted", "stop"]
        )
        assert reader.replies[0].startswith(read[1]) and reader.outputs("user_message") == ["Một", "Hai"]
    record = await record_of(database_url)
    assert record.faults == [] and len(provider.requests) == 4


async def test_told_twice(provider: Emulator, database_url: str, tmp_path: Path) -> None:
    """A second signal is meant: it ends at once, in order; without a page one is enough."""
    async with house(tmp_path, database_url, provider) as desk, tab(desk.url) as reader:
        await reader.say("Một")
        await reader.until(lambda: reader.replies)
        for replica in reversed(desk.replicas):
            replica.signal(signal.SIGTERM)
        assert await desk.replicas[1].ended() == 0
        assert reader.busy
        desk.replicas[0].signal(signal.SIGTERM)
        assert await desk.replicas[0].ended() == 0
    record = await record_of(database_url)
    assert record.faults == []
    assert {row.finish_reason for row in record.receipts.values()} == {"interrupted"}


async def test_an_interrupt(provider: Emulator, database_url: str, tmp_path: Path) -> None:
    """Ctrl-C waits for nobody."""
    async with house(tmp_path, database_url, provider, count=1) as desk, tab(desk.url) as reader:
        await reader.say("Một")
        await reader.until(lambda: reader.replies)
        desk.replicas[0].signal(signal.SIGINT)
        async with asyncio.timeout(10):
            assert await desk.replicas[0].ended() == 0
    assert {row.finish_reason for row in (await record_of(database_url)).receipts.values()} == {"interrupted"}


async def test_started_by_chainlit(provider: Emulator, tmp_path: Path) -> None:
    """`chainlit run`, on SQLite: the reply under way ends first there, too."""
    async with house(tmp_path, "", provider, count=1, command=CHAINLIT) as desk, tab(desk.url) as reader:
        await reader.say("Một")
        await reader.until(lambda: reader.replies)
        desk.replicas[0].signal(signal.SIGTERM)
        assert await desk.replicas[0].ended() == 0
        assert [one["finish_reason"] for one in reader.receipts] == ["stop"]
