"""The program with settings of its own, and a page that speaks to it over a raw socket."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import aiohttp
from recording_page import RecordingPage
from started_desk import LOG, PYTHON, ROOT, served, signed_in, variables

KEY: Final = "hs-the-key-of-this-test-0123456789"  # not a secret


@dataclass(frozen=True)
class Program:
    """A desk that is up. settings: its own copy, to edit. log: all that it has printed."""

    url: str
    settings: Path
    log: Path

    @property
    def printed(self) -> str:
        """Its output so far."""
        return self.log.read_text(encoding="utf-8")

    def edit_demo(self, old: str, new: str) -> None:
        """Save the demo with a change, as an operator would."""
        file = self.settings / "demos" / "boutique.toml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")


def copied_settings(folder: Path) -> Path:
    """The shipped settings, for a test to change."""
    copy = folder / "settings"
    copy.mkdir()
    for name in ("models.toml", "providers.toml"):
        shutil.copy(ROOT / "settings" / name, copy / name)
    shutil.copytree(ROOT / "settings" / "demos", copy / "demos")
    return copy


@asynccontextmanager
async def started(
    folder: Path,
    environment: Mapping[str, str],
    command: Sequence[str] = PYTHON,
    settings: Path | None = None,
) -> AsyncIterator[Program]:
    """The program, up and answering; ended when the context ends."""
    settings = settings or copied_settings(folder)
    async with served(folder, {"SETTINGS_DIR": str(settings), **environment}, command) as url:
        yield Program(url, settings, folder / LOG)


async def refused(
    folder: Path, settings: Path, port: int, command: Sequence[str] = PYTHON, **environment: str
) -> tuple[int, str]:
    """Exit code and output of a program that does not start, without what Chainlit says of itself: that it runs in CI,
    that it has made a file."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=variables(folder, port, {"SETTINGS_DIR": str(settings), **environment}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(180):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    lines = output.decode().splitlines(keepends=True)
    return process.returncode or 0, "".join(line for line in lines if " - INFO - chainlit - " not in line)


class WirePage(RecordingPage):
    """A page of Chainlit's, as far as its socket goes."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, session: str) -> None:
        super().__init__()
        self._socket, self.session = socket, session
        self._reader = asyncio.create_task(self._read())

    async def emit(self, event: str, *data: object) -> None:
        """Send one event."""
        await self._socket.send_str("42" + json.dumps([event, *data]))

    async def say(self, text: str, id: str = "", event: str = "client_message") -> str:
        """Send a message, or an edited one; gives its id."""
        message = {
            "id": id or str(uuid4()),
            "type": "user_message",
            "name": "User",
            "output": text,
            "createdAt": datetime.now(UTC).isoformat(),
            "threadId": "",
            "metadata": {"location": "http://localhost/"},
        }
        await self.emit(event, {"message": message, "fileReferences": []})
        return str(message["id"])

    async def ask(self, text: str) -> str:
        """Send a message and wait for its receipt."""
        count = len(self.receipts)
        id = await self.say(text)
        await self.until(lambda: len(self.receipts) > count and not self.busy)
        return id

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for something that the program sends."""
        async with asyncio.timeout(20):
            while not holds():
                assert not self._reader.done(), "the socket closed"
                await asyncio.sleep(0.005)

    async def drop(self) -> None:
        """Lose the connection."""
        self._reader.cancel()
        await self._socket.close()

    async def _read(self) -> None:
        async for message in self._socket:
            text = str(message.data)
            if text == "2":
                await self._socket.send_str("3")
            elif text.startswith("42"):
                self.send(*json.loads(text[2:])[:2])


class Browser:
    """A browser's cookies and sockets."""

    def __init__(self, http: aiohttp.ClientSession, url: str, language: str) -> None:
        self._http, self._url, self._language = http, url, language
        self._origin = "/".join(url.split("/", 3)[:3])

    async def get(self, path: str = "/") -> tuple[int, str]:
        """Status and text of an address."""
        async with self._http.get(self._url + path, headers={"Accept-Language": self._language}) as answer:
            return answer.status, await answer.text()

    async def open(self, session: str = "", tab: str = "", thread: str = "", profile: str = "") -> WirePage:
        """Load the page, open its socket and wait until it is drawn. thread: what it showed before, if it only lost
        its connection. profile: the demo that its picker shows."""
        page = await self.knock(session, tab, thread, profile)
        await page.emit("connection_successful")
        await page.until(lambda: "totals" in page.desk)
        return page

    async def knock(self, session: str = "", tab: str = "", thread: str = "", profile: str = "") -> WirePage:
        """Load the page and open its socket, and not yet say that it is there."""
        await self.get()
        session = session or str(uuid4())
        socket = await self._http.ws_connect(
            f"{self._url}/ws/socket.io/?EIO=4&transport=websocket&tab={tab}",
            headers={"Accept-Language": self._language, "Origin": self._origin},
        )
        assert (await socket.receive_str()).startswith("0{")
        hello = {
            "clientType": "webapp",
            "sessionId": session,
            "threadId": thread,
            "userEnv": "{}",
            "chatProfile": profile,
        }
        await socket.send_str("40" + json.dumps(hello))
        assert (await socket.receive_str()).startswith("40{")
        return WirePage(socket, session)

    async def click(self, page: WirePage, button: str) -> None:
        """Press a button below a message."""
        (action,) = [action for action in page.actions.values() if action["name"] == button][:1]
        body: dict[str, Any] = {"action": action, "sessionId": page.session}
        async with self._http.post(f"{self._url}/project/action", json=body) as answer:
            assert answer.status == 200, await answer.text()


@asynccontextmanager
async def browsing(url: str, language: str = "vi-VN,vi;q=0.9") -> AsyncIterator[Browser]:
    """A browser of one operator, who has signed in."""
    jar = aiohttp.CookieJar(unsafe=True)  # "unsafe" is a cookie of an IP address
    async with aiohttp.ClientSession(cookie_jar=jar, cookies=signed_in()) as http:
        yield Browser(http, url, language)
