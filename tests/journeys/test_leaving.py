"""Going away for good: nobody pays for words that no one reads."""

import re

import pytest
from playwright.async_api import expect
from stage import eventually
from visitor import Visit, Visitor

from emulator import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

#: What is promised: a drop that was noticed ends the request within this.
PROMISED_S = 30


async def test_a_tab_closed_in_mid_reply(visit: Visit, emu: Emulator) -> None:
    """The provider's request is ended by us; what was written is there for a visitor who comes back after all,
    and when it was stopped."""
    emu.set_pace(tokens_per_second=20, tokens=2000)
    visitor = await visit()
    await visitor.send("Kể thật dài về áo lụa")
    await visitor.reading()
    context = visitor.page.context
    await visitor.page.close()
    (request,) = emu.requests
    assert request.ended is None
    await eventually(lambda: request.ended, PROMISED_S)
    assert request.ended == "client_gone"
    back = Visitor(await context.new_page(), visitor.url, visitor.language, visitor.device, visitor.watch)
    await back.open()
    await expect(back.receipts).to_contain_text(back.say("receipt.stopped"))
    assert len(await back.reply(1)) > 60
    words = re.escape(back.say("errors.left_at", time="TIME")).replace("TIME", r"\d\d:\d\d")
    await expect(back.theirs.nth(2)).to_have_text(re.compile(words))
    await expect(back.button(back.say("actions.retry"))).to_have_count(1)
    assert len(emu.requests) == 1
