"""A contender's page in a real browser: type, press Enter, watch, and ask what the main thread did."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, CDPSession, Page, async_playwright
from playwright.async_api import Error as BrowserError
from playwright.async_api import TimeoutError as BrowserTimeout

from bench.figures import Sample
from bench.pace import Pace
from bench.processes import BenchError
from bench.roster import Contender

_WATCHER = Path(__file__).with_name("watcher.js").read_text()
_SWITCHES = (
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
    # Some peers ask font and script hosts; whether those answer must not decide a measurement.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
_SYSTEM = ("chromium", "chromium-browser", "google-chrome")
_OPEN_MS = 60_000
_REPLY_S = 60.0
_POLL_S = 0.05
_STABLE_POLLS = 4
_ENTER_AGAIN_S = 0.3


@dataclass(frozen=True)
class Seen:
    """One reply as it came to the screen; times in milliseconds of the page's clock."""

    enter_ms: float
    samples: tuple[Sample, ...]


@asynccontextmanager
async def browser(*more: str) -> AsyncIterator[Browser]:
    """Headless Chromium: the one that CHROMIUM names, else the system's, else Playwright's own. more: switches."""
    system = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _SYSTEM)), None)
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    switches = [*_SWITCHES, *more, *(["--no-sandbox"] if as_root else [])]
    async with async_playwright() as playwright:
        try:
            chromium = await playwright.chromium.launch(executable_path=system, args=switches)
        except BrowserError as error:
            raise BenchError(f"no Chromium: run «playwright install chromium» ({error.message})") from error
        try:
            yield chromium
        finally:
            await chromium.close()


async def browser_version() -> str:
    """Name and version of the browser that would be used, or that there is none."""
    try:
        async with browser() as chromium:
            return f"Chromium {chromium.version}"
    except BenchError:
        return "no Chromium"


class ChatPage:
    """One visitor's page."""

    def __init__(self, page: Page, devtools: CDPSession, contender: Contender) -> None:
        self._page = page
        self._devtools = devtools
        self._selectors = contender.page
        self._label = contender.label

    async def ask(self, text: str, pace: Pace) -> None:
        """Send a message and return when its reply stands."""
        await self.mark()
        await self.type(text)
        await self.enter()
        await self.reply_stands(pace)

    async def type(self, text: str) -> None:
        """Put a message into the composer."""
        await self._page.fill(self._selectors.composer, text)

    async def enter(self) -> None:
        """Press Enter in the composer."""
        await self._page.press(self._selectors.composer, "Enter")

    async def mark(self) -> None:
        """Remember which replies stand on the page now."""
        await self._page.evaluate("selector => window.benchMark(selector)", self._selectors.replies)

    async def reply_stands(self, pace: Pace) -> None:
        """Wait until a reply stands that did not at the mark, is as long as the model's, and grows no more.

        A page that still thinks itself busy ignores Enter and keeps the text: then it is pressed again.
        """
        await asyncio.sleep(pace.reply_s)
        deadline = time.monotonic() + _REPLY_S
        pressed = time.monotonic()
        stable, length = 0, 0
        while time.monotonic() < deadline:
            now = await self._reply()
            if now["isNew"]:
                stable = stable + 1 if now["length"] == length >= pace.tokens else 0
                length = now["length"]
                if stable >= _STABLE_POLLS:
                    return
            elif time.monotonic() - pressed > _ENTER_AGAIN_S:
                if await self._page.input_value(self._selectors.composer):
                    await self.enter()
                pressed = time.monotonic()
            await asyncio.sleep(_POLL_S)
        raise BenchError(f"{self._label}: no whole reply on the page within {_REPLY_S:g} s")

    async def watch(self) -> None:
        """Begin to watch for the next reply."""
        await self._page.evaluate("selector => window.benchWatch(selector)", self._selectors.replies)

    async def seen(self) -> Seen:
        """What was seen since `watch`."""
        seen = await self._page.evaluate("() => window.benchSeen()")
        if seen["enter"] is None or not seen["samples"]:
            raise BenchError(f"{self._label}: the page showed no Enter or no reply")
        return Seen(seen["enter"], tuple(Sample(at, length) for at, length in seen["samples"]))

    async def main_thread_s(self) -> float:
        """CPU time that tasks took on the page's main thread since it was opened."""
        answer = await self._devtools.send("Performance.getMetrics")
        return float(next(item["value"] for item in answer["metrics"] if item["name"] == "TaskDuration"))

    async def _reply(self) -> dict[str, Any]:
        answer: dict[str, Any] = await self._page.evaluate(
            "selector => window.benchReply(selector)", self._selectors.replies
        )
        return answer


@asynccontextmanager
async def chat_page(
    chromium: Browser, contender: Contender, url: str, cookie: str = ""
) -> AsyncIterator[ChatPage]:
    """A fresh visitor's page, ready to be typed into. cookie: the header of whoever comes there."""
    context = await chromium.new_context(locale="vi-VN", viewport={"width": 1280, "height": 800})
    try:
        for name, _, value in (pair.partition("=") for pair in cookie.split("; ") if pair):
            await context.add_cookies([{"name": name, "value": value, "url": url}])
        await context.add_init_script(_WATCHER)
        page = await context.new_page()
        devtools = await context.new_cdp_session(page)
        # Ticks of the thread's own CPU clock: a page that waits for its core is not charged for it.
        await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        await page.goto(url, timeout=_OPEN_MS)
        await page.wait_for_selector(contender.page.composer, timeout=_OPEN_MS)
        yield ChatPage(page, devtools, contender)
    except BrowserTimeout as error:
        raise BenchError(f"{contender.label}: the page took too long: {error}") from error
    except BrowserError as error:
        raise BenchError(f"{contender.label}: the page failed: {error}") from error
    finally:
        await context.close()
