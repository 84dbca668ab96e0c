"""What nobody asks for is closed."""

import pytest
from asgi import ask, scope_of
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from web import OnlyWhatIsUsed


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("inside")(scope, receive, send)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/public/preview.png", 200),
        ("POST", "/project/action", 200),
        ("GET", "/project/settings", 200),
        ("GET", "/project/translations", 200),
        ("GET", "/login", 200),
        ("POST", "/login", 404),
        ("PUT", "/project/element", 404),
        ("POST", "/project/file", 404),
        ("POST", "/project/threads", 200),
        ("PUT", "/project/thread/share", 404),
        ("POST", "/mcp", 404),
        ("PUT", "/feedback", 200),
        ("POST", "/auth/jwt", 404),
        ("GET", "/auth/config", 200),
        ("GET", "/public/\0", 404),
        ("GET", "/public/" + "a" * 5000, 404),
    ],
)
async def test_only_what_is_used_answers(method: str, path: str, status: int) -> None:
    """Uploads, elements, shared threads, tools and sign-in answer nobody; the page's own calls do."""
    answer = await ask(OnlyWhatIsUsed(inside), scope_of(path, method=method))
    assert answer.status == status
