"""A visitor's page: its socket, which comes back as Chainlit's does, and its outbox, which sends until it is told."""

import asyncio
import json
import random
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aiohttp

from scripts.soak.screen import Screen, event_of
from scripts.soak.story import Asked, Told

#: As the page comes back after a lost connection (public/desk/wire.js): pauses between these, for so long; then
#: Chainlit's own longest ones.
PAUSES_S, HURRY_S, LONG_PAUSES_S = (0.5, 1.0), 20.0, (2.5, 7.5)
#: A server that says nothing for so long is none: its pings come every 10 s, and one may be 10 s late.
SILENCE_S = 20.0
HANDSHAKE_S = 20.0

_LOST = (aiohttp.ClientError, aiohttp.WSMessageTypeError, OSError, TimeoutError)


class Page:
    """One tab of one browser at a link. ``open()`` it, ``ask`` and ``ask_again``, ``close()`` it."""

    def __init__(self, url: str, told: Told, dice: random.Random, address: str) -> None:
        """url: of the link, no slash at its end. address: the visitor's own, on this machine."""
        self._url = url
        self._told = told
        self._dice = dice
        self._tab, self._session, self._shown = self._id(), self._id(), ""
        self._outbox: dict[str, Asked] = {}
        self._asked: dict[str, Asked] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._life: asyncio.Task[None] | None = None
        self._greeted = self._reloading = False
        self._changed = asyncio.Event()
        self.screen = Screen(self._words_came)
        # "unsafe" is a cookie of an IP address.
        own = (address, 0) if sys.platform == "linux" else None
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            connector=aiohttp.TCPConnector(local_addr=own, limit=0),
            timeout=aiohttp.ClientTimeout(total=None),
            headers={"Accept-Language": "vi"},
        )

    async def open(self) -> None:
        """Load the page; its socket opens by itself, again and again."""
        await self._load()
        self._life = asyncio.create_task(self._live())

    async def close(self) -> None:
        """The visitor leaves."""
        if self._life is not None:
            self._life.cancel()
            await asyncio.wait([self._life])
        await self._http.close()
        self._told.read |= self.screen.read

    async def reload(self) -> None:
        """Load the page anew, in the same tab."""
        await self._load()
        self._session, self.screen.thread = self._id(), ""
        self._reloading = True
        if self._socket is not None:
            await self._socket.close()

    async def change(self, patience_s: float) -> None:
        """Return when the page has heard something, or after a while."""
        self._changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._changed.wait()

    @property
    def is_online(self) -> bool:
        """The server has drawn it."""
        return self._greeted and self.screen.drawn

    @property
    def is_idle(self) -> bool:
        """Nothing is on its way, waits, or is being answered."""
        return self.is_online and not (self._outbox or self.screen.busy or self.screen.queued)

    def is_under_way(self, id: str) -> bool:
        """A message is on its way to the server, waits there, or is being answered."""
        return id in self._outbox or not self.screen.drawn or not self.screen.has_ended(id)

    async def ask(self, text: str, *, behind: bool = False) -> Asked:
        """Send a message: now, or as soon as there is a server; until one has it on record."""
        asked = Asked(self._id(), text, time.monotonic(), behind=behind)
        self._told.asked.append(asked)
        self._outbox[asked.id] = self._asked[asked.id] = asked
        if self._greeted:
            await self._emit("client_message", asked)
        return asked

    async def ask_again(self, asked: Asked) -> bool:
        """Press the button below what went wrong; False where there is none."""
        button = self.screen.button(asked.id)
        if button is None or not self.is_online:
            return False
        asked.again += 1
        await self._send("press", button["id"])
        return True

    async def ask_anew(self, asked: Asked) -> None:
        """Edit the message into itself: what a visitor does where the button does nothing."""
        if self.is_online:
            asked.again += 1
            await self._emit("edit_message", asked)

    async def _load(self) -> None:
        """Raises aiohttp.ClientError, TimeoutError."""
        async with (
            asyncio.timeout(HANDSHAKE_S),
            self._http.get(f"{self._url}/", headers={"Accept": "text/html"}) as page,
        ):
            page.raise_for_status()
            await page.read()

    async def _live(self) -> None:
        lost_at = 0.0
        while True:
            try:
                await self._connect()
                if lost_at:
                    self._told.away.append(time.monotonic() - lost_at)
                lost_at = 0.0
                await self._read()
            except _LOST:
                lost_at = 0.0 if self._reloading else lost_at or time.monotonic()
            await self._lost()
            if self._reloading:
                self._reloading = False
                continue
            hurries = time.monotonic() - lost_at < HURRY_S
            await asyncio.sleep(self._dice.uniform(*(PAUSES_S if hurries else LONG_PAUSES_S)))

    async def _lost(self) -> None:
        socket, self._socket, self._greeted = self._socket, None, False
        self.screen.left()
        self._changed.set()
        if socket is not None:
            with suppress(*_LOST):
                await socket.close()

    async def _connect(self) -> None:
        """Chainlit's greeting, then all until the page is drawn. Raises what ``_LOST`` names."""
        shown = f"&shown={self._shown}" if self._shown else ""
        address = f"{self._url}/ws/socket.io/?EIO=4&transport=websocket&tab={self._tab}{shown}"
        origin = "/".join(self._url.split("/", 3)[:3])
        async with asyncio.timeout(HANDSHAKE_S):
            socket = await self._http.ws_connect(
                address,
                headers={"Origin": origin},
                max_msg_size=0,
                timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            )
            self._socket = socket
            await socket.receive_str()
            await socket.send_str("40" + json.dumps(self._hello()))
            answer = await socket.receive_str()
            if not answer.startswith("40{"):
                raise aiohttp.ClientError(f"turned away: {answer[:200]}")
            await socket.send_str('42["connection_successful"]')
            self._greeted = True
            # What is not known to be kept is sent again at once; the server takes each id once.
            for asked in list(self._outbox.values()):
                await self._emit("client_message", asked)
            while not self.screen.drawn:
                await self._hear(await socket.receive_str())

    def _hello(self) -> Mapping[str, str]:
        return {
            "clientType": "webapp",
            "sessionId": self._session,
            "threadId": self.screen.thread,
            "userEnv": "{}",
            "chatProfile": "",
        }

    async def _read(self) -> None:
        assert self._socket is not None
        while True:
            await self._hear(await self._socket.receive_str(timeout=SILENCE_S))

    async def _hear(self, frame: str) -> None:
        assert self._socket is not None
        if frame == "2":
            await self._socket.send_str("3")
        elif heard := event_of(frame):
            event, data = heard
            self.screen.hear(event, data)
            self._shown = self.screen.thread or self._shown
            if event == "desk":
                self._hear_desk(data)
            self._changed.set()

    def _hear_desk(self, news: Mapping[str, Any]) -> None:
        for id in news.get("kept", ()):
            if asked := self._outbox.pop(id, None):
                asked.kept = time.monotonic()
        if refused := news.get("refused"):
            self._outbox.pop(refused, None)
            self._told.faults.append(f"{self._told.who}: message {refused} was refused")

    def _words_came(self, message: str) -> None:
        asked = self._asked.get(message)
        if asked is not None and asked.first_words is None:
            asked.first_words = time.monotonic()

    async def _emit(self, event: str, asked: Asked) -> None:
        message = {
            "id": asked.id,
            "type": "user_message",
            "name": "User",
            "output": asked.text,
            "createdAt": datetime.now(UTC).isoformat(),
            "threadId": "",
            "metadata": {},
        }
        asked.sent += event == "client_message"
        await self._send(event, {"message": message, "fileReferences": []})

    async def _send(self, event: str, data: object) -> None:
        if self._socket is not None:
            with suppress(*_LOST):  # the reader notices
                await self._socket.send_str("42" + json.dumps([event, data]))

    def _id(self) -> str:
        return str(UUID(int=self._dice.getrandbits(128), version=4))
