"""What may come over one socket."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgi import scope_of
from starlette.types import Message, Receive, Scope, Send

from demos import SCOPE_KEY, Guest
from web import CalmSockets, calm
from web.buckets import Pace


def said(text: str) -> Message:
    return {"type": "websocket.receive", "text": text, "bytes": None}


class Page:
    """A socket of ``owner`` behind the wall. heard: what came through; closed: its code."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], owner: str = "an") -> None:
        self.heard: list[str] = []
        self.closed: int | None = None
        self._coming: asyncio.Queue[Message] = asyncio.Queue()
        self._coming.put_nowait({"type": "websocket.connect"})
        scope = scope_of("/ws/socket.io/", type="websocket") | {SCOPE_KEY: Guest(owner)}
        scope["heard"] = self.heard
        self._task = asyncio.ensure_future(app(scope, self._coming.get, self._send))

    async def _send(self, message: Message) -> None:
        if message["type"] == "websocket.close":
            self.closed = message["code"]

    async def say(self, *messages: Message) -> None:
        for message in messages:
            self._coming.put_nowait(message)
        await asyncio.sleep(0.01)

    async def leave(self) -> None:
        self._coming.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await self._task


async def listener(scope: Scope, receive: Receive, send: Send) -> None:
    """Accepts, and notes what it hears."""
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        scope["heard"].append(message["text"])


async def test_a_flood_ends_its_socket() -> None:
    """What came before it was heard."""
    page = Page(CalmSockets(listener, Pace(3, 0)))
    await page.say(*(said(f'42["{n}"]') for n in range(5)))
    assert page.closed == 1008 and len(page.heard) == 3


async def test_many_pages_of_one_visitor_share_a_pace() -> None:
    """Their events do; the answers to pings do not count."""
    wall = CalmSockets(listener, Pace(10, 0), Pace(4, 0))
    first, second, other = Page(wall), Page(wall), Page(wall, "binh")
    await first.say(*(said("3") for _ in range(5)), said('42["a"]'), said('42["a"]'))
    await second.say(said('42["a"]'), said('42["a"]'), said('42["a"]'))
    await other.say(said('42["a"]'))
    assert (first.closed, second.closed, other.closed) == (None, 1008, None)
    await first.leave()
    await other.leave()


async def test_what_no_page_sends_is_refused() -> None:
    """Binary data, and texts that are no packets."""
    page, other = Page(CalmSockets(listener)), Page(CalmSockets(listener))
    await page.say({"type": "websocket.receive", "bytes": b"x", "text": None})
    await other.say(said("42[null]"))
    assert (page.closed, other.closed) == (1003, 1008) and page.heard == other.heard == []


async def test_who_never_enters_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page says soon that it is there; whoever has may then be silent for good."""
    monkeypatch.setattr(calm, "ENTERS_WITHIN_S", 0.05)
    wall = CalmSockets(listener)
    idle, there, gone = Page(wall), Page(wall), Page(wall)
    await idle.say(said("3"), said("3"))
    await there.say(said("3"), said('42["connection_successful"]'))
    await gone.leave()
    await asyncio.sleep(0.15)
    assert (idle.closed, there.closed, gone.closed) == (1008, None, None)
    await there.leave()


async def test_a_socket_that_is_gone_already() -> None:
    """Closing it is no fault."""
    messages: Any = iter([{"type": "websocket.connect"}, {"type": "websocket.receive", "bytes": b"x"}])

    async def receive() -> Message:
        return next(messages)  # type: ignore[no-any-return]

    async def send(message: Message) -> None:
        if message["type"] == "websocket.close":
            raise RuntimeError("after websocket.close")

    await CalmSockets(listener)(scope_of(type="websocket"), receive, send)
