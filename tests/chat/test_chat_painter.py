"""Text is painted in frames, and all of it when the reply is over."""

import asyncio

from chat import steps
from chat.painter import Painter
from chat.screen import Screen

EVERY_S = 0.02
LATER = "hai ba bốn năm sáu bảy tám chín mười " * 5


async def a_burst_after_a_pause() -> Painter:
    """A painter that has shown its first word and holds back part of what came later."""
    screen = Screen("thread")
    painter = Painter(screen, lambda: steps.reply("thread", "Mây", None), EVERY_S)
    painter.add("Một ")
    await asyncio.sleep(10 * EVERY_S)
    painter.add(LATER)
    return painter


async def test_the_first_text_is_painted_at_once() -> None:
    """No frame is waited for."""
    painter = Painter(Screen("thread"), lambda: steps.reply("thread", "Mây", None), EVERY_S)
    painter.add("Một")
    assert painter.step is not None and painter.step["output"] == "Một"


async def test_flush_paints_all_that_waits() -> None:
    """After Stop nothing that came is kept back."""
    painter = await a_burst_after_a_pause()
    assert painter.step is not None and painter.step["output"] != "Một " + LATER
    painter.flush()
    assert painter.step["output"] == "Một " + LATER


async def test_drain_paints_to_the_end() -> None:
    """A reply that ended is painted on at its own pace until nothing waits."""
    painter = await a_burst_after_a_pause()
    await painter.drain()
    assert painter.step is not None and painter.step["output"] == "Một " + LATER
