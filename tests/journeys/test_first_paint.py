"""A visitor's page on a poor line: written in and answered before Chainlit's script is there, then taken over."""

import asyncio
import json
import re
from typing import Any

import pytest
from links_at import Do
from playwright.async_api import Page, Route, expect
from stage import Line
from test_typing import Ime
from visitor import DESKTOP, PAIRS, PHONE, Device, Language, Visit, Visitor, whole_reply

from chat.screen import BATCH, SHOWN
from emulator import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

QUESTION = "Áo khoác giá bao nhiêu?"
#: A phone's line, and a phone's processor beside this one.
LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 200_000}
SLOWER = 4

NO_STORAGE = """
for (const name of ["localStorage", "sessionStorage"]) {
  const get = () => { throw new DOMException("denied", "SecurityError"); };
  Object.defineProperty(window, name, { get, configurable: true });
}
"""
NO_COOKIES = "Object.defineProperty(Navigator.prototype, 'cookieEnabled', { get: () => false });"


class First:
    """The page before Chainlit is there; its script is held back until ``wake``."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page = visitor, visitor.page
        self.shell = self.page.locator("#desk-first")
        self.box = self.page.locator("#desk-first-input")
        self.mine = self.page.locator("#desk-first .desk-mine")
        self.theirs = self.page.locator("#desk-first .desk-theirs")
        self._held: list[Route] = []
        self._awake = asyncio.Event()
        self.sent: list[str] = []
        self.page.on("websocket", lambda socket: socket.on("framesent", lambda f: self.sent.append(str(f))))

    async def come(self) -> None:
        """Open the page, cold; the script of Chainlit waits."""

        async def hold(route: Route) -> None:
            await self._awake.wait()
            await route.continue_()

        await self.page.route(re.compile(r"/assets/index-\w+\.js"), hold)
        await self.page.goto(self.visitor.url, wait_until="commit")
        await expect(self.box).to_be_editable()

    async def connected(self) -> None:
        """Its own socket has drawn the conversation."""
        await self.visitor.until("demoDesk.ready && document.querySelector('#desk-totals').textContent")

    async def ask(self, text: str) -> None:
        """Send a message as this device does, before Chainlit is there."""
        await self.box.fill(text)
        if self.visitor.device.touch:
            await self.page.locator("#desk-first-send").tap()
        else:
            await self.box.press("Enter")
        await expect(self.box).to_have_value("")

    async def wake(self) -> None:
        """Let Chainlit's script through and wait until it has taken over."""
        self._awake.set()
        await self.taken_over()

    async def taken_over(self) -> None:
        """Chainlit has the page, and nothing of the first one is left."""
        await expect(self.shell).to_have_count(0, timeout=30_000)
        await expect(self.visitor.composer).to_be_editable()

    def messages(self) -> list[dict[str, Any]]:
        """The messages that the page has sent, however often."""
        found = [json.loads(frame[2:])[1] for frame in self.sent if frame.startswith('42["client_message"')]
        return [one["message"] for one in found]


async def first(
    visit: Visit, url: str, device: Device = PHONE, language: Language = "vi", **more: Any
) -> First:
    """Somebody at a link whose Chainlit is held back."""
    page = First(await visit(language, device, url=url, at_once=False, **more))
    await page.come()
    return page


async def publish(operator: Do, *words: str) -> str:
    """The address of a new link."""
    made = await operator("publish", "boutique", "--title", "Shop ABC", "--color", "#7a1f3d", *words)
    return str(made["url"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("language", "device"), PAIRS, ids=lambda value: getattr(value, "name", value))
async def test_the_shop_is_there_at_once(
    operator: Do, visit: Visit, language: Language, device: Device, scheme: str
) -> None:
    """Name, greeting, starters, notice and a text box stand there without Chainlit, in the demo's colours and the
    system's light or dark; taken over, nothing has moved."""
    page = await first(visit, await publish(operator), device, language, color_scheme=scheme)
    await page.connected()
    await expect(page.page.locator("#desk-first-name")).to_have_text("Shop ABC")
    await expect(page.theirs.locator("strong")).to_have_text("Mây")
    await expect(page.page.locator(".desk-starter")).to_have_count(4)
    await expect(page.page.locator("#desk-notice")).to_be_in_viewport()
    ground = await page.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 200) == (scheme == "dark")
    assert await page.box.evaluate("(node) => parseFloat(getComputedStyle(node).fontSize)") >= 16
    await page.visitor.picture(f"first-1-shell-{scheme}")
    places = """(selectors) => selectors.map((selector) => {
      const { x, y } = document.querySelector(selector).getBoundingClientRect();
      return [x, y];
    })"""
    before = await page.page.evaluate(
        places, ["#desk-first-composer", "#desk-first .desk-text", ".desk-starter"]
    )
    await page.wake()
    await page.visitor.picture(f"first-2-taken-over-{scheme}")
    after = await page.page.evaluate(
        places,
        ["#message-composer", "#root .message-content", "#root .message-content ~ .flex-wrap > button"],
    )
    moved = [
        abs(a - b) for one, other in zip(before, after, strict=True) for a, b in zip(one, other, strict=True)
    ]
    assert max(moved) <= 2, (before, after)


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=lambda device: device.name)
async def test_what_was_being_written_is_handed_over(operator: Do, visit: Visit, device: Device) -> None:
    """Text, selection and focus are in Chainlit's composer, once, and can be written on."""
    page = await first(visit, await publish(operator), device)
    await page.box.fill("Cho mình hỏi áo len")
    await page.box.evaluate("(box) => box.setSelectionRange(9, 12)")
    await page.wake()
    await expect(page.visitor.composer).to_have_value("Cho mình hỏi áo len")
    await expect(page.visitor.composer).to_be_focused()
    await page.page.keyboard.type("xin")
    await expect(page.visitor.composer).to_have_value("Cho mình xin áo len")
    assert page.messages() == []


async def test_not_in_mid_composition(operator: Do, visit: Visit) -> None:
    """A word under composition stays where it is written; Chainlit takes over when it has ended."""
    page = await first(visit, await publish(operator), DESKTOP)
    await page.box.focus()
    ime = Ime(await page.page.context.new_cdp_session(page.page))
    await ime.compose("t", "ti", "tiê", "tiến", "tiếng")
    page._awake.set()
    await page.visitor.until("demoDesk.awake || performance.now() > 6000")
    await page.page.wait_for_timeout(500)
    await expect(page.shell).to_have_count(1)
    await ime.enter_key()
    await ime.commit("tiếng")
    await page.taken_over()
    await expect(page.visitor.composer).to_have_value("tiếng")
    assert page.messages() == []


@pytest.mark.parametrize(("language", "device"), PAIRS, ids=lambda value: getattr(value, "name", value))
async def test_asked_and_answered_before_chainlit_is_there(
    operator: Do, visit: Visit, emu: Emulator, language: Language, device: Device
) -> None:
    """Question and reply are painted; Chainlit shows them once, at the same height, and goes on from there."""
    page = await first(visit, await publish(operator), device, language)
    await page.ask(QUESTION)
    await expect(page.mine).to_have_text(QUESTION)
    await page.visitor.until("demoDesk.ready && !demoDesk.first.busy()")
    await expect(page.theirs).to_have_count(2)
    await expect(page.page.locator(".desk-starter")).to_have_count(0)
    await expect(page.page.locator("#desk-first .desk-receipt")).to_have_count(1)
    said = " ".join((await page.theirs.last.inner_text()).split())
    top = await page.mine.evaluate("(node) => node.getBoundingClientRect().top")
    await page.visitor.picture("first-3-answered")
    await page.wake()
    await expect(page.visitor.mine).to_have_text([QUESTION])
    await expect(page.visitor.theirs).to_have_count(2)
    assert await page.visitor.reply() == said
    after = await page.visitor.mine.evaluate("(node) => node.getBoundingClientRect().top")
    assert abs(after - top) <= 4
    await page.visitor.picture("first-4-answered-taken-over")
    await page.visitor.send("Còn áo len?")
    await expect(page.visitor.theirs).to_have_count(3, timeout=20_000)
    assert len(emu.requests) == 2 and len({message["id"] for message in page.messages()}) == 2


async def test_taken_over_in_mid_reply(operator: Do, visit: Visit, emu: Emulator) -> None:
    """A reply that is under way goes on in Chainlit's page, with no word missing and none twice."""
    emu.set_pace(tokens_per_second=30, tokens=120)
    page = await first(visit, await publish(operator), DESKTOP)
    page._awake.set()
    await page.visitor.until("document.querySelector('script[type=module]') !== null")
    await page.ask(QUESTION)
    await page.taken_over()
    await expect(page.visitor.stop).to_be_visible()
    await page.visitor.until("!demoDesk.busy")
    assert await page.visitor.reply() == whole_reply(emu)
    await page.page.reload()
    await page.visitor.greeted()
    assert await page.visitor.reply() == whole_reply(emu)
    await expect(page.visitor.mine).to_have_text([QUESTION])
    assert len(emu.requests) == 1


async def test_asked_while_chainlit_connects(operator: Do, visit: Visit, emu: Emulator) -> None:
    """What is sent when both pages have a line is asked once, and answered in whole."""
    emu.set_pace(tokens_per_second=30, tokens=60)
    page = await first(visit, await publish(operator), DESKTOP)
    await page.connected()
    await page.page.evaluate(
        """(question) => {
          let asked = false;
          demoDesk.on("online", () => {
            if (asked || !demoDesk.awake || !demoDesk.first) return;
            asked = true;
            demoDesk.send(question);
          });
        }""",
        QUESTION,
    )
    await page.wake()
    await page.visitor.answered()
    assert await page.visitor.reply() == whole_reply(emu)
    await expect(page.visitor.mine).to_have_text([QUESTION])
    assert len(emu.requests) == 1


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=lambda device: device.name)
async def test_a_starter_and_a_message_that_waits(
    operator: Do, visit: Visit, emu: Emulator, device: Device
) -> None:
    """A starter asks its question; what is sent meanwhile stands there as waiting, and is answered after it; Stop is
    there while a reply runs."""
    emu.set_pace(tokens_per_second=60, tokens=90)
    page = await first(visit, await publish(operator), device)
    starter = page.page.locator(".desk-starter").first
    message = await starter.get_attribute("data-message")
    await page.visitor.press(starter)
    await page.visitor.until("demoDesk.first.busy()")
    await expect(page.page.locator("#desk-first-stop")).to_be_visible()
    await page.ask("Còn váy?")
    queued = page.page.locator("#desk-first-waiting .desk-mine")
    await expect(queued).to_have_attribute("data-why", page.visitor.say("bar.queued"))
    await page.visitor.picture("first-5-queued")
    await expect(page.page.locator("#desk-first .desk-receipt")).to_have_count(2, timeout=20_000)
    await page.wake()
    await expect(page.visitor.mine).to_have_text([str(message), "Còn váy?"])
    assert [request.messages[-1].content for request in emu.requests] == [message, "Còn váy?"]


async def test_sent_before_there_is_a_socket(operator: Do, visit: Visit, emu: Emulator) -> None:
    """What is sent while nothing is connected waits in sight, says so, and is asked once when it is."""
    url = await publish(operator)
    desk, path = url[: url.index("/d/")], url[url.index("/d/") :]
    async with Line(desk) as line:
        line.hold_sockets()
        page = await first(visit, line.url + path)
        await page.ask(QUESTION)
        await expect(page.mine).to_have_attribute("data-why", page.visitor.say("bar.waiting"))
        await page.visitor.picture("first-6-unsent")
        assert len(emu.requests) == 0
        line.mend()
        await expect(page.theirs).to_have_count(2, timeout=20_000)
        await expect(page.mine).to_have_text([QUESTION])
        line.cut()  # lost, and found again with nothing twice
        await expect(page.page.locator("#desk-first-status")).to_have_text(page.visitor.say("bar.offline"))
        line.mend()
        await expect(page.page.locator("#desk-first-status")).to_be_empty(timeout=20_000)
        await page.wake()
        await expect(page.visitor.mine).to_have_text([QUESTION])
        assert len(emu.requests) == 1


async def test_a_visitor_comes_back(operator: Do, visit: Visit) -> None:
    """After a reload the conversation stands in the first page already, the draft with it."""
    page = await first(visit, await publish(operator), PHONE)
    await page.ask(QUESTION)
    await page.visitor.until("demoDesk.ready && !demoDesk.first.busy() && demoDesk.first.said() === 3")
    await page.box.fill("Nháp dở")
    await page.page.reload(wait_until="commit")
    await expect(page.mine).to_have_text(QUESTION)
    await expect(page.theirs).to_have_count(2)
    await expect(page.box).to_have_value("Nháp dở")
    await expect(page.page.locator(".desk-starter")).to_have_count(0)
    await page.wake()
    await expect(page.visitor.mine).to_have_text([QUESTION])
    await expect(page.visitor.composer).to_have_value("Nháp dở")


async def test_a_long_conversation_is_taken_over(operator: Do, visit: Visit, emu: Emulator) -> None:
    """Its oldest questions are taken off the page with all that belongs to each, and Chainlit takes the rest over."""
    await operator("edit", "boutique", "--set", "limits.per_minute=60", "--set", "limits.messages=100")
    emu.set_pace(first_token_s=0, tokens_per_second=3000, tokens=5)
    page = await first(visit, await publish(operator), DESKTOP)
    for number in range(SHOWN + BATCH - 2):  # the greeting counts, and the last one
        await page.ask(f"Câu {number}?")
        await page.visitor.until(f"demoDesk.ready && demoDesk.first.said() === {2 * number + 3}")
        await page.visitor.until("!demoDesk.first.busy()")
    await page.ask("Câu cuối?")
    await expect(page.mine).to_have_count(SHOWN)
    await expect(page.mine.first).to_have_text(f"Câu {BATCH - 1}?")
    await expect(page.theirs).to_have_count(SHOWN)
    await expect(page.page.locator("#desk-first .desk-receipt")).to_have_count(SHOWN)
    await page.wake()
    await expect(page.visitor.mine).to_have_count(SHOWN)
    await expect(page.visitor.mine.last).to_have_text("Câu cuối?")
    await expect(page.page.locator("#desk-earlier")).to_be_visible()


async def test_more_stands_here_than_chainlit_shows(operator: Do, visit: Visit) -> None:
    """With the newest message the whole conversation is there: an older one that only we show holds nothing up."""
    page = await first(visit, await publish(operator), DESKTOP)
    await page.ask(QUESTION)
    await page.visitor.until("demoDesk.ready && !demoDesk.first.busy() && demoDesk.first.said() === 3")
    await page.page.evaluate(
        "document.querySelector('#desk-first .desk-mine').before(Object.assign("
        "document.createElement('div'), { className: 'desk-said desk-theirs' }))"
    )
    assert await page.page.evaluate("demoDesk.first.said()") == 4
    await page.wake()
    await expect(page.visitor.theirs).to_have_count(2)


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=lambda device: device.name)
async def test_storage_and_cookies_blocked(operator: Do, visit: Visit, emu: Emulator, device: Device) -> None:
    """The page works in memory and says what that means; it is one visitor to the server, before and after."""
    page = First(
        await visit(
            "vi", device, url=await publish(operator), at_once=False, scripts=(NO_STORAGE, NO_COOKIES)
        )
    )
    await page.come()
    await page.page.context.clear_cookies(name="desk_visitor")
    await page.ask(QUESTION)
    await expect(page.page.locator("#desk-storage")).to_have_text(page.visitor.say("bar.fleeting"))
    await expect(page.theirs).to_have_count(2)
    await page.visitor.picture("first-7-no-storage")
    await page.wake()
    await expect(page.page.locator("#desk-storage")).to_be_in_viewport()
    await expect(page.visitor.mine).to_have_text([QUESTION])
    await page.visitor.send("Còn áo len?")
    await expect(page.visitor.theirs).to_have_count(3, timeout=20_000)
    cookies = [cookie["name"] for cookie in await page.page.context.cookies(page.visitor.url)]
    assert "desk_visitor" not in cookies and len(emu.requests) == 2
    assert len(emu.requests[-1].messages) == 4  # one conversation


async def test_cookies_refused(operator: Do, visit: Visit) -> None:
    """Where no cookie is kept but storage is, a visitor who comes back finds their conversation."""
    page = await first(visit, await publish(operator), PHONE, scripts=(NO_COOKIES,))
    await page.ask(QUESTION)
    await page.visitor.until("demoDesk.ready && !demoDesk.first.busy() && demoDesk.first.said() === 3")
    await page.page.context.clear_cookies(name="desk_visitor")
    await page.page.reload(wait_until="commit")
    await expect(page.mine).to_have_text(QUESTION)
    await expect(page.page.locator("#desk-storage")).to_be_empty()


@pytest.mark.parametrize(("language", "device"), PAIRS, ids=lambda value: getattr(value, "name", value))
async def test_a_link_closes_before_chainlit_is_there(
    operator: Do, visit: Visit, language: Language, device: Device
) -> None:
    """What was said stays, a line says why nothing more can be sent, and there is no text box."""
    made = await operator("publish", "boutique")
    page = await first(visit, made["url"], device, language)
    await page.connected()
    await operator("revoke", made["link"])
    await expect(page.page.locator("#desk-first-closed")).to_have_text(page.visitor.say("walls.revoked"))
    await expect(page.box).to_be_hidden()
    await expect(page.theirs).to_be_visible()
    await expect(page.page.locator(".desk-starters")).to_be_hidden()
    await page.visitor.picture("first-8-revoked")


async def test_a_message_that_is_refused(operator: Do, visit: Visit, emu: Emulator) -> None:
    """It goes back to the text box, and a line says why."""
    await operator("edit", "cosmetics", "--set", "limits.message_length=50")
    made = await operator("publish", "cosmetics")
    page = await first(visit, made["url"], PHONE, "en")
    await page.connected()
    long = "x" * 51
    await page.box.fill(long)
    await page.page.locator("#desk-first-send").tap()
    await expect(page.page.locator("#desk-first-word")).to_contain_text("51")
    await expect(page.box).to_have_value(long)
    await expect(page.mine).to_have_count(0)
    await expect(page.page.locator(".desk-starter").first).to_be_visible()
    await page.wake()
    await expect(page.visitor.composer).to_have_value(long)
    assert len(emu.requests) == 0


async def test_messages_of_other_windows_are_kept_out(operator: Do, visit: Visit) -> None:
    """Chainlit would send the server whatever any window posts to the page."""
    page = await first(visit, await publish(operator), DESKTOP)
    await page.wake()
    await page.page.evaluate("document.body.append(document.createElement('iframe'))")
    heard = "window.addEventListener('message', () => (window.heard = true), true)"
    await page.page.evaluate(heard)
    await page.page.frames[-1].evaluate("parent.postMessage('of another window', '*')")
    await page.page.evaluate("window.postMessage('of its own', '*')")  # as a browser's extension does
    await page.page.wait_for_timeout(500)
    assert await page.page.evaluate("window.heard") is None
    assert [frame for frame in page.sent if "window_message" in frame] == []


async def test_on_a_phone_s_line(operator: Do, visit: Visit, emu: Emulator) -> None:
    """On a slow line and processor it is written in and answered long before Chainlit's script has come, with nothing
    to fetch but the page; then all is taken over."""
    visitor = await visit("vi", PHONE, url=await publish(operator), at_once=False)
    page = First(visitor)
    cdp = await page.page.context.new_cdp_session(page.page)
    await cdp.send("Network.enable")
    await cdp.send("Network.emulateNetworkConditions", LINE)
    await cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await page.page.goto(visitor.url, wait_until="commit")
    await expect(page.box).to_be_editable()
    await page.ask(QUESTION)
    await expect(page.theirs).to_have_count(2)
    assert await scripts_loaded(page.page) == 0
    await expect(page.shell).to_have_count(0, timeout=60_000)
    await expect(visitor.mine).to_have_text([QUESTION])
    assert len(emu.requests) == 1


async def scripts_loaded(page: Page) -> int:
    """How many of Chainlit's scripts have come."""
    names = "performance.getEntriesByType('resource').map(({ name }) => name)"
    found: list[str] = await page.evaluate(names)
    return len([name for name in found if re.search(r"/assets/index-\w+\.js", name)])
