"""Clients that keep no rule harm themselves only: whoever chats beside them is answered all the while."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import cycle, islice
from typing import Final

import psutil
import pytest
from attackers import (
    BINARY,
    CONT,
    FIN,
    PING,
    PONG,
    RSV1,
    SOCKET_PATH,
    TEXT,
    UPGRADE,
    Raw,
    Socket,
    connect,
    enter,
    frame,
    head,
    knock,
    message,
    open_socket,
)
from bystander import Undisturbed, browser_at
from desk_program import Program

from web.bodies import LONGEST_BODY
from web.connections import BODY_S, FRAGMENTS, FRAMES, HANDSHAKE_S, HEAD_S, STILL_S, VISITORS_BYTES

pytestmark = pytest.mark.slow

#: Seconds that a test waits beyond a time limit before it says that nothing happened.
PATIENCE_S: Final = 30


async def dripped(raw: Raw, data: bytes, every_s: float = 1.0) -> None:
    """Send it byte by byte, for as long as somebody takes it."""
    for place in range(len(data)):
        if raw.writer.transport.is_closing() or raw.reader.at_eof():
            return
        await raw.send(data[place : place + 1])
        await asyncio.sleep(every_s)


async def test_half_open_requests_are_closed(desk: Program, link: str, undisturbed: Undisturbed) -> None:
    """Five hundred heads that never end, a hundred bodies, a hundred connections that say nothing, twenty sockets that
    never enter, twenty clients that take nothing of what they are sent, and a page that asks and asks and reads none of
    its replies: each is closed when its time is over."""
    addresses = cycle(f"127.0.1.{n}" for n in range(1, 9))
    script = "/assets/" + next(
        name.partition('"')[0]
        for name in (await _page(link)).split("/assets/")[1:]
        if name.startswith("index-")
    )
    async with undisturbed() as bystander:
        heads = [await connect(desk.url, address) for address in islice(addresses, 500)]
        bodies = [await connect(desk.url, address) for address in islice(addresses, 100)]
        silent = [await connect(desk.url, address) for address in islice(addresses, 100)]
        sockets = [await open_socket(link, address) for address in islice(addresses, 20)]
        deaf = [await connect(desk.url, address, rcvbuf=4096) for address in islice(addresses, 20)]
        # Too long for the websocket's own reader, though not for the request's: it never says so.
        stuck = [await connect(desk.url, "127.0.1.1")]
        cookie = "a=" + "x" * 9000
        await stuck[0].send(head(link, SOCKET_PATH, **UPGRADE, Cookie=cookie))
        page = await enter(link, "127.0.1.1", rcvbuf=4096)
        page.writer.transport.pause_reading()  # type: ignore[attr-defined]
        before = bystander.answered
        dripping = [asyncio.create_task(dripped(raw, head(desk.url, "/", X=40 * "x"))) for raw in heads]
        for raw in bodies:
            await raw.send(head(desk.url, "/sign-in", "POST", Content_Length="1000", Origin=desk.url))
            dripping.append(asyncio.create_task(dripped(raw, b"p" * 1000)))
        dripping.append(asyncio.create_task(asked_on_and_on(page)))
        for raw in deaf:
            await raw.send(head(desk.url, script))
        limits = (
            (heads, HEAD_S),
            (silent, HEAD_S),
            (stuck, HANDSHAKE_S),
            (bodies, BODY_S),
            (sockets, BODY_S),
        )
        for raws, limit_s in limits:
            closed = await asyncio.gather(*(raw.closed(limit_s + PATIENCE_S) for raw in raws))
            assert all(closed)
        for task in dripping:
            task.cancel()
        await asyncio.sleep(STILL_S - BODY_S)
        async with asyncio.timeout(PATIENCE_S):
            while len(_connections(desk)) > 5:
                await asyncio.sleep(0.5)
        page.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await page.closed(PATIENCE_S)
        assert bystander.answered > before
        for raw in deaf:
            raw.leave()


async def asked_on_and_on(page: Socket) -> None:
    """A page's questions, at a pace that is allowed; it says that it is alive before anybody asks."""
    while not page.writer.transport.is_closing():
        await page.text(message("Kể thật dài nhé"))
        await page.text("3")
        await asyncio.sleep(0.12)


async def _page(link: str) -> str:
    async with browser_at("127.0.0.1", link) as browser:
        return (await browser.get("/"))[1]


def _connections(desk: Program) -> list[object]:
    port = int(desk.url.rpartition(":")[2])
    found = [one for one in psutil.net_connections("tcp") if one.laddr and one.laddr.port == port]
    return [one for one in found if one.status == psutil.CONN_ESTABLISHED and one.pid]


Attack = Callable[[Socket], Awaitable[None]]


async def giant(socket: Socket) -> None:
    """One message that is longer than any."""
    await socket.frame(TEXT, b"4" * (VISITORS_BYTES + 1))


async def giant_in_parts(socket: Socket) -> None:
    """The same in fragments, none of which is too long."""
    await socket.frame(TEXT, b"42", bits=0)
    for _ in range(20):
        await socket.frame(CONT, b"x" * (VISITORS_BYTES // 16), bits=0)


async def endless_fragments(socket: Socket) -> None:
    """Fragments of nothing, of a message that never ends."""
    await socket.send(frame(TEXT, b"42", bits=0) + frame(CONT, b"", bits=0) * (FRAGMENTS + 1))


async def binary(socket: Socket) -> None:
    """What no page of ours sends."""
    await socket.frame(BINARY, b"\x04data")


async def attachments(socket: Socket) -> None:
    """An event that announces a thousand million attachments, and begins to send them."""
    await socket.text('451000000000-["client_message",{"_placeholder":true,"num":0}]')
    await socket.frame(BINARY, b"x" * 1000)


async def compressed(socket: Socket) -> None:
    """A bomb, in a compression that was not agreed on."""
    await socket.frame(TEXT, b"\x00" * 100, bits=FIN | RSV1)


async def unmasked(socket: Socket) -> None:
    """A frame that no client may send."""
    await socket.send(b"\x81\x02hi")


async def no_text(socket: Socket) -> None:
    """A text that is none."""
    await socket.frame(TEXT, b"\xff\xfe\xfd")


async def messages(socket: Socket) -> None:
    """A thousand messages at once."""
    for _ in range(1000):
        await socket.text(message("Xin chào"))


async def events(socket: Socket) -> None:
    """A thousand events that nobody listens to."""
    for n in range(1000):
        await socket.text(f'42["nobody listens {n}",{{}}]')


async def pings(socket: Socket) -> None:
    """A flood of pings, whose answers nobody takes."""
    await socket.send(frame(PING, b"x" * 100) * (int(FRAMES.burst) + 100))


async def pongs(socket: Socket) -> None:
    """A packet full of tiny frames."""
    await socket.send(frame(PONG) * 100_000)


@pytest.mark.parametrize(
    ("attack", "codes"),
    [
        (giant, {1009}),
        (giant_in_parts, {1009}),
        (endless_fragments, {1008}),
        (binary, {1003}),
        (attachments, {1008}),
        (compressed, {1002}),
        (unmasked, {1002}),
        (no_text, {1007}),
        (messages, {1008}),
        (events, {1008}),
        (pings, {1008}),
        (pongs, {1008}),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
async def test_what_breaks_the_rules_ends_its_own_socket(
    link: str, undisturbed: Undisturbed, attack: Attack, codes: set[int]
) -> None:
    """And no other one; its sender may come again."""
    async with undisturbed():
        socket = await enter(link)
        await attack(socket)
        # A client that is still sending may be told by a reset: 0.
        assert await socket.end(within_s=PATIENCE_S) in codes | {0}
        socket.leave()
    again = await enter(link)
    again.leave()


PACKETS: Final = (
    *("", "0", "1", "2", "5", "6", "7", "9", "x", "4", "40", "41", "42", "43", "44", "45", "46", "49", "4x"),
    *(
        "42[",
        "42{}",
        "42[]",
        "42null",
        '42"x"',
        "42[null]",
        "42[1]",
        "42[[]]",
        '42["client_message"',
        "42/x,[]",
    ),
    *(
        "40/x,",
        "40/nowhere,{}",
        "40[]",
        "40null",
        "40{",
        "41/x,",
        '42999999["stop"]',
        "421" + "9" * 200 + "[]",
    ),
    *(
        "43[]",
        '431["x"]',
        '44{"message":"x"}',
        "451-",
        '4599-["x",{}]',
        '46["x"]',
        "42" + "[" * 5000,
        "4" * 5000,
    ),
    *(
        '42["client_message",' + data + "]"
        for data in ("null", "[]", "7", '{"message":7}', '{"message":{"id":{}}}')
    ),
    *('42["edit_message",' + data + "]" for data in ('{"message":{"id":"x"}}', '{"message":{"output":[]}}')),
    *(
        '42["chat_settings_change",' + data + "]"
        for data in ("[]", '{"a":{}}', '{"":null}', '{"model":[[[]]]}')
    ),
    '42["connect",{}]',
    '42["disconnect"]',
    '42["__proto__",{}]',
    '42["client_message",{"message":{"id":"\\ud800","type":"user_message","output":"\\ud800"}}]',
)


async def test_malformed_packets(desk: Program, link: str, undisturbed: Undisturbed) -> None:
    """Whatever a socket sends in place of socket.io's packets, before it enters and after: no fault of ours is logged,
    and nobody else notices."""
    async with undisturbed():
        for come in (open_socket, enter):
            for packet in PACKETS:
                socket = await come(link, "127.0.0.1")
                await socket.text(packet)
                await socket.text("3")
                socket.leave()
        await asyncio.sleep(0.5)
    assert "Traceback" not in desk.printed


BODIES: Final = [
    ("POST", "/project/action"),
    ("PUT", "/feedback"),
    ("DELETE", "/feedback"),
    ("POST", "/project/threads"),
    ("POST", "/set-session-cookie"),
    ("POST", "/passcode"),
]


@pytest.mark.parametrize(("method", "path"), BODIES, ids=[f"{method} {path}" for method, path in BODIES])
async def test_bodies_without_end(
    desk: Program, link: str, undisturbed: Undisturbed, method: str, path: str
) -> None:
    """Announced, or in chunks: refused before anybody reads them, and nothing of ours breaks."""
    async with undisturbed():
        for headers, body in (
            ({"Content_Length": str(1 << 30)}, b""),
            ({"Transfer_Encoding": "chunked"}, b"%x\r\n%s\r\n" % (LONGEST_BODY, b"x" * LONGEST_BODY) * 3),
        ):
            raw = await connect(desk.url)
            await raw.send(head(link, path, method, Origin=desk.url, **headers) + body)
            status = (await raw.reader.readline()).split()[1]
            assert status == b"413"
            raw.leave()
    assert "Traceback" not in desk.printed


async def test_bodies_that_are_nonsense(desk: Program, link: str, undisturbed: Undisturbed) -> None:
    """No route that reads a body answers 500, whatever it is."""
    async with undisturbed(), browser_at("127.0.0.2", link) as browser:
        for method, path in BODIES:
            for body in (
                b"",
                b"[]",
                b"null",
                b"7",
                b'"x"',
                b"{",
                b"\xff",
                b"[" * 5000,
                b'{"sessionId":{}}',
                b"a=b",
            ):
                headers = {"Origin": desk.url, "Content-Type": "application/json"}
                async with browser._http.request(method, link + path, data=body, headers=headers) as answer:
                    assert answer.status < 500, (method, path, body)
    assert "Traceback" not in desk.printed


HEADS: Final = {
    "a header without end": {"X": "x" * 25_000},
    "a cookie without end": {"Cookie": "a=" + "x" * 25_000},
    "ten thousand headers": {f"X{n}": "x" for n in range(10_000)},
}


@pytest.mark.parametrize("headers", HEADS.values(), ids=HEADS.keys())
async def test_heads_without_end(
    desk: Program, link: str, undisturbed: Undisturbed, headers: dict[str, str]
) -> None:
    """Refused once they are longer than any is, at pages and at sockets."""
    async with undisturbed():
        for path in ("/", SOCKET_PATH):
            raw = await connect(desk.url)
            await raw.send(head(link, path, **headers))
            assert await raw.closed(PATIENCE_S)


async def test_odd_heads(desk: Program, link: str, undisturbed: Undisturbed) -> None:
    """Thousands of cookies, a query of fifteen thousand characters, a path of five thousand, bytes that are no text:
    each gets an answer that is no fault of ours."""
    crumbs = "; ".join(f"c{n}={n}" for n in range(1200))
    odd = [
        head(link, "/", Cookie=crumbs),
        head(link, "/?" + "&".join(f"q{n}={n}" for n in range(1500))),
        head(link, "/?page_language=" + "%ff" * 4000),
        head(link, "/" + "x" * 5000),
        head(link, "/%00%ff%fe"),
        head(link, "/", Cookie="desk_visitor=\xff\xfe; desk_language=\xff"),
        head(link, "/", Accept_Language="vi;q=\xff,en;q=1e999,;;;,"),
        head(desk.url, "/", Cookie="desk_operator=operator:99999999999999999999:x\xff"),
        head(desk.url, "//evil.example/%2e%2e"),
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    ]
    async with undisturbed():
        for request in odd:
            raw = await connect(desk.url)
            await raw.send(request)
            status = int((await raw.reader.readline()).split()[1])
            assert status < 500, request[:200]
            raw.leave()
    assert "Traceback" not in desk.printed


async def test_ten_thousand_guessed_links(desk: Program, link: str, undisturbed: Undisturbed) -> None:
    """Each is refused by its signature alone, then the guesser is asked to slow down; memory stays as it is."""
    process = _process(desk)
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    before = process.memory_info().rss
    statuses: Counter[bytes] = Counter()
    async with undisturbed():
        for lot in range(100):
            raw = await connect(desk.url)
            tokens = [
                "".join(letters[(n >> place) % 32] for place in range(36))
                for n in range(100 * lot, 100 * lot + 100)
            ]
            requests = [head(desk.url, f"/d/{token}/") for token in tokens[:-1]]
            await raw.send(b"".join([*requests, head(desk.url, f"/d/{tokens[-1]}/", Connection="close")]))
            statuses.update(re.findall(rb"HTTP/1.1 (\d{3}) ", await raw.reader.read(-1)))
    assert statuses.keys() == {b"404", b"429"} and statuses[b"404"] < 5000 and statuses.total() == 10_000
    assert process.memory_info().rss - before < 32 << 20


def _process(desk: Program) -> psutil.Process:
    port = int(desk.url.rpartition(":")[2])
    (pid,) = {
        one.pid
        for one in psutil.net_connections("tcp")
        if one.laddr and one.laddr.port == port and one.status == psutil.CONN_LISTEN
    }
    return psutil.Process(pid)


async def test_who_takes_nothing_keeps_little(desk: Program, link: str, undisturbed: Undisturbed) -> None:
    """Two hundred clients ask for the largest script and read none of it: each holds a part of it, not the whole."""
    process = _process(desk)
    script = "/assets/" + next(
        name.partition('"')[0]
        for name in (await _page(link)).split("/assets/")[1:]
        if name.startswith("index-")
    )
    before = process.memory_info().rss
    async with undisturbed():
        deaf = [await connect(desk.url, f"127.0.2.{n % 8 + 1}", rcvbuf=4096) for n in range(200)]
        for raw in deaf:
            raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await raw.send(head(desk.url, script, Accept_Encoding="gzip"))
        await asyncio.sleep(1)
        grown = process.memory_info().rss - before
        for raw in deaf:
            raw.leave()
    assert grown < 100 << 20  # the whole of it would be 260 MB


async def test_a_forged_forwarded_for(desk: Program, link: str, undisturbed: Undisturbed) -> None:
    """Whoever is no proxy of ours is counted where they are, whatever they claim."""
    async with undisturbed():
        sockets = []
        for n in range(10):
            raw, status, _ = await knock(link, "127.0.0.9", X_Forwarded_For=f"203.0.113.{n}")
            assert status == 101
            sockets.append(raw)
        _, status, answer = await knock(link, "127.0.0.9", X_Forwarded_For="203.0.113.200")
        assert status == 503 and "retry-after: " in answer.lower()
        for raw in sockets:
            raw.leave()


async def test_a_proxys_word_is_taken(link: str, undisturbed: Undisturbed) -> None:
    """Of 127.0.0.1, which is trusted: its visitors are counted by the address that it names last."""
    async with undisturbed():
        sockets = []
        for n in range(10):
            raw, status, _ = await knock(link, "127.0.0.1", X_Forwarded_For=f"198.51.100.{n}, 203.0.113.7")
            assert status == 101
            sockets.append(raw)
        assert (await knock(link, "127.0.0.1", X_Forwarded_For="203.0.113.7"))[1] == 503
        other, status, _ = await knock(link, "127.0.0.1", X_Forwarded_For="203.0.113.8")
        assert status == 101
        for raw in [*sockets, other]:
            raw.leave()


async def test_polling_is_closed(desk: Program, link: str, undisturbed: Undisturbed) -> None:
    """Sockets only, also for operators: each poll would hold a request."""
    async with undisturbed(), browser_at("127.0.0.2", link) as browser:
        for base in (link, desk.url):
            address = f"{base}/ws/socket.io/?EIO=4&transport=polling"
            async with browser._http.get(address, allow_redirects=False) as answer:
                assert answer.status in (303, 403, 404)


def test_the_packets_are_sent_as_text() -> None:
    """JSON that is none is what the table is about; the rest of a packet is plain."""
    assert all(isinstance(packet, str) for packet in PACKETS) and json.dumps(PACKETS)
