"""A page opened cold on a slow phone's line: when one can type in it, and when the reply to that begins."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, CDPSession, Frame, Page
from playwright.async_api import Error as BrowserError

from bench.processes import BenchError
from bench.traffic import Traffic

_WATCHER = Path(__file__).with_name("cold.js").read_text()
_PATIENCE_S = 90.0
_KEY_AGAIN_S = 0.05
_ENTER_AGAIN_S = 0.5
_POLL_S = 0.02


@dataclass(frozen=True)
class Slow:
    """What the browser is told to be: a narrow phone with a slow processor on a slow line."""

    width: int = 360
    height: int = 740
    megabits: float = 1.6
    round_trip_ms: float = 150
    slower: float = 4


@dataclass(frozen=True)
class Wanted:
    """What is looked for. reply: the model's, of which a beginning has to show in one of `replies`."""

    box: str
    replies: str
    reply: str


@dataclass(frozen=True)
class Sight:
    """Something that a document showed or met. at_ms: on the clock of all documents; origin_ms: when its own began."""

    at_ms: float
    origin_ms: float
    frame: Frame


@dataclass
class ColdPage:
    """A browser profile that has seen nothing, and its one page."""

    label: str
    page: Page
    traffic: Traffic
    _seen: dict[str, asyncio.Future[Sight]] = field(default_factory=dict)

    async def open(self, url: str) -> None:
        """Go there; nothing is waited for."""
        await self.page.goto(url, wait_until="commit", timeout=_PATIENCE_S * 1000)

    async def write(self, text: str) -> Sight:
        """Type into the first box that can be typed in: a key until it shows, which is what is told; then the rest."""
        box = await self.met("box")
        typed = self._future("typed")
        deadline = time.monotonic() + _PATIENCE_S
        while not typed.done():
            if time.monotonic() > deadline:
                raise BenchError(f"{self.label}: no key showed in its box within {_PATIENCE_S:g} s")
            left, top = await _corner(box.frame)
            place = await box.frame.evaluate("window.benchBox()")
            if place and not place["text"]:
                await self.page.mouse.click(left + place["x"], top + place["y"])
                await self.page.keyboard.type(text[0])
            await asyncio.wait([typed], timeout=_KEY_AGAIN_S)
        await self.page.keyboard.insert_text(text[1:])
        return typed.result()

    async def send(self) -> Sight:
        """Press Enter, again while the text stays: some pages ignore it until they are connected. The first words."""
        words = self._future("words")
        box = self._seen["typed"].result().frame
        deadline = time.monotonic() + _PATIENCE_S
        while not words.done():
            if time.monotonic() > deadline:
                raise BenchError(f"{self.label}: no words of a reply within {_PATIENCE_S:g} s")
            place = await box.evaluate("window.benchBox()")
            if place and place["text"]:
                await self.page.keyboard.press("Enter")
            await asyncio.wait([words], timeout=_ENTER_AGAIN_S)
        return words.result()

    def take(self, source: dict[str, Any], told: dict[str, Any]) -> None:
        """The watcher tells something; only the first of its kind counts."""
        future = self._future(told["kind"])
        if not future.done():
            future.set_result(Sight(told["at"], told["origin"], source["frame"]))

    def _future(self, kind: str) -> asyncio.Future[Sight]:
        return self._seen.setdefault(kind, asyncio.get_running_loop().create_future())

    async def met(self, kind: str) -> Sight:
        """The first time that a document told of this: box, typed, enter, words or click."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await asyncio.shield(self._future(kind))
        except TimeoutError:
            raise BenchError(f"{self.label}: no {kind} within {_PATIENCE_S:g} s") from None


async def _corner(frame: Frame) -> tuple[float, float]:
    """Where a frame's own corner lies on the page."""
    if frame.parent_frame is None:
        return 0, 0
    box = await (await frame.frame_element()).bounding_box()
    return (box["x"], box["y"]) if box else (0, 0)


@asynccontextmanager
async def cold_page(
    chromium: Browser, label: str, wanted: Wanted, slow: Slow | None = None
) -> AsyncIterator[ColdPage]:
    """A page in a fresh profile, as slow as `slow` says."""
    slow = slow or Slow()
    context = await chromium.new_context(
        locale="vi-VN", viewport={"width": slow.width, "height": slow.height}
    )
    try:
        page = await context.new_page()
        devtools = await context.new_cdp_session(page)
        cold = ColdPage(label, page, Traffic(devtools))
        await context.expose_binding("benchTell", cold.take)
        await context.add_init_script(f"({_WATCHER})({json.dumps(asdict(wanted), ensure_ascii=False)});")
        await slow_down(devtools, slow)
        yield cold
    except BrowserError as error:
        raise BenchError(f"{label}: the page failed: {error}") from error
    finally:
        await context.close()


async def slow_down(devtools: CDPSession, slow: Slow) -> None:
    """Make a page's line and processor so."""
    bytes_a_second = slow.megabits * 1e6 / 8
    line = {
        "offline": False,
        "latency": slow.round_trip_ms,
        "downloadThroughput": bytes_a_second,
        "uploadThroughput": bytes_a_second,
    }
    await devtools.send("Network.enable")
    await devtools.send("Network.emulateNetworkConditions", line)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": slow.slower})
