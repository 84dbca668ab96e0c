"""Plays a script on one connection: raw bytes, on an absolute schedule, one write a part.

aiohttp parses the request; the response is written past its response classes, because most faults are
things no well-behaved server library lets you do, and because a timer callback that writes one ready
part costs a fraction of a coroutine that wakes up for it.
"""

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus

from aiohttp import web

from . import stamps
from .script import Script

_LAST_CHUNK = b"0\r\n\r\n"
_AT_ONCE = 64
"""Parts written before the loop gets a turn; a pace of 0 would otherwise hold it for a whole reply."""
_BACKLOG_BYTES = 1 << 20
_BACKLOG_S = 0.01
"""A client that does not read makes us wait, not grow."""
_EARLY_S = 0.0005
"""uvloop's clock ticks in milliseconds; a part due within the tick leaves now."""


class Played(web.StreamResponse):
    """Tells aiohttp that the response is already on the wire."""

    def __init__(self, status: int, keep: bool) -> None:
        super().__init__(status=status)
        self._keep = keep

    @property
    def keep_alive(self) -> bool:
        """Whether the connection may carry another request."""
        return self._keep

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing to do: the player wrote the headers."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing to do: the player wrote the end."""


class Player:
    """One performance of one script.

    start: the loop time that the script's seconds count from.
    sent: called with the tokens of each part as it leaves.
    """

    def __init__(
        self, script: Script, request: web.Request, start: float, sent: Callable[[int], None]
    ) -> None:
        assert request.transport is not None
        self._script = script
        self._transport = request.transport
        self._keep = request.keep_alive and script.ending == "keep"
        self._start = start
        self._sent = sent
        self._index = 0
        self._loop = asyncio.get_running_loop()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.Handle | None = None

    async def play(self) -> Played:
        """Write everything at its time. Cancelled when the client leaves."""
        script = self._script
        if script.headers_sent:
            await asyncio.sleep(max(0.0, self._start + script.head_at - self._loop.time()))
            self._transport.write(_head(script, self._keep) if script.head is None else script.head)
        try:
            self._step()
            await self._over
        finally:
            if self._timer:
                self._timer.cancel()
        return Played(self._script.status, self._keep)

    async def end(self) -> None:
        """Leave the connection as the script wants it left."""
        ending = self._script.ending
        if ending == "hang":
            await self._loop.create_future()  # until the client goes away
        elif ending == "reset":
            await asyncio.sleep(0.02)  # what was written must leave before the reset overtakes it
            _reset(self._transport)
        elif not self._keep:
            self._transport.close()

    def _step(self) -> None:
        """Write what is due, then set the timer for the next part."""
        parts, transport = self._script.parts, self._transport
        if transport.get_write_buffer_size() > _BACKLOG_BYTES:
            self._timer = self._loop.call_later(_BACKLOG_S, self._step)
            return
        chunked = self._script.chunked
        due = self._loop.time() - self._start + _EARLY_S
        stop = min(len(parts), self._index + _AT_ONCE)
        while self._index < stop:
            part = parts[self._index]
            if part.at > due:
                self._timer = self._loop.call_at(self._start + part.at, self._step)
                return
            if transport.is_closing():
                return  # the cancellation is on its way
            data = stamps.fill(part.data) if self._script.stamped else part.data
            transport.write(b"%x\r\n%b\r\n" % (len(data), data) if chunked else data)
            self._index += 1
            if part.tokens:
                self._sent(part.tokens)
        if self._index < len(parts):
            self._timer = self._loop.call_later(0, self._step)
            return
        if chunked and self._script.ending == "keep":
            transport.write(_LAST_CHUNK)
        if not self._over.done():
            self._over.set_result(None)


def _head(script: Script, keep: bool) -> bytes:
    headers = {"Date": formatdate(usegmt=True), **script.headers}
    lines = [f"HTTP/1.1 {script.status} {_reason(script.status)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if script.chunked:
        lines.append("Transfer-Encoding: chunked")
    elif script.length is not None:
        lines.append(f"Content-Length: {script.length}")
    lines.append(f"Connection: {'keep-alive' if keep else 'close'}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Overloaded" if status == 529 else "Unknown"


def _reset(transport: asyncio.Transport) -> None:
    """Close so that the other side sees ECONNRESET: no lingering, nothing flushed."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    )
    transport.abort()
