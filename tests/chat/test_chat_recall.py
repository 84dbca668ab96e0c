"""Conversations that come back from the books: after a restart, after a crash, in another tab."""

from decimal import Decimal
from pathlib import Path

import pytest
from rooms import Rooms, Visitor, until

from chat.lobby import Ticket
from emulator import Pace
from holysheep import Provider
from ledger import Database, give_feedback

pytestmark = pytest.mark.database

SLOWLY = Pace(first_token_s=0.01, tokens_per_second=50, tokens=200)


async def restart(rooms: Rooms) -> None:
    """Close the books, forget everything, open them again."""
    await rooms.close()
    await rooms.open()


async def back(rooms: Rooms, ticket: Ticket) -> Visitor:
    """A page comes to a desk that has nothing in memory."""
    assert rooms.lobby.lacks(ticket)
    found = await rooms.service.recall(ticket)
    if found is not None:
        rooms.lobby.adopt(found)
    return rooms.visit(ticket.owner, ticket.tab, ticket.thread)


def drawn(visitor: Visitor) -> list[tuple[str, str, str]]:
    """What stands on a page, without the ids of what was drawn anew."""
    return [(step["type"], step["name"], step["output"]) for step in visitor.page.steps.values()]


async def test_a_conversation_survives_a_restart(rooms: Rooms) -> None:
    """Messages, replies, receipts, buttons, totals and settings are as they were, and the model is told of them."""
    an = rooms.visit()
    rooms.service.choose(an.conversation, {"model": "gpt-4.1", "max_tokens": 64})
    await an.ask("Một")
    await an.ask("Hai")
    before, totals = drawn(an), an.page.desk["totals"]
    await restart(rooms)
    again = await back(rooms, Ticket("an", "s2", "tab-2", "", "vi"))
    assert again.conversation.id == an.conversation.id and drawn(again) == before
    assert again.page.desk["totals"] == totals and again.page.buttons == ["regenerate"]
    assert again.page.panels[0][0]["initial"] == "gpt-4.1"
    await again.ask("Ba")
    told = [text for role, text in rooms.prompts[-1] if role == "user"]
    assert told == ["Một", "Hai", "Ba"]
    assert again.page.desk["totals"].startswith("3 câu trả lời")


async def test_only_its_owner_gets_it(rooms: Rooms) -> None:
    """Neither the latest nor one by its address."""
    an = rooms.visit()
    await an.ask("Bí mật")
    await restart(rooms)
    stranger = await back(rooms, Ticket("kẻ lạ", "s2", "tab-1", an.conversation.id, "vi"))
    assert stranger.conversation.id != an.conversation.id and stranger.page.outputs("user_message") == []


async def test_edits_and_clearings_stay(rooms: Rooms) -> None:
    """What was taken off the screen does not come back; what it cost does."""
    an = rooms.visit()
    await an.ask("Một")
    await rooms.service.clear(an.conversation)
    first = await an.ask("Hai")
    await an.ask("Ba")
    await rooms.service.edit(an.conversation, first, "Hai, sửa")
    await an.idle()
    await rooms.service.again(an.conversation)
    await an.idle()
    await restart(rooms)
    again = await back(rooms, Ticket("an", "s2", "tab-1", "", "vi"))
    assert again.page.outputs("user_message") == ["Hai, sửa"] and len(again.page.replies) == 1
    assert again.page.desk["totals"].startswith("5 câu trả lời")


async def test_a_crash_in_mid_reply(rooms: Rooms, provider: Provider, tmp_path: Path) -> None:
    """All that was seen of the reply is there, marked as cut short, with a button; what waited is there, too."""
    rooms.emu.set_pace(SLOWLY)
    an = rooms.visit()
    an.say("Kể chuyện")
    await until(lambda: an.page.replies and len(an.page.replies[0]) > 120)
    an.say("Còn nữa")
    await until(lambda: len(an.page.desk.get("queued", [])) == 1)
    await rooms.books.flush()
    seen = an.page.replies[0]
    # Another program over the same rows, while this one has not closed its books: as after a kill.
    await rooms.books._replica.release()
    async with Database(data_dir=tmp_path / "data") as database:
        after = Rooms(rooms.emu, tmp_path, provider, database)
        await after.open()
        again = await back(after, Ticket("an", "s2", "tab-1", an.conversation.id, "vi"))
        assert again.page.outputs("user_message") == ["Kể chuyện", "Còn nữa"]
        (reply,) = again.page.replies
        assert reply.startswith(seen)
        assert [receipt["finish_reason"] for receipt in again.page.receipts] == ["interrupted", "interrupted"]
        assert [receipt["usage_source"] for receipt in again.page.receipts] == ["estimated", "none"]
        assert len(again.page.notices) == 2 and again.page.buttons == ["regenerate"]
        after.emu.set_pace(Pace(tokens=5, tokens_per_second=0))
        await rooms.service.close()
        await again.ask("Tiếp")
        assert again.page.receipts[-1]["finish_reason"] == "stop"
        await after.close()


async def test_a_message_is_kept_before_the_page_is_told(rooms: Rooms) -> None:
    """The page may let go of a message only when it is on record; one that comes again is told of again."""
    an = rooms.visit()
    id = an.say("Một")
    assert not any("kept" in news for news in an.page.told("desk"))
    await until(lambda: an.page.desk.get("kept") == [id])
    await an.idle()
    an.say("Một", id)
    assert [news["kept"] for news in an.page.told("desk") if "kept" in news] == [[id], [id]]
    assert an.page.outputs("user_message") == ["Một"]


async def test_a_thumb_comes_back(rooms: Rooms) -> None:
    """It hangs on the turn's frame, under whose id it was given."""
    an = rooms.visit()
    await an.ask("Một")
    (run,) = an.page.of_type("run")
    await rooms.books.flush()
    assert await give_feedback(rooms.database, run["id"], "kẻ lạ", 1) is None
    assert await give_feedback(rooms.database, run["id"], "an", 0, "Chưa rõ giá")
    await restart(rooms)
    again = await back(rooms, Ticket("an", "s2", "tab-1", "", "vi"))
    (run,) = again.page.of_type("run")
    assert (run["feedback"]["value"], run["feedback"]["comment"]) == (0, "Chưa rõ giá")


async def test_a_new_chat_stays_new(rooms: Rooms) -> None:
    """Who asked for a new conversation and reloads is not given the old one."""
    an = rooms.visit()
    await an.ask("Một")
    an.leave(for_good=True)
    fresh = rooms.visit()
    fresh.leave()
    ticket = Ticket("an", "s3", "tab-1", "", "vi")
    assert not rooms.lobby.lacks(ticket)
    assert rooms.visit().page.outputs("user_message") == []


async def test_a_budget_that_is_used_up(rooms: Rooms) -> None:
    """The visitor is told kindly, no model is asked, and the next message is answered once there is money again."""
    await rooms.books.set_budget("installation", Decimal("0.0001"))
    an = rooms.visit()
    await an.ask("Một")
    assert rooms.emu.requests == [] and an.page.receipts[0]["error"] == "out_of_money"
    assert len(an.page.notices) == 1 and "Ngân sách" in an.page.notices[0] and an.page.buttons == []
    await rooms.books.set_budget("installation", Decimal(1))
    await an.ask("Hai")
    assert an.page.receipts[1]["finish_reason"] == "stop"


async def test_an_address_goes_before_what_the_tab_showed(rooms: Rooms) -> None:
    """An old conversation is opened by its address, from a tab that has another one, and the other is still there."""
    old = rooms.visit()
    await old.ask("Một")
    old.leave(for_good=True)
    new = rooms.visit()
    await new.ask("Hai")
    new.leave()
    opened = await back(rooms, Ticket("an", "s2", "tab-1", old.conversation.id, "vi"))
    assert opened.page.outputs("user_message") == ["Một"]
    assert rooms.visit(thread=new.conversation.id).conversation is new.conversation
