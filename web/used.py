"""Chainlit answers more than Demo Desk needs; what nobody asks for is closed."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

#: Uploads, elements, shared threads, tools, sign-in: none of them is used yet, all can be asked by anyone.
CLOSED = (
    "/auth/header",
    "/auth/jwt",
    "/auth/oauth",
    "/copilot",
    "/login",
    "/logout",
    "/mcp",
    "/project/element",
    "/project/file",
    "/project/share",
    "/project/thread/share",
)
#: No address of ours is longer.
LONGEST_PATH = 1000


class OnlyWhatIsUsed:
    """Answers 404 for the addresses of Chainlit that nothing here uses, and for paths that are no paths."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _closed(scope["method"], scope["path"]):
            await PlainTextResponse("not found\n", 404)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _closed(method: str, path: str) -> bool:
    if "\0" in path or len(path) > LONGEST_PATH:
        return True
    return path.startswith(CLOSED) and (
        method != "GET" or path.startswith(("/project/", "/auth/", "/copilot"))
    )
