"""Who is heard at the desk, and where each command is answered."""

import asyncio
from typing import Any

import pytest
from operators import Desk, Operator, until

from backstage.page import ELEMENTS, LONGEST_ERROR, MOST_WAITING, VIEW_OF
from backstage.words import WORDS
from chat.conversation import Turn
from ledger import DatabaseUnusable

pytestmark = pytest.mark.database


@pytest.fixture
def an(desk: Desk) -> Operator:
    """An operator's page."""
    return desk.come()


def test_every_word_is_done_and_has_a_view(desk: Desk, an: Operator) -> None:
    """None of those that the door lets in is unknown further on."""
    assert set(WORDS) == set(desk.backstage._does)
    assert set(WORDS) - {"unwatch"} <= ELEMENTS.keys() | VIEW_OF.keys()
    (offered,) = an.page.told("set_commands")
    assert {one["id"] for one in offered} - {"report"} <= set(WORDS)


async def test_nobody_but_an_operator_is_heard(desk: Desk) -> None:
    """Not a visitor, not an operator on the stage, not a page that never entered; and none of them is told anything."""
    link = await desk.publish()
    stage, stranger = desk.come("An", link=link), desk.come("")
    for page in (stage, stranger):
        page.press("revoke", link.id)
        assert page.type("/links") is False
        page.leave()
    desk.backstage.heard("no such socket", {"words": ["links"]})
    await asyncio.sleep(0.05)
    assert stage.page.events == stranger.page.events == []
    assert (await desk.come().do("links"))["data"]["rows"][0]["state"] == "open"


async def test_thousands_of_presses(desk: Desk, an: Operator) -> None:
    """No more wait than somebody can mean; the rest is dropped, and the page works on."""
    for _ in range(5000):
        an.press("links")
    await until(lambda: len(an.panels) == MOST_WAITING)
    assert (await an.do("versions"))["view"] == "versions"
    assert len(an.panels) == MOST_WAITING + 1


@pytest.mark.parametrize(
    ("words", "view"),
    [
        (["rollback", "boutique", "99"], "versions"),
        (["compare", "boutique", "99999999999999999999999"], "versions"),
        (["revoke", "nothing"], "links"),
        (["stage", "nothing"], "links"),
        (["publish", "nowhere"], "publish"),
        (["publish", "boutique", "--budget", "viel"], "publish"),
        (["fix", "boutique"], "fix"),
        (["links", "x" * 500_000], "links"),
        (["links", "-" * 500_000], "links"),
        (["watch", "nothing"], "watch"),
        (["watch", "--conversation"], "watch"),
        (["watch", "--conversation", "nothing"], "watch"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
@pytest.mark.parametrize("language", ["vi", "en"])
async def test_an_error_comes_once_in_a_view_that_is_filled(
    desk: Desk, words: list[str], view: str, language: Any
) -> None:
    """Whatever was closed before; it is short enough to be read, and says something of its own."""
    page = desk.come(language=language)
    shown = await page.do(*words)
    assert (shown["view"], len(page.panels)) == (view, 1)
    assert 10 < len(shown["error"]) <= LONGEST_ERROR
    assert shown["data"] is not None or view == "fix"
    other = await desk.come(language="en" if language == "vi" else "vi").do(*words)
    assert other["error"] != shown["error"]


async def test_an_error_leaves_a_form_as_it_stands(desk: Desk, an: Operator) -> None:
    """The view is not opened anew, for it would lose what was typed; another command's error comes there, too."""
    form = await an.do("publish")
    for words in (["publish", "boutique", "--messages", "none"], ["revoke", "nothing"]):
        shown = await an.do(*words)
        assert shown["error"] and (shown["view"], shown["data"]) == ("publish", form["data"])
    assert an.opened == ["desk-publish"]
    assert (await an.do("publish", "boutique"))["error"] is None


async def test_a_view_that_was_closed_opens_again(desk: Desk, an: Operator) -> None:
    """What is typed into the chat leaves a view where it is."""
    await an.do("links")
    assert an.type("/links")
    await until(lambda: len(an.panels) == 2)
    assert an.opened == ["desk-links"]
    an.press("unwatch")
    await an.do("links")
    assert an.opened == ["desk-links", "desk-links"]
    keys = [told["key"] for told in an.page.told("set_sidebar_elements")]
    assert len({*keys}) == 2


async def test_a_failure_of_ours_is_no_ones_secret_text(
    desk: Desk, an: Operator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told without its words, also where the view cannot be filled either; the next command is done."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("hs-a-secret")

    monkeypatch.setattr(desk.shop.shelf, "names", broken)
    shown = await an.do("publish")
    assert "hs-a-secret" not in str(shown) and "log" in shown["error"] and shown["data"] is None
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    assert (await an.do("publish"))["error"] is None


async def test_a_database_that_is_away(desk: Desk, an: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is told as such."""

    async def away() -> None:
        raise DatabaseUnusable("failed", vi="đĩa đầy", en="the disk is full")

    monkeypatch.setattr(desk.books, "flush", away)
    shown = await an.do("links")
    assert "the disk is full" in shown["error"] and shown["data"] is None


async def test_a_message_that_comes_again_is_done_once(desk: Desk, an: Operator) -> None:
    """A page that was not told that it is kept sends it again, from a socket of its own, too."""
    assert an.type("/publish boutique --for X", "id-1")
    await until(lambda: an.panels)
    again = desk.come()
    assert again.type("/publish boutique --for X", "id-1")
    assert again.page.desk["kept"] == ["id-1"]
    assert len((await again.do("links"))["data"]["rows"]) == 1
    assert desk.come("Binh").type("/links", "id-1")


async def test_a_message_that_becomes_a_command(desk: Desk, an: Operator) -> None:
    """Its edit is done, and the page gets back what it has taken away."""
    an.visit.conversation.turns.append(Turn("id-1", "Xin chào"))
    drawn = len(an.page.told("resume_thread"))
    assert an.type("/links", "id-1", edited=True) and not an.type("Chào", "id-1", edited=True)
    await until(lambda: an.panels)
    assert len(an.page.told("resume_thread")) == drawn + 1
    assert [turn.text for turn in an.visit.conversation.turns] == ["Xin chào"]


async def test_figures_count_the_last_reply(desk: Desk, an: Operator) -> None:
    """What is being written is on record before links are read."""
    await an.do("links")
    assert desk.flushed == 1
