"""Asks an ASGI application the way a server does, with a scope of the test's choosing."""

from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Answer:
    """What the application sent. closed: the code of a refused websocket."""

    status: int
    headers: dict[str, str]
    body: bytes
    closed: int | None = None


def scope_of(path: str = "/", **changes: Any) -> dict[str, Any]:
    """A request of a browser on this machine; ``headers`` as a dict of text."""
    headers = {"host": "localhost:8000", **changes.pop("headers", {})}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "scheme": "http"}
    return {**scope, "client": ("127.0.0.1", 50_000), "root_path": "", "headers": raw, **changes}


async def ask(app: ASGIApp, scope: dict[str, Any], body: bytes = b"") -> Answer:
    """The application's answer to one request."""
    sent: list[Message] = []
    socket = scope["type"] == "websocket"
    coming = iter([{"type": "websocket.connect" if socket else "http.request", "body": body}])

    async def receive() -> Message:
        return next(coming, None) or {"type": "websocket.disconnect" if socket else "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    nothing: Message = {"status": 0, "headers": []}
    start = next((m for m in sent if m["type"] == "http.response.start"), nothing)
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    body = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
    closed = next((m["code"] for m in sent if m["type"] == "websocket.close"), None)
    return Answer(start["status"], headers, body, closed)
