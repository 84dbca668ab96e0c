"""The operators' gate: who has not signed in sees nothing of the desk."""

import hashlib
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from demos.guest import SCOPE_KEY, Guest
from web.operators import COOKIE, Operators
from web.walls import refuse_socket

#: What anybody may ask for: the visitors' door, which looks for itself, and what stands in no conversation.
OPEN_FOLDERS = ("/d/", "/public/", "/assets/")
OPEN = frozenset({"/sign-in", "/sign-out", "/health", "/favicon", "/robots.txt"})
REFUSAL = "Hãy đăng nhập ở /sign-in. / Sign in at /sign-in.\n"


class OperatorsOnly:
    """Lets operators pass, as a ``Guest`` in the scope; sends other people's pages to ``/sign-in``.

    Everything else of theirs gets a 403, and never a 401, which would bring up Chainlit's own form. owner: of the
    conversations of a browser by its cookies, blank where it has none; for a desk without passwords, where each browser
    stays its own. With a password a history belongs to the operator, at whatever browser they sit.
    A request that already has its guest, from a door before this one, passes.
    """

    def __init__(self, app: ASGIApp, operators: Operators, owner: Callable[[Mapping[str, str]], str]) -> None:
        self._app = app
        self._operators = operators
        self._owner = owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or SCOPE_KEY in scope or _open(scope):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        cookies = cookie_parser("; ".join(headers.getlist("cookie")))
        name = self._operators.whose(cookies.get(COOKIE, ""))
        if name is not None:
            owner = self._owner(cookies) if self._operators.by_token else owner_of(name)
            await self._app({**scope, SCOPE_KEY: Guest(owner, None, name)}, receive, send)
        elif scope["type"] == "websocket":
            await refuse_socket(receive, send)
        elif scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
            response = RedirectResponse("/sign-in", 303, {"Cache-Control": "no-store"})
            await response(scope, receive, send)
        else:
            await PlainTextResponse(REFUSAL, 403)(scope, receive, send)


def owner_of(name: str) -> str:
    """Whose conversations an operator's are, hashed."""
    return hashlib.sha256(f"operator {name}".encode()).hexdigest()


def _open(scope: Scope) -> bool:
    path: str = scope["path"]
    if path == "/sign-out":  # to be pressed, not to be looked at: there is no such page
        return scope.get("method") == "POST"
    return path in OPEN or path.startswith(OPEN_FOLDERS)
