"""A client that sees every byte the emulator sends, and how the connection ends."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import emulator

TOKENS = 40
BODY = {
    "model": "deepseek-v3.2",
    "stream": True,
    "stream_options": {"include_usage": True},
    "messages": [{"role": "user", "content": "Áo khoác giá bao nhiêu?"}],
}


@dataclass
class Wire:
    """One response as it came over the socket.

    end: "whole" (ended as HTTP promises), "closed" (too early), "reset", or "open" (nothing more came).
    arrivals: seconds from request to each piece of the body. body: without HTTP's chunk frames.
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    end: str = "open"
    arrivals: list[float] = field(default_factory=list)

    def events(self) -> list[Any]:
        """The JSON of every event that is JSON."""
        return [json.loads(line) for line in self.data_lines() if is_json(line)]

    def data_lines(self) -> list[str]:
        """What stands behind ``data:``."""
        lines = self.body.decode("utf-8", "ignore").splitlines()
        return [line[6:] for line in lines if line.startswith("data: ")]

    def deltas(self) -> list[str]:
        """The pieces of text."""
        choices = [choice for event in self.events() for choice in event.get("choices", ())]
        return [choice["delta"]["content"] for choice in choices if choice["delta"].get("content")]

    def finish(self) -> str | None:
        """The reason the reply ended, if it was given."""
        choices = [choice for event in self.events() for choice in event.get("choices", ())]
        return next((choice["finish_reason"] for choice in choices if choice["finish_reason"]), None)

    def usage(self) -> Any:
        """The last usage that is not null."""
        found = [event["usage"] for event in self.events() if event.get("usage")]
        return found[-1] if found else None


def is_json(text: str) -> bool:
    """Whether ``text`` parses."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


async def ask(
    emu: emulator.Emulator,
    body: Any = BODY,
    *,
    key: str | None = "test-key",
    head_s: float = 10.0,
    silence_s: float = 10.0,
    enough: Callable[[bytes], bool] = lambda raw: False,
) -> Wire:
    """Send one chat request over a raw socket and read until it ends.

    head_s: after so long without headers, silence_s: after so long without more of the body, it is left open.
    """
    reader, writer = await asyncio.open_connection(emu.host, emu.port)
    try:
        writer.write(request_bytes(body, key))
        return await _read(reader, head_s, silence_s, enough)
    finally:
        writer.close()


def request_bytes(body: Any = BODY, key: str | None = "test-key") -> bytes:
    """A chat request as it goes over the wire; ``body`` may be raw bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    auth = f"Authorization: Bearer {key}\r\n" if key else ""
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n{auth}Content-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


async def _read(
    reader: asyncio.StreamReader, head_s: float, silence_s: float, enough: Callable[[bytes], bool]
) -> Wire:
    wire, start, loop = Wire(), time.monotonic(), asyncio.get_running_loop()
    try:
        async with asyncio.timeout(head_s) as patience:
            head = await reader.readuntil(b"\r\n\r\n")
            patience.reschedule(loop.time() + silence_s)
            lines = head.decode().split("\r\n")
            wire.status = int(lines[0].split()[1])
            wire.headers = {
                name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])
            }
            async for data in _body(reader, wire):
                wire.body += data
                wire.arrivals.append(time.monotonic() - start)
                patience.reschedule(loop.time() + silence_s)
                if enough(wire.body):
                    return wire
        wire.end = "whole"
    except TimeoutError:
        wire.end = "open"
    except ConnectionResetError:
        wire.end = "reset"
    except asyncio.IncompleteReadError:
        wire.end = "closed"
    return wire


async def _body(reader: asyncio.StreamReader, wire: Wire) -> AsyncIterator[bytes]:
    if wire.headers.get("transfer-encoding") == "chunked":
        while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
            yield (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    elif "content-length" in wire.headers:
        yield await reader.readexactly(int(wire.headers["content-length"]))
    else:
        while data := await reader.read(65536):
            yield data


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that will come true; fails after 10 s."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)
