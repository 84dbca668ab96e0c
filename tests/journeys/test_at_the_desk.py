"""What an operator does at the desk beside a prospect's page."""

import pytest
from links_at import Do
from playwright.async_api import expect
from test_prospects import ask
from visitor import DESKTOP, PHONE, Device, Language, Visit, Visitor

from emulator import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def pick(visitor: Visitor, title: str) -> None:
    """Pick another demo in the header."""
    await visitor.press(visitor.page.locator("#chat-profiles"))
    begun = await visitor.mine.count()
    await visitor.press(visitor.page.get_by_role("option", name=title))
    if begun:  # Chainlit asks whether the conversation may go
        await visitor.press(visitor.page.locator("[role=dialog] #confirm"))


@pytest.mark.parametrize(
    ("language", "device"), [("vi", DESKTOP), ("en", PHONE)], ids=["vi-desktop", "en-phone"]
)
async def test_another_demo_is_picked(
    visit: Visit, emu: Emulator, language: Language, device: Device
) -> None:
    """The chat begins anew with it: its greeting, its persona, its name in the receipt; a reload stays with it."""
    lan = await visit(language, device)
    await lan.ask("Xin chào")
    await pick(lan, "Sương Mai Cosmetics")
    await expect(lan.theirs.first).to_contain_text("Mai")
    await expect(lan.mine).to_have_count(0)
    await lan.ask("Da dầu dùng gì?")
    assert "Bạn là Mai" in emu.requests[-1].messages[0].content
    await lan.picture("60-picked")
    await lan.page.reload()
    await lan.greeted()
    await expect(lan.mine).to_have_text("Da dầu dùng gì?")
    await expect(lan.page.locator("#chat-profiles")).to_have_text("Sương Mai Cosmetics")


async def test_a_reload_stays_with_its_demo(visit: Visit, emu: Emulator) -> None:
    """One that was picked and not talked to yet; in two tabs each its own, whatever the other one picked last."""
    lan = await visit("vi", DESKTOP)
    await pick(lan, "Sương Mai Cosmetics")
    await expect(lan.theirs.first).to_contain_text("Mai")
    await lan.page.reload()
    await lan.greeted()
    picker = "#chat-profiles"
    await expect(lan.page.locator(picker)).to_have_text("Sương Mai Cosmetics")
    await lan.ask("Da dầu dùng gì?")
    other = await lan.page.context.new_page()
    await other.goto(lan.page.url.partition("/thread/")[0])
    await expect(other.locator("#chat-input")).to_be_visible()
    await pick(Visitor(other, str(lan.page.url), "vi", DESKTOP, lan.watch), "Mây Boutique")
    await lan.page.reload()
    await lan.greeted()
    await expect(lan.page.locator(picker)).to_have_text("Sương Mai Cosmetics")
    await lan.ask("Còn da khô?")
    assert "Bạn là Mai" in emu.requests[-1].messages[0].content
    await other.close()


async def test_the_persona_is_edited_beside_the_chat(operator: Do, visit: Visit, emu: Emulator) -> None:
    """Saved in the settings panel it is a version; the prospect's very next message uses it."""
    link = await operator("publish", "electronics")
    prospect = await visit("vi", PHONE, url=link["url"])
    await ask(prospect, "Tivi bảo hành bao lâu?")
    home = link["url"].partition("/d/")[0]
    lan = await visit("vi", DESKTOP, url=home)
    await pick(lan, (await operator("show", "electronics"))["title"])
    await lan.page.locator("#chat-settings-header-button").click()
    await lan.page.get_by_role("tab", name=lan.say("panel.tab_demo")).click()
    persona = lan.page.locator("textarea#persona")
    await expect(persona).to_contain_text("Bạn là")
    await lan.until("document.getAnimations().every(({ playState }) => playState === 'finished')")
    await persona.fill("Bạn là Tia Chớp, nói ngắn.")
    await lan.picture("61-editing")
    await lan.press(lan.page.locator("#confirm-sidebar"))
    await expect(lan.page.locator("[data-sonner-toast]").first).to_contain_text("phiên bản 2")
    await ask(prospect, "Còn tủ lạnh?")
    assert "Bạn là Tia Chớp, nói ngắn." in emu.requests[-1].messages[0].content
    (newest, *_) = await operator("versions", "electronics")
    assert (newest["version"], newest["author"]) == (2, "operator")
