"""Visitors without a browser: one over Chainlit's socket, and one who asks the emulator itself."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp

from bench.packets import PATH, PONG, decode, event, hello, new_text, user_message

# As browsers do: offer permessage-deflate, and let the server decide.
_DEFLATE_WINDOW_BITS = 15
_VISIBLE_CHUNK = re.compile(rb'"content":\s*"[^"]')


class VisitorError(Exception):
    """The server refused a visitor, closed the socket, or did not finish a reply in time."""


@dataclass
class Reply:
    """What a visitor saw of one reply; all times are of `time.monotonic`, in seconds."""

    sent: float
    frames: list[float] = field(default_factory=list)
    done: float = 0.0
    chars: int = 0


class Visitor(Protocol):
    """Someone who connects, asks, waits for the whole reply, and leaves."""

    async def connect(self, timeout_s: float) -> None:
        """Be ready to ask."""

    async def ask(self, text: str, timeout_s: float) -> Reply:
        """Send one message and return when its reply is over."""

    async def close(self) -> None:
        """Leave."""


class SocketVisitor:
    """One page of Chainlit: engine.io over a websocket, ping answered, nothing drawn. cookie: its header."""

    def __init__(self, client: aiohttp.ClientSession, url: str, cookie: str) -> None:
        self._client = client
        self._url = url
        self._headers = {"Cookie": cookie} if cookie else {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None
        self._reply: Reply | None = None
        self._greeted = asyncio.Event()
        self._over = asyncio.Event()
        self._trouble = ""

    async def connect(self, timeout_s: float) -> None:
        """Join, and return when the server has sent its first event."""
        self._socket = await self._client.ws_connect(
            self._url + PATH, headers=self._headers, compress=_DEFLATE_WINDOW_BITS, max_msg_size=0
        )
        self._reading = asyncio.create_task(self._read(self._socket))
        await self._wait(self._greeted, timeout_s, "greeting")

    async def ask(self, text: str, timeout_s: float) -> Reply:
        """Send one message and return when its reply is over."""
        if self._socket is None or self._trouble:
            raise VisitorError(self._trouble or "asked before connecting")
        self._over.clear()
        reply = self._reply = Reply(sent=time.monotonic())
        await self._socket.send_str(user_message(text))
        await self._wait(self._over, timeout_s, "end of the reply")
        return reply

    async def close(self) -> None:
        """Close the socket as a closed tab does."""
        if self._socket is not None:
            await self._socket.close()
        if self._reading is not None:
            await self._reading

    async def _wait(self, happening: asyncio.Event, timeout_s: float, what: str) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await happening.wait()
        except TimeoutError:
            raise VisitorError(f"no {what} within {timeout_s:g} s") from None
        if self._trouble:
            raise VisitorError(self._trouble)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type == aiohttp.WSMsgType.TEXT:
                await self._take(socket, message.data)
        self._give_up("the server closed the socket")

    async def _take(self, socket: aiohttp.ClientWebSocketResponse, text: str) -> None:
        now = time.monotonic()
        packet = decode(text)
        match packet.kind:
            case "event":
                self._greeted.set()
                self._note(now, new_text(packet), over=packet.name == "task_end")
            case "ping":
                await socket.send_str(PONG)
            case "open":
                await socket.send_str(hello(str(uuid.uuid4())))
            case "connected":
                await socket.send_str(event("connection_successful"))
            case "refused" | "closed":
                self._give_up(f"the server refused: {text[:200]}")
            case "other":
                pass

    def _note(self, now: float, text: str | None, *, over: bool) -> None:
        reply = self._reply
        if reply is None:
            return
        if text:
            reply.frames.append(now)
            reply.chars += len(text)
        # Chainlit also says task_end when a page joins: it ends a reply only once there is one.
        if over and reply.frames:
            reply.done = now
            self._reply = None
            self._over.set()

    def _give_up(self, trouble: str) -> None:
        self._trouble = trouble
        self._greeted.set()
        self._over.set()


class DirectVisitor:
    """Asks the upstream itself: the control that shows what emulator and load cost on their own."""

    def __init__(self, client: aiohttp.ClientSession, url: str) -> None:
        self._client = client
        self._url = url

    async def connect(self, timeout_s: float) -> None:
        """Nothing to join: the connection is made by the first question."""

    async def ask(self, text: str, timeout_s: float) -> Reply:
        """Stream one completion and return when its last byte is here."""
        reply = Reply(sent=time.monotonic())
        body = {"model": "deepseek-v3.2", "stream": True, "messages": [{"role": "user", "content": text}]}
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._client.post(
                    self._url + "/v1/chat/completions", json=body, headers={"Authorization": "Bearer bench"}
                ) as response,
            ):
                response.raise_for_status()
                async for chunk in response.content.iter_any():
                    if found := _VISIBLE_CHUNK.findall(chunk):
                        reply.frames.append(time.monotonic())
                        reply.chars += len(found)
        except (TimeoutError, aiohttp.ClientError) as error:
            raise VisitorError(f"upstream: {error!r}") from error
        reply.done = time.monotonic()
        return reply

    async def close(self) -> None:
        """Nothing is held."""
