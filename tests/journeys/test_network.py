"""Lines that fail: nothing typed is lost, nothing is sent twice, no reply has a hole."""

import asyncio

import pytest
from playwright.async_api import expect
from stage import PACE, Line
from visitor import PAIRS, PHONE, Reader, Visit, whole_reply

from emulator import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

both = pytest.mark.parametrize("reader", PAIRS, ids=["vi-phone", "en-desktop"])
QUESTION = "Giao hàng Cần Thơ mất mấy ngày?"


@both
async def test_a_message_sent_while_offline(visit: Visit, emu: Emulator, line: Line, reader: Reader) -> None:
    """It is shown as waiting under a line that says why, and is sent once when the line is back."""
    visitor = await visit(*reader, url=line.url)
    line.cut()
    await expect(visitor.status).to_have_text(visitor.say("bar.offline"))
    await visitor.send("Câu gửi lúc mất mạng")
    await visitor.send("Và câu nữa")
    await expect(visitor.waiting).to_have_text(["Câu gửi lúc mất mạng", "Và câu nữa"])
    await expect(visitor.composer).to_have_value("")
    await expect(visitor.page.locator("#session-error")).to_be_hidden()
    await visitor.picture("8-offline")
    await expect(visitor.button(visitor.say("bar.clear"))).to_be_disabled()
    # A starter is a message like any other.
    await visitor.press(visitor.page.locator('[data-step-type="assistant_message"] button[id]').first)
    await expect(visitor.waiting).to_have_count(3)
    line.mend()
    await expect(visitor.receipts).to_have_count(3, timeout=15_000)
    await expect(visitor.mine).to_have_count(3)
    assert (await visitor.mine.all_inner_texts())[:2] == ["Câu gửi lúc mất mạng", "Và câu nữa"]
    await expect(visitor.waiting).to_have_count(0)
    await expect(visitor.status).to_be_hidden()
    assert len(emu.requests) == 3


async def test_a_waiting_message_survives_a_reload(visit: Visit, emu: Emulator, line: Line) -> None:
    """A page that is loaded again before its socket opens still sends what waited, once."""
    visitor = await visit(url=line.url)
    line.hold_sockets()
    await visitor.page.reload()
    await visitor.composer.fill("Câu gửi quá sớm")
    await visitor.composer.press("Enter")
    await expect(visitor.waiting).to_have_text(["Câu gửi quá sớm"])
    await visitor.page.reload()
    await expect(visitor.waiting).to_have_text(["Câu gửi quá sớm"])
    line.mend()
    await expect(visitor.receipts).to_have_count(1, timeout=15_000)
    await expect(visitor.mine).to_have_text(["Câu gửi quá sớm"])
    assert len(emu.requests) == 1


@pytest.mark.parametrize(
    ("tokens", "away_s"), [(500, 10), (100, 3)], ids=["10 s in mid-reply", "the reply ends meanwhile"]
)
async def test_a_socket_that_drops_in_mid_reply(
    visit: Visit, emu: Emulator, line: Line, tokens: int, away_s: float
) -> None:
    """The reply goes on without the page; when it is back nothing is missing and nothing stands twice."""
    emu.set_pace(tokens_per_second=40, tokens=tokens)
    visitor = await visit(url=line.url)
    await visitor.send(QUESTION)
    await visitor.reading()
    line.cut()
    await asyncio.sleep(away_s)
    assert len(await visitor.reply()) < len(whole_reply(emu)) / 2
    line.mend()
    if tokens == 500:
        await expect(visitor.stop).to_be_visible()
    await expect(visitor.receipts).to_have_count(1, timeout=20_000)
    assert await visitor.reply() == whole_reply(emu)
    await expect(visitor.mine).to_have_count(1)
    await expect(visitor.theirs).to_have_count(2)
    await expect(visitor.stop).to_have_count(0)
    assert len(emu.requests) == 1


async def test_a_phone_that_changes_networks(visit: Visit, emu: Emulator, line: Line) -> None:
    """The old socket looks alive to the desk; the page comes back by a new one and loses nothing."""
    emu.set_pace(tokens_per_second=40, tokens=200)
    visitor = await visit("vi", PHONE, url=line.url)
    await visitor.send(QUESTION)
    await visitor.reading()
    line.strand()
    await expect(visitor.status).to_have_text(visitor.say("bar.offline"))
    line.mend()
    await expect(visitor.receipts).to_have_count(1, timeout=20_000)
    assert await visitor.reply() == whole_reply(emu)
    emu.set_pace(PACE)
    await visitor.ask("Còn câu này")
    await expect(visitor.mine).to_have_count(2)
    await expect(visitor.receipts).to_have_count(2)


async def test_the_browser_says_it_is_offline(visit: Visit, emu: Emulator) -> None:
    """Aeroplane mode: the page says so, keeps the message, and sends it once afterwards."""
    visitor = await visit()
    await visitor.page.context.set_offline(True)
    await expect(visitor.status).to_have_text(visitor.say("bar.offline"))
    await visitor.send("Câu trên máy bay")
    await expect(visitor.waiting).to_have_text(["Câu trên máy bay"])
    await visitor.page.context.set_offline(False)
    await expect(visitor.receipts).to_have_count(1, timeout=15_000)
    await expect(visitor.mine).to_have_text(["Câu trên máy bay"])
    assert len(emu.requests) == 1


@both
async def test_what_is_typed_before_the_greeting(
    visit: Visit, emu: Emulator, line: Line, reader: Reader
) -> None:
    """A sent message waits and is sent once; a half-written one stays in the composer under the greeting."""
    line.hold_sockets()
    visitor = await visit(*reader, url=line.url, at_once=False)
    await visitor.page.goto(line.url)
    await visitor.send("Gửi rất sớm")
    await expect(visitor.waiting).to_have_text(["Gửi rất sớm"])
    await visitor.picture("9-before-the-greeting")
    await visitor.composer.press_sequentially("Đang viết dở, ")
    line.mend()
    await visitor.composer.press_sequentially("và viết tiếp khi lời chào hiện ra", delay=25)
    await visitor.greeted()
    await expect(visitor.receipts).to_have_count(1, timeout=15_000)
    await expect(visitor.mine).to_have_text(["Gửi rất sớm"])
    await expect(visitor.composer).to_have_value("Đang viết dở, và viết tiếp khi lời chào hiện ra")
    await expect(visitor.composer).to_be_focused()
    assert len(emu.requests) == 1
