"""Where Prometheus reads the figures: ``/metrics`` on an address of its own, on the server's own loop."""

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

#: The form that ``generate_latest`` writes.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: Whoever asks has so long, and so much room, to do so; more than a few ask nothing that others have not asked.
PATIENCE_S = 5.0
LONGEST_HEAD = 8 * 1024
MOST_AT_ONCE = 16


class MetricsPort:
    """``open()`` in the server's loop, ``close()`` at its end. text: the figures, as they are when somebody asks.

    Not a route of the server: that one is for everybody, and this one for who runs it.
    """

    def __init__(self, host: str, port: int, text: Callable[[], Awaitable[bytes]]) -> None:
        self._host, self._port, self._text = host, port, text
        self._server: asyncio.Server | None = None
        self._open = 0

    async def open(self) -> None:
        """Listen. Where that cannot be the log says so, and people chat all the same."""
        try:
            self._server = await asyncio.start_server(
                self._answer, self._host, self._port, limit=LONGEST_HEAD
            )
        except OSError as error:
            mend = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror
            log.warning(
                "nobody can read the figures at %s port %d: %s. Set METRICS_ADDR to another address, or to off.",
                *(self._host, self._port, mend),
            )

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= MOST_AT_ONCE:
                async with asyncio.timeout(PATIENCE_S):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(await self._response(head))
                    await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            log.debug("somebody asked for no figures: %s", type(error).__name__)
        finally:
            self._open -= 1
            writer.close()

    async def _response(self, head: bytes) -> bytes:
        method, _, rest = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
        path = rest.partition(" ")[0].partition("?")[0]
        if method not in ("GET", "HEAD"):
            return _response("405 Method Not Allowed", "text/plain", b"only GET\n")
        if path != "/metrics":
            return _response("404 Not Found", "text/plain", b"/metrics\n")
        return _response("200 OK", CONTENT_TYPE, await self._text(), body=method == "GET")


def _response(status: str, kind: str, content: bytes, *, body: bool = True) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    return head.encode() + (content if body else b"")
