"""Headers that keep browsers careful with whatever we send."""

import pytest
from asgi import ask, scope_of
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from web import CarefulHeaders


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    """Sets one of them itself."""
    if scope["type"] == "http":
        await PlainTextResponse("inside", headers={"Referrer-Policy": "same-origin"})(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1000})


@pytest.mark.parametrize(
    ("path", "opener"), [("/", "same-origin"), ("/d/token/", None), ("/dd", "same-origin")]
)
async def test_every_answer_has_them(path: str, opener: str | None) -> None:
    """What an answer says itself stays; a visitor's page may stand in a window that a shop opened."""
    headers = (await ask(CarefulHeaders(inside), scope_of(path))).headers
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers.get("cross-origin-opener-policy") == opener


async def test_sockets_pass() -> None:
    """They have no such headers."""
    assert (await ask(CarefulHeaders(inside), scope_of(type="websocket"))).closed == 1000


@pytest.mark.parametrize(
    ("public_url", "kept"), [("https://demo.example.vn", True), ("http://localhost:8000", False), ("", False)]
)
async def test_over_https_for_good(public_url: str, kept: bool) -> None:
    """A browser that came by https once comes by nothing else, where people open us so."""
    headers = (await ask(CarefulHeaders(inside, public_url), scope_of("/d/token/"))).headers
    assert ("strict-transport-security" in headers) is kept


@pytest.mark.parametrize(
    ("path", "policy"), [("/project/settings", True), ("/assets/a.js", False), ("/public/a.png", False)]
)
async def test_what_is_no_file_runs_nothing(path: str, policy: bool) -> None:
    """Whatever a browser takes it for; a worker's script would have that policy itself."""
    headers = (await ask(CarefulHeaders(inside), scope_of(path))).headers
    assert ("default-src 'none'" in headers.get("content-security-policy", "")) is policy
