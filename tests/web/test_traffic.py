"""Every request has an id, which its answer says and its log lines carry."""

import asyncio
import logging
import re
from typing import Any

import pytest
from asgi import ask, scope_of
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from demos.tracing import REQUEST
from web import Traced, Traffic

MADE = re.compile(r"[0-9a-f]{16}")


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the id that is known inside, in a task of its own."""

    async def known() -> str:
        return REQUEST.get()

    id = await asyncio.create_task(known())
    if scope["type"] == "http":
        await PlainTextResponse(id, int(scope["path"].strip("/") or 200))(scope, receive, send)
    else:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 1000, "reason": id})


@pytest.mark.parametrize("given", ["a", "3f2a-9_B.7", "x" * 64])
async def test_a_sane_name_is_kept(given: str) -> None:
    """The proxy's, in whatever case it spells the header."""
    answer = await ask(Traced(inside, Traffic()), scope_of(headers={"x-request-id": given}))
    assert answer.headers["x-request-id"] == given == answer.body.decode()


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\nb", "ä", 'a"b', "<script>", "a,b", "/d/x"])
async def test_any_other_is_replaced(given: str) -> None:
    """Nothing that somebody made up breaks a line of the log."""
    answer = await ask(Traced(inside, Traffic()), scope_of(headers={"x-request-id": given}))
    assert (
        MADE.fullmatch(answer.headers["x-request-id"])
        and answer.body.decode() == answer.headers["x-request-id"]
    )


async def test_each_has_its_own() -> None:
    """Side by side, too; outside there is none."""
    app = Traced(inside, Traffic())
    answers = await asyncio.gather(*(ask(app, scope_of()) for _ in range(20)))
    assert len({answer.body for answer in answers}) == 20
    assert all(answer.headers["x-request-id"] == answer.body.decode() for answer in answers)


async def test_a_socket() -> None:
    """Its handshake's answer says the id."""
    sent: list[Any] = []
    scope = scope_of(type="websocket", headers={"x-request-id": "from-the-proxy"})

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await Traced(inside, Traffic())(scope, receive, send)
    assert sent[0]["headers"] == [(b"x-request-id", b"from-the-proxy")]
    assert sent[1]["reason"] == "from-the-proxy"


async def test_what_is_counted() -> None:
    """Answers by kind, one that never came among the failed, and sockets as long as they are open."""
    traffic = Traffic()

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        assert traffic.sockets == (scope["type"] == "websocket")
        raise RuntimeError

    for status in (200, 204, 303, 404, 503):
        await ask(Traced(inside, traffic), scope_of(f"/{status}"))
    for kind in ("http", "websocket"):
        with pytest.raises(RuntimeError):
            await ask(Traced(broken, traffic), scope_of(type=kind))
    assert traffic.answers == {"2xx": 2, "3xx": 1, "4xx": 1, "5xx": 2} and traffic.sockets == 0


async def test_the_line_of_a_request(caplog: pytest.LogCaptureFixture) -> None:
    """At debug alone; without the query, and on one line whatever the path holds."""
    with caplog.at_level(logging.DEBUG, "web.traffic"):
        await ask(Traced(inside, Traffic()), scope_of("/", query_string=b"token=secret"))
        with pytest.raises(ValueError, match="forged"):
            await ask(Traced(inside, Traffic()), scope_of("/\nforged"))
    first, second = (record.getMessage() for record in caplog.records)
    assert re.fullmatch(r"GET /: 200 in \d+\.\d ms", first)
    assert second.startswith(r"GET /\nforged: 0 in ")
