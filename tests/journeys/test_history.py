"""Past conversations: found again, renamed, deleted, gone on with; nobody else's; thumbs that stay."""

import re

import pytest
from playwright.async_api import Locator, expect
from visitor import DESKTOP, PAIRS, PHONE, Reader, Visit, Visitor

from emulator import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

both = pytest.mark.parametrize("reader", PAIRS, ids=["vi-phone", "en-desktop"])
SHIRTS = "Áo thun còn cỡ M không?"
INVOICE = "Có xuất hóa đơn không?"


async def past(visitor: Visitor) -> None:
    """Two conversations, of which the second is on the screen."""
    await visitor.ask(SHIRTS)
    await visitor.new_chat()
    await visitor.ask(INVOICE)


async def choose(visitor: Visitor, name: str) -> None:
    """Open a conversation from the open list."""
    await visitor.press(visitor.listed.get_by_text(name))


async def menu(visitor: Visitor, name: str, choice: str) -> None:
    """Press an entry of a conversation's menu."""
    await visitor.press(visitor.button(f"{visitor.say('bar.options')}: {name}"))
    await visitor.press(visitor.page.locator(choice))


@both
async def test_a_conversation_is_opened_from_the_list(visit: Visit, emu: Emulator, reader: Reader) -> None:
    """The list names a visitor's conversations, the latest first; one that is chosen is drawn whole and goes on."""
    visitor = await visit(*reader)
    await past(visitor)
    totals = await visitor.totals.inner_text()
    await visitor.open_list()
    await expect(visitor.listed).to_have_text([INVOICE, SHIRTS])
    today = "Hôm nay" if visitor.language == "vi" else "Today"
    await expect(visitor.page.locator('[data-sidebar="group-label"]')).to_have_text([today])
    await visitor.picture("21-conversations")
    await choose(visitor, SHIRTS)
    await expect(visitor.mine).to_have_text([SHIRTS])
    await expect(visitor.receipts).to_have_count(1)
    await expect(visitor.totals).not_to_have_text(totals)
    await visitor.arrived()
    await visitor.ask("Còn màu khác không?")
    asked = [message.content for message in emu.requests[-1].messages if message.role == "user"]
    assert asked == [SHIRTS, "Còn màu khác không?"]


async def test_the_list_stays_open_beside_the_conversation(visit: Visit) -> None:
    """On a wide screen one conversation after the other is looked through; the composer stays below each."""
    visitor = await visit("vi", DESKTOP)
    await past(visitor)
    await visitor.open_list()
    for name in (SHIRTS, INVOICE, SHIRTS):
        await choose(visitor, name)
        await expect(visitor.mine).to_have_text([name])
        await expect(visitor.listed).to_have_count(2)
        await expect(visitor.listed.first).to_be_in_viewport()
        await expect(visitor.composer).to_be_in_viewport()
    bar = await visitor.page.locator("#desk-bar").bounding_box()
    assert bar and bar["x"] == 0 and bar["y"] + bar["height"] == 800


async def test_the_list_goes_when_a_phone_has_chosen(visit: Visit) -> None:
    """On a phone the list lies over the page, and leaves it with the choice, time after time."""
    visitor = await visit("vi", PHONE)
    await past(visitor)
    for name in (SHIRTS, INVOICE):
        await visitor.open_list()
        await choose(visitor, name)
        await expect(visitor.mine).to_have_text([name])
        await expect(visitor.page.locator("#thread-history")).to_have_count(0)


@both
async def test_a_conversation_is_found_by_its_words(visit: Visit, reader: Reader) -> None:
    """The search finds what was said, says so where it finds nothing, and Enter opens what it found."""
    visitor = await visit(*reader)
    await past(visitor)
    await visitor.open_list()
    await visitor.press(visitor.button(visitor.say("bar.history_search")))
    words = visitor.page.get_by_role("combobox", name=visitor.say("bar.history_search"))
    found = visitor.page.get_by_role("option")
    await expect(found).to_have_text([INVOICE, SHIRTS])
    await words.fill("không có đâu")
    nothing = "Không có cuộc trò chuyện nào" if visitor.language == "vi" else "No conversations"
    await expect(visitor.page.get_by_role("dialog").get_by_text(nothing)).to_be_visible()
    await words.fill("thun")
    await expect(found).to_have_text([SHIRTS])
    await visitor.picture("22-search")
    await words.press("Enter")
    await expect(visitor.mine).to_have_text([SHIRTS])


async def test_months_speak_the_page_s_language(visit: Visit) -> None:
    """Who reads Vietnamese in an English browser finds no English month above what the search found."""
    cookie = {"name": "desk_language", "value": "vi", "domain": "127.0.0.1", "path": "/"}
    rest = {"expires": -1, "httpOnly": False, "secure": False, "sameSite": "Lax"}
    visitor = await visit("en", DESKTOP, storage_state={"cookies": [{**cookie, **rest}], "origins": []})
    visitor.language = "vi"
    await visitor.ask(SHIRTS)
    await visitor.open_list()
    await visitor.press(visitor.button(visitor.say("bar.history_search")))
    await expect(visitor.page.locator("[cmdk-group-heading]")).to_have_text(re.compile(r"^tháng \d", re.I))


@both
async def test_a_list_that_cannot_be_read(visit: Visit, reader: Reader) -> None:
    """What the browser says of it in English is not shown: ours is, in the list and above the page."""
    visitor = await visit(*reader, at_once=False)
    await visitor.page.route("**/project/threads", lambda route: route.abort())
    await visitor.open()
    await visitor.open_list()
    await expect(visitor.page.locator("#thread-history")).to_have_text(visitor.say("bar.history_failed"))
    await visitor.press(visitor.button(visitor.say("bar.history_search")))
    await expect(visitor.page.locator("[data-sonner-toast]")).to_have_text(visitor.say("bar.not_done"))


@both
async def test_a_conversation_gets_another_name(visit: Visit, reader: Reader) -> None:
    """A new name stands in the list, also after a reload."""
    visitor = await visit(*reader)
    await visitor.ask(SHIRTS)
    await visitor.open_list()
    await menu(visitor, SHIRTS, "#rename-thread")
    name = visitor.page.locator("input#name")
    await expect(name).to_have_value(SHIRTS)
    await name.fill("Chị Lan, áo thun")
    await visitor.picture("23-rename")
    await visitor.press(visitor.page.get_by_role("dialog").get_by_role("button").filter(has_text=CONFIRM))
    await expect(visitor.listed).to_have_text(["Chị Lan, áo thun"])
    await visitor.reload()
    await visitor.open_list()
    await expect(visitor.listed).to_have_text(["Chị Lan, áo thun"])


CONFIRM = re.compile("Xác nhận|Confirm")


@both
async def test_a_conversation_is_deleted(visit: Visit, reader: Reader) -> None:
    """It leaves the list and the screen for good; its old address shows a new conversation."""
    visitor = await visit(*reader)
    await past(visitor)
    address = visitor.page.url
    await visitor.open_list()
    await menu(visitor, INVOICE, "#delete-thread")
    await visitor.picture("24-delete")
    await visitor.press(
        visitor.page.get_by_role("alertdialog").get_by_role("button").filter(has_text=CONFIRM)
    )
    await expect(visitor.page.locator('[data-sonner-toast][data-type="success"]')).to_be_visible()
    await expect(visitor.mine.get_by_text(INVOICE)).to_have_count(0)
    await visitor.page.goto(address)
    await visitor.greeted()
    await expect(visitor.mine.get_by_text(INVOICE)).to_have_count(0)
    await visitor.open_list()
    await expect(visitor.listed).to_have_text([SHIRTS])


async def test_an_old_conversation_after_a_new_one_was_begun(visit: Visit, emu: Emulator) -> None:
    """New chat, then another thought: the old conversation is opened from the list and goes on."""
    visitor = await visit("vi", DESKTOP)
    await visitor.ask(SHIRTS)
    await visitor.new_chat()
    await visitor.open_list()
    await choose(visitor, SHIRTS)
    await expect(visitor.mine).to_have_text([SHIRTS])
    await visitor.arrived()
    await visitor.ask("Còn màu khác không?")
    assert len([message for message in emu.requests[-1].messages if message.role == "user"]) == 2


async def test_browsers_do_not_see_each_other(visit: Visit) -> None:
    """Another browser finds nothing in its list, nothing by searching, and nothing at the address."""
    owner = await visit("vi", DESKTOP)
    await owner.ask(SHIRTS)
    stranger = await visit("vi", PHONE)
    await stranger.open_list()
    await expect(stranger.page.locator("#thread-history")).to_have_text("Không có cuộc trò chuyện nào")
    await stranger.page.goto(owner.page.url)
    await expect(stranger.page).not_to_have_url(owner.page.url)
    await stranger.greeted()
    await expect(stranger.mine).to_have_count(0)
    await expect(stranger.page.get_by_text(SHIRTS)).to_have_count(0)
    await stranger.ask(INVOICE)
    await owner.reload()
    await expect(owner.mine).to_have_text([SHIRTS])


async def thumb(visitor: Visitor, name: str, comment: str) -> None:
    """Press a thumb below the only reply and say why."""
    await visitor.press(visitor.button(visitor.say(f"bar.{name}")))
    words = visitor.page.get_by_role("textbox", name=visitor.say("bar.comment"))
    await words.fill(comment)
    await visitor.picture("25-comment")
    await visitor.press(visitor.page.locator("#submit-feedback"))
    await expect(pressed(visitor, name)).to_have_count(1)


def pressed(visitor: Visitor, name: str) -> Locator:
    """The thumb, if it is pressed."""
    return visitor.page.get_by_role("button", name=visitor.say(f"bar.{name}"), exact=True, pressed=True)


@both
async def test_thumbs_stay(visit: Visit, reader: Reader) -> None:
    """A thumb and its comment are there after a reload; turned round, and taken back, too."""
    visitor = await visit(*reader)
    await visitor.ask(SHIRTS)
    await thumb(visitor, "good", "Đúng ý em")
    await visitor.reload()
    await expect(pressed(visitor, "good")).to_have_count(1)
    await visitor.press(visitor.button(visitor.say("bar.comment")))
    await expect(visitor.page.get_by_role("textbox", name=visitor.say("bar.comment"))).to_have_value(
        "Đúng ý em"
    )
    await visitor.page.keyboard.press("Escape")
    await thumb(visitor, "bad", "Nghĩ lại thì chưa")
    await visitor.reload()
    await expect(pressed(visitor, "bad")).to_have_count(1)
    await expect(pressed(visitor, "good")).to_have_count(0)
    await visitor.press(visitor.button(visitor.say("bar.bad")))
    await expect(pressed(visitor, "bad")).to_have_count(0)
    await visitor.reload()
    await expect(visitor.thumbs).to_have_count(1)
    await expect(pressed(visitor, "bad")).to_have_count(0)


async def test_no_thumbs_below_words_of_what_went_wrong(visit: Visit, emu: Emulator) -> None:
    """Only replies are judged."""
    emu.set_fault("empty_stop", times=4)
    visitor = await visit("vi", DESKTOP)
    await visitor.send(SHIRTS)
    await expect(visitor.button(visitor.say("actions.retry"))).to_be_visible(timeout=25_000)
    await expect(visitor.thumbs).to_have_count(0)
    emu.clear_faults()
    await visitor.press(visitor.button(visitor.say("actions.retry")))
    await expect(visitor.thumbs).to_have_count(1)


async def test_the_bar_stands_under_the_column(visit: Visit) -> None:
    """Totals and "clear" are as wide as the composer above, with list or settings open beside it or not."""
    visitor = await visit("vi")
    under = """(([composer, totals, clear]) =>
        Math.abs(composer.left - totals.left) < 1 && Math.abs(composer.right - clear.right) < 1)(
        ["message-composer", "desk-totals", "desk-clear"].map(
          (id) => document.getElementById(id).getBoundingClientRect()))"""
    await visitor.until(under)
    await visitor.open_list()
    await visitor.until(
        f"{under} && document.getElementById('desk-totals').getBoundingClientRect().left > 300"
    )
    await visitor.press(visitor.button(visitor.say("bar.settings")))
    await expect(visitor.page.locator("#confirm-sidebar")).to_be_in_viewport()
    await visitor.until(under)
