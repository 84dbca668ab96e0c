"""Bodies of requests: whole before anybody reads them, and none is long."""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: A click, a thumb with its comment, a form: nothing that is sent to us is longer, in bytes.
LONGEST_BODY = 64 * 1024
TOO_LONG = "Nội dung gửi lên quá dài. / What was sent is too long.\n"


class WholeBodies:
    """Reads the body of each request that changes something, up to its limit; what is longer gets a 413.

    Whatever stands behind, Chainlit's own routes too, is given a body that is there already: none can be fed it by the
    drop, or with more than memory holds. A client that goes away before the end was never there.
    """

    def __init__(self, app: ASGIApp, longest: int = LONGEST_BODY) -> None:
        self._app = app
        self._longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        body = b"" if _announced(scope) > self._longest else await self._read(receive)
        if body is None:
            return
        if len(body) > self._longest or _announced(scope) > self._longest:
            await PlainTextResponse(TOO_LONG, 413, {"Connection": "close"})(scope, receive, send)
            return
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def read() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, read, send)

    async def _read(self, receive: Receive) -> bytes | None:
        """The body, or a little more than may be; None where the client went away before its end."""
        body, more = b"", True
        while more and len(body) <= self._longest:
            message = await receive()
            if message["type"] != "http.request":
                return None
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return body


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0
