"""A conversation with the program as it is started, by either command, over a real socket."""

import asyncio
import re

import pytest
from desk_program import KEY, Browser, Program, browsing

from emulator import Emulator, Pace

pytestmark = pytest.mark.slow

SLOWLY = Pace(first_token_s=0.01, tokens_per_second=50, tokens=60)


async def test_the_first_message(desk: Program, emu: Emulator, browser: Browser) -> None:
    """Greeting, reply and receipt, in the browser's language; the provider is asked once."""
    page = await browser.open()
    assert "em là **Mây** của Mây Boutique" in page.outputs("assistant_message")[0]
    assert page.buttons == ["starter"] * 4 and page.desk["rehearsal"] is False
    await page.ask("Áo khoác giá bao nhiêu?")
    (receipt,) = page.receipts
    assert (receipt["provider"], receipt["completion_tokens"], receipt["error"]) == ("holysheep", 12, None)
    assert len(page.replies) == 1 and " token · $0.000" in page.of_type("llm")[0]["name"]
    assert page.desk["totals"].startswith("1 câu trả lời") and "₫" in page.desk["totals"]
    (request,) = emu.requests
    assert request.messages[-1].content == "Áo khoác giá bao nhiêu?" and request.stream


async def test_english_readers(desk: Program, emu: Emulator) -> None:
    """The same in English for an English browser."""
    async with browsing(desk.url, "en-GB") as browser:
        page = await browser.open()
        assert "I am **Mây** from Mây Boutique" in page.outputs("assistant_message")[0]
        await page.ask("How long does delivery take?")
        assert " tokens · $0.000" in page.of_type("llm")[0]["name"]
        assert page.desk["totals"].startswith("1 reply")


async def test_buttons(emu: Emulator, browser: Browser) -> None:
    """A starter asks its question; "answer again" replaces the reply; "continue" goes on."""
    page = await browser.open()
    await browser.click(page, "starter")
    await page.until(lambda: page.receipts and page.buttons == ["regenerate"])
    first = page.of_type("llm")[0]["id"]
    emu.set_fault("length", times=1)
    await browser.click(page, "regenerate")
    await page.until(lambda: page.buttons == ["continue"])
    assert first not in page.steps and len(page.receipts) == 1
    await browser.click(page, "continue")
    await page.until(lambda: len(page.receipts) == 2)
    assert page.outputs("user_message") == [
        "Mình cao 1m58, nặng 51 kg thì mặc áo sơ mi lụa Hạ An cỡ nào?",
        "Viết tiếp đi",
    ]


async def test_stop(emu: Emulator, browser: Browser) -> None:
    """The partial reply stays and is metered; the provider's request ends."""
    emu.set_pace(SLOWLY, tokens=1000)
    page = await browser.open()
    await page.say("Kể chuyện")
    await page.until(lambda: page.replies)
    await page.emit("stop")
    await page.until(lambda: page.receipts and not page.busy)
    assert page.receipts[0]["finish_reason"] == "stopped" and len(page.replies) == 1
    await page.until(lambda: emu.requests[0].ended == "client_gone")


async def test_settings(emu: Emulator, browser: Browser) -> None:
    """A change holds from the next message; a forged value is refused with a word."""
    page = await browser.open()
    await page.ask("Một")
    await page.emit("chat_settings_change", {"model": "gpt-4.1", "temperature": 1.5, "max_tokens": 64})
    await page.emit("chat_settings_change", {"model": "gpt-9"})
    await page.emit("chat_settings_change", ["model"])
    await page.ask("Hai")
    assert [request.model for request in emu.requests] == ["deepseek-v3.2", "gpt-4.1"]
    assert (emu.requests[1].temperature, emu.requests[1].max_tokens) == (1.5, 64)
    assert page.toasts[0].startswith("Đã lưu") and page.toasts[1].startswith(
        "Không nhận giá trị của “Mô hình”"
    )


async def test_edit_and_clear(emu: Emulator, browser: Browser) -> None:
    """An edit takes away what came after; clearing empties screen and prompt and keeps the totals."""
    page = await browser.open()
    first = await page.ask("Một")
    await page.ask("Hai")
    await page.say("Một, sửa", first, "edit_message")
    await page.until(
        lambda: page.outputs("user_message") == ["Một, sửa"] and len(page.receipts) == 1 and not page.busy
    )
    totals = page.desk["totals"]
    await page.emit("clear_history")
    await page.until(lambda: len(page.steps) == 1 and page.toasts)
    assert page.desk["totals"] == totals and totals.startswith("3 câu trả lời")
    await page.ask("Ba")
    assert [message.role for message in emu.requests[-1].messages] == ["system", "user"]


async def test_a_connection_lost_in_mid_reply(emu: Emulator, browser: Browser) -> None:
    """The reply goes on; the page that comes back shows all of it, once."""
    emu.set_pace(SLOWLY)
    page = await browser.open()
    id = await page.say("Kể chuyện")
    await page.until(lambda: page.replies)
    await page.drop()
    await asyncio.sleep(0.2)
    back = await browser.open(page.session)
    assert back.busy != bool(back.receipts) and back.outputs("user_message") == ["Kể chuyện"]
    assert back.replies[0].startswith(page.replies[0])
    await back.say("Kể chuyện", id)
    await back.until(lambda: back.receipts and not back.busy)
    assert back.receipts[0]["completion_tokens"] == 60 and len(emu.requests) == 1
    assert [request.ended for request in emu.requests] == ["whole"] and len(back.replies) == 1


async def test_a_reload(emu: Emulator, browser: Browser) -> None:
    """The same tab finds its conversation, settings and totals; another browser finds nothing of it."""
    page = await browser.open(tab="tab-1")
    await page.emit("chat_settings_change", {"model": "gpt-4.1"})
    await page.ask("Bí mật của An")
    await page.drop()
    again = await browser.open(tab="tab-1")
    assert again.outputs("user_message") == ["Bí mật của An"] and again.desk["totals"].startswith(
        "1 câu trả lời"
    )
    assert again.told("chat_settings")[0][0]["inputs"][0]["initial"] == "gpt-4.1"


async def test_a_stranger(desk: Program, emu: Emulator, browser: Browser) -> None:
    """Another browser gets nothing of it, not even with the tab's id."""
    page = await browser.open(tab="tab-1")
    await page.ask("Bí mật của An")
    async with browsing(desk.url) as other:
        stranger = await other.open(tab="tab-1")
        assert stranger.outputs("user_message") == []


async def test_new_chat(emu: Emulator, browser: Browser) -> None:
    """A new chat is new."""
    page = await browser.open(tab="tab-1")
    await page.ask("Một")
    await page.emit("clear_session")
    await page.drop()
    fresh = await browser.open(tab="tab-1")
    assert fresh.outputs("user_message") == [] and fresh.desk["totals"] == "Chưa có câu trả lời nào"


async def test_a_message_before_the_greeting(emu: Emulator, browser: Browser) -> None:
    """What is typed in one breath with the connection is answered, after the greeting."""
    page = await browser.open()
    await page.drop()
    page = await browser.open()
    await page.emit("client_message", {"message": None})
    await page.emit("edit_message", "nonsense")
    await page.ask("Một")
    assert [step["type"] for step in page.steps.values()][:2] == ["assistant_message", "user_message"]


async def test_a_demo_saved_between_two_messages(desk: Program, emu: Emulator, browser: Browser) -> None:
    """The very next reply has the new persona and a version more; a broken file changes nothing and tells."""
    page = await browser.open()
    await page.ask("Một")
    before = page.receipts[0]["demo_version"]
    desk.edit_demo("Bạn là Mây", "Bạn là Gió")
    await page.ask("Hai")
    told = [request.messages[0].content for request in emu.requests]
    assert ["Bạn là Mây" in told[0], "Bạn là Gió" in told[1]] == [True, True]
    assert page.receipts[1]["demo_version"] == before + 1
    desk.edit_demo("title = ", "titel = ")
    await page.ask("Ba")
    await page.until(lambda: page.toasts)
    assert "boutique.toml" in page.toasts[-1] and "titel" in page.toasts[-1]
    desk.edit_demo("titel = ", "title = ")
    desk.edit_demo("Bạn là Gió", "Bạn là Mây")
    await page.ask("Bốn")
    assert [receipt["demo_version"] for receipt in page.receipts[1:]] == [before + 1, before + 1, before + 2]


@pytest.mark.parametrize("fault", ["timeout_504", "cut"])
async def test_a_failure(emu: Emulator, browser: Browser, fault: str) -> None:
    """Words and a button to try again, which then works."""
    emu.set_fault(fault)
    page = await browser.open()
    await page.ask("Một")
    assert len(page.notices) == 1 and page.buttons == ["regenerate"]
    emu.clear_faults()
    await browser.click(page, "regenerate")
    await page.until(lambda: page.receipts and page.receipts[0]["finish_reason"] == "stop" and not page.busy)
    assert page.notices == [] and len(page.replies) == 1


async def test_a_wrong_key(desk: Program, emu: Emulator, browser: Browser) -> None:
    """The reader is told which variable to mend; the key itself stands nowhere."""
    emu.keys = {"another"}
    page = await browser.open()
    await page.ask("Một")
    assert "HOLYSHEEP_API_KEY trong tệp .env" in page.notices[0] and page.receipts[0]["error"] == "bad_key"
    _, text = await browser.get()
    _, project = await browser.get("/project/settings?language=vi-VN")
    for place in (repr(page.events), text, project, desk.printed):
        assert KEY not in place
    assert "error=bad_key" in desk.printed and emu.requests[-1].request_id in desk.printed


async def test_the_page(desk: Program, browser: Browser) -> None:
    """At / and at every address that is not Chainlit's own; without the rehearsal's banner shown."""
    for path in ("/", "/login", "/thread/x", "/project/nothing"):
        status, text = await browser.get(path)
        assert status == 200 and '<html lang="vi">' in text and "<title>Mây Boutique</title>" in text
        loaded = re.sub(r'<script type="application/json".*?</script>', "", text)  # words are no addresses
        assert "https://" not in loaded and '<div id="desk-banner" role="status" hidden>' in text
    status, text = await browser.get("/project/settings?language=vi-VN")
    assert status == 200 and text.startswith("{")
    assert (await browser.get("/avatars/Mây%20Boutique"))[0] in (200, 400)
