"""The database leaves and comes back under two programs whose pages chat."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import Postgres, own_server
from sqlalchemy import select
from two_replicas import house, record_of, tab

from emulator import Emulator
from ledger import Database
from ledger.replica import RENEW_S
from ledger.tables import replicas

pytestmark = [pytest.mark.slow, pytest.mark.database, pytest.mark.usefixtures("unmeasured")]


@pytest.fixture
def server(postgres: Postgres) -> Iterator[Postgres]:
    """A server of the test's own; where there is none the test is left out."""
    with own_server() as made:
        yield made


async def test_chats_go_on(server: Postgres, provider: Emulator, tmp_path: Path) -> None:
    """Replies under way end, messages are taken and answered meanwhile, and afterwards all is on record once.

    Neither program takes the other one for dead: both have renewed their leases by then, and looked. A page that is
    moved once the database is back finds its conversation.
    """
    url = server.url("postgres")
    async with house(tmp_path, url, provider) as desk, tab(desk.url) as here:
        desk.prefer(*reversed(desk.replicas))
        async with tab(desk.url) as there:
            for page in (here, there):
                await page.say("Một")
                await page.until(lambda page=page: page.replies)
            server.stop(signal.SIGINT)
            for page in (here, there):
                await page.until(lambda page=page: len(page.receipts) == 1 and not page.busy)
                await page.ask("Hai")
            server.start()
            for page in (here, there):
                await page.ask("Ba")
            await asyncio.sleep(RENEW_S + 2)
            desk.relay.drop()
            for page in (here, there):
                await page.until(lambda page=page: page.backs)
                await page.ask("Bốn")
                assert page.outputs("user_message") == ["Một", "Hai", "Ba", "Bốn"] and page.notices == []
        async with Database(url, data_dir=tmp_path) as database, database.reading() as connection:
            gone = list(await connection.scalars(select(replicas.c.gone_at)))
        assert gone == [None, None]
        assert all("Traceback" not in replica.printed for replica in desk.replicas)
    record = await record_of(url)
    assert record.faults == [] and len(record.turns) == len(provider.requests) == 8
    assert {row.finish_reason for row in record.receipts.values()} == {"stop"}


async def test_both_die(server: Postgres, provider: Emulator, tmp_path: Path) -> None:
    """A program and the database at one instant: the page waits at the other program until the database is back, and
    finds its own conversation there, with the cut reply, and not a new one."""
    url = server.url("postgres")
    async with house(tmp_path, url, provider) as desk, tab(desk.url) as reader:
        await reader.ask("Một")
        await reader.say("Hai")
        await reader.until(lambda: len(reader.replies) == 2 and len(reader.replies[-1]) > 120)
        server.stop(signal.SIGQUIT)
        await desk.replicas[0].kill()
        await asyncio.sleep(3)
        await reader.say("Ba")
        server.start()
        await reader.until(lambda: len(reader.receipts) == 3 and not reader.busy)
        assert reader.outputs("user_message") == ["Một", "Hai", "Ba"]
        assert [one["finish_reason"] for one in reader.receipts] == ["stop", "interrupted", "stop"]
    record = await record_of(url)
    assert record.faults == [] and len(record.turns) == len(provider.requests) == 3
