"""Under which names the desk answers, and whose pages may change something."""

from typing import Any

import pytest
from asgi import Answer, ask, scope_of
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from web import KnownHosts

PUBLIC = "https://demo.example.vn:8443"


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    """What stands behind the wall."""
    if scope["type"] == "http":
        await PlainTextResponse("inside")(scope, receive, send)
    else:
        await send({"type": "websocket.accept"})


async def knock(**changes: Any) -> Answer:
    """Come to the wall with such a request."""
    return await ask(KnownHosts(inside, PUBLIC), scope_of(**changes))


@pytest.mark.parametrize(
    "client", [("127.0.0.1", 1), ("::1", 1), ("192.168.1.20", 1), ("2001:db8::1", 1), None]
)
async def test_any_address_may_knock(client: tuple[str, int] | None) -> None:
    """Whoever it is, and from wherever: who they are is found out behind this wall."""
    assert (await knock(client=client)).status == 200


@pytest.mark.parametrize(
    ("host", "welcome"),
    [
        ("localhost", True),
        ("localhost:8000", True),
        ("LOCALHOST:8000", True),
        ("127.0.0.1:8000", True),
        ("[::1]:8000", True),
        ("demo.example.vn", True),
        ("demo.example.vn:8443", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("evil.example:8000", False),
        ("user@evil.example", False),
        ("localhost@evil.example", False),
        ("", False),
        ("[::1", False),
        ("[evil]", False),
        (":8000", False),
        ("\xff\xfe", False),
    ],
)
async def test_only_under_its_own_name(host: str, welcome: bool) -> None:
    """A page of another site that points its own name at 127.0.0.1 gets nothing."""
    assert (await knock(headers={"host": host})).status == (200 if welcome else 403)


ORIGINS = [
    (None, True),
    ("http://localhost:8000", True),
    ("http://127.0.0.1:8000", False),
    ("http://localhost:3000", False),
    (PUBLIC, True),
    ("https://evil.example", False),
    ("http://localhost.evil.example", False),
    ("null", False),
    ("http://[::1", False),
]


@pytest.mark.parametrize(("origin", "welcome"), ORIGINS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_nothing_is_changed_from_elsewhere(origin: str | None, welcome: bool, method: str) -> None:
    """A request that changes something comes from our own pages, or from no page at all."""
    headers = {"origin": origin} if origin else {}
    assert (await knock(method=method, headers=headers)).status == (200 if welcome else 403)


@pytest.mark.parametrize(("origin", "welcome"), ORIGINS)
async def test_no_socket_from_elsewhere(origin: str | None, welcome: bool) -> None:
    """Browsers let any page open a socket to us; it is closed before it opens."""
    headers = {"origin": origin} if origin else {}
    assert (await knock(type="websocket", headers=headers)).closed == (None if welcome else 1008)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_a_link_from_elsewhere_may_be_followed(method: str) -> None:
    """Reading is open to whoever has the machine and the name."""
    assert (await knock(method=method, headers={"origin": "https://evil.example"})).status == 200


async def test_a_socket_under_another_name() -> None:
    """The wall stands before sockets too."""
    assert (await knock(type="websocket", headers={"host": "192.168.1.20:8000"})).closed == 1008


async def test_the_refusal_says_what_to_do() -> None:
    """In both languages, and nothing of what is inside."""
    text = (await knock(headers={"host": "192.168.1.20:8000"})).body.decode()
    assert "Đặt PUBLIC_URL" in text and "Set PUBLIC_URL" in text and "inside" not in text


@pytest.mark.parametrize(
    ("shared", "host", "welcome"),
    [
        ("", "tunnel.example", False),
        ("", "", False),
        ("https://tunnel.example", "tunnel.example", True),
        ("https://tunnel.example", "other.example", False),
        ("https://tunnel.example", "localhost:8000", True),
        ("nonsense", "", False),
    ],
)
async def test_an_address_that_is_ours_for_now(shared: str, host: str, welcome: bool) -> None:
    """A tunnel's name is answered while the tunnel is there, and its pages may change something."""
    scope = scope_of(method="POST", headers={"host": host, "origin": f"https://{host}"})
    assert (await ask(KnownHosts(inside, PUBLIC, lambda: shared), scope)).status == (200 if welcome else 403)


async def test_the_lifespan_passes() -> None:
    """The server's own start and stop are nobody's request."""
    passed: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope["type"])

    await ask(KnownHosts(app, PUBLIC), {"type": "lifespan"})
    assert passed == ["lifespan"]


@pytest.mark.parametrize("public", ["http://localhost:8000", "http:///", ""])
async def test_a_public_url_without_a_name(public: str) -> None:
    """Local names are always good."""
    assert (await ask(KnownHosts(inside, public), scope_of())).status == 200
