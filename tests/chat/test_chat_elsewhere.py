"""A conversation that two desks have in hand: what one answers is shown at the other, and nothing is asked twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from rooms import Rooms, Visitor, until

import chat.lobby
from chat.elsewhere import Watch, read_again
from chat.lobby import Ticket
from emulator import Emulator, Pace
from holysheep import Provider
from ledger import Database, DatabaseUnusable

pytestmark = pytest.mark.database

OWNER = "an"


@pytest.fixture
async def desks(
    emu: Emulator, provider: Provider, tmp_path: Path, new_postgres: Callable[..., str]
) -> AsyncIterator[tuple[Rooms, Rooms]]:
    """Two, over one database; a reply takes half a second."""
    emu.set_pace(Pace(first_token_s=0.02, tokens_per_second=40, tokens=20))
    url = new_postgres("desk_template")
    made = []
    async with AsyncExitStack() as stack:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            database = await stack.enter_async_context(Database(url, data_dir=tmp_path))
            rooms = Rooms(emu, tmp_path / name, provider, database)
            await rooms.open()
            stack.push_async_callback(_closed, rooms)
            made.append(rooms)
        yield made[0], made[1]


async def _closed(rooms: Rooms) -> None:
    with suppress(DatabaseUnusable):
        await rooms.close()


async def come(rooms: Rooms, shown: str = "", tab: str = "tab-1") -> Visitor:
    """A page comes to a desk, as its socket does. shown: the conversation that its tab showed."""
    ticket = Ticket(OWNER, "session", tab, "", "vi", shown=shown)
    if rooms.lobby.lacks(ticket):
        named = Ticket(OWNER, "session", tab, shown, "vi")
        if found := await rooms.service.recall(named):
            rooms.lobby.adopt(found)
    elif known := rooms.lobby.known(ticket):
        await rooms.service.catch_up(known)
    return Visitor(rooms, ticket)


async def die(rooms: Rooms) -> None:
    """The program ends as in a power cut: nothing is written any more, and its session is gone."""
    for conversation in list(rooms.service._at_work):
        assert conversation.worker is not None
        conversation.worker.cancel()
    books = rooms.books
    tasks = [task for task in (books._life, books._writer._task) if task is not None]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await books._writer._pen.close()
    await books._replica.release()


async def test_a_reply_goes_on(desks: tuple[Rooms, Rooms], emu: Emulator) -> None:
    """It grows at the other desk and ends there whole; what waits behind it is shown as waiting, and what is written
    there comes last."""
    one, two = desks
    here = await come(one)
    here.say("Một")
    await here.reading()
    here.say("Hai")
    await one.books.flush()
    there = await come(two, here.conversation.id)
    assert [waiting["text"] for waiting in there.page.desk["queued"]] == ["Hai"]
    assert there.page.notices == [] and not there.page.busy
    there.say("Ba")
    await until(lambda: len(there.page.receipts) == 3 and there.conversation.worker is None)
    assert there.page.outputs("user_message") == ["Một", "Hai", "Ba"]
    assert {receipt["finish_reason"] for receipt in there.page.receipts} == {"stop"}
    assert there.page.replies[:2] == here.page.replies and len(emu.requests) == 3
    tokens = [event for event, _ in there.page.events if event == "stream_token"]
    assert tokens, "its words came while it was written"


async def test_a_desk_that_dies(desks: tuple[Rooms, Rooms], emu: Emulator) -> None:
    """Its reply ends where it stands on record, marked; what had waited is asked by the other desk, once."""
    one, two = desks
    here = await come(one)
    here.say("Một")
    await here.reading()
    waiting = here.say("Hai")
    await asyncio.sleep(0.4)  # its first words are on record
    await die(one)
    there = await come(two, here.conversation.id)
    there.say("Hai", waiting)  # its page was not told
    assert {"kept": [waiting]} in there.page.told("desk")
    await until(lambda: len(there.page.receipts) == 2 and there.conversation.worker is None)
    assert [receipt["finish_reason"] for receipt in there.page.receipts] == ["interrupted", "stop"]
    assert there.page.outputs("user_message") == ["Một", "Hai"] and len(emu.requests) == 2
    assert here.page.replies[0].startswith(there.page.replies[0])


async def test_edited_while_another_desk_answers(desks: tuple[Rooms, Rooms], emu: Emulator) -> None:
    """The edit waits until that reply has ended, and takes its place."""
    one, two = desks
    here = await come(one)
    id = here.say("Một")
    await here.reading()
    there = await come(two, here.conversation.id)
    await two.service.edit(there.conversation, id, "Một rưỡi")
    await there.idle()
    assert there.page.outputs("user_message") == ["Một rưỡi"] and len(there.page.receipts) == 1
    again = await come(two, there.conversation.id, "tab-2")
    assert again.page.outputs("user_message") == ["Một rưỡi"]


async def test_there_and_back(desks: tuple[Rooms, Rooms]) -> None:
    """Each desk shows what the other one has added, also on a page that stayed, and where a reply of its own runs."""
    one, two = desks
    here = await come(one)
    await here.ask("Một")
    there = await come(two, here.conversation.id)
    await there.ask("Hai")
    await two.books.flush()
    back = await come(one, here.conversation.id)
    assert back.conversation is here.conversation
    for page in (back.page, here.page):
        assert page.outputs("user_message") == ["Một", "Hai"]
    await there.ask("Ba")
    await two.books.flush()
    await two.books.others.claim(here.conversation.id, OWNER)
    back.say("Bốn")
    await back.reading()
    late = await come(one, here.conversation.id, "tab-2")
    await until(lambda: late.page.outputs("user_message") == ["Một", "Hai", "Ba", "Bốn"])
    assert late.page.desk["totals"].startswith("4 câu trả lời")


async def test_a_message_that_both_have(desks: tuple[Rooms, Rooms], emu: Emulator) -> None:
    """The desk that was second does not answer it, and shows what the first one does."""
    one, two = desks
    here = await come(one)
    await here.ask("Một")
    there = await come(two, here.conversation.id)
    id = there.say("Hai")
    await two.books.flush()
    here.say("Hai", id)
    await until(lambda: len(here.page.receipts) == 2 and here.conversation.worker is None)
    assert here.page.notices == [] and here.page.replies == there.page.replies
    assert len(emu.requests) == 2 and {"kept": [id]} != here.page.told("desk")[-1]


async def test_a_page_that_has_moved(desks: tuple[Rooms, Rooms], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reply is not stopped for want of a reader; one whose page went nowhere is."""
    monkeypatch.setattr(chat.lobby, "GRACE_S", 0.05)
    one, two = desks
    one.lobby._has_moved = one.service.has_moved
    for moved, ended in ((True, "stop"), (False, "stopped")):
        here = await come(one, tab=ended)
        here.say("Một")
        await here.reading()
        there = await come(two, here.conversation.id) if moved else here
        here.leave(for_good=False)
        await here.idle()
        await one.books.flush()
        if moved:
            await until(lambda there=there: there.page.receipts)
            assert there.page.receipts[0]["finish_reason"] == ended
        else:
            assert here.conversation.turns[-1].left is not None
        one.lobby.drop(here.conversation.id)


async def test_the_database_is_away(desks: tuple[Rooms, Rooms], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of what others answer, for now; a page goes on with what is in memory."""
    one, _ = desks
    here = await come(one)
    await here.ask("Một")

    async def away(*_: object, **__: object) -> None:
        raise DatabaseUnusable("refused", "vi", "en")

    watch = Watch(one.service._desk)
    for fault in (away, None):
        monkeypatch.setattr(one.books.others, "look", fault)
        assert await watch.news(["a turn"]) == {}
    monkeypatch.setattr(one.books.others, "claim", away)
    monkeypatch.setattr(one.books.others, "has_moved", away)
    again = await come(one, here.conversation.id)
    assert again.page.outputs("user_message") == ["Một"]
    assert not await one.service.has_moved(here.conversation)
    monkeypatch.setattr("chat.elsewhere.load_conversation", away)
    assert not await read_again(one.service._desk, here.conversation)


async def test_a_conversation_that_is_gone(desks: tuple[Rooms, Rooms]) -> None:
    """Deleted meanwhile: there is nothing to read, and nothing to wait for."""
    one, _ = desks
    here = await come(one)
    assert await read_again(one.service._desk, here.conversation)


async def test_a_button(desks: tuple[Rooms, Rooms], emu: Emulator) -> None:
    """Each is there to be pressed once; what is no button does nothing."""
    one, _ = desks
    here = await come(one)
    (starter,) = here.page.actions
    for press in (starter, "no button", None, ["no button"]):
        one.service.press(here.conversation, press)
    await here.idle()
    (regenerate,) = here.page.actions
    for _ in range(2):
        one.service.press(here.conversation, regenerate)
        await until(lambda: len(emu.requests) == 2)
        await here.idle()
    emu.set_pace(Pace(first_token_s=0.01, tokens_per_second=0, tokens=600))
    await here.ask("Kể dài vào")
    (more,) = here.page.actions
    assert here.page.actions[more]["name"] == "continue"
    one.service.press(here.conversation, more)
    await here.idle()
    assert len(emu.requests) == 4
