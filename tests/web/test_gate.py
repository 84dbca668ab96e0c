"""The operators' gate: who has not signed in sees nothing of the desk."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pytest
from asgi import Answer, ask, scope_of
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from demos import SCOPE_KEY, Guest
from demos.passwords import nobodys_hash
from web import OPERATOR, Operators, OperatorsOnly

HASHES = {"lan": nobodys_hash()}
PAGE = {"accept": "text/html,application/xhtml+xml"}


class Desk:
    """What stands behind the gate; it remembers who came in."""

    def __init__(self, hashes: Mapping[str, str] = HASHES) -> None:
        self.operators = Operators("a secret", hashes)
        self.gate = OperatorsOnly(self, self.operators, lambda cookies: f"browser {cookies.get('b', '')}")
        self.guests: list[Guest | None] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.guests.append(scope.get(SCOPE_KEY))
        if scope["type"] == "http":
            await PlainTextResponse("inside")(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.accept"})

    async def knock(self, path: str = "/", cookies: str = "", **changes: Any) -> Answer:
        """Come to the gate with such a request."""
        headers = {**changes.pop("headers", {}), **({"cookie": cookies} if cookies else {})}
        return await ask(self.gate, scope_of(path, headers=headers, **changes))


@pytest.mark.parametrize("path", ["/", "/thread/3f0a", "/login", "/anything", "/d", "/public", "/sign-in/x"])
async def test_a_page_leads_to_sign_in(path: str) -> None:
    """Wherever somebody wanted to go: the address is not taken along."""
    answer = await Desk().knock(path, headers=PAGE)
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in")
    assert answer.headers["cache-control"] == "no-store" and answer.body == b""


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("POST", "/"),
        ("GET", "/user"),
        ("GET", "/project/settings"),
        ("POST", "/project/threads"),
        ("PUT", "/feedback"),
        ("OPTIONS", "/project/action"),
        ("POST", "//sign-in"),
        ("GET", "/SIGN-IN"),
    ],
)
async def test_everything_else_is_refused(method: str, path: str) -> None:
    """With 403 and where to sign in: a 401 would bring up Chainlit's own form."""
    desk = Desk()
    answer = await desk.knock(path, method=method, headers=PAGE if method != "GET" else {})
    assert answer.status == 403 and "/sign-in" in answer.body.decode() and desk.guests == []


async def test_sockets_are_refused() -> None:
    """Before they open."""
    desk = Desk()
    assert (await desk.knock("/ws/socket.io/", type="websocket")).closed == 1008
    assert desk.guests == []


OPEN = [
    "/d/token/",
    "/d/token/ws/socket.io/",
    "/sign-in",
    "/public/desk.css",
    "/assets/index.js",
]


@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("GET", 303), ("HEAD", 403), ("PUT", 403)])
async def test_signing_out_is_to_be_pressed(method: str, status: int) -> None:
    """There is no page of it that anybody could look at."""
    assert (await Desk().knock("/sign-out", headers=PAGE, method=method)).status == status


@pytest.mark.parametrize("path", [*OPEN, "/health", "/favicon", "/robots.txt"])
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_what_is_open_passes_untouched(path: str, kind: str) -> None:
    """Also with an operator's cookie: behind a link an operator is a visitor like any other."""
    desk = Desk()
    session = desk.operators.session("lan")
    for cookies in ("", f"desk_operator={session}"):
        answer = await desk.knock(path, cookies, type=kind)
        assert (answer.status, answer.closed) == (200 if kind == "http" else 0, None)
    assert desk.guests == [None, None]


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_an_operator_passes(kind: str) -> None:
    """By name; their history is the operator's own, at whatever browser."""
    desk = Desk()
    cookies = f"b=one; desk_operator={desk.operators.session('lan')}"
    answer = await desk.knock("/", cookies, type=kind)
    assert answer.closed is None
    assert desk.guests == [Guest(hashlib.sha256(b"operator lan").hexdigest(), None, "lan")]


async def test_without_passwords_each_browser_stays_its_own() -> None:
    """Whoever came in by the one-time token has their browser's history."""
    desk = Desk({})
    await desk.knock("/", f"desk_operator={desk.operators.session(OPERATOR)}; b=one")
    assert desk.guests == [Guest("browser one", None, OPERATOR)]


@pytest.mark.parametrize("cookies", ["desk_operator=", "desk_operator=lan:9999999999:forged", "b=one", "; ="])
async def test_a_forged_session_is_none(cookies: str) -> None:
    """It leads to sign-in like no session at all."""
    assert (await Desk().knock("/", cookies, headers=PAGE)).status == 303


async def test_a_guest_of_another_door_passes() -> None:
    """Whose door has let them in before; no request can bring that along."""
    desk, visitor = Desk(), Guest("visitor")
    assert (await desk.knock("/project/settings", **{SCOPE_KEY: visitor})).status == 200
    assert desk.guests == [visitor]


async def test_the_server_s_start_passes() -> None:
    """The lifespan is nobody's request."""
    desk = Desk()
    await ask(desk.gate, {"type": "lifespan"})
    assert desk.guests == [None]
