"""Coming back: a reload loses nothing."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect
from visitor import DESKTOP, PHONE, Visit, even, whole_reply

from emulator import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

QUESTION = "Bảo hành bao lâu?"

#: Chainlit asks for a cookie before each of its sockets; from the second on the answer takes its time.
SLOW_TO_CONNECT_AGAIN = """(() => {
  const quick = window.fetch;
  let asked = 0;
  window.fetch = async (...request) => {
    const again = String(request[0]?.url ?? request[0]).includes("set-session-cookie") && ++asked > 1;
    if (again) await new Promise((go) => setTimeout(go, 700));
    return quick(...request);
  };
})()"""


async def test_a_reload_brings_the_conversation_back(visit: Visit, emu: Emulator) -> None:
    """Messages, receipts, totals and buttons stand as before, and the model still knows what was said."""
    visitor = await visit("en", DESKTOP)
    await visitor.ask(QUESTION)
    seen = [
        await visitor.reply(),
        await visitor.receipts.first.inner_text(),
        await visitor.totals.inner_text(),
    ]
    await visitor.reload()
    await expect(visitor.receipts).to_have_count(1)
    assert seen == [
        await visitor.reply(),
        await visitor.receipts.first.inner_text(),
        await visitor.totals.inner_text(),
    ]
    await expect(visitor.button(visitor.say("actions.regenerate"))).to_have_count(1)
    await visitor.ask("Còn gì nữa không?")
    assert [message.role for message in emu.requests[-1].messages] == ["system", "user", "assistant", "user"]


async def test_a_reload_in_mid_reply(visit: Visit, emu: Emulator) -> None:
    """The reply goes on where it was, with Stop at hand, and is whole in the end."""
    emu.set_pace(tokens_per_second=50, tokens=200)
    visitor = await visit()
    await visitor.send(QUESTION)
    await visitor.reading()
    await visitor.reload()
    await expect(visitor.stop).to_be_visible()
    await expect(visitor.receipts).to_have_count(1, timeout=15_000)
    assert await visitor.reply() == whole_reply(emu)
    await expect(visitor.mine).to_have_count(1)
    assert len(emu.requests) == 1


async def test_a_stop_after_a_reload(visit: Visit, emu: Emulator) -> None:
    """Stop stops the reply also on a page that came in its middle."""
    emu.set_pace(tokens_per_second=30, tokens=400)
    visitor = await visit()
    await visitor.send(QUESTION)
    await visitor.reading(20)
    await visitor.reload()
    await visitor.stop.click()
    await expect(visitor.receipts).to_contain_text(visitor.say("receipt.stopped"))


async def test_a_draft_survives_a_reload(visit: Visit) -> None:
    """What was typed and not sent stands in the composer again, and can be sent."""
    visitor = await visit("vi", PHONE)
    await visitor.composer.press_sequentially("Cho mình hỏi về áo")
    await visitor.reload()
    await expect(visitor.composer).to_have_value("Cho mình hỏi về áo")
    await visitor.submit()
    await expect(visitor.receipts).to_have_count(1)
    await expect(visitor.mine).to_have_text("Cho mình hỏi về áo")
    await visitor.reload()
    await expect(visitor.composer).to_have_value("")
    assert even(await visitor.mine.inner_text()) == "Cho mình hỏi về áo"


async def test_a_look_at_another_conversation(visit: Visit, emu: Emulator) -> None:
    """Who looks up an old conversation in mid-reply, and comes back, finds that the reply went on."""
    visitor = await visit()
    await visitor.ask(QUESTION)
    await visitor.page.wait_for_url("**/thread/*")
    first = urlsplit(visitor.page.url).path
    await visitor.page.locator("#header #new-chat-button").click()
    await expect(visitor.mine).to_have_count(0)
    emu.set_pace(tokens_per_second=20, tokens=400)
    await visitor.send("Kể chuyện")
    await expect(visitor.stop).to_be_visible()
    await expect(visitor.mine).to_have_text(["Kể chuyện"])
    await visitor.page.wait_for_url("**/thread/*")
    second = urlsplit(visitor.page.url).path
    await visitor.page.locator("#header #sidebar-trigger-button").click()
    await visitor.page.locator(f'a[href="{first}"]').click()
    await expect(visitor.mine).to_have_text([QUESTION])
    await visitor.page.locator(f'a[href="{second}"]').click()
    await expect(visitor.mine).to_have_text(["Kể chuyện"])
    await expect(visitor.stop).to_be_visible()
    assert emu.requests[-1].ended is None


async def test_what_waits_is_asked_where_the_address_says(visit: Visit, emu: Emulator) -> None:
    """Chainlit first connects to whatever the tab showed last: nothing is sent there, and nothing is asked twice."""
    # Slow enough between the two for a message to slip through.
    visitor = await visit(scripts=(SLOW_TO_CONNECT_AGAIN,))
    await visitor.ask(QUESTION)
    await visitor.page.wait_for_url("**/thread/*")
    address = visitor.page.url
    await visitor.new_chat()
    await visitor.ask("Một chuyện khác")
    waiting = [{"id": "3d0e4c2a-5a0b-4c8e-9d55-0f6f4b7c1a20", "text": "Câu còn chờ"}]
    await visitor.page.evaluate(
        "(items) => sessionStorage.setItem('desk-outbox', JSON.stringify(items))", waiting
    )
    before = len(emu.requests)
    await visitor.page.goto(address)
    await expect(visitor.receipts).to_have_count(2)
    await expect(visitor.mine).to_have_text([QUESTION, "Câu còn chờ"])
    assert len(emu.requests) == before + 1
    said = [message.content for message in emu.requests[-1].messages if message.role == "user"]
    assert said == [QUESTION, "Câu còn chờ"]


async def test_a_click_in_the_blink_of_a_reload(visit: Visit, emu: Emulator) -> None:
    """A button that is drawn before the line is there is not pressed in vain."""
    visitor = await visit()
    await visitor.ask(QUESTION)
    again = visitor.button(visitor.say("actions.regenerate"))
    await expect(again).to_be_enabled()
    await visitor.page.evaluate("demoDesk.ready = false")
    await again.click()
    await visitor.page.evaluate("demoDesk.ready = true, demoDesk.tell('drawn')")
    await expect(visitor.totals).to_contain_text(visitor.say("totals.replies", n=2))
    await visitor.answered()
    assert len(emu.requests) == 2
