"""What people do in the course of a chat: stop, edit, ask again, copy, clear, begin anew."""

import pytest
from playwright.async_api import expect
from stage import eventually
from visitor import DESKTOP, PAIRS, PHONE, Reader, Visit, Visitor, unmarked

from emulator import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

both = pytest.mark.parametrize("reader", PAIRS, ids=["vi-phone", "en-desktop"])
QUESTION = "Giao hàng Đà Nẵng mất mấy ngày?"


@both
async def test_stop_keeps_what_was_written_and_tells_the_provider(
    visit: Visit, emu: Emulator, reader: Reader
) -> None:
    """Stop: the partial reply stays, its receipt says so, and the provider's request is closed."""
    emu.set_pace(tokens_per_second=40, tokens=400)
    visitor = await visit(*reader)
    await visitor.send(QUESTION)
    await expect(visitor.theirs).to_have_count(2)
    await visitor.reading()
    await visitor.picture("4-streaming")
    await visitor.press(visitor.stop)
    await expect(visitor.receipts).to_have_count(1)
    await expect(visitor.receipts.first).to_contain_text(visitor.say("receipt.stopped"))
    await eventually(lambda: emu.requests[-1].ended == "client_gone")
    partial = await visitor.reply()
    assert len(partial) > 60
    assert emu.requests[-1].tokens_sent < 400
    await expect(visitor.stop).to_have_count(0)
    await visitor.page.wait_for_timeout(500)  # silence: nothing may follow
    assert await visitor.reply() == partial


@both
async def test_an_earlier_message_is_edited(visit: Visit, emu: Emulator, reader: Reader) -> None:
    """An edit takes away what came after, and the model never hears of that again."""
    visitor = await visit(*reader)
    await visitor.ask("Áo thun màu gì?")
    await visitor.ask("Quần jean màu gì?")
    await edit(visitor, 0, "Áo khoác màu gì?")
    await expect(visitor.mine).to_have_count(1)
    await expect(visitor.receipts).to_have_count(1)
    await expect(visitor.mine.first).to_contain_text("Áo khoác màu gì?")
    await expect(visitor.theirs).to_have_count(2)
    asked = [message.content for message in emu.requests[-1].messages if message.role != "system"]
    assert asked == ["Áo khoác màu gì?"]
    await expect(visitor.totals).to_contain_text(visitor.say("totals.replies", n=3))


async def edit(visitor: Visitor, number: int, text: str) -> None:
    """Press the pencil of a message, write, confirm."""
    message = visitor.mine.nth(number)
    await message.hover()
    await visitor.press(message.get_by_role("button", name=visitor.say("bar.edit")))
    await visitor.page.locator("#edit-chat-input").fill(text)
    await visitor.picture("5-edit")
    await visitor.press(visitor.page.locator(".confirm-edit"))


async def test_an_edit_in_mid_reply(visit: Visit, emu: Emulator) -> None:
    """Who mends the question while the reply runs gets the answer to the mended one, and only that."""
    emu.set_pace(tokens_per_second=40, tokens=800)
    visitor = await visit()
    await visitor.send(QUESTION)
    await visitor.reading()
    emu.set_pace(tokens=20)
    await edit(visitor, 0, "Áo khoác màu gì?")
    await expect(visitor.mine).to_have_text(["Áo khoác màu gì?"])
    await expect(visitor.totals).to_contain_text(visitor.say("totals.replies", n=2))
    await expect(visitor.receipts).to_have_count(1)
    await expect(visitor.theirs).to_have_count(2)
    assert [request.ended for request in emu.requests] == ["client_gone", "whole"]


async def test_a_reply_is_asked_for_again(visit: Visit, emu: Emulator) -> None:
    """ "Answer again" replaces the last reply and its receipt; both replies are in the totals."""
    visitor = await visit("vi", PHONE)
    await visitor.ask(QUESTION)
    emu.set_pace(tokens=30)
    await visitor.press(visitor.button(visitor.say("actions.regenerate")))
    await expect(visitor.totals).to_contain_text(visitor.say("totals.replies", n=2))
    await expect(visitor.receipts).to_have_count(1)
    await expect(visitor.theirs).to_have_count(2)
    assert len(emu.requests) == 2
    assert emu.requests[0].messages == emu.requests[1].messages
    await expect(visitor.button(visitor.say("actions.regenerate"))).to_have_count(1)


async def test_the_copy_button_copies_the_reply(visit: Visit) -> None:
    """What lands in the clipboard is the reply, and nothing of the receipt."""
    visitor = await visit("vi", DESKTOP, permissions=["clipboard-read", "clipboard-write"])
    await visitor.ask(QUESTION)
    await visitor.button(visitor.say("bar.copy")).click()
    await expect(visitor.button(visitor.say("bar.copy")).locator(".lucide-check")).to_be_visible()
    copied = await visitor.page.evaluate("navigator.clipboard.readText()")
    assert unmarked(copied) == await visitor.reply()


async def test_clear_takes_the_history_and_leaves_the_totals(visit: Visit, emu: Emulator) -> None:
    """After "clear" the greeting stands alone, the totals stay, and the model has forgotten."""
    visitor = await visit("en", DESKTOP)
    await visitor.ask(QUESTION)
    totals = await visitor.totals.inner_text()
    await visitor.press(visitor.button(visitor.say("bar.clear")))
    await expect(visitor.mine).to_have_count(0)
    await expect(visitor.receipts).to_have_count(0)
    await expect(visitor.theirs).to_have_count(1)
    assert await visitor.totals.inner_text() == totals
    await visitor.ask("Xin chào")
    assert [message.role for message in emu.requests[-1].messages] == ["system", "user"]


async def test_two_messages_in_a_row_queue_up(visit: Visit, emu: Emulator) -> None:
    """A message sent while a reply runs is shown as waiting, then answered in its turn."""
    emu.set_pace(tokens_per_second=60, tokens=120)
    visitor = await visit("vi", PHONE)
    await visitor.send("Câu thứ nhất")
    await expect(visitor.stop).to_be_visible()
    await visitor.send("Câu thứ hai")
    await expect(visitor.waiting).to_have_text(["Câu thứ hai"])
    await expect(visitor.waiting).to_have_attribute("title", visitor.say("bar.queued"))
    await visitor.reading()
    await visitor.picture("6-queued")
    await expect(visitor.receipts).to_have_count(2, timeout=15_000)
    await expect(visitor.waiting).to_have_count(0)
    kinds = await visitor.page.locator("[data-step-type]").evaluate_all(
        "steps => steps.map(s => s.dataset.stepType)"
    )
    turn = ["user_message", "assistant_message", "llm"]
    assert kinds == ["assistant_message", *turn, *turn]
    assert [message.content for message in emu.requests[1].messages if message.role == "user"] == [
        "Câu thứ nhất",
        "Câu thứ hai",
    ]


LISTEN_TO_STATUS = """() => {
  window.heard = [];
  const line = document.getElementById("desk-status");
  new MutationObserver(() => line.textContent && heard.push(line.textContent)).observe(line, { childList: true });
}"""


async def test_new_chat_begins_anew(visit: Visit, emu: Emulator) -> None:
    """The pencil in the header gives a fresh greeting; the model knows nothing of before."""
    visitor = await visit("vi", PHONE)
    await visitor.ask(QUESTION)
    await visitor.page.evaluate(LISTEN_TO_STATUS)
    await visitor.press(visitor.page.locator("#header #new-chat-button"))
    await expect(visitor.mine).to_have_count(0)
    await visitor.greeted()
    assert await visitor.page.evaluate("heard") == []
    await expect(visitor.theirs).to_have_count(1)
    await expect(visitor.totals).to_have_text(visitor.say("totals.empty"))
    await visitor.ask("Xin chào")
    assert [message.role for message in emu.requests[-1].messages] == ["system", "user"]
    await expect(visitor.mine).to_have_count(1)


async def test_new_chat_in_mid_reply_stops_it(visit: Visit, emu: Emulator) -> None:
    """A new chat leaves no reply running behind it."""
    emu.set_pace(tokens_per_second=20, tokens=400)
    visitor = await visit()
    await visitor.send(QUESTION)
    await expect(visitor.theirs).to_have_count(2)
    await visitor.page.locator("#header #new-chat-button").click()
    await visitor.greeted()
    await eventually(lambda: emu.requests[-1].ended == "client_gone")
    await expect(visitor.theirs).to_have_count(1)
    await expect(visitor.stop).to_have_count(0)


async def test_two_tabs_are_two_conversations(visit: Visit) -> None:
    """A second tab of the same browser greets anew, and neither sees the other's messages."""
    first = await visit()
    await first.ask("Câu của thẻ một")
    second = Visitor(await first.page.context.new_page(), first.url, "vi", DESKTOP, first.watch)
    await second.open()
    await expect(second.mine).to_have_count(0)
    await second.ask("Câu của thẻ hai")
    await expect(first.mine).to_have_text(["Câu của thẻ một"])
    await expect(second.mine).to_have_text(["Câu của thẻ hai"])
    for visitor, text in ((first, "Câu của thẻ một"), (second, "Câu của thẻ hai")):
        await visitor.reload()
        await expect(visitor.mine).to_have_text([text])


async def test_a_long_conversation(visit: Visit) -> None:
    """The page shows its end; what came before is one click away, also after a reload."""
    visitor = await visit()
    for number in range(31):
        await visitor.send(f"Câu {number}")
        await expect(visitor.mine.last).to_contain_text(f"Câu {number}")
        await expect(visitor.stop).to_have_count(0)
    earlier = visitor.page.locator("#desk-earlier")
    await expect(earlier).to_contain_text("(10)")
    await expect(visitor.mine).to_have_count(22)
    await visitor.reload()
    await expect(visitor.mine).to_have_count(22)
    await visitor.press(earlier)
    await expect(visitor.mine).to_have_count(31)
    await expect(earlier).to_have_count(0)
    await expect(visitor.mine.first).to_contain_text("Câu 0")
