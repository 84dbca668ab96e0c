"""What a prospect meets who was sent a link."""

import pytest
from links_at import Do
from playwright.async_api import expect
from visitor import DESKTOP, PAIRS, PHONE, Device, Language, Visit, Visitor

from emulator import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def ask(visitor: Visitor, text: str) -> None:
    """Send a message and wait until it is answered: a visitor sees little of the receipt, or nothing."""
    said = await visitor.theirs.count()
    await visitor.send(text)
    await expect(visitor.theirs).to_have_count(said + 1, timeout=20_000)
    await visitor.until("!demoDesk.busy")


@pytest.mark.parametrize(("language", "device"), PAIRS, ids=lambda value: getattr(value, "name", value))
async def test_a_prospect_opens_the_link_and_chats(
    operator: Do, visit: Visit, language: Language, device: Device
) -> None:
    """No sign-in; the shop's name and colours; a word of whom they talk to; a reply, and no cost under it."""
    link = await operator("publish", "boutique", "--title", "Shop ABC", "--color", "#7a1f3d")
    visitor = await visit(language, device, url=link["url"])
    await expect(visitor.page).to_have_title("Shop ABC")
    await expect(visitor.page.locator("#desk-notice")).to_be_in_viewport()
    assert ("AI" in await visitor.page.locator("#desk-notice").inner_text()) is True
    await visitor.picture("link-1-greeting")
    await ask(visitor, "Áo khoác giá bao nhiêu?")
    receipt = await visitor.receipts.first.inner_text()
    assert "$" not in receipt and "token" not in receipt and " s" in receipt
    await visitor.picture("link-2-reply")
    await visitor.page.reload()
    await visitor.greeted()
    await expect(visitor.mine).to_have_text("Áo khoác giá bao nhiêu?")
    assert await visitor.page.locator("#sidebar-trigger-button").filter(visible=True).count() == 0


async def test_an_edit_in_mid_call(operator: Do, visit: Visit, emu: Emulator) -> None:
    """The very next reply uses it, with nothing reloaded."""
    link = await operator("publish", "cosmetics")
    visitor = await visit("vi", url=link["url"])
    await ask(visitor, "Da dầu dùng gì?")
    await operator("edit", "cosmetics", "--set", "persona=Bạn là Tia.")
    await visitor.page.wait_for_timeout(1000)
    await ask(visitor, "Còn da khô?")
    assert "Bạn là Tia." in emu.requests[-1].messages[0].content
    assert len(emu.requests[-1].messages) == 4


@pytest.mark.parametrize(("language", "device"), PAIRS, ids=lambda value: getattr(value, "name", value))
async def test_a_link_is_revoked_in_mid_chat(
    operator: Do, visit: Visit, language: Language, device: Device
) -> None:
    """What was said stays on the page, a line says why nothing more can be sent; loaded again, a page says so."""
    link = await operator("publish", "electronics")
    visitor = await visit(language, device, url=link["url"])
    await ask(visitor, "Bảo hành bao lâu?")
    await operator("revoke", link["link"])
    await expect(visitor.page.locator("#desk-closed")).to_have_text(visitor.say("walls.revoked"))
    await expect(visitor.composer).to_be_hidden()
    await expect(visitor.mine).to_be_visible()
    for offered in ("#new-chat-button", ".edit-message", ".message-content ~ .flex-wrap > button[id]"):
        await expect(visitor.page.locator(f"#root {offered}").first).to_be_attached()
        await expect(visitor.page.locator(f"#root {offered}").filter(visible=True)).to_have_count(0)
    await visitor.picture("link-3-revoked")
    answer = await visitor.page.reload()
    assert answer is not None and answer.status == 410
    await expect(visitor.page.get_by_role("heading")).to_have_text(visitor.say("walls.revoked_heading"))
    await visitor.picture("link-4-revoked-page")


@pytest.mark.parametrize(("language", "device"), PAIRS, ids=lambda value: getattr(value, "name", value))
async def test_a_passcode(operator: Do, visit: Visit, language: Language, device: Device) -> None:
    """A wrong one is told so; the right one opens the chat."""
    link = await operator("publish", "boutique", "--passcode", "4711")
    visitor = await visit(language, device, url=link["url"], at_once=False)
    await visitor.page.goto(link["url"])
    await visitor.picture("link-5-passcode")
    for code, key in (("0000", "wrong_passcode_heading"), ("4711", None)):
        await visitor.page.get_by_label(visitor.say("walls.passcode_label")).fill(code)
        await visitor.press(visitor.button(visitor.say("walls.passcode_button")))
        if key:
            await expect(visitor.page.get_by_role("heading")).to_have_text(visitor.say(f"walls.{key}"))
            await visitor.picture("link-6-wrong-passcode")
    await visitor.greeted()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_budget_that_is_used_up(operator: Do, visit: Visit, scheme: str) -> None:
    """A kind sentence, no figure; what was typed is not lost."""
    link = await operator("publish", "boutique", "--budget", "0.000001")
    visitor = await visit("vi", PHONE, url=link["url"], color_scheme=scheme)
    await visitor.send("Áo khoác giá bao nhiêu?")
    await expect(visitor.theirs.nth(1)).to_have_text(visitor.say("errors.out_of_money"))
    await visitor.picture(f"link-7-out-of-money-{scheme}")


async def test_a_forwarded_link_opens_an_empty_chat(operator: Do, visit: Visit) -> None:
    """Another browser at the same address sees a greeting and nothing else."""
    link = await operator("publish", "boutique")
    an = await visit("vi", url=link["url"])
    await ask(an, "Tôi là An, số của tôi là 0900 000 000")
    binh = await visit("vi", DESKTOP, url=link["url"])
    await expect(binh.mine).to_have_count(0)


async def test_an_unknown_address(operator: Do, visit: Visit) -> None:
    """It says so in words, and not whether there ever was such a link."""
    link = await operator("publish", "boutique")
    url = link["url"][:-9] + "aaaaaaaa/"
    visitor = await visit("en", url=url, at_once=False)
    answer = await visitor.page.goto(url)
    assert answer is not None and answer.status == 404
    await expect(visitor.page.get_by_role("heading")).to_have_text(visitor.say("walls.unknown_heading"))
    await visitor.picture("link-8-unknown")


@pytest.mark.parametrize(("language", "device"), PAIRS, ids=lambda value: getattr(value, "name", value))
@pytest.mark.parametrize("reason", ["not_started", "paused", "locked"])
async def test_pages_that_do_not_open(
    operator: Do, visit: Visit, language: Language, device: Device, reason: str
) -> None:
    """Each says in words why, under the shop's name."""
    terms = {"not_started": ("--starts", "2h"), "paused": (), "locked": ("--passcode", "4711")}[reason]
    link = await operator("publish", "cosmetics", *terms)
    visitor = await visit(language, device, url=link["url"], at_once=False)
    if reason == "paused":
        await operator("pause", link["link"])
    await visitor.page.goto(link["url"])
    for _ in range(6 if reason == "locked" else 0):
        await visitor.page.get_by_label(visitor.say("walls.passcode_label")).fill("0000")
        await visitor.press(visitor.button(visitor.say("walls.passcode_button")))
    heading = visitor.page.get_by_role("heading")
    await expect(heading).to_have_text(visitor.say(f"walls.{reason}_heading"))
    await expect(visitor.page.locator(".name")).to_have_text("Sương Mai Cosmetics")
    await visitor.picture(f"link-9-{reason}")
