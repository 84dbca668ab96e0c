"""The line below HTTP: faults that no HTTP server can play, as raw bytes on sockets, by name.

async with emulator.lines.playing("stale_keepalive") as line:
    ...  # ask line.base_url; look at line.seen
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from .certificates import server_context

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter

WORDS = ("Xin", " chào", "!")
GOAWAY = bytes.fromhex("0000080700000000000000000000000000")
"""An HTTP/2 frame: go away, no stream was worked on."""


@dataclass(frozen=True)
class Asked:
    """A request that came over the line. connection: from 1. at: seconds of the loop's clock."""

    connection: int
    at: float
    head: bytes


@dataclass
class Line:
    """One line with its fault. opened: the connections ever made. seen: the requests that came whole."""

    base_url: str
    seen: list[Asked] = field(default_factory=list)
    opened: int = 0


Serve: TypeAlias = Callable[[Line, Reader, Writer], Awaitable[None]]
Open: TypeAlias = Callable[[Line], "contextlib.AbstractAsyncContextManager[str]"]


@dataclass(frozen=True)
class LineFault:
    """One way for a line to fail. line: what it does, for people. open: gives the address while it is played."""

    name: str
    line: str
    open: Open


@asynccontextmanager
async def playing(name: str) -> AsyncIterator[Line]:
    """The line with fault ``name``; KeyError where none is called so."""
    line = Line("")
    async with LINES[name].open(line) as line.base_url:
        yield line


def reply(*, keep: bool) -> bytes:
    """A short faultless reply as a stream."""
    chunks = [_chunk({"content": word}) for word in WORDS] + [_chunk({}, "stop")]
    usage = {"prompt_tokens": 20, "completion_tokens": 3, "total_tokens": 23}
    chunks.append({"id": "chatcmpl-line", "choices": [], "usage": usage})
    parts = map(json.dumps, chunks)
    body = "".join(f"data: {part}\n\n" for part in (*parts, "[DONE]")).encode()
    return http("200 OK", body, "text/event-stream", keep=keep)


def _chunk(delta: dict[str, str], finish: str | None = None) -> dict[str, object]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "chatcmpl-line", "choices": [choice]}


def http(
    status: str, body: bytes, kind: str = "application/json", *, keep: bool = False, more: str = ""
) -> bytes:
    """An HTTP answer, byte for byte; ``more``: header lines, each with its end."""
    state = "keep-alive" if keep else "close"
    lines = (
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        f"Connection: {state}",
    )
    head = "".join(f"{line}\r\n" for line in lines)
    return f"{head}{more}\r\n".encode() + body


async def _asked(line: Line, number: int, reader: Reader) -> bool:
    """Read one request; False where the other side has left."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (row for row in head.lower().split(b"\r\n") if row.startswith(b"content-length:")), b":0"
        )
        await reader.readexactly(int(length.partition(b":")[2]))
    except (ConnectionError, asyncio.IncompleteReadError):
        return False
    line.seen.append(Asked(number, asyncio.get_running_loop().time(), head))
    return True


async def _stale(line: Line, reader: Reader, writer: Writer) -> None:
    """The first request of a connection is answered; at the second one it turns out to be closed."""
    number = line.opened
    if await _asked(line, number, reader):
        writer.write(reply(keep=True))
        await _asked(line, number, reader)


def _says(data: bytes) -> Serve:
    """Whatever is asked, these bytes, and the connection closes."""

    async def serve(line: Line, reader: Reader, writer: Writer) -> None:
        if await _asked(line, line.opened, reader):
            writer.write(data)
            await writer.drain()

    return serve


async def _silent(line: Line, reader: Reader, writer: Writer) -> None:
    """Nothing at all, for as long as the other side stays."""
    while await reader.read(65536):
        pass


def _listening(serve: Serve, certificate: str = "") -> Open:
    """A server that serves so; ``certificate``: TLS with this one, see ``certificates``."""

    @asynccontextmanager
    async def opened(line: Line) -> AsyncIterator[str]:
        tasks: set[asyncio.Task[None]] = set()

        async def one(reader: Reader, writer: Writer) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            line.opened += 1
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await serve(line, reader, writer)
            writer.close()

        context = server_context(certificate) if certificate else None
        server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=context)
        try:
            host = "localhost" if certificate else "127.0.0.1"
            yield f"http{'s' if certificate else ''}://{host}:{server.sockets[0].getsockname()[1]}/v1"
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks)

    return opened


def _tls_ignored(line: Line) -> "contextlib.AbstractAsyncContextManager[str]":
    """TCP connects; the TLS hello is never answered."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[str]:
        async with _listening(_silent)(line) as address:
            yield address.replace("http://", "https://")

    return opened()


@asynccontextmanager
async def _refused(line: Line) -> AsyncIterator[str]:
    """A port that is taken, and where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


@asynccontextmanager
async def _no_such_host(line: Line) -> AsyncIterator[str]:
    """A name that no resolver may ever know (RFC 6761)."""
    yield "http://api.holysheep.invalid/v1"


@asynccontextmanager
async def _syn_ignored(line: Line) -> AsyncIterator[str]:
    """A listening socket whose queue is full: the kernel drops what comes."""
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(3):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"


_UNUSED = "Proxy-Authenticate: Basic realm=proxy\r\n"
_PAGE = b"<html><body><h1>Bad Gateway</h1></body></html>"

LINES: dict[str, LineFault] = {
    fault.name: fault
    for fault in (
        LineFault("no_such_host", "a host name that does not exist", _no_such_host),
        LineFault("refused_port", "nobody listens at the port", _refused),
        LineFault("syn_ignored", "the connection is never accepted", _syn_ignored),
        LineFault("tls_ignored", "TCP connects, the TLS hello is never answered", _tls_ignored),
        LineFault("untrusted_certificate", "a certificate of unknown make", _listening(_silent, "untrusted")),
        LineFault(
            "wrong_host_certificate", "a certificate of another host", _listening(_silent, "wrong_host")
        ),
        LineFault("expired_certificate", "a certificate of the past", _listening(_silent, "expired")),
        LineFault("certificate_not_yet_valid", "a certificate of the future", _listening(_silent, "future")),
        LineFault("hangs_up", "every connection closes before anything is answered", _listening(_says(b""))),
        LineFault(
            "stale_keepalive",
            "each connection serves one request, and closes at the second",
            _listening(_stale),
        ),
        LineFault("goaway", "an HTTP/2 GOAWAY frame", _listening(_says(GOAWAY))),
        LineFault(
            "half_a_head", "the head of an answer, broken off", _listening(_says(b"HTTP/1.1 200 OK\r\nConte"))
        ),
        LineFault(
            "proxy_407",
            "a proxy that wants a password",
            _listening(_says(http("407 Proxy Authentication Required", b"", "text/html", more=_UNUSED))),
        ),
        LineFault(
            "proxy_502",
            "a proxy that finds nobody",
            _listening(_says(http("502 Bad Gateway", _PAGE, "text/html"))),
        ),
    )
}
