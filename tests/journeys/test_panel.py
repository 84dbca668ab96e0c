"""The settings panel: a change holds from the next message on, survives a reload, and nothing else is taken."""

import pytest
from playwright.async_api import expect
from visitor import PAIRS, PHONE, Reader, Visit, Visitor

from emulator import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

both = pytest.mark.parametrize("reader", PAIRS, ids=["vi-phone", "en-desktop"])
QUESTION = "Chính sách đổi trả thế nào?"


async def open_panel(visitor: Visitor) -> None:
    """Press the gear."""
    await visitor.press(visitor.button(visitor.say("bar.settings")))
    await expect(visitor.page.locator("#confirm-sidebar")).to_be_in_viewport()


async def choose(visitor: Visitor, field: str, option: str) -> None:
    """Pick an option of a select whose label starts with ``option``."""
    await visitor.press(visitor.page.locator(f"button#{field}"))
    await visitor.press(visitor.page.get_by_role("option", name=option))


async def confirm(visitor: Visitor) -> None:
    """Press the panel's own button and see that it was taken."""
    await visitor.press(visitor.page.locator("#confirm-sidebar"))
    await expect(visitor.page.get_by_text(visitor.say("notes.settings_saved")).first).to_be_visible()


@both
async def test_a_change_in_mid_conversation(visit: Visit, emu: Emulator, reader: Reader) -> None:
    """Another model from the next message on; what was said before stays as it was."""
    visitor = await visit(*reader)
    await visitor.ask(QUESTION)
    await open_panel(visitor)
    await visitor.picture("7-settings")
    await choose(visitor, "model", "GPT-4.1")
    await confirm(visitor)
    await visitor.ask(QUESTION)
    assert [request.model for request in emu.requests] == ["deepseek-v3.2", "gpt-4.1"]
    await expect(visitor.receipts.nth(0)).to_contain_text("DeepSeek V3.2 ·")
    await expect(visitor.receipts.nth(1)).to_contain_text("GPT-4.1 ·")


async def test_a_change_while_a_reply_runs(visit: Visit, emu: Emulator) -> None:
    """The panel opens in mid-reply; the running reply keeps its model, the next one has the new."""
    emu.set_pace(tokens_per_second=60, tokens=240)
    visitor = await visit("en")
    await visitor.send(QUESTION)
    await visitor.reading()
    await open_panel(visitor)
    await choose(visitor, "model", "Claude")
    await confirm(visitor)
    await expect(visitor.stop).to_be_visible()
    await expect(visitor.receipts).to_have_count(1)
    emu.set_pace(tokens=20)
    await visitor.ask(QUESTION)
    assert [request.model for request in emu.requests] == ["deepseek-v3.2", "claude-sonnet-4.5"]


async def test_settings_survive_a_reload(visit: Visit, emu: Emulator) -> None:
    """What was chosen is still chosen, and still sent, after the page was loaded anew."""
    visitor = await visit("vi", PHONE)
    await open_panel(visitor)
    await choose(visitor, "model", "Gemini")
    temperature = visitor.page.get_by_role("slider", name=visitor.say("panel.temperature"))
    await temperature.press("End")
    await confirm(visitor)
    await visitor.reload()
    await open_panel(visitor)
    await expect(visitor.page.locator("button#model")).to_contain_text("Gemini")
    await expect(temperature).to_have_attribute("aria-valuenow", "2")
    await visitor.press(visitor.page.get_by_role("button", name="Hủy"))
    await visitor.ask(QUESTION)
    sent = emu.requests[-1]
    assert (sent.model, sent.temperature) == ("gemini-2.5-flash", 2.0)


FORGED = (
    {"model": "gpt-99"},
    {"model": ["gpt-4.1"]},
    {"temperature": 9},
    {"temperature": None},
    {"max_tokens": "many"},
    {"max_tokens": 10**9},
    {"language": "fr"},
    {"nothing of ours": "x"},
)


async def test_forged_values_are_refused(visit: Visit, emu: Emulator) -> None:
    """What the panel does not offer changes nothing, however it comes; the visitor reads why."""
    visitor = await visit()
    await visitor.ask(QUESTION)
    refusal = visitor.page.locator("[data-sonner-toast][data-type=error]").first
    for values in FORGED:
        await visitor.page.evaluate("values => demoDesk.emit('chat_settings_change', values)", values)
        await expect(refusal).to_contain_text("Giá trị cũ được giữ nguyên")
    await visitor.page.evaluate("demoDesk.emit('chat_settings_change', ['model'])")
    await visitor.ask(QUESTION)
    first, second = emu.requests
    assert (first.model, first.temperature, first.max_tokens) == (
        second.model,
        second.temperature,
        second.max_tokens,
    )
    assert first.messages[0] == second.messages[0]


async def test_the_page_can_speak_the_other_language(visit: Visit, emu: Emulator) -> None:
    """English chosen on a Vietnamese browser: page, greeting, panel and numbers change, and stay so."""
    visitor = await visit("vi")
    await open_panel(visitor)
    await choose(visitor, "page_language", "English")
    await visitor.press(visitor.page.locator("#confirm-sidebar"))
    visitor.language = "en"
    await expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    await visitor.greeted()
    await expect(visitor.composer).to_have_attribute("aria-label", visitor.say("bar.composer"))
    await visitor.ask("Hello")
    await expect(visitor.receipts).to_contain_text("tokens")
    await visitor.reload()
    await expect(visitor.totals).to_contain_text(visitor.say("totals.reply"))
    await open_panel(visitor)
    await choose(visitor, "page_language", "Tiếng Việt")
    await visitor.press(visitor.page.locator("#confirm-sidebar"))
    visitor.language = "vi"
    await expect(visitor.page.locator("html")).to_have_attribute("lang", "vi")
    await visitor.greeted()
    await expect(visitor.receipts).to_contain_text(" token ")
    await expect(visitor.page.get_by_role("button", name=visitor.say("actions.regenerate"))).to_have_count(1)
    await expect(visitor.mine).to_have_count(1)
    await visitor.press(visitor.page.locator("#header #new-chat-button"))
    await expect(visitor.mine).to_have_count(0)
    await expect(visitor.totals).to_have_text(visitor.say("totals.empty"))
