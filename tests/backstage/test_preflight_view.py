"""A demo's starters asked before a call, while the desk goes on."""

import asyncio

import pytest
from operators import Desk, until

from emulator import Emulator

pytestmark = pytest.mark.database


async def test_the_view_fills_as_answers_come(desk: Desk, emu: Emulator) -> None:
    """Each starter in the operator's language, once, until it says ready."""
    an = desk.come(language="vi")
    an.press("preflight")
    await until(lambda: an.panels and an.panels[-1]["data"]["ready"] is not None)
    assert an.panels[-1]["data"]["ready"] is True and an.opened == ["desk-preflight"]
    labels = [starter.label for starter in desk.shop.shelf.current("boutique").starters["vi"]]
    assert [row["label"] for row in an.panels[-1]["data"]["rows"]] == labels
    assert an.panels[0]["data"]["rows"][0]["state"] == "asking"
    assert len(emu.requests) == len(labels) and an.page.toasts == []


async def test_other_commands_go_on_meanwhile(desk: Desk, emu: Emulator) -> None:
    """Their views stay where they are; a word says when it is done. What is under way is not begun again."""
    emu.set_pace(first_token_s=0.2)
    an = desk.come()
    await an.do("preflight")
    shown = await an.do("links")
    assert shown["view"] == "links"
    again = await an.do("preflight")
    assert again["data"]["ready"] is None
    await an.do("links")
    await until(lambda: an.page.toasts)
    assert "ready" in an.page.toasts[0] and an.panels[-1]["view"] == "links"
    assert len(emu.requests) == len(again["data"]["rows"])
    assert an.opened == ["desk-preflight", "desk-links", "desk-preflight", "desk-links"]


async def test_a_demo_without_starters(desk: Desk) -> None:
    """Is told so, with the mend; a demo that is none is no word of ours."""
    bare = 'title = "Bơ"\npersona = "Bạn là Bơ."\n[greeting]\nvi = "Chào."\nen = "Hello."\n'
    await desk.shop.save("bo", bare)
    an = desk.come(demo="bo")
    assert "[[starters" in (await an.do("preflight"))["error"]
    assert "nowhere" in (await an.do("preflight", "nowhere"))["error"]


async def test_the_program_ends_in_mid_flight(desk: Desk, emu: Emulator) -> None:
    """Nothing is asked any more, and what was is settled."""
    emu.set_pace(first_token_s=60)
    an = desk.come()
    before = asyncio.all_tasks()
    await an.do("preflight")
    await until(lambda: emu.requests)
    await desk.backstage.close()
    assert len(emu.requests) == 1
    assert all("preflight" not in repr(task) for task in asyncio.all_tasks() - before)


async def test_an_answer_that_fails(desk: Desk, emu: Emulator) -> None:
    """Its row says why, the others are asked, and it is not ready."""
    emu.set_fault("server_error", times=1)
    an = desk.come()
    an.press("preflight")
    await until(lambda: an.panels and an.panels[-1]["data"]["ready"] is not None)
    states = [row["state"] for row in an.panels[-1]["data"]["rows"]]
    assert states[0] == "failed" and set(states[1:]) == {"ok"} and an.panels[-1]["data"]["ready"] is False
    assert an.panels[-1]["data"]["rows"][0]["error"]


async def test_books_that_take_nothing(
    desk: Desk, emu: Emulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An error of ours is told beside what was asked so far, and it does not look as if it went on."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(desk.books, "open_turn", broken)
    an = desk.come()
    an.press("preflight")
    await until(lambda: an.panels and an.panels[-1]["error"])
    assert an.panels[-1]["data"]["ready"] is False and "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    await an.do("preflight")
    await until(lambda: an.panels[-1]["data"]["ready"])
