"""What a reader sees when a provider fails and another one is there: replies replaced, lines that say what goes on."""

import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
from at_the_tools import Tools
from links_at import demos
from playwright.async_api import expect
from stage import PACE
from started_desk import ROOT, served
from test_first_paint import First
from visitor import DESKTOP, PAIRS, PHONE, Reader, Visit, Visitor, whole_reply

from emulator import Emulator, running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

both = pytest.mark.parametrize("reader", PAIRS, ids=["vi-phone", "en-desktop"])
QUESTION = "Áo khoác còn hàng không?"
KEY = "hs-journey-0123456789"  # not a secret
ZONE = "Asia/Ho_Chi_Minh"
LAST = "[...document.querySelectorAll('#root .message-content')].at(-1)"


@dataclass(frozen=True)
class TwoLines:
    """A desk with two providers; the second one thinks for a moment. link: a visitor's address at it."""

    first: Emulator
    second: Emulator
    url: str
    link: str


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As shipped, but that nobody waits long, and nothing is asked again where it failed."""
    folder = tmp_path_factory.mktemp("settings") / "settings"
    shutil.copytree(ROOT / "settings", folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    providers = folder / "providers.toml"
    shipped = providers.read_text(encoding="utf-8")
    quick = "first_text_elsewhere_s = 2.5\nsilence_elsewhere_s = 1\nretries = 0"
    assert shipped.count("\nretries = 3\n") == 1
    providers.write_text(shipped.replace("\nretries = 3\n", f"\n{quick}\n"), encoding="utf-8")
    return folder


@pytest_asyncio.fixture(loop_scope="session")
async def two(settings: Path, tmp_path: Path) -> AsyncIterator[TwoLines]:
    """A desk of its own for each test: what one provider did to it would still be known in the next."""
    async with running(PACE) as first, running(replace(PACE, first_token_s=1.5)) as second:
        environment = {
            "HOLYSHEEP_API_KEY": KEY,
            "HOLYSHEEP_BASE_URL": first.base_url,
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": second.base_url,
            "SETTINGS_DIR": str(settings),
        }
        async with served(tmp_path, environment) as url:
            made = await demos(url, tmp_path, settings, "publish", "boutique")
            yield TwoLines(first, second, url, made["url"])


def whole(two: TwoLines) -> list[str]:
    """What either of them says in full."""
    return [whole_reply(one) for one in (two.first, two.second) if one.requests]


async def dimmed(visitor: Visitor) -> None:
    """The last reply is dimmed, and a line says why."""
    await visitor.until(f"getComputedStyle({LAST}).opacity === '0.5'")
    await expect(visitor.status).to_have_text(visitor.say("notes.breaking"))


async def lit(visitor: Visitor) -> None:
    """No reply is dimmed, and no line says anything."""
    await visitor.until(f"getComputedStyle({LAST}).opacity === '1'")
    await expect(visitor.status).to_be_hidden()


@pytest.mark.parametrize(
    ("reader", "fault"),
    [(PAIRS[0], "cut"), (PAIRS[1], "cut"), (PAIRS[0], "stall")],
    ids=["cut-vi-phone", "cut-en-desktop", "stall-vi-phone"],
)
async def test_a_reply_that_breaks_off_is_replaced(
    visit: Visit, two: TwoLines, reader: Reader, fault: str
) -> None:
    """The half is dimmed until the first words of a whole one take its place; nobody need do anything."""
    two.first.set_fault(fault)
    visitor = await visit(*reader, url=two.link, color_scheme="dark" if reader[1] is DESKTOP else "light")
    await visitor.send(QUESTION)
    await dimmed(visitor)
    half = await visitor.reply()
    await visitor.picture(f"70-{fault}-breaking")
    await visitor.until("!demoDesk.busy")
    await lit(visitor)
    assert half and await visitor.reply() == whole_reply(two.second)
    await expect(visitor.theirs).to_have_count(2)
    await visitor.picture(f"71-{fault}-replaced")


async def test_before_chainlit_is_there(visit: Visit, two: TwoLines) -> None:
    """The page that is there first shows the same."""
    two.first.set_fault("cut")
    visitor = await visit("vi", PHONE, url=two.link, at_once=False)
    first = First(visitor)
    await first.come()
    await first.ask(QUESTION)
    await expect(first.page.locator(".desk-dimmed")).to_have_count(1)
    status = first.page.locator("#desk-first-status")
    await expect(status).to_have_text(visitor.say("notes.breaking"))
    await visitor.picture("72-first-breaking")
    await expect(first.page.locator(".desk-dimmed")).to_have_count(0)
    await expect(status).to_be_hidden()
    await first.wake()
    await visitor.until("!demoDesk.busy")
    assert await visitor.reply() == whole_reply(two.second)


@both
async def test_both_break_off(visit: Visit, two: TwoLines, reader: Reader) -> None:
    """The half stays, marked, with its place and another try; that brings a whole one."""
    two.first.set_fault("cut")
    two.second.set_fault("cut_before_text")
    visitor = await visit(*reader, url=two.link)
    await visitor.send(QUESTION)
    await dimmed(visitor)
    half = await visitor.reply()
    await expect(visitor.theirs).to_have_count(3)
    await lit(visitor)
    assert await visitor.reply(1) == half
    said = await visitor.theirs.nth(2).inner_text()
    assert said == visitor.say("errors.cut", n=re.findall(r"\d+", said)[0])
    await expect(visitor.receipts).to_contain_text(visitor.say("receipt.cut"))
    await visitor.picture("73-both-broke-off")
    two.first.clear_faults()
    two.second.clear_faults()
    await visitor.press(visitor.button(visitor.say("actions.retry")))
    await expect(visitor.theirs).to_have_count(2)
    await visitor.until("!demoDesk.busy")
    assert await visitor.reply() in whole(two)


async def test_a_slow_first_token(visit: Visit, two: TwoLines) -> None:
    """After two seconds a line says that another one is tried; the answer is that one's."""
    two.first.set_pace(first_token_s=60)
    visitor = await visit("en", DESKTOP, url=two.link)
    await visitor.send(QUESTION)
    switching = visitor.say("notes.retrying_elsewhere", reason="No answer so far")
    await expect(visitor.status).to_have_text(switching)
    await visitor.picture("74-slow")
    await visitor.until("!demoDesk.busy")
    await lit(visitor)
    assert await visitor.reply() == whole_reply(two.second)


async def test_nobody_can_be_reached(visit: Visit, two: TwoLines) -> None:
    """Both away: words that tell nothing of providers, and another try that works once one is back."""
    await two.first.stop()
    await two.second.stop()
    try:
        visitor = await visit("vi", PHONE, url=two.link)
        await visitor.send(QUESTION)
        await expect(visitor.theirs.nth(1)).to_have_text(visitor.say("errors.resting"))
        await visitor.picture("75-nobody")
    finally:
        await two.first.start()
        await two.second.start()
    await visitor.press(visitor.button(visitor.say("actions.retry")))
    await expect(visitor.button(visitor.say("actions.regenerate"))).to_have_count(1)
    await expect(visitor.theirs).to_have_count(2)
    assert await visitor.reply() in whole(two)


@both
async def test_all_keys_rest(visit: Visit, two: TwoLines, reader: Reader) -> None:
    """Until when, by the reader's own clock; the desk's operators see which keys, and why."""
    two.first.set_fault("rate_limited_long")
    two.second.set_fault("rate_limited_long")
    visitor = await visit(*reader, url=two.link, timezone_id=ZONE)
    await visitor.send(QUESTION)
    words = visitor.say("errors.all_busy_until", time="TIME")
    await expect(visitor.theirs.nth(1)).to_have_text(
        re.compile(re.escape(words).replace("TIME", r"\d\d:\d\d"))
    )
    here = await visitor.page.evaluate(
        "(minutes => new Date(Date.now() + minutes * 60e3).toTimeString().slice(0, 2))(2)"
    )
    assert here in await visitor.theirs.nth(1).inner_text()
    await expect(visitor.button(visitor.say("actions.retry"))).to_have_count(1)
    await visitor.picture("76-all-busy")
    operator = await visit(*reader, url=two.url, color_scheme="dark" if reader[1] is PHONE else "light")
    tools = Tools(operator)
    await tools.open("status")
    card = tools.view.locator('[data-provider="holysheep"]')
    await expect(card.get_by_text(tools.say("status.resting"))).to_have_count(1)
    assert "journey" not in await tools.view.inner_text() and await tools.fits()
    await operator.picture("77-status")
