"""Vietnamese typing: never half a word sent, never a word lost or doubled."""

import json
import unicodedata

import pytest
from playwright.async_api import CDPSession, expect
from visitor import DESKTOP, PHONE, Visit, Visitor

from emulator import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ENTER = {"key": "Enter", "code": "Enter"}


class Ime:
    """An input method that composes, as Telex on macOS and every touch keyboard do."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session

    async def compose(self, *stages: str) -> None:
        """Show each stage of a word in turn; the last one stays under composition."""
        for text in stages:
            await self.enter_key()  # keys of an input method arrive as 229
            place = {"selectionStart": len(text), "selectionEnd": len(text)}
            await self._session.send("Input.imeSetComposition", {"text": text, **place})

    async def commit(self, text: str) -> None:
        """End the composition with ``text``."""
        await self._session.send("Input.insertText", {"text": text})

    async def enter_key(self) -> None:
        """Enter as browsers report it while an input method is at work: key code 229."""
        for kind in ("rawKeyDown", "keyUp"):
            await self._session.send(
                "Input.dispatchKeyEvent", {"type": kind, "windowsVirtualKeyCode": 229, **ENTER}
            )


async def ime_of(visitor: Visitor) -> Ime:
    """An input method at the composer."""
    await visitor.composer.focus()
    return Ime(await visitor.page.context.new_cdp_session(visitor.page))


async def test_enter_in_a_composition_does_not_send(visit: Visit, emu: Emulator) -> None:
    """Telex: the Enter that takes a word only takes it; the next one sends it, once."""
    visitor = await visit()
    ime = await ime_of(visitor)
    await ime.compose("t", "ti", "tie", "tiê", "tiến", "tiếng")
    await ime.enter_key()
    await ime.commit("tiếng")
    await ime.enter_key()  # Safari tells of the key after it has ended the composition
    await ime.compose(" v", " vi", " vie", " viê", " việ", " việt")
    await ime.commit(" việt")
    await expect(visitor.composer).to_have_value("tiếng việt")
    await expect(visitor.mine).to_have_count(0)
    await visitor.composer.press("Enter")
    await visitor.answered()
    await expect(visitor.mine).to_have_text(["tiếng việt"])
    await expect(visitor.composer).to_have_value("")
    assert len(emu.requests) == 1


async def test_enter_that_only_says_is_composing(visit: Visit) -> None:
    """An Enter with isComposing never sends, also where no composition was announced."""
    visitor = await visit()
    await visitor.composer.fill("tiế")
    await visitor.composer.dispatch_event(
        "keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True}
    )
    await visitor.composer.press("Shift+Enter")
    await expect(visitor.composer).to_have_value("tiế\n")
    await expect(visitor.mine).to_have_count(0)


async def test_send_on_a_touch_keyboard_commits_the_last_word_once(visit: Visit, emu: Emulator) -> None:
    """A tap on Send in mid-composition sends the word under it once and leaves nothing behind."""
    visitor = await visit("vi", PHONE)
    ime = await ime_of(visitor)
    await ime.compose("x", "xin")
    await ime.commit("xin")
    await ime.compose(" ch", " chà", " chào")
    await visitor.submit()
    await visitor.answered()
    await expect(visitor.mine).to_have_text(["xin chào"])
    await expect(visitor.composer).to_have_value("")
    await visitor.composer.press_sequentially("câu sau")
    await expect(visitor.composer).to_have_value("câu sau")
    assert len(emu.requests) == 1


async def test_enter_on_a_touch_keyboard_makes_a_new_line(visit: Visit) -> None:
    """Where keyboards compose all the time, Enter is a new line, composing or not; Send sends."""
    visitor = await visit("vi", PHONE)
    await visitor.composer.press_sequentially("dòng một")
    await visitor.composer.press("Enter")
    await visitor.composer.press_sequentially("dòng hai")
    await expect(visitor.composer).to_have_value("dòng một\ndòng hai")
    await expect(visitor.mine).to_have_count(0)
    await visitor.submit()
    await visitor.answered()
    assert await visitor.mine.inner_text() == "dòng một\ndòng hai"


async def test_backspace_and_insert_as_unikey_types(visit: Visit, emu: Emulator) -> None:
    """A program that types by Backspace and insert, as fast as it can, also while a reply streams, loses nothing."""
    emu.set_pace(tokens_per_second=100, tokens=150)
    visitor = await visit()
    await visitor.send("Câu trước")
    await visitor.reading(20)
    keyboard = visitor.page.keyboard
    await visitor.composer.focus()
    for _ in range(3):
        await keyboard.type("tie")
        await keyboard.press("Backspace")
        await keyboard.insert_text("ê")
        await keyboard.type("ng")
        for _ in "êng":
            await keyboard.press("Backspace")
        await keyboard.insert_text("ếng")
        await keyboard.type(" dduwo")
        for _ in "dduwo":
            await keyboard.press("Backspace")
        await keyboard.insert_text("được ")
    await expect(visitor.composer).to_have_value("tiếng được " * 3)
    await visitor.answered()
    await expect(visitor.composer).to_have_value("tiếng được " * 3)


async def test_what_is_sent_is_nfc(visit: Visit, emu: Emulator) -> None:
    """Letters typed in pieces leave the page as whole ones."""
    visitor = await visit(at_once=False)
    frames: list[str] = []
    visitor.page.on(
        "websocket", lambda socket: socket.on("framesent", lambda frame: frames.append(str(frame)))
    )
    await visitor.open()
    await visitor.composer.fill(unicodedata.normalize("NFD", "Tiếng Việt đủ dấu"))
    await visitor.submit()
    await visitor.answered()
    (sent,) = [json.loads(frame[2:])[1] for frame in frames if frame.startswith('42["client_message"')]
    assert sent["message"]["output"] == "Tiếng Việt đủ dấu"
    assert emu.requests[-1].messages[-1].content == "Tiếng Việt đủ dấu"


async def test_a_paste_keeps_its_lines(visit: Visit, emu: Emulator) -> None:
    """Several lines pasted at once are one message, as they were."""
    visitor = await visit("en", DESKTOP)
    await visitor.composer.focus()
    await visitor.page.keyboard.insert_text("1. one\n2. two *stars*\n\n<b>three</b>")
    await visitor.submit()
    await visitor.answered()
    assert emu.requests[-1].messages[-1].content == "1. one\n2. two *stars*\n\n<b>three</b>"
    assert await visitor.mine.inner_text() == "1. one\n2. two *stars*\n\n<b>three</b>"


async def test_there_is_one_send_button(visit: Visit, emu: Emulator) -> None:
    """From the first letter on there is one Send, also while a reply runs; with nothing written there is none."""
    emu.set_pace(tokens_per_second=40, tokens=200)
    visitor = await visit()
    sends = visitor.page.locator("#chat-submit:enabled, #desk-send").filter(visible=True)
    await expect(sends).to_have_count(0)
    await visitor.composer.press_sequentially("a")
    await expect(sends).to_have_count(1)
    await visitor.page.wait_for_timeout(200)  # silence: no second one follows
    await expect(sends).to_have_count(1)
    await visitor.submit()
    await visitor.reading()
    await expect(sends).to_have_count(0)
    await visitor.composer.press_sequentially("b")
    await expect(sends).to_have_count(1)
    await expect(visitor.stop).to_be_visible()
    await visitor.composer.press("Backspace")
    await expect(sends).to_have_count(0)
