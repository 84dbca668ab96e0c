"""For every eye, ear and hand: keyboard alone, screen readers, light and dark, small screens, nothing that jumps."""

import pytest
from playwright.async_api import expect
from visitor import PAIRS, PHONE, Reader, Visit, Visitor

from emulator import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

both = pytest.mark.parametrize("reader", PAIRS, ids=["vi-phone", "en-desktop"])
QUESTION = "Có xuất hóa đơn không?"

FOCUSED = """() => {
  const node = document.activeElement;
  if (node === document.body) return null;
  const frame = (node.id === "chat-input" && node.closest("#message-composer")) || node; // it is marked as a whole
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(frame);
  const box = frame.getBoundingClientRect();
  return {
    name: node.getAttribute("aria-label") ?? node.innerText.trim(),
    marked: (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none",
    seen: box.width > 0 && box.top >= 0 && box.bottom <= innerHeight,
  };
}"""


async def tab_round(visitor: Visitor) -> list[str]:
    """The names of all that Tab reaches, once round the page; each is in sight and visibly focused."""
    names: list[str] = []
    for _ in range(60):
        await visitor.page.keyboard.press("Tab")
        focused = await visitor.page.evaluate(FOCUSED)
        if focused is None:
            continue
        assert focused["marked"], f"no visible focus: {focused}"
        assert focused["seen"], f"focus out of sight: {focused}"
        if names and focused["name"] == names[0]:
            break
        names.append(focused["name"])
    return names


async def focus_by_tab(visitor: Visitor, name: str) -> None:
    """Press Tab until that name has the focus."""
    for _ in range(60):
        await visitor.page.keyboard.press("Tab")
        focused = await visitor.page.evaluate(FOCUSED)
        if focused and focused["name"].startswith(name):
            return
    raise AssertionError(f"Tab does not reach {name!r}")


async def test_with_the_keyboard_alone(visit: Visit, emu: Emulator) -> None:
    """Write, send, edit, ask again, open a receipt, change a setting, clear: without a mouse."""
    visitor = await visit("vi")
    keyboard = visitor.page.keyboard
    await expect(visitor.composer).to_be_focused()
    await keyboard.type(QUESTION)
    await keyboard.press("Enter")
    await visitor.answered()
    await expect(visitor.composer).to_be_focused()
    await keyboard.type("Câu nữa")
    wanted = [
        visitor.say(f"bar.{key}")
        for key in ("new_chat", "settings", "theme", "composer", "send", "edit", "copy")
    ]
    wanted += [visitor.say("actions.regenerate"), visitor.say("bar.clear"), "Giới thiệu"]
    reached = await tab_round(visitor)
    assert [name for name in wanted if name not in reached] == []
    await focus_by_tab(visitor, visitor.say("bar.send"))
    await keyboard.press("Enter")
    await visitor.answered(2)
    await focus_by_tab(visitor, "DeepSeek V3.2")
    await keyboard.press("Enter")
    await expect(visitor.page.get_by_role("table")).to_have_count(1)
    await focus_by_tab(visitor, visitor.say("bar.edit"))
    await visitor.picture("16-focus")
    await keyboard.press("Enter")
    await keyboard.type(" Sửa.")
    await focus_by_tab(visitor, "Xác nhận")
    await keyboard.press("Enter")
    await expect(visitor.mine.nth(1)).to_contain_text(" Sửa.")
    await visitor.answered(2)
    await focus_by_tab(visitor, visitor.say("actions.regenerate"))
    await keyboard.press("Space")
    await expect(visitor.totals).to_contain_text(visitor.say("totals.replies", n=4))
    await visitor.answered(2)
    await focus_by_tab(visitor, visitor.say("bar.settings"))
    await keyboard.press("Enter")
    await focus_by_tab(visitor, visitor.say("panel.temperature"))
    await keyboard.press("Home")
    await focus_by_tab(visitor, "Xác nhận")
    await keyboard.press("Enter")
    await expect(visitor.page.get_by_text(visitor.say("notes.settings_saved")).first).to_be_visible()
    await focus_by_tab(visitor, visitor.say("bar.clear"))
    await keyboard.press("Enter")
    await expect(visitor.mine).to_have_count(0)


async def test_a_retry_with_the_keyboard(visit: Visit, emu: Emulator) -> None:
    """After an error "try again" is reached by Tab and pressed by Enter."""
    emu.set_fault("empty_stop", times=4)
    visitor = await visit("en")
    await visitor.send(QUESTION)
    await expect(visitor.button(visitor.say("actions.retry"))).to_be_visible(timeout=25_000)
    emu.clear_faults()
    await focus_by_tab(visitor, visitor.say("actions.retry"))
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.button(visitor.say("actions.regenerate"))).to_have_count(1)


async def test_the_list_with_the_keyboard(visit: Visit) -> None:
    """Closed, no key leads into the list; open, its conversations and the menu of each are reached by Tab."""
    visitor = await visit("vi")
    await visitor.ask(QUESTION)
    assert visitor.say("bar.history_close") not in await tab_round(visitor)
    await focus_by_tab(visitor, visitor.say("bar.history_open"))
    await visitor.page.keyboard.press("Enter")
    await focus_by_tab(visitor, QUESTION)
    await focus_by_tab(visitor, visitor.say("bar.options"))
    await visitor.page.keyboard.press("Enter")
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.page.get_by_role("textbox", name="Tên")).to_be_focused()
    await expect(visitor.page.get_by_role("tooltip")).to_have_count(0)  # or Escape would close that
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.page.get_by_role("dialog")).to_have_count(0)


@both
async def test_everything_has_a_name(visit: Visit, emu: Emulator, reader: Reader) -> None:
    """The composer and every button say what they are, on each main screen."""
    emu.set_pace(tokens_per_second=60, tokens=120)
    visitor = await visit(*reader)
    await expect(visitor.page.get_by_role("textbox", name=visitor.say("bar.composer"))).to_have_count(1)
    await visitor.send(QUESTION)
    await visitor.reading()
    await visitor.composer.fill("x")
    await nameless(visitor)
    await visitor.answered()
    await nameless(visitor)
    await visitor.press(visitor.button(visitor.say("bar.settings")))
    await expect(visitor.page.locator("#confirm-sidebar")).to_be_in_viewport()
    await visitor.until("[...document.querySelectorAll('[role=slider]')].every(s => s.ariaLabel)")
    await nameless(visitor)
    await visitor.reload()
    await visitor.open_list()
    await nameless(visitor)
    await visitor.press(visitor.button(visitor.say("bar.history_search")))
    await expect(visitor.page.get_by_role("combobox", name=visitor.say("bar.history_search"))).to_be_visible()
    await nameless(visitor)


async def nameless(visitor: Visitor) -> None:
    """No control on the page lacks a name."""
    found = await visitor.page.evaluate("""() => [...document.querySelectorAll(
        'button, a, textarea, input, [role=slider], [role=combobox]')]
        .filter(node => node.getClientRects().length)
        .filter(node => node.checkVisibility({ visibilityProperty: true }) && !node.closest("[aria-hidden=true]"))
        .filter(node => !(node.ariaLabel || node.innerText.trim() || node.labels?.length))
        .map(node => node.outerHTML.slice(-300))""")
    assert found == []


LISTEN = """() => {
  window.heard = [];
  const node = document.getElementById("desk-live");
  const all = { childList: true, characterData: true, subtree: true };
  new MutationObserver(() => heard.push(node.textContent)).observe(node, all);
}"""


@both
async def test_start_and_end_are_announced_and_nothing_between(
    visit: Visit, emu: Emulator, reader: Reader
) -> None:
    """A screen reader hears that a reply begins, and that it has ended with its receipt; never each token."""
    emu.set_pace(tokens_per_second=80, tokens=120)
    visitor = await visit(*reader)
    await visitor.page.evaluate(LISTEN)
    await visitor.ask(QUESTION)
    receipt = await visitor.receipts.get_by_role("button").first.inner_text()
    heard = await visitor.page.evaluate("heard")
    assert heard == [visitor.say("bar.reply_started"), f"{visitor.say('bar.reply_ended')}. {receipt}"]
    live = visitor.page.locator(":is([aria-live], [role=log], [role=status], [role=alert]) .message-content")
    await expect(live).to_have_count(0)


@both
async def test_light_and_dark_follow_the_system(visit: Visit, reader: Reader) -> None:
    """As the system says, also when it changes its mind; a choice of the visitor's own stands above it."""
    visitor = await visit(*reader, color_scheme="dark")
    root = visitor.page.locator("html")
    await expect(root).to_have_class("dark")
    assert await lightness(visitor) < 60
    await visitor.picture("17-dark")
    await visitor.page.emulate_media(color_scheme="light")
    await expect(root).to_have_class("light")
    assert await lightness(visitor) > 200
    await visitor.press(visitor.button(visitor.say("bar.theme")))
    await visitor.press(visitor.page.get_by_role("menuitem", name="Tối" if reader[0] == "vi" else "Dark"))
    await expect(root).to_have_class("dark")
    await visitor.reload()
    await expect(root).to_have_class("dark")


async def lightness(visitor: Visitor) -> float:
    """Of the page's ground, 0 to 255."""
    colour: str = await visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(float(part) for part in colour.strip("rgb()").split(",")[:3]) / 3


WATCH_SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => shifts.push([
    entry.value, entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 90) ?? String(node?.data).slice(0, 40))
  ]))).observe({ type: "layout-shift" });
}"""


@both
async def test_nothing_jumps_while_a_reply_comes(visit: Visit, emu: Emulator, reader: Reader) -> None:
    """From the message to the receipt, first turn and second, the page shifts nothing that stands on it."""
    emu.set_pace(first_token_s=0.4, tokens_per_second=80, tokens=120)
    visitor = await visit(*reader)
    await visitor.page.evaluate(WATCH_SHIFTS)
    await visitor.ask(QUESTION)
    await visitor.ask("Còn câu thứ hai thì sao?")
    shifts = await visitor.page.evaluate("shifts")
    assert sum(value for value, _ in shifts) < 0.01, shifts


#: Every frame comes alone, and waits for the one before it to be painted: as on a slow line, or a slow machine.
ONE_BY_ONE = """(() => {
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...all) {
      super(...all);
      const waiting = [];
      let busy = false;
      const next = () => {
        const event = waiting.shift();
        if (!(busy = !!event)) return;
        this.dispatchEvent(Object.assign(new MessageEvent("message", { data: event.data }), { alone: true }));
        // The words of a reply need not wait.
        if (event.data.startsWith('42["stream_token')) next();
        else requestAnimationFrame(() => setTimeout(next));
      };
      this.addEventListener("message", (event) => {
        if (event.alone) return;
        event.stopImmediatePropagation();
        waiting.push(event);
        if (!busy) next();
      });
    }
  };
})()"""


@both
@pytest.mark.parametrize("fault", ["", "cut"])
async def test_nothing_jumps_however_the_parts_come(
    visit: Visit, emu: Emulator, reader: Reader, fault: str
) -> None:
    """Words, buttons, receipt drawn one after another: none moves another, also where a reply is cut or asked again."""
    emu.set_pace(first_token_s=0.1, tokens_per_second=80, tokens=40)
    visitor = await visit(*reader, scripts=(ONE_BY_ONE,))
    await visitor.page.evaluate(WATCH_SHIFTS)
    if fault:
        emu.set_fault(fault, times=4)
    await visitor.ask(QUESTION)
    emu.clear_faults()
    await visitor.ask("Còn câu thứ hai thì sao?")
    await expect(visitor.button(visitor.say("actions.regenerate"))).to_be_visible()
    assert await visitor.page.evaluate("shifts") == []


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_with_the_keyboard_of_a_phone_open(visit: Visit, language: str) -> None:
    """360 by 360: the composer and Send are in sight, a reply can be read, nothing is wider than the screen."""
    visitor = await visit(language, PHONE, viewport={"width": 360, "height": 360})
    await visitor.composer.fill(QUESTION)
    await expect(visitor.send_button).to_be_in_viewport(ratio=1)
    await expect(visitor.composer).to_be_in_viewport(ratio=1)
    await visitor.submit()
    await visitor.answered()
    await visitor.picture("18-small")
    await expect(visitor.composer).to_be_in_viewport(ratio=1)
    await expect(visitor.theirs.nth(1)).to_be_in_viewport(ratio=0.3)
    assert await visitor.page.evaluate("document.scrollingElement.scrollWidth") == 360
    await visitor.press(visitor.button(visitor.say("bar.settings")))
    await expect(visitor.page.locator("#confirm-sidebar")).to_be_in_viewport(ratio=1)
    await visitor.picture("19-small-settings")


async def test_a_pinch_leaves_the_page_as_it_is(visit: Visit) -> None:
    """Zooming in is not taken for a keyboard that opens."""
    visitor = await visit("vi", PHONE)
    height = await visitor.page.evaluate("document.body.clientHeight")
    session = await visitor.page.context.new_cdp_session(visitor.page)
    await session.send("Emulation.setPageScaleFactor", {"pageScaleFactor": 2})
    await visitor.until("visualViewport.scale === 2")
    assert await visitor.page.evaluate("document.body.clientHeight") == height


async def test_the_totals_unfold_on_a_tap(visit: Visit) -> None:
    """On a phone the totals do not fit on one line: a tap shows all of them."""
    visitor = await visit("vi", PHONE)
    await visitor.ask(QUESTION)
    fits = "(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)(document.getElementById('desk-totals'))"
    assert await visitor.page.evaluate(fits) is False
    await visitor.totals.tap()
    assert await visitor.page.evaluate(fits) is True
    await visitor.picture("20-totals")
