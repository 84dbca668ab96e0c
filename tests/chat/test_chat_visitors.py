"""What a visitor of a link can do and see, and what an operator can do beside them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from rooms import Rooms, until
from sqlalchemy import select

from chat import service
from ledger.sides import utc_now
from ledger.tables import conversations, receipts

pytestmark = pytest.mark.database


async def test_their_turns_are_the_links(rooms: Rooms) -> None:
    """On record as a visitor's, under the link; an operator's own turns stay apart."""
    link = await rooms.publish()
    an, operator = rooms.visit("an", link=link), rooms.visit("lan")
    await an.ask("Xin chào")
    await operator.ask("Thử xem")
    await rooms.books.flush()
    async with rooms.database.reading() as connection:
        turns = (await connection.execute(select(receipts.c.audience, receipts.c.link))).all()
        talks = (await connection.execute(select(conversations.c.audience, conversations.c.link))).all()
    assert set(map(tuple, turns)) == set(map(tuple, talks)) == {("visitor", link.id), ("operator", None)}


async def test_what_they_see_of_a_receipt(rooms: Rooms) -> None:
    """Times, and neither money nor model; nothing opens, and nothing hidden is in what their page is sent."""
    an = rooms.visit(link=await rooms.publish())
    await an.ask("Xin chào")
    (step,) = an.page.of_type("llm")
    assert "$" not in step["name"] and "DeepSeek" not in step["name"] and step["output"] == ""
    (receipt,) = an.page.receipts
    assert (receipt["cost_usd"], receipt["model"], receipt["provider"]) == (None, None, None)
    assert receipt["latency_ms"] is not None and receipt["demo_version"] == 1
    assert "$" not in an.page.desk["totals"] and "token" not in an.page.desk["totals"]


async def test_what_they_may_set(rooms: Rooms) -> None:
    """The panel offers languages; anything else is refused, whatever a page sends."""
    an = rooms.visit(link=await rooms.publish())
    panel = an.page.panels[-1]
    assert [field["id"] for field in panel] == ["language", "page_language"]
    before = an.conversation.choices
    for forged in ({"temperature": 2}, {"model": "gpt-4.1"}, {"persona": "x"}, {"facts.1": "x"}):
        rooms.service.choose(an.conversation, forged)
    assert an.conversation.choices == before and rooms.shelf.current("boutique").version == 1


async def test_the_words_of_a_wall(rooms: Rooms) -> None:
    """A message on a link that was closed meanwhile goes back to the composer, with the reason."""
    link = await rooms.publish()
    an = rooms.visit(link=link)
    an.conversation.link = replace(link, revoked_at=utc_now())
    rooms.service.tell_of_link(an.conversation)
    id = an.say("Còn ai không?")
    assert an.page.desk["refused"] == id and "đóng" in an.page.desk["closed"]
    assert rooms.emu.requests == []
    an.conversation.link = replace(link, revision=2)
    rooms.service.tell_of_link(an.conversation)
    assert an.page.desk["closed"] == ""


async def test_an_edit_passes_no_wall(rooms: Rooms) -> None:
    """Nor does "answer again": what stands on the page is drawn as it was."""
    link = await rooms.publish()
    an = rooms.visit(link=link)
    id = await an.ask("Xin chào")
    asked, drawn = len(rooms.emu.requests), len(an.page.told("resume_thread"))
    an.conversation.link = replace(link, revoked_at=utc_now())
    await rooms.service.edit(an.conversation, id, "Sửa lại")
    await rooms.service.again(an.conversation)
    await an.idle()
    assert len(rooms.emu.requests) == asked and an.page.outputs("user_message") == ["Xin chào"]
    assert len(an.page.told("resume_thread")) == drawn + 2


async def test_a_reply_under_way_ends_where_its_link_does(rooms: Rooms) -> None:
    """What is there stays; the provider is asked no further."""
    rooms.emu.set_pace(rooms.emu.pace, tokens_per_second=20, tokens=200)
    link = await rooms.publish()
    an = rooms.visit(link=link)
    an.say("Kể cho tôi nghe")
    await an.reading()
    an.conversation.link = replace(link, expires_at=utc_now() - timedelta(seconds=1))
    rooms.service.tell_of_link(an.conversation)
    await an.idle()
    assert an.page.receipts[-1]["finish_reason"] == "interrupted" and an.page.replies[-1]


async def test_messages_and_money_are_counted_by_the_books(rooms: Rooms) -> None:
    """When either is used up the visitor gets a kind sentence, and no model is asked."""
    for terms in ({"messages": 1}, {"budget_usd": Decimal("0.0000001")}):
        an = rooms.visit(tab=str(terms), link=await rooms.publish(**terms))
        asked = len(rooms.emu.requests)
        for _ in range(2):
            await an.ask("Xin chào")
        assert len(rooms.emu.requests) - asked == terms.get("messages", 0)
        assert "liên hệ" in an.page.notices[-1]


async def test_a_visitor_in_a_hurry(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """More messages a minute than the demo allows go back to the composer; an operator is never held up."""
    monkeypatch.setattr(service, "LONGEST_QUEUE", 100)
    an, operator = rooms.visit("an", link=await rooms.publish()), rooms.visit("lan")
    allowed = rooms.shelf.current("boutique").limits.per_minute
    ids = [an.say(f"Câu {n}") for n in range(allowed + 1)]
    assert an.page.desk["refused"] == ids[-1] and len(an.conversation.turns) == allowed
    for n in range(allowed + 1):
        operator.say(f"Câu {n}")
    assert len(operator.conversation.turns) == allowed + 1
    await an.idle()
    await operator.idle()


async def test_a_longer_message_than_the_demo_takes(rooms: Rooms) -> None:
    """It goes back, with both numbers."""
    an = rooms.visit(link=await rooms.publish())
    an.say("x" * 2001)
    assert "2.001" in an.page.told("toast")[-1]["message"] and "2.000" in an.page.told("toast")[-1]["message"]


async def test_an_operator_edits_beside_the_chat(rooms: Rooms) -> None:
    """A persona saved in the panel is a version: the visitor's very next message uses it, as the receipt says."""
    await rooms.versions.open(rooms.books.save_version)
    an, operator = rooms.visit("an", link=await rooms.publish()), rooms.visit("lan")
    await an.ask("Xin chào")
    fields = {field["id"]: field["initial"] for field in operator.page.panels[-1]}
    assert fields["persona"] == "Bạn là Mây."
    rooms.service.choose(operator.conversation, {**fields, "persona": "Bạn là Tia."})
    await until(lambda: rooms.shelf.current("boutique").version == 2)
    await an.ask("Còn ai không?")
    assert "Bạn là Tia." in rooms.prompts[-1][0][1] and an.page.receipts[-1]["demo_version"] == 2
    await until(lambda: "phiên bản 2" in operator.page.told("toast")[-1]["message"])


async def test_an_edit_that_is_no_demo(rooms: Rooms) -> None:
    """It changes nothing, and the reason names the field."""
    await rooms.versions.open(rooms.books.save_version)
    operator = rooms.visit("lan")
    fields = {field["id"]: field["initial"] for field in operator.page.panels[-1]}
    rooms.service.choose(operator.conversation, {**fields, "persona": ""})
    await until(lambda: any("persona" in toast["message"] for toast in operator.page.told("toast")))
    assert rooms.shelf.current("boutique").version == 1


async def test_what_only_an_operator_can_mend(rooms: Rooms) -> None:
    """A visitor is not told which variable is wrong; an operator is."""
    rooms.emu.set_fault("bad_key")
    an, operator = rooms.visit("an", link=await rooms.publish()), rooms.visit("lan")
    await an.ask("Xin chào")
    await operator.ask("Xin chào")
    assert "liên hệ trực tiếp" in an.page.notices[-1] and "KEY" not in an.page.notices[-1]
    assert "HOLYSHEEP_API_KEY" in operator.page.notices[-1]
