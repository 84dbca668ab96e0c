"""More replies at once than the machine carries: a line, kind words in it, and a bounded wait."""

import asyncio
from dataclasses import replace

import pytest
from rooms import Rooms, Visitor, until
from sqlalchemy import func, select

from chat import Admission, admission
from demos import Link
from emulator import Pace
from ledger.sides import utc_now
from ledger.tables import receipts

#: Two seconds a reply.
SLOWLY = Pace(first_token_s=0.01, tokens_per_second=50, tokens=100)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is told of at once."""
    monkeypatch.setattr(admission, "TELL_EVERY_S", 0.05)


async def crowd(rooms: Rooms, *names: str, most: int = 1, wait_s: float = 20.0) -> list[Visitor]:
    """Visitors of one link, where so many are answered at once."""
    rooms.service.admission = Admission(most, wait_s)
    link = await rooms.publish()
    return [rooms.visit(name, link=link, session=name) for name in names]


async def one_waits(rooms: Rooms) -> tuple[Visitor, Visitor, str]:
    """One who is being answered, slowly; one who stands in line, and the id of their message."""
    rooms.emu.set_pace(SLOWLY)
    an, binh = await crowd(rooms, "an", "binh")
    an.say("Một")
    await until(lambda: an.page.replies)
    id = binh.say("Hai")
    await until(lambda: rooms.service.admission.waiting)
    return an, binh, id


def asked(rooms: Rooms) -> list[str]:
    """What the provider was asked, in order."""
    return [prompt[-1][1] for prompt in rooms.prompts]


async def test_who_comes_later_waits_in_line(rooms: Rooms) -> None:
    """They read that they do and at which place, may stop, and are answered when it is their turn."""
    rooms.emu.set_pace(SLOWLY)
    an, binh, chi = await crowd(rooms, "an", "binh", "chi")
    an.say("Một")
    await until(lambda: an.page.replies)
    binh.say("Hai")
    chi.say("Ba")
    await until(lambda: "thứ 2" in (chi.page.desk.get("status") or ""))
    assert "Sắp đến lượt" in binh.page.desk["status"] and binh.page.busy
    assert binh.page.outputs("user_message") == ["Hai"] and asked(rooms) == ["Một"]
    assert (rooms.service.admission.running, rooms.service.admission.waiting) == (1, 2)
    rooms.emu.set_pace(tokens_per_second=0, tokens=5)
    an.conversation.running.stop()  # type: ignore[union-attr]
    for visitor in (binh, chi):
        await visitor.idle()
        assert visitor.page.desk["status"] is None and len(visitor.page.replies) == 1
        assert visitor.page.receipts[-1]["finish_reason"] == "stop" and not visitor.page.busy
    assert asked(rooms) == ["Một", "Hai", "Ba"]
    assert (rooms.service.admission.running, rooms.service.admission.waiting) == (0, 0)


async def test_the_place_of_a_page_that_comes_back(rooms: Rooms) -> None:
    """A reload in the line shows the question and the line again, and costs no place."""
    _, binh, _ = await one_waits(rooms)
    await until(lambda: binh.page.desk.get("status"))
    again = rooms.visit("binh", link=binh.conversation.link, session="binh")
    assert again.conversation is binh.conversation
    assert again.page.desk["status"] and again.page.desk["busy"]
    assert again.page.outputs("user_message") == ["Hai"]


async def test_ten_messages_of_one_stand_behind_one_of_another(rooms: Rooms) -> None:
    """Fair by conversation: each has one place in the line, whatever else it asks."""
    rooms.emu.set_pace(SLOWLY)
    an, binh, chi = await crowd(rooms, "an", "binh", "chi")
    an.say("Một")
    await until(lambda: an.page.replies)
    for n in range(4):
        binh.say(f"Bình {n}")
    chi.say("Chi")
    await until(lambda: rooms.service.admission.waiting == 2)
    rooms.emu.set_pace(tokens_per_second=0, tokens=2)
    an.conversation.running.stop()  # type: ignore[union-attr]
    await binh.idle()
    assert asked(rooms)[:3] == ["Một", "Bình 0", "Chi"] and asked(rooms)[-1] == "Bình 3"


async def test_who_waits_too_long_is_sent_back_kindly(rooms: Rooms) -> None:
    """With a time to come back, the words back in the text box in order, and nothing charged or kept open."""
    rooms.emu.set_pace(SLOWLY)
    an, binh = await crowd(rooms, "an", "binh", wait_s=0.3)
    an.say("Một")
    await until(lambda: an.page.replies)
    ids = [binh.say("Hai"), binh.say("Hai nữa")]
    await until(lambda: binh.conversation.worker is None)
    refused = [news["refused"] for news in binh.page.told("desk") if "refused" in news]
    assert (
        refused == ids[::-1] and binh.page.desk["text"] == "Hai" and "khoảng 10 giây" in binh.page.toasts[-1]
    )
    assert binh.page.outputs("user_message") == [] and not binh.page.busy
    assert binh.page.desk["status"] is None and binh.page.desk["queued"] == []
    assert asked(rooms) == ["Một"] and rooms.service.admission.refused == 1
    await rooms.books.flush()
    async with rooms.database.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(receipts))).scalar() == 1
    an.conversation.running.stop()  # type: ignore[union-attr]
    await an.idle()
    rooms.emu.set_pace(tokens_per_second=0, tokens=2)
    await binh.ask("Hai")
    assert len(binh.page.replies) == 1 and binh.page.receipts[-1]["finish_reason"] == "stop"


async def test_a_line_without_hope_is_not_joined(rooms: Rooms) -> None:
    """Where the wait would be too long anyway the answer comes at once, and says when."""
    rooms.emu.set_pace(SLOWLY)
    an, binh, chi, dung = await crowd(rooms, "an", "binh", "chi", "dung", wait_s=15.0)
    an.say("Một")
    await until(lambda: an.page.replies)
    binh.say("Hai")
    chi.say("Ba")
    await until(lambda: rooms.service.admission.waiting == 2)
    id = dung.say("Bốn")  # behind two others, a usual reply takes ten seconds
    assert dung.page.desk["refused"] == id and "khoảng 20 giây" in dung.page.toasts[-1]
    assert dung.page.outputs("user_message") == []


async def test_stop_ends_the_wait(rooms: Rooms) -> None:
    """Who presses Stop in the line leaves it at once, and is not asked."""
    _, binh, _ = await one_waits(rooms)
    rooms.service.stop(binh.conversation)
    await binh.idle()
    assert binh.page.receipts[-1]["finish_reason"] == "stopped" and asked(rooms) == ["Một"]
    assert not binh.page.busy and binh.page.desk["status"] is None


async def test_clearing_ends_the_wait(rooms: Rooms) -> None:
    """Nothing of the question is left, and nobody's place is taken."""
    _, binh, _ = await one_waits(rooms)
    await rooms.service.clear(binh.conversation)
    assert binh.page.outputs("user_message") == [] and not binh.page.busy
    assert (rooms.service.admission.running, rooms.service.admission.waiting) == (1, 0)
    assert asked(rooms) == ["Một"]


async def test_who_leaves_leaves_the_line(rooms: Rooms) -> None:
    """A page that is gone for good holds no place."""
    _, binh, _ = await one_waits(rooms)
    binh.leave(for_good=True)
    await until(lambda: not rooms.service.admission.waiting)
    await binh.idle()
    assert asked(rooms) == ["Một"]


async def test_a_link_that_closes_meanwhile(rooms: Rooms) -> None:
    """What stood in line is not asked when its turn comes: it goes back to the text box."""
    an, binh, id = await one_waits(rooms)
    assert isinstance(binh.conversation.link, Link)
    binh.conversation.link = replace(binh.conversation.link, revoked_at=utc_now())
    an.conversation.running.stop()  # type: ignore[union-attr]
    await binh.idle()
    assert binh.page.desk["refused"] == id and asked(rooms) == ["Một"] and not binh.page.busy


async def test_operators_do_not_wait(rooms: Rooms) -> None:
    """They are few, and on a call."""
    rooms.emu.set_pace(SLOWLY)
    (an,) = await crowd(rooms, "an")
    an.say("Một")
    await until(lambda: an.page.replies)
    operator = rooms.visit("lan")
    operator.say("Hai")
    await until(lambda: operator.page.replies)
    assert an.page.busy and rooms.service.admission.running == 2


async def test_at_a_shutdown_the_line_stays_on_record(rooms: Rooms) -> None:
    """Who waits is neither asked nor sent back: the question is there again after the next start."""
    _, binh, _ = await one_waits(rooms)
    await until(lambda: rooms.service.admission.waiting and "kept" in binh.page.desk)
    async with asyncio.timeout(3):
        await rooms.service.close()
    assert "refused" not in binh.page.desk and binh.page.outputs("user_message") == ["Hai"]
    assert asked(rooms) == ["Một"]


async def test_a_page_that_was_away_gets_its_words_back(rooms: Rooms) -> None:
    """Who was sent back while their line was down finds the words when it is up again."""
    rooms.emu.set_pace(SLOWLY)
    an, binh = await crowd(rooms, "an", "binh", wait_s=0.3)
    an.say("Một")
    await until(lambda: an.page.replies)
    id = binh.say("Hai")
    binh.leave()
    await until(lambda: binh.conversation.worker is None)
    again = rooms.visit("binh", link=binh.conversation.link, session="binh")
    assert again.conversation is binh.conversation
    assert (again.page.desk["refused"], again.page.desk["text"]) == (id, "Hai")
    assert again.page.outputs("user_message") == []
