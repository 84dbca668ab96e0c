"""Providers below HTTP: a server that says what it is told to, and a relay that counts connections."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

import orjson

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter

DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True)
class Say:
    """One answer: bytes as they leave, numbers for seconds of pause between them, then the ending."""

    parts: tuple[bytes | float, ...]
    ending: Literal["keep", "close", "reset", "hang"] = "close"


def say(*parts: bytes | float, ending: Literal["keep", "close", "reset", "hang"] = "close") -> Say:
    """An answer of these parts."""
    return Say(parts, ending)


def head(status: str = "200 OK", kind: str = "text/event-stream", **headers: str) -> bytes:
    """Status line and headers; the body ends with the connection unless a header says otherwise."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def event(payload: object) -> bytes:
    """A server-sent event."""
    return b"data: " + orjson.dumps(payload) + b"\n\n"


def word(text: str, finish: str | None = None) -> bytes:
    """An event with a piece of the reply."""
    return event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})


def chunked(*pieces: bytes) -> bytes:
    """HTTP chunks, without the last one, which ends a body."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


@dataclass
class RawProvider:
    """Gives its answers in turn, the last one again and again; remembers what it was asked.

    greeting: said before anything is asked. asked: (number of the connection, head, body) of each
    request. opened: connections ever made.
    """

    answers: tuple[Say, ...]
    greeting: bytes = b""
    asked: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    opened: int = 0
    base_url: str = ""

    async def serve(self, reader: Reader, writer: Writer) -> None:
        """One connection."""
        self.opened += 1
        number = self.opened
        writer.write(self.greeting)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._answer(reader, writer, number):
                pass

    async def _answer(self, reader: Reader, writer: Writer, number: int) -> bool:
        top = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (line for line in top.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0"
        )
        body = await reader.readexactly(int(length.partition(b":")[2]))
        answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append((number, top, body))
        for part in answer.parts:
            if isinstance(part, bytes):
                writer.write(part)
                await writer.drain()
            else:
                await asyncio.sleep(part)
        if answer.ending == "hang":
            await reader.read()  # until the other side leaves
        elif answer.ending == "reset":
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        return answer.ending == "keep"


@asynccontextmanager
async def speaking(*answers: Say) -> AsyncIterator[RawProvider]:
    """A server on loopback that answers so."""
    raw = RawProvider(answers)
    async with _listening(raw.serve) as port:
        raw.base_url = f"http://127.0.0.1:{port}/v1"
        yield raw


@dataclass
class Relay:
    """Passes bytes on, and counts: connections ever made, and those that stand."""

    port: int
    opened: int = 0
    open: int = 0
    base_url: str = ""

    async def serve(self, reader: Reader, writer: Writer) -> None:
        """One connection."""
        self.opened += 1
        self.open += 1
        try:
            with suppress(ConnectionError):
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
                await asyncio.gather(_pass_on(reader, far_writer), _pass_on(far_reader, writer))
        finally:
            self.open -= 1


async def _pass_on(reader: Reader, writer: Writer) -> None:
    try:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
    finally:
        writer.close()


@asynccontextmanager
async def relaying(base_url: str) -> AsyncIterator[Relay]:
    """A relay on loopback before ``base_url``."""
    port = urlsplit(base_url).port
    assert port
    relay = Relay(port)
    async with _listening(relay.serve) as own:
        relay.base_url = f"http://127.0.0.1:{own}/v1"
        yield relay


@asynccontextmanager
async def _listening(serve: Callable[[Reader, Writer], Awaitable[None]]) -> AsyncIterator[int]:
    tasks: set[asyncio.Task[Any]] = set()

    async def one(reader: Reader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.CancelledError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)


@contextmanager
def full_backlog() -> Iterator[str]:
    """The address of a socket that lets nobody in: its queue is full, so the kernel drops what comes."""
    with socket.socket() as listening, ExitStack() as crowd:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        host, port = listening.getsockname()
        for _ in range(3):
            one = crowd.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex((host, port))
        yield f"http://{host}:{port}/v1"
