"""Who may come in: this machine alone, under its own name, from its own pages."""

from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
REFUSAL = (
    "Demo Desk chỉ trả lời máy đang chạy nó. / Demo Desk answers only the machine it runs on: "
    "open http://localhost there.\n"
)


class LoopbackOnly:
    """Refuses everybody but this machine, as long as there is no sign-in.

    The Host header must be a local name (or the public URL's), so that a page of another site
    that points its own name at 127.0.0.1 gets nothing; the Origin of a socket, and of whatever
    changes something, must be that very host and port.
    """

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._public = urlsplit(public_url).netloc
        self._names = LOCAL_NAMES | {_name(public_url) or "localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or self._welcome(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse(REFUSAL, 403)(scope, receive, send)
        else:
            await _refuse_socket(receive, send)

    def _welcome(self, scope: Scope) -> bool:
        client = scope.get("client")
        if client is not None and not _loopback(client[0]):
            return False
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        if _name(f"//{host}") not in self._names:
            return False
        crossing = scope["type"] == "websocket" or scope.get("method") not in ("GET", "HEAD", "OPTIONS")
        # The same host and port: another program's page on this machine is another site.
        return not (crossing and origin) or origin.partition("://")[2] in (host, self._public)


def _name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # brackets that hold no address
        return None


def _loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    # Where HOST is "::" an IPv4 neighbour comes as ::ffff:a.b.c.d.
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback


async def _refuse_socket(receive: Receive, send: Send) -> None:
    await receive()
    closed: Message = {"type": "websocket.close", "code": 1008}
    await send(closed)
