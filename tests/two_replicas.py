"""Several programs over one PostgreSQL behind a relay, and tabs that live as a browser's do: they keep what is not on
record, come back by themselves and send it again."""

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
from desk_program import KEY, copied_settings
from ports import free_port
from recording_page import RecordingPage
from started_desk import PYTHON, ROOT, signed_in, variables

from emulator import Emulator
from ledger import Database
from scripts.crash_books import Record, read

#: As a page's: see public/desk/wire.js.
PAUSE_S = 0.3


class Replica:
    """One program. It can be ended in any way, and started again at the same address."""

    def __init__(self, folder: Path, environment: Mapping[str, str], command: Sequence[str] = PYTHON) -> None:
        self.port = free_port()
        self.log = folder / "log.txt"
        self._folder = folder
        self._environment = environment
        self._command = command
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; returns once it answers."""
        self._folder.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=ROOT,
                env=variables(self._folder, self.port, self._environment),
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
            )
        async with aiohttp.ClientSession() as http, asyncio.timeout(180):
            while True:
                assert self.process.returncode is None, self.printed
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"http://127.0.0.1:{self.port}/health") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)

    def signal(self, number: signal.Signals) -> None:
        """Tell it something."""
        assert self.process is not None
        self.process.send_signal(number)

    async def ended(self) -> int:
        """Its exit code, once it has ended."""
        assert self.process is not None
        async with asyncio.timeout(60):
            return await self.process.wait()

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.signal(signal.SIGKILL)
        await self.ended()

    async def close(self) -> None:
        """End it, whatever it does."""
        if self.process is not None and self.process.returncode is None:
            self.signal(signal.SIGTERM)
            self.signal(signal.SIGTERM)
            await self.ended()

    @property
    def printed(self) -> str:
        """Its output so far."""
        return self.log.read_text(encoding="utf-8")


class Relay:
    """Brings each connection to the first of ``ports`` that takes it; those that are open stay."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports
        self.port = free_port()
        self._open: set[asyncio.StreamWriter] = set()

    async def serve(self) -> asyncio.Server:
        """Begin."""
        return await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)

    def drop(self, *, gently: bool = False) -> None:
        """Lose every connection, as a proxy does that is restarted. gently: what was sent still arrives."""
        for writer in list(self._open):
            writer.close() if gently else writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for port in list(self.ports):
            with contextlib.suppress(OSError):
                there = await asyncio.open_connection("127.0.0.1", port)
                break
        else:
            writer.close()
            return
        self._open |= {writer, there[1]}
        await asyncio.gather(_pump(reader, there[1]), _pump(there[0], writer))
        self._open -= {writer, there[1]}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while read := await reader.read(65536):
            writer.write(read)
            await writer.drain()
    writer.close()


class Tab(RecordingPage):
    """A tab of a browser, from its first load to ``close()``. backs: how long each way back took, in seconds."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        super().__init__()
        self._http, self._url = http, url
        self._tab, self.session, self.conversation = str(uuid4()), str(uuid4()), ""
        self.outbox: dict[str, str] = {}
        self._sent: set[str] = set()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._lost_at = 0.0
        self.backs: list[float] = []
        self._living = asyncio.create_task(self._live())

    @property
    def cookies(self) -> dict[str, str]:
        """Its browser's."""
        return {cookie.key: cookie.value for cookie in self._http.cookie_jar}

    async def say(self, text: str) -> str:
        """Write a message; gives its id."""
        id = str(uuid4())
        self.outbox[id] = text
        await self._flush()
        return id

    async def ask(self, text: str) -> str:
        """Write a message and wait for its receipt."""
        count = len(self.receipts)
        id = await self.say(text)
        await self.until(lambda: len(self.receipts) > count and not self.busy)
        return id

    async def emit(self, event: str, *data: object) -> None:
        """Send one event."""
        assert self._socket is not None
        await self._socket.send_str("42" + json.dumps([event, *data]))

    async def press(self, name: str) -> None:
        """Press the button of that name."""
        (id,) = [action["id"] for action in self.actions.values() if action["name"] == name][-1:]
        await self.emit("press", id)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for something."""
        async with asyncio.timeout(40):
            while not holds():
                assert not self._living.done(), self._living.exception()
                await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Close the tab."""
        self._living.cancel()
        await asyncio.wait([self._living])

    def send(self, event: str, data: Any) -> None:
        """Take one event, as the page's script does."""
        if event == "resume_thread":
            self.conversation = data["id"]
            there = {step["id"] for step in data["steps"]}  # buttons go with what they stood below
            self.actions = {id: one for id, one in self.actions.items() if one["forId"] in there}
        super().send(event, data)
        if event == "desk":
            for id in (*data.get("kept", ()), data.get("refused", "")):
                self.outbox.pop(id, None)
            if "totals" in data and self._lost_at:
                self.backs.append(time.monotonic() - self._lost_at)
                self._lost_at = 0.0

    async def _flush(self) -> None:
        for id, text in list(self.outbox.items()):
            if self._socket is not None and id not in self._sent:
                self._sent.add(id)
                message = {"id": id, "type": "user_message", "name": "User", "output": text, "threadId": ""}
                message |= {"createdAt": datetime.now(UTC).isoformat(), "metadata": {}}
                with contextlib.suppress(ConnectionError):
                    await self.emit("client_message", {"message": message, "fileReferences": []})

    async def _live(self) -> None:
        while True:
            with contextlib.suppress(aiohttp.ClientError, ConnectionError):
                if not self.backs and not self.conversation:
                    async with self._http.get(f"{self._url}/") as answer:  # for its cookie
                        answer.raise_for_status()
                await self._visit()
            await asyncio.sleep(PAUSE_S)

    async def _visit(self) -> None:
        address = (
            f"{self._url}/ws/socket.io/?EIO=4&transport=websocket&tab={self._tab}&shown={self.conversation}"
        )
        async with self._http.ws_connect(address, headers={"Origin": self._url}, timeout=_NO_WAIT) as socket:
            hello = {"clientType": "webapp", "sessionId": self.session, "threadId": self.conversation}
            try:
                async for frame in socket:
                    text = str(frame.data)
                    if text.startswith("0{"):
                        await socket.send_str(
                            "40" + json.dumps({**hello, "userEnv": "{}", "chatProfile": ""})
                        )
                    elif text.startswith("40"):
                        self._socket = socket
                        self._sent.clear()
                        await self.emit("connection_successful")
                        await self._flush()
                    elif text == "2":
                        await socket.send_str("3")
                    elif text.startswith("42"):
                        self.send(*json.loads(text[2:])[:2])
            finally:
                self._socket = None
                self._lost_at = time.monotonic()


_NO_WAIT = aiohttp.ClientWSTimeout(ws_close=0.2)


@asynccontextmanager
async def tab(url: str) -> AsyncIterator[Tab]:
    """A tab in a browser of its own, of one operator who has signed in; drawn."""
    jar = aiohttp.CookieJar(unsafe=True)  # "unsafe" is a cookie of an IP address
    async with aiohttp.ClientSession(cookie_jar=jar, cookies=signed_in()) as http:
        page = Tab(http, url)
        try:
            await page.until(lambda: "totals" in page.desk)
            yield page
        finally:
            await page.close()


class House:
    """Replicas, and the relay before them."""

    def __init__(self, replicas: list[Replica], relay: Relay, emulator: Emulator, database_url: str) -> None:
        self.replicas = replicas
        self.relay = relay
        self.emulator = emulator
        self.database_url = database_url
        self.url = f"http://127.0.0.1:{relay.port}"

    def prefer(self, *replicas: Replica) -> None:
        """Whoever comes from now on comes to the first of these that is there."""
        self.relay.ports[:] = [replica.port for replica in replicas]


@asynccontextmanager
async def house(
    folder: Path,
    database_url: str,
    emulator: Emulator,
    count: int = 2,
    command: Sequence[str] = PYTHON,
    **environment: str,
) -> AsyncIterator[House]:
    """That many programs, up and answering; those that are left are ended when the context ends."""
    settings = copied_settings(folder)
    relay = Relay([])
    shared = {
        "HOLYSHEEP_API_KEY": KEY,
        "HOLYSHEEP_BASE_URL": emulator.base_url,
        "SETTINGS_DIR": str(settings),
        "DATABASE_URL": database_url,
        "PUBLIC_URL": f"http://127.0.0.1:{relay.port}",
        "METRICS_ADDR": "off",
        "DRAIN_SECONDS": "20",
        **environment,
    }
    replicas = [Replica(folder / f"replica-{number}", shared, command) for number in range(count)]
    relay.ports += [replica.port for replica in replicas]
    server = await relay.serve()
    try:
        await _all(replica.start() for replica in replicas)
        yield House(replicas, relay, emulator, database_url)
    finally:
        await _all(replica.close() for replica in replicas)
        server.close()
        relay.drop()


async def _all(work: Any) -> None:
    tasks: list[Awaitable[None]] = list(work)
    await asyncio.gather(*tasks)


async def record_of(url: str) -> Record:
    """All rows, and what is wrong among them."""
    async with Database(url, data_dir=Path()) as database:
        return await read(database)
