"""The program itself, twice over one PostgreSQL, behind the proxy."""

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from behind_proxy import browser
from ports import free_port
from started_desk import ROOT, served, signed_in, variables

from scripts.proxy import proxied

pytestmark = [pytest.mark.database, pytest.mark.slow]

PAGE = {"Accept": "text/html"}


async def published(folder: Path, environment: dict[str, str]) -> str:
    """The address of a new link."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "demos", "publish", "boutique", "--json"),
        cwd=ROOT,
        env=variables(folder, 1, environment),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return str(json.loads(out)["url"])


async def opened(http: aiohttp.ClientSession, address: str, origin: str) -> str:
    """The first word of a page's socket."""
    url = f"{address}/ws/socket.io/?EIO=4&transport=websocket"
    async with http.ws_connect(url, headers={"Origin": origin}) as socket:
        return (await socket.receive_str())[:2]


async def test_two_replicas_are_one_desk(caddy: str, new_postgres: Callable[[], str], tmp_path: Path) -> None:
    """A link opens at either, with cookies and in a frame; operators are known at either; another name is refused."""
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    environment = {"PUBLIC_URL": public, "DATABASE_URL": new_postgres(), "METRICS_ADDR": "off"}
    async with AsyncExitStack() as stack:
        folders = [tmp_path / "one", tmp_path / "two"]
        for folder in folders:
            folder.mkdir()
        started = await asyncio.gather(
            *(stack.enter_async_context(served(folder, environment)) for folder in folders)
        )
        addresses = [urlsplit(url).netloc for url in started]
        await stack.enter_async_context(proxied(addresses, port, tmp_path / "proxy.log"))
        link = (await published(folders[0], environment)).rstrip("/")
        assert link.startswith(f"{public}/d/")
        given = set()
        while len(given) < 2:  # until each replica has been met
            async with browser() as http:
                async with http.get(f"{link}/", headers=PAGE) as page:
                    assert page.status == 200 and "X-Request-ID" in page.headers
                assert await opened(http, link, public) == "0{"
                given |= {cookie.value for cookie in http.cookie_jar if cookie.key == "desk_replica"}
        async with browser(cookies=False) as http:
            for visitor in range(6):
                assert await opened(http, f"{link}/v/{visitor:016}", public) == "0{"
        for _ in range(4):
            async with browser() as http:
                async with http.get(public, headers=PAGE, cookies=signed_in()) as desk:
                    assert (desk.status, str(desk.url).rstrip("/")) == (200, public)
                with pytest.raises(aiohttp.WSServerHandshakeError):
                    await opened(http, link, "https://other.example")
                async with http.get(public, headers={**PAGE, "Host": "other.example"}) as foreign:
                    assert foreign.status == 403
    assert link.rpartition("/")[2][10:] not in (tmp_path / "proxy.log").read_text()
