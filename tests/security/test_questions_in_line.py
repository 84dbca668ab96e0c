"""More questions at once than this machine carries, over real sockets."""

from contextlib import AsyncExitStack

import pytest
from bystander import browser_at
from desk_program import WirePage

from emulator import Emulator

pytestmark = pytest.mark.slow

#: Slow at first, quick then.
OWN_PROVIDER = True


async def test_questions_beyond_what_is_carried(link: str, emu: Emulator) -> None:
    """Three are answered at once, ten wait and read their place, one more gets their words back with a time to come;
    those who were in line are answered in turn."""
    emu.set_pace(first_token_s=0.01, tokens_per_second=20, tokens=60)
    async with AsyncExitStack() as stack:
        pages: list[WirePage] = []
        for _ in range(14):
            browser = await stack.enter_async_context(browser_at("127.0.0.1", link))
            pages.append(await browser.open())
        running, waiting, late = pages[:3], pages[3:13], pages[13]
        for page in running:
            await page.say("Kể chuyện")
        for page in running:
            await page.until(lambda page=page: page.replies)
        for page in waiting:
            await page.say("Tôi chờ được")
            await page.until(lambda page=page: page.busy)
        id = await late.say("Còn tôi?")
        await late.until(lambda: late.desk.get("refused") == id)
        assert "vẫn ở trong ô nhập" in late.toasts[-1] and not late.receipts
        last = waiting[-1]
        await last.until(lambda: "trong hàng" in (last.desk.get("status") or ""))
        emu.set_pace(tokens_per_second=0, tokens=5)
        for page in running + waiting:
            await page.until(lambda page=page: page.receipts and not page.busy)
            assert page.receipts[-1]["finish_reason"] == "stop" and not page.notices
        await late.ask("Còn tôi?")
        assert len(late.receipts) == 1
