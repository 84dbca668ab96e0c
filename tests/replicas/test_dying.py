"""A program dies while pages chat, and another one is there."""

from pathlib import Path

import pytest
from two_replicas import House, Tab, house, record_of, tab

from emulator import Emulator

pytestmark = [pytest.mark.slow, pytest.mark.database, pytest.mark.usefixtures("unmeasured")]


async def fallen(desk: House, reader: Tab, replies: int = 1) -> str:
    """Kill the first program in the middle of that reply; gives what had been read of it."""
    await reader.until(lambda: len(reader.replies) == replies and len(reader.replies[-1]) > 120)
    await desk.replicas[0].kill()
    read = reader.replies[-1]
    await reader.until(lambda: reader.backs)
    return read


async def test_a_reply_that_is_cut(provider: Emulator, database_url: str, tmp_path: Path) -> None:
    """The other program shows the conversation with its settings and totals; the reply stands there as far as it came,
    marked, and can be asked again: it is not asked by itself."""
    async with house(tmp_path, database_url, provider) as desk, tab(desk.url) as reader:
        await reader.emit("chat_settings_change", {"temperature": 0.9, "page_language": "en"})
        await reader.ask("Một")
        await reader.say("Hai")
        read = await fallen(desk, reader, 2)
        await reader.until(lambda: reader.notices and reader.buttons == ["regenerate"])
        shown = reader.replies[-1]
        assert len(shown) > 30 and (shown.startswith(read) or read.startswith(shown))
        assert [one["finish_reason"] for one in reader.receipts] == ["stop", "interrupted"]
        assert len(reader.notices) == 1 and len(provider.requests) == 2
        fields = {field["id"]: field["initial"] for field in reader.panels[-1]}
        assert (fields["temperature"], fields["page_language"]) == (0.9, "en")
        assert reader.desk["totals"].startswith("1 reply")
        await reader.press("regenerate")
        await reader.until(lambda: [one["finish_reason"] for one in reader.receipts] == ["stop", "stop"])
        assert reader.outputs("user_message") == ["Một", "Hai"] and len(reader.replies) == 2
    record = await record_of(database_url)
    assert record.faults == [] and len(provider.requests) == 3


async def test_what_waited(provider: Emulator, database_url: str, tmp_path: Path) -> None:
    """Messages that were on record behind the reply are asked by the other program, in their order, each once; so are
    those that were on their way."""
    async with house(tmp_path, database_url, provider) as desk, tab(desk.url) as reader:
        await reader.say("Một")
        for text in ("Hai", "Ba"):
            id = await reader.say(text)
            await reader.until(lambda id=id: id not in reader.outbox)
        await fallen(desk, reader)
        await reader.say("Bốn")
        await reader.until(lambda: len(reader.receipts) == 4 and not reader.busy)
        assert [one["finish_reason"] for one in reader.receipts] == ["interrupted", "stop", "stop", "stop"]
        assert reader.outputs("user_message") == ["Một", "Hai", "Ba", "Bốn"] and reader.outbox == {}
    record = await record_of(database_url)
    assert record.faults == [] and len(provider.requests) == len(record.turns) == 4
