"""Who is in which conversation: pages that come back, pages that do not, and strangers."""

import asyncio

import pytest
from rooms import Rooms, Visitor, until

import chat.lobby
from emulator import Pace

SLOWLY = Pace(first_token_s=0.01, tokens_per_second=100, tokens=60)


async def test_a_page_that_was_away_is_drawn_whole(rooms: Rooms) -> None:
    """The reply goes on without its page; the page that comes back shows it all, nothing missing, nothing twice."""
    rooms.emu.set_pace(SLOWLY)
    watcher = rooms.visit(tab="tab-2")
    an = rooms.visit(tab="tab-1", thread=watcher.conversation.id)
    assert an.conversation is watcher.conversation
    an.say("Kể chuyện")
    await an.reading()
    an.leave()
    seen = an.page.replies[0]
    await until(lambda: len(watcher.page.replies[0]) > len(seen))
    again = rooms.visit(tab="tab-1")
    assert again.conversation is an.conversation and again.page.busy and an.page.replies[0] == seen
    assert again.page.replies == watcher.page.replies
    await again.idle()
    assert list(again.page.steps.values()) == list(watcher.page.steps.values())
    assert again.page.actions == watcher.page.actions and not again.page.busy
    assert again.page.receipts[0]["finish_reason"] == "stop"


async def test_a_page_that_comes_back_after_the_end(rooms: Rooms) -> None:
    """Reply, receipt, buttons and totals are all there."""
    an = rooms.visit()
    an.say("Một")
    an.leave()
    await an.idle()
    page = rooms.visit().page
    assert len(page.replies) == 1 and page.receipts[0]["finish_reason"] == "stop"
    assert page.buttons == ["regenerate"] and page.desk["totals"].startswith("1 câu trả lời")
    assert not page.busy and page.told("first_interaction")


async def test_a_page_that_kept_its_buttons(rooms: Rooms) -> None:
    """A page that comes back over a lost line has them once."""
    an = rooms.visit()
    await an.ask("Một")
    rooms.service.open(an.conversation, an.page)
    assert an.page.buttons == ["regenerate"]


async def test_settings_survive_a_reload(rooms: Rooms) -> None:
    """Also before the first message, and also after the history was cleared."""
    an = rooms.visit()
    rooms.service.choose(an.conversation, {"model": "gpt-4.1"})
    an.leave()
    an = rooms.visit()
    assert an.page.panels[0][0]["initial"] == "gpt-4.1"
    await an.ask("Một")
    await rooms.service.clear(an.conversation)
    an.leave()
    page = rooms.visit().page
    assert page.panels[0][0]["initial"] == "gpt-4.1"
    assert page.desk["totals"].startswith("1 câu trả lời")


async def test_a_page_that_nobody_used_leaves_nothing(rooms: Rooms) -> None:
    """Looking in is not yet a conversation."""
    rooms.visit().leave()
    assert len(rooms.lobby) == 0


async def test_who_does_not_come_back_stops_paying(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the grace the reply is stopped upstream and what waits is dropped; the visitor finds the rest later."""
    monkeypatch.setattr(chat.lobby, "GRACE_S", 0.05)
    rooms.emu.set_pace(tokens_per_second=20, tokens=200)
    an = rooms.visit()
    an.say("Một")
    await an.reading()
    an.say("Hai")
    an.leave()
    await until(lambda: rooms.emu.requests[0].ended == "client_gone")
    await an.idle()
    assert len(rooms.emu.requests) == 1
    page = rooms.visit().page
    assert page.outputs("user_message") == ["Một", "Hai"] and len(page.replies) == 1
    assert [receipt["finish_reason"] for receipt in page.receipts] == ["stopped", "stopped"]
    assert page.receipts[1]["cost_usd"] == "0" and page.receipts[1]["cost_bound"] == "exact"


async def test_who_comes_back_in_time_is_not_stopped(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """The farewell is called off, also when only one of two pages had left."""
    monkeypatch.setattr(chat.lobby, "GRACE_S", 0.05)
    rooms.emu.set_pace(SLOWLY)
    an = rooms.visit()
    an.say("Một")
    await an.reading()
    an.leave()
    back = rooms.visit()
    other = rooms.visit(tab="tab-2", thread=back.conversation.id)
    other.leave()
    await asyncio.sleep(0.1)
    await back.idle()
    assert back.page.receipts[0]["finish_reason"] == "stop"


@pytest.mark.parametrize("away", [False, True], ids=["open", "left"])
async def test_a_stranger_never_gets_in(rooms: Rooms, away: bool) -> None:
    """Not with the right thread, not with the right tab, not with the right session."""
    an = rooms.visit("an", tab="tab-1", session="session-1")
    await an.ask("Bí mật")
    if away:
        an.leave()
    thread = an.conversation.id
    for stranger in (
        rooms.visit("kẻ lạ", tab="tab-1", thread=thread, session="session-1"),
        rooms.visit("kẻ lạ khác", tab="", thread=thread, session="session-1"),
    ):
        assert stranger.conversation is not an.conversation
        assert "Bí mật" not in repr(stranger.page.events)


async def test_tabs_have_conversations_of_their_own(rooms: Rooms) -> None:
    """A second tab beside an open one starts afresh, and each finds its own after a reload."""
    one = rooms.visit(tab="tab-1")
    two = rooms.visit(tab="tab-2")
    await asyncio.gather(one.ask("Một"), two.ask("Hai"))
    one.leave()
    two.leave()
    assert rooms.visit(tab="tab-1").page.outputs("user_message") == ["Một"]
    assert rooms.visit(tab="tab-2").page.outputs("user_message") == ["Hai"]


async def test_a_visitor_who_comes_back_in_a_new_tab(rooms: Rooms) -> None:
    """The latest conversation that no page shows is theirs to go on with."""
    an = rooms.visit(tab="tab-1")
    await an.ask("Một")
    an.leave()
    assert rooms.visit(tab="tab-9").conversation is an.conversation


async def test_a_page_without_storage_is_known_by_its_session(rooms: Rooms) -> None:
    """Over a lost line it finds its conversation again."""
    an = rooms.visit(tab="", session="session-1")
    await an.ask("Một")
    an.leave()
    assert rooms.visit(tab="", session="session-1").conversation is an.conversation


async def test_new_chat_is_new(rooms: Rooms) -> None:
    """A visitor who asks for a new chat gets a fresh one, whatever else of theirs is still kept."""
    older = rooms.visit(tab="tab-0")
    await older.ask("Cũ")
    an = rooms.visit(tab="tab-1")
    await an.ask("Một")
    rooms.lobby.enter(older.ticket)
    older.leave()
    an.leave(for_good=True)
    fresh = rooms.visit(tab="tab-1")
    assert fresh.conversation not in (an.conversation, older.conversation)
    assert fresh.page.outputs("user_message") == [] and fresh.page.desk["totals"] == "Chưa có câu trả lời nào"
    fresh.leave()


async def test_new_chat_in_one_of_two_pages(rooms: Rooms) -> None:
    """The page that asked gets a new one, the other keeps what it shows."""
    an = rooms.visit(tab="tab-1")
    twin = rooms.visit(tab="tab-1")
    await an.ask("Một")
    an.leave(for_good=True)
    assert rooms.visit(tab="tab-1").conversation is not twin.conversation
    await twin.ask("Hai")
    assert twin.page.outputs("user_message") == ["Một", "Hai"]


async def test_new_chat_in_mid_reply(rooms: Rooms) -> None:
    """The reply is stopped upstream, and nothing of the conversation stays in memory."""
    rooms.emu.set_pace(tokens_per_second=20, tokens=200)
    an = rooms.visit()
    an.say("Một")
    await an.reading()
    an.leave(for_good=True)
    await until(lambda: rooms.emu.requests[0].ended == "client_gone")
    await an.idle()
    await asyncio.sleep(0.01)
    assert len(rooms.lobby) == 0 and rooms.books.totals(an.conversation.id).total_tokens == 0


async def test_memory_is_bounded(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the conversations without a page only so many are kept, the longest unseen going first."""
    monkeypatch.setattr(chat.lobby, "KEPT", 3)
    visitors: list[Visitor] = []
    for number in range(6):
        visitor = rooms.visit(f"khách {number}")
        await visitor.ask("Một")
        visitors.append(visitor)
    for visitor in visitors:
        visitor.leave()
    assert len(rooms.lobby) == 3
    totals = [rooms.books.totals(visitor.conversation.id).replies for visitor in visitors]
    assert totals == [0, 0, 0, 1, 1, 1]
    assert rooms.visit("khách 0").page.outputs("user_message") == []
    assert rooms.visit("khách 5").page.outputs("user_message") == ["Một"]


async def test_a_conversation_that_is_shown_is_never_dropped(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only those without a page count, however long ago they began."""
    monkeypatch.setattr(chat.lobby, "KEPT", 0)
    stays, goes = rooms.visit("ở"), rooms.visit("đi")
    await asyncio.gather(stays.ask("Một"), goes.ask("Hai"))
    goes.leave()
    assert len(rooms.lobby) == 1
    await stays.ask("Ba")
    assert len(stays.page.receipts) == 2


async def test_who_leaves_twice_has_left(rooms: Rooms) -> None:
    """A page that is already gone changes nothing."""
    an = rooms.visit()
    await an.ask("Một")
    an.leave(for_good=True)
    an.leave()
    assert len(rooms.lobby) == 0
