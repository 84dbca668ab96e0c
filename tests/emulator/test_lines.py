"""The line below HTTP fails as its names say."""

import asyncio
import socket
import ssl

import pytest
from wire_client import request_bytes

from emulator import lines


async def connected(base_url: str, secure: bool = False) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to a line; certificates are looked at, as any client should."""
    host, port = base_url.split("/")[2].split(":")
    context = ssl.create_default_context() if secure else None
    return await asyncio.open_connection(host, int(port), ssl=context)


async def said(base_url: str) -> bytes:
    """All that a line answers to a request."""
    reader, writer = await connected(base_url)
    writer.write(request_bytes())
    try:
        return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    "name",
    ["untrusted_certificate", "wrong_host_certificate", "expired_certificate", "certificate_not_yet_valid"],
)
async def test_no_certificate_is_valid(name: str) -> None:
    """A client that looks closes the connection."""
    async with lines.playing(name) as line:
        with pytest.raises(ssl.SSLCertVerificationError):
            await connected(line.base_url, secure=True)
        assert not line.seen


async def test_nobody_is_there() -> None:
    """A refused port, and a name that does not exist."""
    async with lines.playing("refused_port") as line:
        with pytest.raises(ConnectionRefusedError):
            await connected(line.base_url)
    async with lines.playing("no_such_host") as line:
        host = line.base_url.split("/")[2]
        with pytest.raises(socket.gaierror):
            await asyncio.get_running_loop().getaddrinfo(host, 80)


async def test_nobody_lets_us_in() -> None:
    """Neither TCP nor TLS comes about."""
    async with lines.playing("syn_ignored") as line:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await connected(line.base_url)
    async with lines.playing("tls_ignored") as line:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await connected(line.base_url, secure=True)
        assert line.opened == 1


async def test_a_stale_connection_serves_once() -> None:
    """The second request of a connection meets its end; a new connection serves again."""
    async with lines.playing("stale_keepalive") as line:
        reader, writer = await connected(line.base_url)
        writer.write(request_bytes())
        assert (await reader.readuntil(b"[DONE]\n\n")).startswith(b"HTTP/1.1 200")
        writer.write(request_bytes())
        assert await reader.read() == b""
        writer.close()
        assert (line.opened, len(line.seen)) == (1, 2)
        assert [asked.connection for asked in line.seen] == [1, 1]


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("hangs_up", b""),
        ("goaway", bytes.fromhex("000008")),
        ("half_a_head", b"HTTP/1.1 200 OK\r\nConte"),
        ("proxy_407", b"HTTP/1.1 407"),
        ("proxy_502", b"HTTP/1.1 502"),
    ],
)
async def test_a_line_says_so(name: str, begins: bytes) -> None:
    """Its bytes, and then the end."""
    async with lines.playing(name) as line:
        answer = await said(line.base_url)
        assert answer.startswith(begins) and bool(answer) is bool(begins)
        assert len(line.seen) == 1
