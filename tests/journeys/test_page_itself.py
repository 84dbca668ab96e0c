"""The page as such: ours alone, in one language at a time, also where the browser stores nothing."""

import re

import pytest
from playwright.async_api import expect
from started_desk import ROOT
from visitor import DESKTOP, PHONE, Language, Reader, Visit, Visitor

from emulator import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ASK: dict[Language, str] = {
    "vi": "Viết đoạn code ví dụ và bảng giá",
    "en": "Write a code example and a price table",
}

WORDS = """() => {
  const drawn = (node) => node.getClientRects().length > 0;
  const said = (node) => node.closest('[data-step-type$="_message"] .message-content, #desk-waiting');
  const words = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: node, data } = walker.currentNode;
    if (/^(SCRIPT|STYLE|NOSCRIPT|TEXTAREA)$/.test(node.tagName) || !drawn(node) || said(node)) continue;
    if (node.closest(".sr-only") && node.closest("[aria-label]")) continue;
    words.push(data.trim());
  }
  for (const node of document.querySelectorAll("body *")) {
    if (!drawn(node)) continue;
    for (const name of ["aria-label", "title", "alt", "placeholder"]) words.push(node.getAttribute(name)?.trim());
  }
  return words.filter(Boolean);
}"""

#: What reads the same in both languages, and may.
SAME_IN_BOTH = re.compile(
    r"Demo Desk|Demo|Mây Boutique|boutique.*|holysheep|req_\w+|deepseek-v3\.2@.*|(DeepSeek|Gemini|GPT|Claude)[^a-z]*.*|"
    r"English|Tiếng Việt|python|logo|[^a-zA-ZÀ-ỹ]*",
)


async def test_no_word_is_left_in_the_other_language(visit: Visit, emu: Emulator) -> None:
    """Whatever the main screens say or name reads differently in Vietnamese and in English."""
    vietnamese = await walk(await visit("vi", PHONE), emu)
    english = await walk(await visit("en", PHONE), emu)
    assert len(vietnamese) > 40
    assert sorted(word for word in vietnamese & english if not SAME_IN_BOTH.fullmatch(word)) == []


async def walk(visitor: Visitor, emu: Emulator) -> set[str]:
    """All words on the main screens, but for what people and models write."""
    words: set[str] = set()

    async def look() -> None:
        await visitor.page.wait_for_timeout(200)  # names come a moment after what they name
        words.update(await visitor.page.evaluate(WORDS))

    page = visitor.page
    await look()
    emu.set_pace(tokens_per_second=150, tokens=0)
    await visitor.send(ASK[visitor.language])
    await visitor.reading()
    await visitor.send("…")
    await expect(visitor.waiting).to_have_count(1)
    await look()
    await visitor.answered(2)
    await visitor.press(visitor.receipts.first.get_by_role("button").first)
    await look()
    await visitor.press(visitor.mine.first.locator(".edit-message"))
    await look()
    await visitor.press(visitor.button("Hủy" if visitor.language == "vi" else "Cancel"))
    emu.set_fault("bad_key", times=1)
    await visitor.send("?")
    await expect(visitor.receipts).to_have_count(3)
    await look()
    await visitor.press(visitor.button(visitor.say("bar.theme")))
    await look()
    await page.keyboard.press("Escape")
    await visitor.press(page.locator("#readme-button"))
    await look()
    await page.keyboard.press("Escape")
    await visitor.press(visitor.button(visitor.say("bar.settings")))
    await look()
    await visitor.press(page.locator("button#language"))
    await look()
    await page.keyboard.press("Escape")
    await visitor.press(page.locator("#confirm-sidebar"))
    await expect(page.get_by_text(visitor.say("notes.settings_saved")).first).to_be_visible()
    await look()
    return words


REFUSED = """const refuse = () => Promise.reject(new DOMException("Write permission denied.", "NotAllowedError"));
Object.defineProperty(navigator, "clipboard", { value: { write: refuse, writeText: refuse } });"""


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_a_browser_that_refuses_to_copy(visit: Visit, language: Language) -> None:
    """What Chainlit says of it in English only is said in the page's language, with what to do instead."""
    visitor = await visit(language, scripts=(REFUSED,))
    await visitor.ask(ASK[language])
    await visitor.button(visitor.say("bar.copy")).last.click()
    toast = visitor.page.locator("[data-sonner-toast]")
    await expect(toast).to_have_text(visitor.say("bar.copy_failed"))


@pytest.mark.parametrize(
    ("reader", "point"), [(("vi", PHONE), ","), (("en", DESKTOP), ".")], ids=["vi-phone", "en-desktop"]
)
async def test_the_sliders_values(visit: Visit, reader: Reader, point: str) -> None:
    """The value beside a slider has the decimal point of the page's language, also while it is drawn."""
    visitor = await visit(*reader)
    for _ in range(2):  # the panel is made anew each time
        await visitor.press(visitor.button(visitor.say("bar.settings")))
        label = visitor.page.locator('label[for="temperature"]')
        await expect(label).to_contain_text(f"0{point}7")
        thumb = visitor.page.get_by_role("slider", name=visitor.say("panel.temperature"))
        for value in ("0.8", "0.9", "1", "1.1"):
            await thumb.press("ArrowRight")
            await expect(label).to_contain_text(value.replace(".", point))
        await visitor.press(visitor.button("Hủy" if visitor.language == "vi" else "Cancel"))


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_what_other_programs_read_of_the_page(visit: Visit, language: Language) -> None:
    """Title, description, preview and icon are ours and exist; the language is declared."""
    visitor = await visit(language)
    head = visitor.page.locator("head")
    for tag in ("og:title", "og:description", "og:image", "og:url"):
        await expect(head.locator(f'meta[property="{tag}"]')).to_have_count(1)
    tags = await head.locator("meta, title, link[rel=icon]").evaluate_all(
        "tags => tags.map((tag) => tag.outerHTML)"
    )
    assert [tag for tag in tags if "chainlit" in tag.lower()] == []
    await expect(visitor.page).to_have_title("Mây Boutique")
    await expect(visitor.page.locator("html")).to_have_attribute("lang", language)
    image = await head.locator('meta[property="og:image"]').get_attribute("content") or ""
    picture = await visitor.page.request.get(visitor.url + image[image.index("/public/") :])
    assert picture.headers["content-type"] == "image/png"
    icon = await visitor.page.request.get(f"{visitor.url}/favicon")
    assert await icon.body() == (ROOT / "public" / "favicon.svg").read_bytes()


BLOCKED = """Object.defineProperty(window, "%s", { get() { throw new DOMException("blocked", "SecurityError"); } });"""
FULL = """if (location.protocol !== "about:") {
  const { setItem } = Storage.prototype;
  Storage.prototype.setItem = function (key, value) {
    if (this === sessionStorage && value.length > 1) throw new DOMException("full", "QuotaExceededError");
    setItem.call(this, key, value);
  };
}"""


@pytest.mark.parametrize("script", [BLOCKED % "sessionStorage", FULL], ids=["blocked", "full"])
async def test_a_browser_that_stores_nothing(visit: Visit, emu: Emulator, script: str) -> None:
    """Without storage of ours a chat works as ever, as long as the page is open."""
    visitor = await visit("vi", scripts=(script,))
    await visitor.ask("Một câu")
    await visitor.ask("Hai câu")
    await expect(visitor.mine).to_have_text(["Một câu", "Hai câu"])
    assert len(emu.requests) == 2


async def test_our_scripts_bear_a_browser_without_local_storage(visit: Visit) -> None:
    """Chainlit itself needs localStorage; ours must not be what fails."""
    visitor = await visit("vi", at_once=False, scripts=(BLOCKED % "localStorage",))
    await visitor.page.goto(visitor.url)
    await visitor.page.wait_for_load_state("load")
    assert await visitor.page.evaluate("typeof demoDesk.send") == "function"
    assert [error for error in visitor.watch.errors if "/public/desk/" in error] == []
    visitor.watch.errors.clear()
