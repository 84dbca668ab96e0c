"""The proxy where a domain is set: certificates by themselves."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from ports import free_port
from small_replica import Replica

from scripts.proxy import proxied

#: SETTINGS_ENABLE_CONNECT_PROTOCOL. Where it is offered browsers open sockets inside of HTTP/2, and there the limit of
#: reading a request would end them.
SOCKETS = 8


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A browser that takes the certificate of an authority that is made for this test."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as session:
        yield session


async def offered(port: int) -> set[int]:
    """The settings that it names when HTTP/2 begins (RFC 9113, 3.4 and 6.5)."""
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    anybody.set_alpn_protocols(["h2"])
    reader, writer = await asyncio.open_connection("localhost", port, ssl=anybody)
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
    length = int.from_bytes((await reader.readexactly(9))[:3], "big")
    settings = await reader.readexactly(length)
    writer.close()
    return {int.from_bytes(settings[at : at + 2], "big") for at in range(0, length, 6)}


async def certified(http: aiohttp.ClientSession, url: str) -> None:
    """Until the certificate is there, which takes a moment after the start."""
    while True:
        with suppress(aiohttp.ClientConnectorSSLError):
            async with http.get(url):
                return
        await asyncio.sleep(0.05)


async def test_a_domain_has_tls(
    caddy: str, replicas: tuple[Replica, Replica], http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Pages and sockets go over TLS, each socket on a connection of its own; the replica is told so, and plain HTTP
    leads there."""
    port, tls = free_port(), free_port()
    addresses = [replica.address for replica in replicas]
    domain = {"DOMAIN": "localhost", "PROXY_TLS_PORT": str(tls)}
    log = tmp_path / "proxy.log"
    async with proxied(addresses, port, log, domain) as plain:
        async with http.get(plain.replace("127.0.0.1", "localhost"), allow_redirects=False) as answer:
            assert answer.status == 308 and answer.headers["Location"].startswith("https://localhost")
        await certified(http, f"https://localhost:{tls}/")
        async with http.get(f"https://localhost:{tls}/d/x/") as answer:
            told = (await answer.json())["headers"]
        assert (told["X-Forwarded-Proto"], told["Host"]) == ("https", f"localhost:{tls}")
        assert SOCKETS not in await offered(tls)
        async with http.ws_connect(f"wss://localhost:{tls}/d/x/ws/socket.io/") as socket:
            await socket.send_str("hello")
            assert (await socket.receive_str()).endswith(": hello")
