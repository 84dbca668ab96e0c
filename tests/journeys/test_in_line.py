"""More people than the machine answers at once, as one of them sees it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from links_at import demos
from playwright.async_api import expect
from started_desk import ROOT, served
from visitor import PAIRS, Device, Language, Visit, Visitor

from emulator import Emulator, Pace

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

#: Longer than anybody stands in line.
ON_AND_ON = Pace(first_token_s=0.05, tokens_per_second=20, tokens=3000)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def crowded(upstream: Emulator, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The link of a desk that answers one at a time."""
    folder = tmp_path_factory.mktemp("desk")
    environment = {
        "HOLYSHEEP_API_KEY": "sk-journey-0123456789",  # not a secret
        "HOLYSHEEP_BASE_URL": upstream.base_url,
        "MAX_TURNS": "1",
    }
    async with served(folder, environment) as url:
        link: Any = await demos(url, folder, ROOT / "settings", "publish", "boutique")
        yield link["url"]


async def come(visit: Visit, url: str, language: Language, device: Device) -> Visitor:
    """Somebody who is no operator: those do not stand in line."""
    visitor = await visit(language, device, url=url, at_once=False)
    await visitor.page.context.clear_cookies()
    await visitor.open()
    return visitor


@pytest.mark.parametrize(("language", "device"), PAIRS[:1], ids=lambda value: getattr(value, "name", value))
async def test_standing_in_line(
    crowded: str, visit: Visit, emu: Emulator, language: Language, device: Device
) -> None:
    """They read that they are next, and may stop; who waits in vain reads when to come back, and finds their words in
    the text box, to send them again."""
    emu.set_pace(ON_AND_ON)
    other = await come(visit, crowded, language, device)
    await other.send("Kể chuyện")
    await other.reading(20)
    visitor = await come(visit, crowded, language, device)
    await visitor.send("Áo khoác giá bao nhiêu?")
    await expect(visitor.page.get_by_text(visitor.say("notes.next_in_line"))).to_be_visible()
    await expect(visitor.mine).to_have_text("Áo khoác giá bao nhiêu?")
    await visitor.picture("in-line-1-waiting")
    await expect(visitor.mine).to_have_count(0, timeout=40_000)
    await expect(visitor.composer).to_have_value("Áo khoác giá bao nhiêu?")
    await expect(visitor.page.get_by_text(visitor.say("notes.overloaded", n=10))).to_be_visible()
    await visitor.picture("in-line-2-sent-back")
    await other.press(other.page.locator("#desk-stop"))
    emu.set_pace(tokens_per_second=0, tokens=12)
    await visitor.submit()
    await visitor.until("!demoDesk.busy")
    await expect(visitor.theirs).to_have_count(2)
    await expect(visitor.composer).to_have_value("")
