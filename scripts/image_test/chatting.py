"""An operator who signs in at a container with a password, and asks something over a socket, as a browser would."""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench.packets import PATH, PONG, decode, event, hello, new_text, user_message

_PATIENCE_S = 30.0
QUESTION = "Shop còn áo sơ mi trắng cỡ M không ạ?"


@dataclass(frozen=True)
class Talk:
    """What came of it."""

    reply: str
    receipt: dict[str, Any]
    rehearsal: bool


async def healthy(url: str, begun: float, patience_s: float = 60) -> float:
    """Seconds since ``begun`` until ``/healthz`` answers 200. Raises TimeoutError."""
    async with asyncio.timeout(patience_s), aiohttp.ClientSession() as http:
        while True:
            with suppress(aiohttp.ClientError):
                async with http.get(f"{url}/healthz") as answer:
                    if answer.status == 200:
                        return time.monotonic() - begun
            await asyncio.sleep(0.01)


async def talk(url: str, password: str) -> Talk:
    """Sign in, open a page, ask, read to the receipt. Raises TimeoutError, aiohttp.ClientError."""
    jar = aiohttp.CookieJar(unsafe=True)  # "unsafe" is a cookie of an IP address
    async with asyncio.timeout(_PATIENCE_S), aiohttp.ClientSession(cookie_jar=jar) as http:
        form = {"name": "operator", "password": password}
        async with http.post(f"{url}/sign-in", data=form, headers={"Origin": url}) as answer:
            answer.raise_for_status()
        async with http.get(url) as page:
            page.raise_for_status()
        async with http.ws_connect(url + PATH, headers={"Origin": url}) as socket:
            return await _ask(socket)


async def _ask(socket: aiohttp.ClientWebSocketResponse) -> Talk:
    reply, rehearsal, asked = "", False, False
    async for message in socket:
        packet = decode(message.data)
        if packet.kind == "open":
            await socket.send_str(hello(str(uuid.uuid4())))
        elif packet.kind == "connected":
            await socket.send_str(event("connection_successful"))
        elif packet.kind == "ping":
            await socket.send_str(PONG)
        elif packet.name == "desk":
            rehearsal = rehearsal or bool(packet.value.get("rehearsal"))
            if not asked and "totals" in packet.value:  # drawn
                await socket.send_str(user_message(QUESTION))
                asked = True
        elif asked and (words := new_text(packet)):
            reply += words
        elif packet.name == "new_message" and packet.value["type"] == "llm":
            return Talk(reply, packet.value["metadata"], rehearsal)
    raise aiohttp.ClientError("the socket closed before the receipt")
