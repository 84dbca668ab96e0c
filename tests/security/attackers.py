"""Hostile clients: raw bytes over TCP, and websockets that keep no rule."""

import asyncio
import json
import os
import struct
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

#: Opcodes (RFC 6455, 5.2).
CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
FIN: Final = 0x80
#: The bit that says "compressed", which nobody has agreed on.
RSV1: Final = 0x40


@dataclass
class Raw:
    """One TCP connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send as it is; a connection that is closed already is none of our trouble."""
        try:
            self.writer.write(data)
            await self.writer.drain()
        except OSError:
            pass

    async def closed(self, within_s: float) -> bool:
        """Whether the server ends the connection within so many seconds; what it sends until then is thrown away."""
        try:
            async with asyncio.timeout(within_s):
                while await self.reader.read(1 << 16):
                    pass
        except TimeoutError:
            return False
        except OSError:
            pass
        return True

    def leave(self) -> None:
        """Close it ourselves."""
        self.writer.transport.abort()


async def connect(url: str, address: str = "127.0.0.2", rcvbuf: int = 0) -> Raw:
    """A connection to the server, from an address of this machine's."""
    import socket

    place = urlsplit(url)
    made = socket.socket()
    made.setblocking(False)
    if rcvbuf:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    made.bind((address, 0))
    loop = asyncio.get_running_loop()
    await loop.sock_connect(made, (place.hostname, place.port))
    return Raw(*await asyncio.open_connection(sock=made, limit=1 << 20))


def head(url: str, path: str, method: str = "GET", **headers: str) -> bytes:
    """A request's head."""
    place = urlsplit(url)
    lines = [f"{method} {place.path}{path} HTTP/1.1", f"Host: {place.netloc}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Socket(Raw):
    """A websocket."""

    async def frame(self, opcode: int, data: bytes = b"", bits: int = FIN) -> None:
        """Send one frame, masked as a client's is."""
        await self.send(frame(opcode, data, bits))

    async def text(self, text: str) -> None:
        """Send a text."""
        await self.frame(TEXT, text.encode())

    async def end(self, within_s: float = 30) -> int | None:
        """The code that the server closes with; 0 where it says none. None: it does not close."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    first, second = await self.reader.readexactly(2)
                    size = second & 0x7F
                    if size == 126:
                        (size,) = struct.unpack("!H", await self.reader.readexactly(2))
                    elif size == 127:
                        (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
                    data = await self.reader.readexactly(size)
                    if first & 0x0F == CLOSE:
                        return int.from_bytes(data[:2], "big") if data else 0
        except TimeoutError:
            return None
        except (OSError, asyncio.IncompleteReadError):
            return 0


def frame(opcode: int, data: bytes = b"", bits: int = FIN) -> bytes:
    """A frame's bytes. The mask is zero: it need not be secret here."""
    size = len(data)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 1 << 16:
        length = bytes([0x80 | 126]) + struct.pack("!H", size)
    else:
        length = bytes([0x80 | 127]) + struct.pack("!Q", size)
    return bytes([bits | opcode]) + length + bytes(4) + data


SOCKET_PATH: Final = "/ws/socket.io/?EIO=4&transport=websocket"
UPGRADE: Final = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec_WebSocket_Extensions": "permessage-deflate",
}


async def knock(
    link: str, address: str = "127.0.0.2", rcvbuf: int = 0, **headers: str
) -> tuple[Raw, int, str]:
    """Ask for a websocket; gives the connection, the status and the head of the answer."""
    raw = await connect(link, address, rcvbuf)
    place = urlsplit(link)
    asked = {**UPGRADE, "Origin": f"{place.scheme}://{place.netloc}", **headers}
    await raw.send(head(link, SOCKET_PATH, **asked))
    answer = (await raw.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    return raw, int(answer.split()[1]), answer


async def open_socket(link: str, address: str = "127.0.0.2", rcvbuf: int = 0) -> Socket:
    """A websocket whose page has not said that it is there."""
    raw, status, _ = await knock(link, address, rcvbuf, Cookie=f"desk_visitor={os.urandom(12).hex()}")
    assert status == 101
    return Socket(raw.reader, raw.writer)


async def enter(link: str, address: str = "127.0.0.2", rcvbuf: int = 0) -> Socket:
    """A websocket whose page is there, and may speak."""
    socket = await open_socket(link, address, rcvbuf)
    hello = {
        "clientType": "webapp",
        "sessionId": str(uuid4()),
        "threadId": "",
        "userEnv": "{}",
        "chatProfile": "",
    }
    await socket.text("40" + json.dumps(hello))
    await socket.text('42["connection_successful"]')
    # The head of the frame that the last event brings; its rest is read, or not, by whoever goes on.
    seen = b""
    async with asyncio.timeout(20):
        while b'"totals"' not in seen:
            part = await socket.reader.read(1 << 16)
            assert part, "the socket closed"
            seen += part
    return socket


def message(text: str, event: str = "client_message") -> str:
    """A message as a page sends it."""
    said = {
        "id": str(uuid4()),
        "type": "user_message",
        "name": "User",
        "output": text,
        "createdAt": "",
        "metadata": {},
    }
    return "42" + json.dumps([event, {"message": said, "fileReferences": []}])
