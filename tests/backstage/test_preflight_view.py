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
    assert "no starters" in (await an.do("preflight"))["error"]
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
    await an.do("preflight", "--again")
    await until(lambda: an.panels[-1]["data"]["ready"])


@pytest.mark.parametrize(
    "words",
    [["preflight", "nowhere"], ["preflight", "boutique", "more"], ["preflight", "nowhere", "--again"]],
)
async def test_a_refusal_asks_nobody(desk: Desk, emu: Emulator, words: list[str]) -> None:
    """Whatever was refused: no other demo's starters are asked instead, with no view open."""
    an = desk.come()
    shown = await an.do(*words)
    assert shown["error"] and (shown["view"], shown["data"]) == ("preflight", None)
    await asyncio.sleep(0.05)
    assert emu.requests == [] and len(an.panels) == 1


async def test_a_page_that_comes_back_asks_nobody(desk: Desk, emu: Emulator) -> None:
    """Under way or done, it sees what its operator asked for; only "again" asks again."""
    emu.set_pace(first_token_s=0.05)
    first = desk.come()
    await first.do("preflight")
    first.leave()
    again = desk.come()
    assert (await again.do("preflight"))["data"]["ready"] is None
    await until(lambda: again.panels[-1]["data"]["ready"])
    once = len(emu.requests)
    assert once == len(again.panels[-1]["data"]["rows"])
    again.leave()
    third = desk.come()
    assert (await third.do("preflight", "boutique"))["data"] == again.panels[-1]["data"]
    assert len(third.panels) == 1 and len(emu.requests) == once
    await third.do("preflight", "boutique", "--again")
    await until(lambda: len(emu.requests) == 2 * once)
    assert (await desk.come("Binh").do("preflight"))["data"]["ready"] is None


async def test_a_refusal_beside_a_flight(desk: Desk, emu: Emulator) -> None:
    """Says which command it is about, and stays to be read while the answers come."""
    emu.set_pace(first_token_s=0.05)
    an = desk.come()
    await an.do("preflight")
    refused = await an.do("preflight", "nowhere")
    assert refused["error"].startswith("/preflight nowhere: ") and refused["data"]["demo"] == "boutique"
    await until(lambda: an.panels[-1]["data"]["ready"])
    assert an.panels[-1]["error"] == refused["error"]


async def test_two_demos_at_a_time(desk: Desk, emu: Emulator) -> None:
    """The view shows the one that was asked for last, and the other one is told of when it is done."""
    emu.set_pace(first_token_s=0.05)
    an = desk.come()
    await an.do("preflight")
    await an.do("preflight", "cosmetics")
    seen = len(an.panels)
    await until(lambda: an.page.toasts and an.panels[-1]["data"]["ready"])
    assert {panel["data"]["demo"] for panel in an.panels[seen:]} == {"cosmetics"}
