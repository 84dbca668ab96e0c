"""A replica as the proxy sees one: a real server that says who it is, and whether it is ready."""

import asyncio
import gzip
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web
from ports import free_port

PACKED = gzip.compress(b"a page " * 100, mtime=0)


@dataclass
class Replica:
    """ready: what /readyz says. stuck: accepts connections and answers nobody. seen: what was asked, but
    /readyz. probed: how that was asked."""

    name: str
    port: int = field(default_factory=free_port)
    ready: bool = True
    stuck: bool = False
    seen: list[web.Request] = field(default_factory=list)
    probed: set[str] = field(default_factory=set)
    _runner: web.AppRunner | None = None

    @property
    def address(self) -> str:
        """For DESK_REPLICAS."""
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen."""
        app = web.Application(client_max_size=1 << 20)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def die(self) -> None:
        """Close the port and every connection."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self.stuck:
            await asyncio.sleep(3600)
        if request.path == "/readyz":
            self.probed.add(request.path_qs)
            return web.Response(status=200 if self.ready else 503)
        self.seen.append(request)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._socket(request)
        if request.path == "/packed":
            return web.Response(body=PACKED, headers={"Content-Encoding": "gzip"}, content_type="text/html")
        if request.path == "/moved":
            return web.Response(status=303, headers={"Location": request.query["to"]})
        said: dict[str, Any] = {"name": self.name, "headers": dict(request.headers)}
        said["body"] = len(await request.read())
        headers = {"X-Request-ID": "the replica's own", "X-Replica": self.name}
        return web.json_response(said, headers=headers)

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        with suppress(ConnectionError):
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    await socket.send_str(f"{self.name}: {message.data}")
        return socket


def shares(names: list[str]) -> Counter[str]:
    """How often each was asked."""
    return Counter(names)
