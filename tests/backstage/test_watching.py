"""Prospects' conversations, followed by operators and by nobody else."""

import asyncio
from typing import Any

import pytest
from operators import Desk, until

from backstage.watching import MOST_LINES
from chat import steps
from chat.conversation import Conversation, Turn
from ledger import DatabaseUnusable

pytestmark = pytest.mark.database


def texts(panel: dict[str, Any]) -> list[tuple[str, str]]:
    """Who said what."""
    return [(message["who"], message["text"]) for message in panel["data"]["messages"]]


async def test_only_prospects_are_watched(desk: Desk) -> None:
    """What an operator says, at the desk or on the stage, is in no list and opens by no id."""
    link = await desk.publish(customer="Shop ABC")
    theirs = await desk.said(link, "Có ship không?", audience="visitor")
    stage = await desk.said(link, "Thử xem", audience="operator")
    own = await desk.said(None, "Riêng tôi", audience="operator")
    an = desk.come()
    shown = await an.do("watch")
    assert [one["conversation"] for one in shown["data"]["conversations"]] == [theirs]
    for id in (stage, own):
        shown = await an.do("watch", "--conversation", id)
        assert "no longer on record" in shown["error"]
        assert "Thử xem" not in str(an.panels) and "Riêng tôi" not in str(an.panels)


async def test_from_the_books(desk: Desk) -> None:
    """A conversation of another replica: what was asked, and the next question as it comes."""
    link = await desk.publish(customer="Shop ABC")
    id = await desk.said(link, "Có ship không?")
    an = desk.come()
    shown = await an.do("watch", "--conversation", id)
    assert (shown["data"]["watched"], texts(shown)) == (id, [("visitor", "Có ship không?")])
    (one,) = shown["data"]["conversations"]
    assert (one["customer"], one["demo"], one["live"], one["first_words"]) == (
        "Shop ABC",
        "boutique",
        False,
        "Có ship không?",
    )
    other = await desk.said(link, "Mấy giờ mở cửa?")
    await until(lambda: len(an.panels[-1]["data"]["conversations"]) == 2)
    assert an.panels[-1]["data"]["watched"] == id != other


async def test_from_the_screen(desk: Desk) -> None:
    """Word by word, before the reply is on record; the receipt stands with the last of them."""
    link = await desk.publish()
    id = await desk.said(link, "Có ship không?")
    here = desk.here[id] = Conversation(id, "v", "boutique", "vi", link)
    turn = Turn("m-1", "Có ship không?")
    here.turns.append(turn)
    reply = steps.reply(id, "Mây", "m-1")
    turn.steps.append(reply)
    an = desk.come()
    await an.do("watch", link.id)
    for words in ("Dạ", "Dạ có"):
        reply["output"] = words
        await until(lambda said=words: texts(an.panels[-1])[-1] == ("assistant", said))
    turn.steps.append({**reply, "id": "r-1", "type": "llm", "name": "0,18 s", "output": ""})
    await until(lambda: an.panels[-1]["data"]["messages"][-1]["receipt"] == "0,18 s")
    assert an.opened == ["desk-watch"]


async def test_nothing_new_is_not_sent_again(desk: Desk) -> None:
    """A view that stands still costs the page nothing."""
    await desk.said(await desk.publish(), "Có ship không?")
    an = desk.come()
    await an.do("watch")
    await asyncio.sleep(0.3)
    assert len(an.panels) == 1


@pytest.mark.parametrize(
    "how", ["closed", "another view", "left", "left while it is read", "the program ends"]
)
async def test_nobody_watches_on(desk: Desk, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the view or the page is gone the books are read no more."""
    link = await desk.publish()
    id = await desk.said(link, "Có ship không?")
    an = desk.come()
    before = asyncio.all_tasks()
    if how == "left while it is read":
        an.press("watch", link.id)
        await until(lambda: desk.flushed)
        an.leave()
        await until(lambda: an.panels)
    else:
        await an.do("watch", link.id)
        assert len(asyncio.all_tasks() - before) == 1
        match how:
            case "closed":
                an.press("unwatch")
            case "another view":
                await an.do("links")
            case "left":
                an.leave()
            case "the program ends":
                await desk.backstage.close()
    await until(lambda: not asyncio.all_tasks() - before)
    shown = len(an.panels)
    await desk.said(link, "Còn ai không?")
    await asyncio.sleep(0.1)
    assert len(an.panels) == shown and id


async def test_what_stands_beside_it_ends_nothing(desk: Desk) -> None:
    """The stage, and a command that fails, leave the view alive."""
    link = await desk.publish()
    await desk.said(link, "Có ship không?")
    an = desk.come()
    await an.do("watch", link.id)
    an.press("stage")
    await until(lambda: "stage" in an.page.desk)
    assert (await an.do("stage", "nothing"))["error"]
    other = await desk.said(link, "Mấy giờ mở cửa?")
    await until(lambda: other in str(an.panels[-1]))
    assert an.opened == ["desk-watch"]


async def test_a_database_that_comes_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is read again; meanwhile the view stands."""
    link = await desk.publish()
    await desk.said(link, "Có ship không?")
    an = desk.come()
    await an.do("watch", link.id)
    failed = 0

    async def away(*_: object, **__: object) -> None:
        nonlocal failed
        failed += 1
        raise DatabaseUnusable("failed", vi="mất", en="gone")

    with monkeypatch.context() as broken:
        broken.setattr("backstage.watching.list_conversations", away)
        await until(lambda: failed > 2)
    other = await desk.said(link, "Mấy giờ mở cửa?")
    await until(lambda: other in str(an.panels[-1]))


async def test_what_ends_by_itself_is_in_the_log(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A view that stands still for an error of ours."""
    await desk.said(await desk.publish(), "Có ship không?")
    an = desk.come()
    await an.do("watch")

    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("backstage.watching.list_conversations", broken)
    await until(lambda: "ZeroDivisionError" in caplog.text)


async def test_a_link_without_visitors(desk: Desk) -> None:
    """Nobody has come: the first who does is followed at once."""
    link = await desk.publish()
    an = desk.come()
    assert (await an.do("watch", link.id))["data"] == {"conversations": [], "watched": None, "messages": []}
    id = await desk.said(link, "Có ship không?")
    await until(lambda: an.panels[-1]["data"]["watched"] == id)


async def test_an_old_conversation_stays_in_its_list(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many prospects have written since."""
    monkeypatch.setattr("backstage.watching.MOST", 2)
    link = await desk.publish(customer="Shop ABC")
    ids = [await desk.said(link, f"Câu {n}") for n in range(4)]
    shown = await desk.come().do("watch", "--conversation", ids[0])
    listed = [one["conversation"] for one in shown["data"]["conversations"]]
    assert len(listed) == 3 and listed[-1] == ids[0]


async def test_a_watched_reply_is_put_right(desk: Desk) -> None:
    """It knows its question, and the demo that gave it, which is what its form sends."""
    link = await desk.publish()
    id = await desk.said(link, "Có ship không?")
    here = desk.here[id] = Conversation(id, "v", "cosmetics", "vi", link)
    turn = Turn("m-1", "Có ship không?")
    turn.steps.append(steps.reply("c", "Mây", "m-1") | {"output": "Dạ không."})
    here.turns.append(turn)
    an = desk.come()
    _, line = (await an.do("watch", "--conversation", id))["data"]["messages"]
    assert (line["question"], line["demo"]) == ("Có ship không?", "cosmetics")
    saved = await an.do("fix", "--", line["demo"], line["question"], "Dạ có ạ.")
    assert (saved["data"]["demo"], saved["data"]["answer"]) == ("cosmetics", "Dạ có ạ.")


async def test_a_long_conversation(desk: Desk) -> None:
    """Its newest lines are followed; what is on record and what is on the screen alike."""
    link = await desk.publish()
    id = await desk.said(link, *(f"Câu {number}" for number in range(MOST_LINES + 5)))
    an = desk.come()
    lines = (await an.do("watch", "--conversation", id))["data"]["messages"]
    assert [line["text"] for line in lines] == [f"Câu {number}" for number in range(5, MOST_LINES + 5)]
    here = desk.here[id] = Conversation(id, "v", "boutique", "vi", link)
    here.turns.extend(Turn(f"m-{number}", f"Trên trang {number}") for number in range(MOST_LINES + 7))
    await until(lambda: an.panels[-1]["data"]["messages"][0]["text"] == "Trên trang 7")
    assert len(an.panels[-1]["data"]["messages"]) == MOST_LINES
