"""A demo from two sentences, an answer put right, a window to show it in."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from operators import Desk, until
from sqlalchemy import select

from chat import steps
from chat.conversation import Turn
from chat.history import Exchange
from demos import Language
from emulator import Emulator
from ledger import change_link, find_links
from ledger.sides import utc_now
from ledger.tables import conversations, receipts, turns

pytestmark = pytest.mark.database


async def drafted(desk: Desk, text: str) -> str:
    """Type it; gives the demo that was made."""
    an = desk.come()
    assert an.type(text)
    await until(lambda: an.page.desk.get("go") == "/")
    return desk.begun[-1][1]


async def test_new_is_offered_to_the_page_that_comes_with_it(desk: Desk) -> None:
    """Not to another page that comes back meanwhile, not to another operator's, and not again once it goes on: Chainlit
    connects twice before it stays."""
    demo = await drafted(desk, "/new Tiệm Gió: Bán diều. Khách hỏi giờ mở cửa.")
    assert desk.begun == [("owner of An", demo)]
    for page in (desk.come(), desk.come("Binh", demo=demo)):
        assert page.opened == []
    for right in (desk.come(demo=demo), desk.come(demo=demo)):
        (shown,) = right.panels
        found = (shown["view"], shown["data"]["demo"], shown["data"]["customer"])
        assert found == ("publish", demo, "Tiệm Gió")
    right.press("links")
    await until(lambda: right.panels[-1]["view"] == "links")
    assert desk.come(demo=demo).panels == []


@pytest.mark.parametrize(
    "text",
    [
        "/new 'Tiệm Gió' 'Bán diều.'",
        "/new “Tiệm Gió” “Bán diều.”",
        "/new —template “Tiệm Gió” “Bán diều.”",
        "/New Tiệm Gió: Bán diều.",
        "/new Tiệm Gió\nBán diều.",
    ],
)
async def test_new_as_people_type_it(desk: Desk, text: str) -> None:
    """On a phone, on a Mac, with quotes or without."""
    demo = await drafted(desk, text)
    assert desk.shop.shelf.current(demo).title == "Tiệm Gió"


async def test_new_with_half_of_it(desk: Desk) -> None:
    """A name of two words is no name and a sentence: nothing is drafted, and the form says what is missing."""
    an, names = desk.come(), desk.shop.shelf.names()
    assert an.type("/new Tiệm Gió")
    await until(lambda: an.panels)
    assert an.panels[-1]["view"] == "new" and "/new Tiệm Gió:" in an.panels[-1]["error"]
    assert an.panels[-1]["data"] == {"has_model": False}
    assert desk.shop.shelf.names() == names and "go" not in an.page.desk


async def test_fix_shows_what_was_saved(desk: Desk) -> None:
    """Also where a form for another reply, of another demo, stood there before."""
    an = desk.come()
    turn = Turn("m-1", "Có ship không?", said=Exchange("Có ship không?", "Dạ không."))
    reply = steps.reply("c", "Mây", "m-1")
    turn.steps.append(reply)
    an.visit.conversation.turns.append(turn)
    form = await an.do("fix", "--reply", reply["id"])
    assert form["data"] == {
        "demo": "boutique",
        "question": "Có ship không?",
        "answer": "Dạ không.",
        "saved": None,
    }
    version = desk.shop.shelf.current("cosmetics").version
    shown = await an.do("fix", "--note", "n", "--", "cosmetics", " --reply ", " Dạ có. ")
    assert shown["data"] == {
        "demo": "cosmetics",
        "question": "--reply",
        "answer": "Dạ có.",
        "saved": {"version": version + 1},
    }
    assert an.page.desk["ask_on_stage"] == "--reply"


async def test_fix_of_a_reply_that_is_not_there(desk: Desk) -> None:
    """Not one of another page's, none that never ended."""
    an, binh = desk.come(), desk.come("Binh")
    turn = Turn("m-1", "Có ship không?")
    reply = steps.reply("c", "Mây", "m-1")
    turn.steps.append(reply)
    binh.visit.conversation.turns.append(turn)
    for page in (an, binh):
        assert "Ask again" in (await page.do("fix", "--reply", reply["id"]))["error"]


async def test_the_stage_can_be_asked(desk: Desk) -> None:
    """A link that has answered all it may is left out; where none is left there is a new one, for a day."""
    spent = await desk.publish(author="An", budget_usd=Decimal(0))
    theirs = await desk.publish(author="Binh", customer="Shop XYZ")
    an = desk.come()
    an.press("stage")
    await until(lambda: "stage" in an.page.desk)
    assert an.page.desk["link"] not in (spent.id, theirs.id)
    made = an.page.desk["link"]
    listed = {row["link"] for row in (await an.do("links"))["data"]["rows"]}
    assert listed == {spent.id, theirs.id}
    found = (await find_links(desk.shop.database, [made]))[made]
    assert (found.note, found.author, found.customer) == ("stage", "An", None)
    assert await staged(desk) == (made, "boutique")


async def staged(desk: Desk, *words: str) -> tuple[str, str]:
    """Open the stage; gives its link and demo."""
    page = desk.come()
    page.press("stage", *words)
    await until(lambda: "stage" in page.page.desk)
    return page.page.desk["link"], page.page.desk["demo"]


async def test_the_stage_of_another_demo(desk: Desk) -> None:
    """That of the page's own is another link."""
    made, demo = await staged(desk, "--demo", "cosmetics")
    assert demo == "cosmetics" and await staged(desk, "--demo", "cosmetics") == (made, demo)
    assert (await staged(desk))[1] == "boutique"
    assert "nowhere" in (await desk.come().do("stage", "--demo", "nowhere"))["error"]


async def test_yesterday_s_stage_serves_again(desk: Desk) -> None:
    """With a day more, and with more to answer where it has answered all that it may; one that was closed does not."""
    made, _ = await staged(desk)
    earlier = utc_now() - timedelta(hours=1)
    await change_link(desk.shop.database, made, expires_at=earlier, messages=1, budget_usd=Decimal(0))
    assert (await staged(desk))[0] == made
    found = (await find_links(desk.shop.database, [made]))[made]
    assert found.expires_at is not None and found.expires_at > utc_now() + timedelta(hours=20)
    assert found.budget_usd == desk.shop.shelf.current("boutique").limits.budget_usd
    await change_link(desk.shop.database, made, revoked_at=utc_now())
    assert (await staged(desk))[0] != made


@pytest.mark.parametrize(
    ("text", "told"),
    [("/new Bơ: Bánh mì.", True), ("/new --template Bơ 'Bánh mì.'", False)],
    ids=["asked in vain", "not asked"],
)
async def test_a_draft_that_no_model_made(desk: Desk, text: str, told: bool) -> None:
    """Is said to be the template's, where a model was to write it; the version says so in the operator's language."""
    desk.shop.place = replace(desk.shop.place, has_model=True)
    demo = await drafted(desk, text)
    page = desk.come(demo=demo)
    assert bool(page.panels[-1]["notice"]) is told
    (row,) = (await page.do("versions"))["data"]["rows"]
    assert row["note"] == "drafted by template"


@pytest.mark.parametrize(("language", "says"), [("vi", "Chưa ai khác"), ("en", "Nobody else")])
async def test_a_link_that_nobody_else_can_open(desk: Desk, language: Language, says: str) -> None:
    """The mend is one that an operator in a browser has."""
    desk.shop.place = replace(desk.shop.place, public_url="http://localhost:8000")
    warning = (await desk.come(language=language).do("publish", "boutique"))["data"]["published"]["warning"]
    assert warning.startswith(says) and "PUBLIC_URL" in warning and "--share" not in warning


@pytest.mark.parametrize("fault", ["", "bad_key"], ids=["answered", "refused"])
async def test_what_a_draft_costs_is_on_record(desk: Desk, emu: Emulator, fault: str) -> None:
    """As the operator's, under the new demo's name, with its question; a model that fails leaves its mark, too."""
    if fault:
        emu.set_fault(fault)
    desk.shop.place = replace(desk.shop.place, has_model=True, tools=lambda _: nullcontext(desk.tools))
    demo = await drafted(desk, "/new Tiệm Gió: Bán diều.")
    assert len(emu.requests) == 1
    await desk.books.flush()
    async with desk.shop.database.reading() as connection:
        (turn,) = (await connection.execute(select(turns))).all()
        (conversation,) = (await connection.execute(select(conversations))).all()
        (receipt,) = (await connection.execute(select(receipts))).all()
    assert (conversation.audience, conversation.demo, conversation.link) == ("operator", demo, None)
    assert "Tiệm Gió" in turn.question and (receipt.audience, receipt.error) == ("operator", fault or None)
    assert receipt.prompt_tokens or fault
