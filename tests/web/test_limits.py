"""Who is turned away where there is no room, and who is not."""

from typing import Any

import pytest
from asgi import Answer, ask, scope_of
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from web import Crowd, Limits
from web.buckets import Bucket, Buckets, Pace

VISITORS = "/d/" + "a" * 36


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    """What stands behind."""
    if scope["type"] == "http":
        await PlainTextResponse("inside")(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.close", "code": 4000})


def turned_away(scope: Scope, reason: str, wait_s: int) -> Response:
    return PlainTextResponse(reason, 503, {"Retry-After": str(wait_s)})


ENOUGH = Pace(100, 1)


def limits(crowd: Crowd, asked: Pace = ENOUGH) -> Limits:
    """An operator has the cookie ``staff=1``."""
    return Limits(inside, crowd, turned_away, lambda cookies: cookies.get("staff") == "1", asked)


def full(most: int = 10) -> Crowd:
    """One without room: its pages came from many addresses."""
    crowd = Crowd(most)
    for n in range(most):
        crowd.came(f"192.0.2.{n}", f"visitor {n}")
    return crowd


async def come(app: Limits, address: str = "203.0.113.1", **changes: Any) -> Answer:
    return await ask(app, scope_of(**{"path": f"{VISITORS}/", "client": (address, 1), **changes}))


async def test_a_page_without_room_is_turned_away() -> None:
    """With a time to come back; what needs no socket is answered."""
    app = limits(full())
    answer = await come(app)
    assert (answer.status, answer.body) == (503, b"full") and 20 <= int(answer.headers["retry-after"]) <= 40
    assert (await come(app, path=f"{VISITORS}/project/settings")).status == 200
    assert (await come(app, path="/sign-in")).status == 200
    assert (await come(app, method="POST")).status == 200


async def test_a_socket_without_room_is_refused_before_it_opens() -> None:
    """With 503 where the server can say so, else as any other."""
    crowd = full()
    app = limits(crowd)
    extensions = {"websocket.http.response": {}}
    path = f"{VISITORS}/ws/socket.io/"
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = scope_of(path, type="websocket", client=("203.0.113.1", 1), extensions=extensions)
    await app(scope, receive, send)
    assert sent[0]["status"] == 503 and sent[0]["headers"][0][0] == b"retry-after"
    assert (await come(app, path=path, type="websocket")).closed == 1008
    assert crowd.open == 10 and crowd.refused == 2


async def test_who_is_let_in_all_the_same() -> None:
    """Operators, and whoever is here already, by cookie or by the secret in the address; up to a reserve."""
    crowd = full()
    app = limits(crowd)
    assert (await come(app, headers={"cookie": "staff=1"})).status == 200
    assert (await come(app, headers={"cookie": "desk_visitor=visitor 3"})).status == 200
    crowd.came("192.0.2.200", "the-secret-of-a-browser")
    assert (await come(app, headers={"cookie": "staff=1"})).status == 503  # the reserve is used up
    crowd.left("192.0.2.5", "visitor 5")
    socket = await come(app, path=f"{VISITORS}/v/the-secret-of-a-browser/ws/socket.io/", type="websocket")
    assert socket.closed == 4000 and crowd.open == 10


async def test_sockets_are_counted_until_they_end() -> None:
    """In all and by address; an IPv6 address stands for its network, and this machine for nobody."""
    crowd = Crowd(8)  # two of one address
    assert not crowd.full("2001:db8:0:1::1")
    crowd.came("2001:db8:0:1::1")
    crowd.came("2001:db8:0:1:ffff::2")
    assert crowd.full("2001:db8:0:1::3") and not crowd.full("2001:db8:0:2::1")
    crowd.came("::ffff:192.0.2.1")
    crowd.came("192.0.2.1")
    assert crowd.full("192.0.2.1")
    crowd.left("192.0.2.1")
    assert not crowd.full("::ffff:192.0.2.1")
    for address in ("127.0.0.1", "127.0.0.1", "::1"):
        crowd.came(address)
        assert not crowd.full("127.0.0.1") and not crowd.full("::1")
    assert crowd.open == 6


async def test_one_address_asks_too_much() -> None:
    """Until its share has come back; a socket counts for more than a request, and this machine is not counted."""
    app = limits(Crowd(10), Pace(burst=6, per_s=0))
    assert (await come(app, type="websocket", path=f"{VISITORS}/ws/socket.io/")).closed == 4000
    assert (await come(app)).status == 200
    answer = await come(app)
    assert (answer.status, answer.body) == (503, b"hurried")
    assert (await come(app, "203.0.113.2")).status == 200
    for _ in range(20):
        assert (await come(app, "127.0.0.1")).status == 200


def test_a_bucket_fills_evenly() -> None:
    """And is never fuller than full."""
    bucket = Bucket(Pace(burst=3, per_s=2), now=0.0)
    assert [bucket.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.take(0.5) and not bucket.take(0.5)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]


def test_buckets_are_forgotten() -> None:
    """Whoever was silent longest first, so that ten thousand names take no more memory than some."""
    now = [0.0]
    buckets = Buckets(Pace(burst=1, per_s=0), kept=2, clock=lambda: now[0])
    assert buckets.take("an") and not buckets.take("an") and buckets.take("binh")
    assert not buckets.take("an") and buckets.take("chi") and len(buckets) == 2
    assert not buckets.take("an") and buckets.take("binh")


@pytest.mark.parametrize(
    ("crowd", "asked", "words"),
    [
        (full(), ENOUGH, "10 are open (MAX_SOCKETS)"),
        (Crowd(3), ENOUGH, "it has 0. Is it your proxy?"),
        (Crowd(10), Pace(0, 0), "requests of one address"),
    ],
    ids=["full", "one address", "hurried"],
)
async def test_the_operator_is_told_once_in_a_while(
    caplog: pytest.LogCaptureFixture, crowd: Crowd, asked: Pace, words: str
) -> None:
    """In the log, and of nobody's address: what to change where it is their own proxy's."""
    crowd.share = 0
    app = limits(crowd, asked)
    for _ in range(3):
        await come(app)
    (line,) = caplog.messages
    assert words in line and "203.0.113.1" not in line
