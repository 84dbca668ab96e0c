"""Who Chainlit takes somebody for."""

import pytest
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from web import Identity


async def seen(cookies: list[str], kind: str = "http") -> str | None:
    """The Cookie header that the application gets."""
    headers: list[str | None] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers.append(Headers(scope=scope).get("cookie"))

    async def nothing(*_: object) -> dict[str, object]:
        return {}

    scope = {"type": kind, "headers": [(b"cookie", cookie.encode()) for cookie in cookies], "path": "/"}
    before = list(scope["headers"])
    await Identity(app, lambda scope: f"token-of-{scope['path']}")(scope, nothing, nothing)
    assert scope["headers"] == before
    return headers[0]


@pytest.mark.parametrize(
    ("cookies", "expected"),
    [
        ([], "access_token=token-of-/"),
        (["desk_browser=x; desk_language=vi"], "desk_browser=x; desk_language=vi; access_token=token-of-/"),
        (["access_token=forged"], "access_token=token-of-/"),
        (["a=1; access_token_0=forged; access_token_1=more", "b=2"], "a=1; b=2; access_token=token-of-/"),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_the_token_is_ours(cookies: list[str], expected: str, kind: str) -> None:
    """Other cookies stay; a token that the browser brought is dropped, also one in pieces."""
    assert await seen(cookies, kind) == expected


async def test_what_is_no_request_passes() -> None:
    """The lifespan has no cookies."""
    assert await seen([], "lifespan") is None
