"""Where the figures are read: an address of its own, over real sockets."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from ports import free_port

from web import metrics_port
from web.metrics_port import MetricsPort


async def figures() -> bytes:
    return b"turns 1\n"


@asynccontextmanager
async def listening(text: Callable[[], Awaitable[bytes]] = figures) -> AsyncIterator[int]:
    """The port of a listener."""
    port = free_port()
    listener = MetricsPort("127.0.0.1", port, text)
    await listener.open()
    yield port
    listener.close()


async def said(port: int, sent: bytes) -> bytes:
    """All that comes back until the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    async with asyncio.timeout(30):
        answer = await reader.read()
    writer.close()
    return answer


async def test_the_figures() -> None:
    """As Prometheus asks for them; the connection is closed after."""
    async with listening() as port:
        head, _, body = (await said(port, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n") and b"version=0.0.4" in head and body == b"turns 1\n"
        assert (await said(port, b"HEAD /metrics?x=1 HTTP/1.1\r\n\r\n")).endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"404"),
        (b"GET /metrics/x HTTP/1.1\r\n\r\n", b"404"),
        (b"POST /metrics HTTP/1.1\r\n\r\n", b"405"),
        (b"\xff\xfe\r\n\r\n", b"405"),
        (b"\r\n\r\n", b"405"),
    ],
)
async def test_what_else_is_asked(sent: bytes, status: bytes) -> None:
    """There is nothing else."""
    async with listening() as port:
        assert (await said(port, sent)).split()[1] == status


async def test_one_who_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head that is too long, or that does not come, gets no answer; others are answered meanwhile."""
    monkeypatch.setattr(metrics_port, "PATIENCE_S", 0.2)
    async with listening() as port:
        slow = asyncio.create_task(said(port, b"GET /metrics HTTP/1.1\r\nX: "))
        assert b"turns 1" in await said(port, b"GET /metrics HTTP/1.1\r\n\r\n")
        assert await slow == b""
        with contextlib.suppress(ConnectionResetError):  # the rest of what was sent was not read
            assert await said(port, b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 100_000) == b""


async def test_a_crowd() -> None:
    """More than a few at once are sent away, so that they cost nothing."""
    release = asyncio.Event()

    async def slow() -> bytes:
        await release.wait()
        return b"turns 1\n"

    async with listening(slow) as port:
        asked = [asyncio.create_task(said(port, b"GET /metrics HTTP/1.1\r\n\r\n")) for _ in range(30)]
        while sum(task.done() for task in asked) < 14:
            await asyncio.sleep(0.01)
        release.set()
        answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, bytes) and b"turns 1" in answer for answer in answers) == 16


async def test_a_taken_port(caplog: pytest.LogCaptureFixture) -> None:
    """The program goes on; one line says what is the matter and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as other, caplog.at_level(logging.WARNING):
        listener = MetricsPort("127.0.0.1", other.getsockname()[1], figures)
        await listener.open()
        listener.close()
    (record,) = caplog.records
    assert "another program listens there. Set METRICS_ADDR" in record.getMessage()


async def test_an_address_that_is_not_ours(caplog: pytest.LogCaptureFixture) -> None:
    """The same."""
    await MetricsPort("192.0.2.1", 9464, figures).open()
    assert "192.0.2.1 port 9464" in caplog.records[0].getMessage()
