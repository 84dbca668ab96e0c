"""While the server leaves: no new page and no new socket, and a word to come again in a moment."""

from collections.abc import Callable
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from demos import Language
from ledger.wording import read_texts
from web.plain_page import PLAIN_POLICY, plain_page
from web.walls import refuse_socket

#: In this many seconds another server is there, or this one again.
AGAIN_S = 2

_FOLDER = Path(__file__).parent / "language"
_SOCKETS = "/ws/socket.io/"


class NoNewPages:
    """Turns pages and sockets away while ``closing()`` says so: 503, and when to come again. What the pages that are
    here still ask for is answered. language: the reader's."""

    def __init__(
        self, app: ASGIApp, closing: Callable[[], bool], language: Callable[[Request], Language]
    ) -> None:
        self._app = app
        self._closing = closing
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and self._closing():
            await _refuse(scope, receive, send)
        elif scope["type"] == "http" and self._closing() and _begins(scope):
            await self._page(Request(scope))(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _page(self, request: Request) -> HTMLResponse:
        language = self._language(request)
        say = read_texts(_FOLDER, language)
        # By itself, without a script.
        again = f'<meta http-equiv="refresh" content="{AGAIN_S}">'
        body = f"<h1>{say['closing.heading']}</h1><p>{say['closing.words']}</p>"
        page = plain_page(language, "Demo Desk", body).replace("</head>", f"{again}</head>", 1)
        headers = {
            "Retry-After": str(AGAIN_S),
            "Cache-Control": "no-store",
            "Content-Security-Policy": PLAIN_POLICY,
        }
        return HTMLResponse(page, 503, headers)


def _begins(scope: Scope) -> bool:
    """A page, or a socket by another way."""
    page = scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")
    return page or _SOCKETS in scope["path"]


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """A handshake is answered with 503 where the server can do that, so that a proxy asks another one."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await refuse_socket(receive, send)
        return
    await receive()
    headers = [(b"retry-after", str(AGAIN_S).encode()), (b"content-length", b"0")]
    await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b""})
