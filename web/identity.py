"""Who Chainlit takes somebody for: a token of ours in the Cookie header, whatever the browser sent under that name."""

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

#: The cookie in which Chainlit looks for its token; it may be cut in pieces, ``access_token_0`` and so on.
COOKIE = "access_token"


class Identity:
    """Gives every request and socket the identity that ``token`` makes for it.

    token: Chainlit's JWT of whoever sent this request. A token that a browser brings along counts for nothing.
    """

    def __init__(self, app: ASGIApp, token: Callable[[Scope], str]) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope = {**scope, "headers": list(scope["headers"])}
            brought = Headers(scope=scope).getlist("cookie")
            cookies = [cookie.strip() for header in brought for cookie in header.split(";")]
            kept = [cookie for cookie in cookies if cookie and not cookie.startswith(COOKIE)]
            MutableHeaders(scope=scope)["cookie"] = "; ".join([*kept, f"{COOKIE}={self._token(scope)}"])
        await self._app(scope, receive, send)
