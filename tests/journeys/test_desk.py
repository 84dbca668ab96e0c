"""The desk in the chat window: a whole job, from the sign-in to a prospect's first reply, and each tool for itself."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from at_the_tools import Tools, prospect, published, whole_page, workshop
from playwright.async_api import Browser, FilePayload, expect
from stage import PACE
from started_desk import ROOT, served
from test_prospects import ask
from test_signing_in import PASSWORD, coming
from visitor import DESKTOP, PAIRS, PHONE, Device, Language, Reader, Visit

from demos.drafting import INSTRUCTIONS
from emulator import Emulator
from emulator.answer import Answer
from emulator.request import ChatRequest
from web.sign_in_page import texts

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

__all__ = ["workshop"]  # the fixture

both = pytest.mark.parametrize("reader", PAIRS, ids=["vi-phone", "en-desktop"])
SHOP = "Trà Sữa Mộc"
ABOUT = "Quán trà sữa ở Hà Nội, giao trong 30 phút. Khách hay hỏi về vị, cỡ ly, giá và phí giao."


DRAFT: dict[str, Any] = {
    "persona": "Bạn là Mộc, nhân viên của Trà Sữa Mộc. Bạn gọi khách là bạn và xưng mình.",
    "greeting": {"vi": "Mộc chào bạn, hôm nay mình uống gì?", "en": "Hello from Mộc, what would you like?"},
    "color": "#7a4b1e",
    "starters": [
        {
            "vi": {"label": f"Câu {n}", "message": f"Câu hỏi {n}?"},
            "en": {"label": f"Q {n}", "message": f"Question {n}?"},
        }
        for n in range(1, 5)
    ],
}


class Drafter(Emulator):
    """A provider whose model drafts a demo when it is told to, and answers as ever otherwise."""

    def __init__(self) -> None:
        super().__init__(PACE)

    def _answer(self, chat: ChatRequest, headers: dict[str, str]) -> Answer:
        answer = super()._answer(chat, headers)
        if chat.messages[0].content != INSTRUCTIONS:
            return answer
        return replace(answer, pieces=[json.dumps(DRAFT, ensure_ascii=False)], finish="stop")


@both
async def test_from_the_sign_in_to_the_first_reply(
    browser: Browser, tmp_path: Path, unmeasured: None, reader: Reader
) -> None:
    """A demo from a name and two sentences, talked to, shared; the prospect's first question is answered by it."""
    language, device = reader
    sign_in = texts(language)
    async with coming(browser, tmp_path, language, device, {"OPERATOR_PASSWORD": PASSWORD}) as come:
        page, tools = come.page, Tools(come)
        await page.goto(come.url)
        await page.get_by_label(sign_in["sign_in.password"]).fill(PASSWORD)
        await page.get_by_role("button", name=sign_in["sign_in.enter"]).click()
        await come.greeted()
        await come.picture("80-desk")
        await tools.open("new")
        await expect(tools.view).to_contain_text(tools.say("new.template"))  # there is no key
        await tools.field("new.title").fill(SHOP)
        await tools.field("new.about").fill(ABOUT)
        await come.picture("81-new")
        await tools.press("new.submit")
        # The demo is there, and what comes next is open beside it.
        await expect(tools.field("publish.customer")).to_have_value(SHOP)
        await come.picture("82-share")
        await tools.press("publish.submit")
        await expect(tools.field("publish.link")).to_be_visible()
        address = await tools.field("publish.link").input_value()
        assert address in await tools.field("publish.iframe").input_value()
        assert f"{address}embed.js" in await tools.field("publish.embed").input_value()
        assert await tools.fits()
        await come.picture("83-shared")
        await tools.close()
        await expect(page.locator("#chat-profiles")).to_have_text(SHOP)
        await come.ask("Xin chào")
        await come.picture("84-talked")
        their = await prospect(browser, address)
        await expect(their.page).to_have_title(SHOP)
        await ask(their, "Có giao hàng không?")
        await their.page.context.close()


async def test_a_model_drafts_the_demo(browser: Browser, tmp_path: Path, visit: Visit) -> None:
    """With a key: one call of a model makes the persona that answers the prospect, by way of the form and its link."""
    settings = tmp_path / "settings"
    shutil.copytree(ROOT / "settings", settings, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    provider = Drafter()
    await provider.start()
    environment = {
        "HOLYSHEEP_API_KEY": "sk-journey-0123456789",  # not a secret
        "HOLYSHEEP_BASE_URL": provider.base_url,
        "SETTINGS_DIR": str(settings),
    }
    try:
        async with served(tmp_path, environment) as url:
            lan = await visit("vi", url=url)
            tools = Tools(lan)
            await tools.open("new")
            await expect(tools.view).not_to_contain_text(tools.say("new.template"))
            await tools.field("new.title").fill(SHOP)
            await tools.field("new.about").fill(ABOUT)
            await tools.press("new.submit")
            await expect(tools.field("publish.customer")).to_have_value(SHOP)
            assert len(provider.requests) == 1
            await tools.press("publish.submit")
            their = await prospect(browser, await tools.field("publish.link").input_value())
            await expect(their.theirs.first).to_contain_text(DRAFT["greeting"]["vi"])
            await ask(their, "Có giao hàng không?")
            assert DRAFT["persona"] in provider.requests[-1].messages[0].content
            await their.page.context.close()
            await lan.page.context.close()
    finally:
        await provider.stop()


async def test_a_form_that_is_refused_keeps_what_was_typed(workshop: str, visit: Visit) -> None:
    """Nothing is sent half filled; what the command refuses is said in words, and stands beside the fields as typed."""
    lan = await visit("vi", url=workshop)
    tools = Tools(lan)
    await tools.open("new")
    await tools.field("new.title").fill(SHOP)
    await tools.press("new.submit")
    await expect(tools.error).to_have_text(tools.say("new.missing"))
    await tools.open("publish")
    await tools.field("publish.customer").fill("Cửa hàng ABC")
    await tools.field("publish.demo").select_option("cosmetics")
    await tools.field("publish.budget").fill("nhiều")
    await tools.press("publish.submit")
    await expect(tools.error).to_contain_text("nhiều")
    await expect(tools.field("publish.customer")).to_have_value("Cửa hàng ABC")
    await expect(tools.field("publish.budget")).to_have_value("nhiều")
    await expect(tools.field("publish.demo")).to_have_value("cosmetics")
    await tools.close()
    await tools.open("publish")
    await expect(tools.field("publish.customer")).to_have_value("Cửa hàng ABC")


async def test_everything_of_a_link_can_be_taken_along(workshop: str, visit: Visit) -> None:
    """Link, embed tag and frame are copied as they stand; the QR code is a picture to copy and to download."""
    lan = await visit("en", url=workshop)
    await lan.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=workshop)
    tools = Tools(lan)
    address = await published(tools, "Shop ABC")
    for key in ("publish.link", "publish.embed", "publish.iframe"):
        name = tools.say("common.copy_what", what=tools.say(key))
        before = await tools.layout()
        button = tools.view.get_by_role("button", name=name, exact=True)
        await button.click()
        await expect(button.get_by_text(tools.say("common.copied"))).to_be_visible()
        assert await tools.layout() == before
        copied = await lan.page.evaluate("navigator.clipboard.readText()")
        assert copied == await tools.field(key).input_value() and address.rstrip("/") in copied
    async with lan.page.expect_download() as download:
        await tools.press("publish.qr_download")
    file = Path(await (await download.value).path())
    assert file.read_bytes().startswith(b"\x89PNG") and (await download.value).suggested_filename.endswith(
        ".png"
    )
    await tools.press("publish.qr_copy")
    kinds = "navigator.clipboard.read().then(([one]) => one.types)"
    await lan.until(f"{kinds}.then((types) => types.includes('image/png'))")


async def test_a_link_is_paused_extended_and_revoked(workshop: str, visit: Visit) -> None:
    """Each by a button of its row; what cannot be taken back is asked once, and No leaves it open."""
    lan = await visit("vi", url=workshop)
    tools = Tools(lan)
    await published(tools, "Gốm Bát Tràng")
    await tools.open("links")
    row = tools.view.locator("[data-link]").filter(has_text="Gốm Bát Tràng")

    async def press(key: str) -> None:
        await row.get_by_role("button", name=tools.say(key), exact=True).click()

    await press("links.pause")
    await expect(row.locator(".dk-state")).to_have_text(tools.say("links.paused"))
    await press("links.resume")
    await expect(row.locator(".dk-state")).to_have_text(tools.say("links.open"))
    await press("links.extend")
    await row.get_by_label(tools.say("links.extend_budget")).fill("2,50")
    await press("links.extend_submit")
    await expect(row).to_contain_text("$2.5")
    await expect(tools.notice).to_be_in_viewport()
    await expect(row.get_by_role("button", name=tools.say("links.extend"), exact=True)).to_be_focused()
    await press("links.revoke")
    await expect(row.get_by_text(tools.say("links.revoke_ask"))).to_be_visible()
    await expect(row.get_by_role("button", name=tools.say("common.no"), exact=True)).to_be_focused()
    await press("common.no")
    await expect(row.locator(".dk-state")).to_have_text(tools.say("links.open"))
    await press("links.revoke")
    await row.get_by_role("group", name=tools.say("links.revoke_ask")).get_by_role("button").first.click()
    await expect(row.locator(".dk-state")).to_have_text(tools.say("links.revoked"))
    await expect(row.locator("button:focus")).to_have_count(
        1
    )  # what was pressed is gone; its row has the focus


async def test_versions_are_compared_and_rolled_back(workshop: str, visit: Visit) -> None:
    """What changed stands line by line; the earlier one is used again as a new version."""
    lan = await visit("en", url=workshop)
    tools = Tools(lan)
    saved, last = lan.page.locator("[data-sonner-toast]").first, ""
    for hotline in ("0900 111", "0900 222"):
        await lan.page.locator("#chat-settings-header-button").click()
        await lan.page.get_by_role("tab", name=lan.say("panel.tab_demo"), exact=True).click()
        await lan.page.locator("#demo-hotline").fill(hotline)
        await lan.page.locator("#confirm-sidebar").click()
        # the word on the first edit may still be there when the second one is on its way
        await expect(saved).to_contain_text(re.compile(rf"version (?!{last or 'none'}\b)\d"))
        last = re.findall(r"version (\d+)", await saved.inner_text())[0]
        await expect(lan.page.locator("#chat-settings-header-button")).to_be_focused()
    await tools.open("versions")
    rows = tools.view.locator("[data-version]")
    newest = int(await rows.first.get_attribute("data-version") or 0)
    await rows.nth(1).get_by_role("button", name=tools.say("versions.compare")).click()
    difference = tools.view.locator(".dk-diff")
    await expect(difference.locator(".dk-added")).to_contain_text("0900 222")
    await expect(difference.locator(".dk-removed")).to_contain_text("0900 111")
    await lan.picture("90-versions")
    await rows.nth(1).get_by_role("button", name=tools.say("versions.rollback")).click()
    await tools.press("versions.rollback_yes")
    await expect(rows.first).to_have_attribute("data-version", str(newest + 1))
    await expect(tools.notice).to_be_in_viewport()
    await expect(tools.view.locator("button:focus")).to_have_count(1)


async def test_settings_and_a_view_take_turns(workshop: str, visit: Visit) -> None:
    """Beside each other neither has room; what was typed in the settings is there again behind the view."""
    lan = await visit("vi", url=workshop)
    tools, page = Tools(lan), lan.page
    gear, confirm = page.locator("#chat-settings-header-button"), page.locator("#confirm-sidebar")
    await tools.open("links")
    await gear.click()
    await expect(confirm).to_be_in_viewport(ratio=1)
    await expect(tools.panel).to_have_count(0)
    await page.get_by_role("tab", name=lan.say("panel.tab_demo"), exact=True).click()
    await page.locator("#demo-hotline").fill("0900 333")
    await tools.open("links")
    await expect(confirm).to_be_hidden()
    await gear.click()
    await expect(tools.panel).to_have_count(0)
    await expect(page.locator("#demo-hotline")).to_have_value("0900 333")
    await expect(confirm).to_be_in_viewport(ratio=1)


async def test_a_logo_of_their_own(workshop: str, visit: Visit, browser: Browser) -> None:
    """Read in the browser; too large a file is refused in words, and the prospect sees the one that was taken."""
    lan = await visit("en", url=workshop)
    tools = Tools(lan)
    await tools.open("publish")
    await tools.field("publish.customer").fill("Logo")
    await tools.view.locator("summary").click()
    field = tools.field("publish.logo")
    large: FilePayload = {"name": "large.png", "mimeType": "image/png", "buffer": bytes(200_001)}
    await field.set_input_files(large)
    await expect(tools.error).to_have_text(tools.say("publish.logo_size"))
    drawn = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4"/></svg>'
    await field.set_input_files({"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": drawn})
    await expect(tools.view.get_by_alt_text(tools.say("publish.logo_alt"))).to_be_visible()
    await expect(tools.error).to_have_count(0)
    await tools.press("publish.submit")
    their = await prospect(browser, await tools.field("publish.link").input_value())
    served_logo = await their.page.context.request.get(f"{their.url}logo")
    assert await served_logo.body() == drawn
    assert f"{their.url.partition('://')[2].partition('/')[2]}logo" in await whole_page(their.page)
    await their.page.context.close()


async def test_with_the_keyboard_alone(workshop: str, visit: Visit) -> None:
    """From tool to form to link and back: the focus goes in, stays in sight, and returns to the tool."""
    lan = await visit("vi", url=workshop)
    tools, page = Tools(lan), lan.page
    await tools.tool("publish").focus()
    await page.keyboard.press("Enter")
    await expect(tools.field("publish.customer")).to_be_focused()
    await page.keyboard.type("Bàn Phím")
    await page.keyboard.press("Enter")
    await expect(tools.view.get_by_role("heading", name=tools.say("publish.done"))).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(tools.field("publish.link")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(tools.panel).to_have_count(0)
    await expect(tools.tool("publish")).to_be_focused()
    # The panel opens again, as it was closed by hand.
    await page.keyboard.press("Enter")
    await expect(tools.field("publish.customer")).to_be_focused()
    await page.keyboard.press("Escape")
    # The "/" list: typed, taken with Enter.
    await lan.composer.focus()
    await page.keyboard.type("/lin")
    await expect(page.locator("#message-composer [cmdk-item]")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(tools.view.locator("[data-link]").first).to_be_visible()
    await expect(lan.composer).to_have_value("")
    await expect(lan.mine).to_have_count(0)


async def test_a_command_is_typed_with_its_words(workshop: str, visit: Visit) -> None:
    """It does what the form does, and is no message."""
    lan = await visit("vi", url=workshop)
    tools = Tools(lan)
    await lan.send('/publish boutique --for "Gõ Tay"')
    await expect(tools.view.get_by_role("heading", name="Gõ Tay")).to_be_visible()
    await expect(lan.mine).to_have_count(0)
    await lan.send("/report by demo")
    await expect(lan.mine).to_have_text("/report by demo")


LOOKS = [("vi", PHONE, "light"), ("en", PHONE, "dark"), ("en", DESKTOP, "light"), ("vi", DESKTOP, "dark")]


@pytest.mark.parametrize(
    ("language", "device", "scheme"), LOOKS, ids=lambda value: getattr(value, "name", value)
)
async def test_every_view_fits(
    workshop: str, visit: Visit, language: Language, device: Device, scheme: str
) -> None:
    """Phone and desk, light and dark, both languages: nothing sideways, every button named, no key shown."""
    lan = await visit(language, device, url=workshop, color_scheme=scheme)
    tools = Tools(lan)
    await published(tools, "Nhà Sách Phương Nam, chi nhánh Hà Nội")
    assert await tools.fits()
    await lan.picture(f"91-published-{scheme}")
    for name in ("new", "links", "watch", "versions"):
        if device.touch:
            await tools.close()
        await tools.open(name)
        assert await tools.fits(), name
        text = await tools.view.inner_text()
        assert not any(f"{section}." in text for section in ("new", "links", "watch", "versions", "common"))
        await lan.picture(f"91-{name}-{scheme}")
