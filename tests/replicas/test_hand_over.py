"""A page comes to another program though the one that it comes from lives."""

import asyncio
import signal
from pathlib import Path

import aiohttp
import pytest
from started_desk import signed_in
from two_replicas import house, record_of, tab

from emulator import Emulator

pytestmark = [pytest.mark.slow, pytest.mark.database, pytest.mark.usefixtures("unmeasured")]


async def test_a_reply_goes_on(provider: Emulator, database_url: str, tmp_path: Path) -> None:
    """Its words come from the record until all are there, and so do those to a message that waits behind it; what is
    written here meanwhile comes after them. Nothing is called interrupted, and nothing is asked twice."""
    async with house(tmp_path, database_url, provider) as desk, tab(desk.url) as reader:
        await reader.say("Một")
        waiting = await reader.say("Hai")
        await reader.until(lambda: reader.replies and waiting not in reader.outbox)
        desk.prefer(desk.replicas[1])
        desk.relay.drop()
        await reader.until(lambda: reader.backs)
        assert reader.notices == [] and reader.buttons == []
        assert [one["text"] for one in reader.desk["queued"]] == ["Hai"]
        begun = reader.replies[0]
        await reader.say("Ba")
        await reader.until(lambda: len(reader.replies[0]) > len(begun))
        await reader.until(lambda: len(reader.receipts) == 3 and not reader.busy)
        assert {one["finish_reason"] for one in reader.receipts} == {"stop"} and reader.notices == []
        assert reader.outputs("user_message") == ["Một", "Hai", "Ba"]
        assert reader.desk["totals"].startswith("3 câu trả lời")
    record = await record_of(database_url)
    assert record.faults == [] and len(provider.requests) == len(record.turns) == 3
    assert all(turn.reply in reader.replies for turn in record.turns)


async def test_there_and_back(provider: Emulator, database_url: str, tmp_path: Path) -> None:
    """Whoever had an older copy of the conversation shows the newest one: messages, totals, settings, thumbs."""
    async with house(tmp_path, database_url, provider) as desk, tab(desk.url) as reader:
        first, second = desk.replicas
        await reader.ask("Một")
        for replica, text in ((second, "Hai"), (first, "Ba"), (second, "Bốn")):
            desk.prefer(replica)
            desk.relay.drop()
            backs = len(reader.backs)
            await reader.until(lambda backs=backs: len(reader.backs) > backs)
            await reader.ask(text)
            await reader.emit("chat_settings_change", {"temperature": 0.1 * len(text)})
        assert reader.outputs("user_message") == ["Một", "Hai", "Ba", "Bốn"]
        assert reader.desk["totals"].startswith("4 câu trả lời")
        turn = reader.of_type("run")[0]["id"]
        body = {"feedback": {"forId": turn, "value": 1, "comment": ""}}
        async with aiohttp.ClientSession(cookies={**signed_in(), **reader.cookies}) as http:
            address = f"http://127.0.0.1:{first.port}/feedback"
            async with http.put(address, json=body) as answer:
                assert answer.status == 200, await answer.text()
        desk.relay.drop()
        await reader.until(lambda: len(reader.backs) == 4)
        assert reader.of_type("run")[0]["feedback"]["value"] == 1
        fields = {field["id"]: field["initial"] for field in reader.panels[-1]}
        assert fields["temperature"] == pytest.approx(0.3)


async def test_a_message_on_its_way(provider: Emulator, database_url: str, tmp_path: Path) -> None:
    """The line breaks at once after it was sent, so that it comes to both programs: it is answered once."""
    async with house(tmp_path, database_url, provider) as desk, tab(desk.url) as reader:
        await reader.ask("Một")
        for number in range(6):
            desk.prefer(desk.replicas[(number + 1) % 2])
            await reader.say(f"Số {number}")
            await asyncio.sleep(0.002 * number)
            desk.relay.drop()
            count = number + 2
            await reader.until(lambda count=count: len(reader.receipts) == count and not reader.busy)
        texts = ["Một", *(f"Số {number}" for number in range(6))]
        assert reader.outputs("user_message") == texts and reader.notices == []
    record = await record_of(database_url)
    assert record.faults == [] and len(provider.requests) == len(record.turns) == 7


async def test_a_program_that_hangs(provider: Emulator, database_url: str, tmp_path: Path) -> None:
    """It wakes up with a message that its page has had answered elsewhere meanwhile: it does not answer it, too, and
    shows that answer to the page that comes back."""
    async with house(tmp_path, database_url, provider) as desk, tab(desk.url) as reader:
        first, second = desk.replicas
        await reader.ask("Một")
        first.signal(signal.SIGSTOP)
        await reader.say("Hai")
        await asyncio.sleep(0.1)
        desk.prefer(second)
        desk.relay.drop(gently=True)
        await reader.until(lambda: len(reader.receipts) == 2 and not reader.busy)
        first.signal(signal.SIGCONT)
        await asyncio.sleep(1)
        desk.prefer(first)
        desk.relay.drop()
        await reader.until(lambda: len(reader.backs) == 2)
        await reader.ask("Ba")
        assert reader.outputs("user_message") == ["Một", "Hai", "Ba"] and reader.notices == []
        assert all("Traceback" not in replica.printed for replica in desk.replicas)
    record = await record_of(database_url)
    assert record.faults == [] and len(provider.requests) == len(record.turns) == 3
