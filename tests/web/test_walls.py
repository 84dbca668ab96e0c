"""Who may come in: this machine, under its own name, from its own pages."""

from typing import Any

import pytest
from asgi import Answer, ask, scope_of
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from web import LoopbackOnly

PUBLIC = "https://demo.example.vn:8443"


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    """What stands behind the wall."""
    if scope["type"] == "http":
        await PlainTextResponse("inside")(scope, receive, send)
    else:
        await send({"type": "websocket.accept"})


async def knock(**changes: Any) -> Answer:
    """Come to the wall with such a request."""
    return await ask(LoopbackOnly(inside, PUBLIC), scope_of(**changes))


@pytest.mark.parametrize(
    ("client", "welcome"),
    [
        (("127.0.0.1", 1), True),
        (("127.8.9.10", 1), True),
        (("::1", 1), True),
        (("::ffff:127.0.0.1", 1), True),
        (None, True),
        (("192.168.1.20", 1), False),
        (("0.0.0.0", 1), False),
        (("::ffff:192.168.1.20", 1), False),
        (("2001:db8::1", 1), False),
        (("localhost", 1), False),
        (("", 1), False),
    ],
)
async def test_only_this_machine(client: tuple[str, int] | None, welcome: bool) -> None:
    """By the address of the other end; a socket file has none and is this machine's."""
    assert (await knock(client=client)).status == (200 if welcome else 403)


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


async def test_a_socket_of_another_machine() -> None:
    """The wall stands before sockets too."""
    assert (await knock(type="websocket", client=("192.168.1.20", 1))).closed == 1008


async def test_the_refusal_says_what_to_do() -> None:
    """In both languages, and nothing of what is inside."""
    answer = await knock(client=("192.168.1.20", 1))
    text = answer.body.decode()
    assert "chỉ trả lời máy đang chạy nó" in text and "open http://localhost" in text and "inside" not in text


async def test_the_lifespan_passes() -> None:
    """The server's own start and stop are nobody's request."""
    passed: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope["type"])

    await ask(LoopbackOnly(app, PUBLIC), {"type": "lifespan"})
    assert passed == ["lifespan"]


@pytest.mark.parametrize("public", ["http://localhost:8000", "http:///", ""])
async def test_a_public_url_without_a_name(public: str) -> None:
    """Local names are always good."""
    assert (await ask(LoopbackOnly(inside, public), scope_of())).status == 200
