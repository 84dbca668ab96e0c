"""Under which names the desk answers, and whose pages may change something."""

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
UNKNOWN_HOST = (
    "Demo Desk không biết tên này là của mình. Đặt PUBLIC_URL trong tệp .env thành địa chỉ mà mọi người mở. / "
    "Demo Desk does not know this name as its own. Set PUBLIC_URL in .env to the address that people open.\n"
)
FOREIGN_PAGE = "Yêu cầu này đến từ trang của nơi khác. / This request comes from a page of another site.\n"


class KnownHosts:
    """Answers under known names only, and lets only our own pages change something.

    The Host header must be a local name or that of ``public_url``, so that a page of another site that points its own
    name at our address gets nothing; the Origin of a socket, and of whatever changes something, must be that very host
    and port. It stands before everybody, whatever their address.
    shared: one more address that is ours for now, such as a tunnel's; blank: none. Asked where no other name fits.
    """

    def __init__(self, app: ASGIApp, public_url: str, shared: Callable[[], str] = lambda: "") -> None:
        self._app = app
        self._shared = shared
        self._public = urlsplit(public_url).netloc
        self._names = LOCAL_NAMES | {_name(public_url) or "localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else ""
        if not refusal:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse(refusal, 403)(scope, receive, send)
        else:
            await refuse_socket(receive, send)

    def _refusal(self, scope: Scope) -> str:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        name = _name(f"//{host}")
        if name not in self._names and (not name or name != _name(self._shared())):
            return UNKNOWN_HOST
        crossing = scope["type"] == "websocket" or scope.get("method") not in ("GET", "HEAD", "OPTIONS")
        # The same host and port: another program's page on this machine is another site.
        known = origin.partition("://")[2] in (host, self._public)
        return FOREIGN_PAGE if crossing and origin and not known else ""


def _name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # brackets that hold no address
        return None


async def refuse_socket(
    receive: Receive, send: Send, scope: Scope | None = None, retry_after_s: int = 0
) -> None:
    """Close a socket before it opens: the server answers its handshake with 403, or, where it may come back after some
    seconds, with 503 and when."""
    await receive()
    if retry_after_s and scope and "websocket.http.response" in scope.get("extensions", {}):
        headers = [(b"retry-after", str(retry_after_s).encode())]
        await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": b""})
        return
    closed: Message = {"type": "websocket.close", "code": 1008}
    await send(closed)
