"""A page that was not answered asks again: what it pressed is done once, and answered to whoever asks last."""

import asyncio
from typing import Any

import pytest
from operators import Desk, Operator, until

import backstage.command
from backstage.command import Commands

pytestmark = pytest.mark.database


def press(page: Operator, id: Any, *words: str) -> None:
    """Send what a button sends, under an id."""
    page.desk.backstage.heard(page.sid, {"id": id, "words": [*words]})


async def links(desk: Desk) -> int:
    """How many there are."""
    return len((await desk.come("Looker").do("links"))["data"]["rows"])


async def test_an_answer_that_was_lost(desk: Desk) -> None:
    """The next page shows the very link that was made."""
    an = desk.come()
    press(an, "id-1", "publish", "boutique", "--for", "Shop ABC")
    await until(lambda: an.panels)
    an.leave()
    again = desk.come()
    press(again, "id-1", "publish", "boutique", "--for", "Shop ABC")
    await until(lambda: again.panels)
    assert again.panels == an.panels and again.opened == ["desk-publish"]
    assert an.panels[0]["id"] == "id-1"
    assert await links(desk) == 1
    press(again, "id-2", "publish", "boutique", "--for", "Shop ABC")
    press(desk.come("Binh"), "id-1", "publish", "boutique", "--for", "Shop ABC")
    await until(lambda: len(again.panels) == 2)
    await asyncio.sleep(0.05)
    assert await links(desk) == 3


async def test_under_way_while_the_line_is_lost(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A draft takes a model up to a minute: it goes on, and its news goes to the page that came back."""
    held, save = asyncio.Event(), desk.shop.versions.save

    async def slow(*words: Any, **more: Any) -> Any:
        await held.wait()
        return await save(*words, **more)

    monkeypatch.setattr(desk.shop.versions, "save", slow)
    an = desk.come()
    press(an, "id-1", "new", "Tiệm Gió", "Bán diều.")
    await asyncio.sleep(0.02)
    an.leave()
    again = desk.come()
    for _ in range(2):
        press(again, "id-1", "new", "Tiệm Gió", "Bán diều.")
    held.set()
    await until(lambda: "go" in again.page.desk)
    assert [name for name in desk.shop.shelf.names() if name.startswith("tiem")] == ["tiem-gio"]
    press(again, "id-1", "new", "Tiệm Gió", "Bán diều.")
    assert len([told for told in again.page.told("desk") if "go" in told]) == 2


async def test_a_refusal_comes_again_too(desk: Desk) -> None:
    """And a fix with all that it says: the form, and what to ask on the stage."""
    an = desk.come()
    press(an, "id-1", "revoke", "nothing")
    press(an, "id-2", "fix", "boutique", "Có ship không?", "Dạ có.")
    await until(lambda: "ask_on_stage" in an.page.desk)
    version = desk.shop.shelf.current("boutique").version
    again = desk.come()
    press(again, "id-1", "revoke", "nothing")
    press(again, "id-2", "fix", "boutique", "Có ship không?", "Dạ có.")
    assert "nothing" in again.panels[0]["error"]
    assert again.panels[1]["data"]["saved"] == {"version": version}
    assert again.page.desk["ask_on_stage"] == "Có ship không?"
    assert [panel["id"] for panel in again.panels] == ["id-1", "id-2"] and again.page.desk["id"] == "id-2"
    await asyncio.sleep(0.05)
    assert desk.shop.shelf.current("boutique").version == version


async def test_what_was_never_begun_is_begun(desk: Desk) -> None:
    """A page went while its command waited, or too many waited: the id counts for nothing."""
    an = desk.come()
    for number in range(8):
        press(an, f"id-{number}", "publish", "boutique")
    refused = [panel for panel in an.panels if panel["error"]]
    assert [panel["id"] for panel in refused] == ["id-5", "id-6", "id-7"] and "busy" in refused[0]["error"]
    an.leave()
    again = desk.come()
    press(again, "id-3", "publish", "boutique")
    press(again, "id-7", "publish", "boutique")
    await until(lambda: len(again.panels) == 2)
    await asyncio.sleep(0.05)
    assert await links(desk) == 2


@pytest.mark.parametrize("id", ["", 7, None, ["x"], "x" * 65])
async def test_without_an_id(desk: Desk, id: Any) -> None:
    """Each is done as it comes; what only looks is looked at again, id or not."""
    an = desk.come()
    for _ in range(2):
        press(an, id, "publish", "boutique")
        press(an, "same", "links")
    await until(lambda: len(an.panels) == 4)
    assert await links(desk) == 2


def test_no_more_are_kept_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go first."""
    monkeypatch.setattr(backstage.command, "MOST_KEPT", 2)

    class Page:
        def answer_again(self, id: str, answers: object) -> None:
            """Hear nothing."""

    commands, page = Commands(), Page()
    for id in "abc":
        commands.keep("owner", backstage.command.Command(["new"], page, id))
    assert [commands.again("owner", id, page) for id in "abc"] == [False, True, True]
