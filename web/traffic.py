"""What comes in: each request and socket gets an id, which its answer says and its log lines carry; and is counted."""

import logging
import re
import secrets
from collections import Counter
from time import perf_counter

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demos.tracing import REQUEST

log = logging.getLogger(__name__)

HEADER = "x-request-id"
#: What a proxy calls a request is good as it is, as long as it is a word of a sane length; no other gets into a log.
_SANE = re.compile(rb"[A-Za-z0-9_.-]{1,64}")


class Traffic:
    """sockets: open now. answers: how many there were, by status: "2xx" to "5xx"."""

    def __init__(self) -> None:
        self.sockets = 0
        self.answers: Counter[str] = Counter()


class Traced:
    """Around everything that people ask. Who asks may say what the request is called (``X-Request-ID``)."""

    def __init__(self, app: ASGIApp, traffic: Traffic) -> None:
        self._app = app
        self._traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        id, begun = id_of(scope), perf_counter()
        REQUEST.set(id)
        status = 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", [])
                MutableHeaders(scope=message)[HEADER] = id
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            self._traffic.answers[f"{status // 100 or 5}xx"] += 1
            # Without its query, which may hold what signs somebody in; the formatter takes tokens out of the path.
            log.debug(
                "%s %s: %s in %.1f ms", scope["method"], _shown(scope), status, 1e3 * (perf_counter() - begun)
            )

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        id, begun = id_of(scope), perf_counter()
        REQUEST.set(id)

        async def told(message: Message) -> None:
            if message["type"] == "websocket.accept":
                headers = [*message.get("headers", ()), (HEADER.encode(), id.encode())]
                message = {**message, "headers": headers}
            await send(message)

        self._traffic.sockets += 1
        try:
            await self._app(scope, receive, told)
        finally:
            self._traffic.sockets -= 1
            log.debug("socket %s: closed after %.1f s", _shown(scope), perf_counter() - begun)


def id_of(scope: Scope) -> str:
    """What the request is called by whoever sent it, or a name of our own."""
    given = next((value for name, value in scope["headers"] if name == HEADER.encode()), b"")
    return given.decode() if _SANE.fullmatch(given) else secrets.token_hex(8)


def _shown(scope: Scope) -> str:
    """The path on one line, whatever somebody put into it."""
    return str(scope["path"]).encode("unicode_escape").decode()
