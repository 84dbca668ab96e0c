"""Bodies come whole to whoever reads them, or not at all."""

from typing import Any

import pytest
from asgi import ask, scope_of
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from web import WholeBodies


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Gives back what it reads."""
    body = await Request(scope, receive).body()
    await PlainTextResponse(b"read " + body)(scope, receive, send)


def scope(method: str = "POST", **headers: str) -> dict[str, Any]:
    return scope_of(method=method, headers=headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_body_is_passed_on(method: str) -> None:
    """As it came."""
    assert (await ask(WholeBodies(echo, 5), scope(method), b"12345")).body == b"read 12345"


@pytest.mark.parametrize("headers", [{}, {"content-length": "6"}, {"content-length": "1e9"}])
async def test_a_long_one_is_refused(headers: dict[str, str]) -> None:
    """Whatever it was announced as."""
    answer = await ask(WholeBodies(echo, 5), scope(**headers), b"123456")
    assert answer.status == 413 and answer.headers["connection"] == "close"


async def test_an_announcement_is_enough() -> None:
    """It is not read first."""
    assert (await ask(WholeBodies(echo, 5), scope(**{"content-length": "1000000000"}))).status == 413


async def test_parts_are_put_together_and_a_client_that_leaves_was_never_there() -> None:
    """Nobody behind is asked before the end has come."""
    asked: list[str] = []

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append((await Request(scope, receive).body()).decode())

    async def play(*messages: Message) -> None:
        coming = iter(messages)

        async def receive() -> Message:
            return next(coming)

        async def send(message: Message) -> None:
            raise AssertionError("nothing is answered")

        await WholeBodies(inside)(scope(), receive, send)

    part = {"type": "http.request", "body": b"ab", "more_body": True}
    await play(part, part, {"type": "http.request", "body": b"c", "more_body": False})
    await play(part, {"type": "http.disconnect"})
    assert asked == ["ababc"]


async def test_reading_requests_pass() -> None:
    """Nobody reads a body of theirs."""
    assert (await ask(WholeBodies(echo, 1), scope("GET"), b"123")).status == 200
