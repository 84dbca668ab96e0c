"""What may come over one socket: text, at a person's pace."""

import asyncio
import contextlib
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demos import SCOPE_KEY, Guest
from web.buckets import Bucket, Buckets, Pace
from web.packets import is_packet

#: Events of one page; one that comes back tells again all that it was not told is on record.
OF_A_SOCKET = Pace(burst=200, per_s=20)
#: Of all pages of one browser together.
OF_A_VISITOR = Pace(burst=400, per_s=40)
#: A page says within this time that it is there.
ENTERS_WITHIN_S = 20.0

#: Codes of a websocket's end (RFC 6455, 7.4.1): no binary data, and against the rules.
_BINARY, _AGAINST_THE_RULES = 1003, 1008


class CalmSockets:
    """Closes a socket that sends more than a page ever does, or what no page sends, or that never enters.

    What was taken from it stays, and its conversation is there when its page comes back.
    """

    def __init__(
        self, app: ASGIApp, of_a_socket: Pace = OF_A_SOCKET, of_a_visitor: Pace = OF_A_VISITOR
    ) -> None:
        self._app = app
        self._of_a_socket = of_a_socket
        self._visitors = Buckets(of_a_visitor)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        socket = _Socket(receive, send, self._of_a_socket, self._visitors, _whose(scope))
        try:
            await self._app(scope, socket.receive, send)  # not around each frame of a reply
        finally:
            socket.ended()


class _Socket:
    def __init__(self, receive: Receive, send: Send, pace: Pace, visitors: Buckets, visitor: str) -> None:
        self._receive, self._send = receive, send
        self._loop = asyncio.get_running_loop()
        self._bucket = Bucket(pace, self._loop.time())
        self._visitors, self._visitor = visitors, visitor
        self._waits: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "websocket.connect":
            self._waits = self._loop.call_later(ENTERS_WITHIN_S, self._never_came)
        if message["type"] != "websocket.receive":
            return message
        if why := self._against(message):
            self.ended()
            await self._close(why)
            return {"type": "websocket.disconnect", "code": why}
        if self._waits is not None and _is_event(message):
            self.ended()
        return message

    def ended(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None

    def _against(self, message: Message) -> int:
        text = message.get("text")
        if text is None:
            return _BINARY
        if not self._bucket.take(self._loop.time()) or not is_packet(text):
            return _AGAINST_THE_RULES
        # Only what says something: a ping's answer comes from the browser, however many of its pages are open.
        if _is_event(message) and self._visitor and not self._visitors.take(self._visitor):
            return _AGAINST_THE_RULES
        return 0

    def _never_came(self) -> None:
        self._waits = None
        self._closing = asyncio.create_task(self._close(_AGAINST_THE_RULES))

    async def _close(self, code: int) -> None:
        with contextlib.suppress(OSError, RuntimeError):  # it may be gone by itself
            await self._send({"type": "websocket.close", "code": code})


def _is_event(message: Message) -> bool:
    """Whether it is a socket.io packet of a page that has connected: "4" is engine.io's message, "2" an event."""
    text: Any = message.get("text")
    return isinstance(text, str) and text.startswith("42")


def _whose(scope: Scope) -> str:
    guest = scope.get(SCOPE_KEY)
    return guest.owner if isinstance(guest, Guest) else ""
