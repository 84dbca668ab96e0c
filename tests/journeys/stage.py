"""What a journey needs around the page: a line to the desk that can fail, a browser, a place for pictures."""

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Browser, async_playwright
from started_desk import ROOT

from emulator import Pace

#: Key screens land here; git ignores it, the README names it.
PICTURES: Final = ROOT / "tests" / "pictures"

#: Quick, but streamed: long enough to see a reply grow, short enough for many tests.
PACE: Final = Pace(first_token_s=0.05, tokens_per_second=300, tokens=60, fault_speed=20)

CHROMIUM_NAMES: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
CHROMIUM_SWITCHES: Final = (
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
)


async def eventually(holds: Callable[[], object], within_s: float = 10) -> None:
    """Wait until something outside the page holds."""
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.02)


class Line:
    """The network between browser and desk: a relay that can be cut, stranded or made slow to open."""

    def __init__(self, desk: str) -> None:
        self._desk = int(desk.rpartition(":")[2])
        self._server: asyncio.Server | None = None
        self._near: set[asyncio.StreamWriter] = set()
        self._far: set[asyncio.StreamWriter] = set()
        self._down = False
        self._sockets_may_open = asyncio.Event()
        self._sockets_may_open.set()
        self._mute = False
        #: Bytes of the desk's that were lost on their way.
        self.lost = 0
        self.url = ""

    async def __aenter__(self) -> "Line":
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.mend()
        self._abort(self._near | self._far)

    def cut(self) -> None:
        """Both ends lose their connections, and no new one is made."""
        self._down = True
        self._abort(self._near | self._far)

    def strand(self) -> None:
        """As a phone that changes networks: the browser knows at once, the desk hears nothing."""
        self._down = True
        self._abort(self._near)

    def mute(self) -> None:
        """The desk hears the browser; what it answers is lost."""
        self._mute = True

    def mend(self) -> None:
        """Connections can be made again, websockets too."""
        self._down = self._mute = False
        self._sockets_may_open.set()

    def hold_sockets(self) -> None:
        """Pages load, but their websockets do not open before mend()."""
        self._sockets_may_open.clear()

    @staticmethod
    def _abort(ends: set[asyncio.StreamWriter]) -> None:
        for end in ends:
            end.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        if self._down:
            near.transport.abort()
            return
        self._near.add(near)
        first = await reader.read(65536)
        if b"/ws/socket.io/" in first.split(b"\r\n", 1)[0]:
            await self._sockets_may_open.wait()
        try:
            answers, far = await asyncio.open_connection("127.0.0.1", self._desk)
        except OSError:
            near.transport.abort()
            return
        self._far.add(far)
        far.write(first)
        await asyncio.gather(self._pump(reader, far), self._pump(answers, near))

    async def _pump(self, reader: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if self._mute and to in self._near:
                    self.lost += len(data)
                    continue
                to.write(data)
                await to.drain()
        # A stranded desk keeps its end: only what was not cut on purpose is passed on.
        if not self._down:
            to.close()


def find_chromium() -> str | None:
    """The Chromium to drive; None leaves it to Playwright's own download."""
    if chosen := os.environ.get("CHROMIUM"):
        return chosen
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name)) and _starts(path)), None)


def _starts(path: str) -> bool:
    """Being there is not enough: Ubuntu's chromium-browser is a stub."""
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


def as_root() -> list[str]:
    """What a browser wants that is started by root, as in a container."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


@asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Browser]:
    """A headless browser that asks nobody but the pages it is sent to. more: switches."""
    switches = [*CHROMIUM_SWITCHES, *as_root(), *more]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=switches)
        try:
            yield browser
        finally:
            await browser.close()
