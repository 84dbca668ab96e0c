"""deploy/Caddyfile as a process of its own: who is sent where, what falls through, what it writes down."""

import asyncio
import json
import re
import secrets
import subprocess
from contextlib import suppress
from urllib.parse import urlsplit

import aiohttp
import pytest
from behind_proxy import Proxy, browser
from small_replica import PACKED, shares

from scripts.proxy import program

COOKIE = "desk_replica"
PAGE = {"Accept": "text/html,application/xhtml+xml"}
TOKEN = "a2b3c4d5e6" + "f7" * 13
UUID = r"[0-9a-f-]{36}"


async def asked(http: aiohttp.ClientSession, url: str, **more: str) -> str:
    """The name of the replica that answered."""
    async with http.get(url, headers=more) as answer:
        assert answer.status == 200, await answer.text()
        return str((await answer.json())["name"])


async def page(http: aiohttp.ClientSession, proxy: Proxy, path: str = f"/d/{TOKEN}/") -> str:
    """Open a page as a browser's window does; the name of the replica that answered."""
    return await asked(http, proxy.url + path, **PAGE)


async def until(http: aiohttp.ClientSession, url: str, name: str) -> None:
    """Ask until that replica answers."""
    while await asked(http, url) != name:
        await asyncio.sleep(0.05)


def version() -> tuple[int, ...]:
    """Caddy's."""
    said = subprocess.run([program(), "version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(number) for number in re.findall(r"\d+", said)[:3])


def at(proxy: Proxy) -> tuple[str | None, int | None]:
    """Host and port."""
    parts = urlsplit(proxy.url)
    return parts.hostname, parts.port


def lines(proxy: Proxy) -> list[dict[str, object]]:
    """The log's access lines."""
    read = [json.loads(line) for line in proxy.said.splitlines()]
    return [line for line in read if str(line.get("logger", "")).startswith("http.log.access")]


async def test_a_browser_stays_at_one_replica(proxy: Proxy) -> None:
    """The page gives a cookie; whatever the page asks for then, sockets too, goes to the replica that gave the page."""
    met = []
    for _ in range(24):
        async with browser() as http:
            name = await page(http, proxy)
            met.append(name)
            rest = [await asked(http, f"{proxy.url}/d/{TOKEN}/user") for _ in range(3)]
            assert rest == [name] * 3
            async with http.ws_connect(f"{proxy.url}/d/{TOKEN}/ws/socket.io/") as socket:
                await socket.send_str("hello")
                assert await socket.receive_str() == f"{name}: hello"
    assert set(shares(met)) == {"one", "two"}


async def test_the_desk_stays_at_one_replica_too(proxy: Proxy) -> None:
    """An operator's page has no link in its address."""
    async with browser() as http:
        name = await page(http, proxy, "/sign-in")
        assert {await asked(http, f"{proxy.url}/{path}") for path in ("user", "", "project/settings")} == {
            name
        }


async def test_without_cookies_the_address_decides(proxy: Proxy) -> None:
    """In a frame on another site no cookie is sent: one visitor of one link goes to one replica, others to others."""
    met = []
    async with browser(cookies=False) as http:
        for _ in range(24):
            root = f"{proxy.url}/d/{TOKEN}/v/{secrets.token_urlsafe(16)}"
            names = {await asked(http, f"{root}/{path}") for path in ("user", "project/settings", "logo?x=1")}
            async with http.ws_connect(f"{root}/ws/socket.io/?EIO=4") as socket:
                await socket.send_str("hello")
                names.add((await socket.receive_str()).partition(":")[0])
            assert len(names) == 1
            met += names
        frame = await http.get(f"{proxy.url}/d/{TOKEN}/?in=frame", headers=PAGE)
        assert "Set-Cookie" not in frame.headers
    assert set(shares(met)) == {"one", "two"}


async def test_a_header_of_the_browsers_own_decides_nothing(proxy: Proxy) -> None:
    """Nobody can choose the place of somebody else's link by a header."""
    async with browser(cookies=False) as http:
        first = await asked(http, f"{proxy.url}/d/{TOKEN}/user")
        for guess in range(12):
            assert await asked(http, f"{proxy.url}/d/{TOKEN}/user", **{"X-Desk-Link": str(guess)}) == first


async def test_a_dead_replica_falls_through(proxy: Proxy) -> None:
    """What was bound to a replica that is gone is answered by another: a page's requests, its socket, a frame."""
    async with browser() as http:
        name = await page(http, proxy)
        await proxy.named(name).die()
        other = proxy.other(name).name
        assert await asked(http, f"{proxy.url}/d/{TOKEN}/user") == other
    async with browser() as http:
        http.cookie_jar.update_cookies({COOKIE: "of a replica that nobody knows"})
        async with http.ws_connect(f"{proxy.url}/d/{TOKEN}/ws/socket.io/") as socket:
            await socket.send_str("hello")
            assert await socket.receive_str() == f"{other}: hello"
    async with browser(cookies=False) as http:
        for _ in range(8):
            assert await asked(http, f"{proxy.url}/d/{TOKEN}/v/{secrets.token_urlsafe(16)}/user") == other


async def test_a_click_meets_a_dead_replica(proxy: Proxy) -> None:
    """It arrives elsewhere with its body. (Caddy before 2.7 has lost the body by then: the click is refused, and
    arrives when it is made again.)"""
    async with browser() as http:
        name = await page(http, proxy)
        await proxy.named(name).die()
        for _ in range(1 if version() >= (2, 7) else 2):
            async with http.post(f"{proxy.url}/d/{TOKEN}/project/action", data=b"x" * 4000) as clicked:
                status, said = clicked.status, await clicked.text()
    assert status == 200, said
    assert (json.loads(said)["name"], json.loads(said)["body"]) == (proxy.other(name).name, 4000)


async def test_a_page_that_moved_stays_where_it_is(proxy: Proxy) -> None:
    """The socket that went to another replica brings the cookie of that one, so that clicks follow it, also when the
    first replica is back."""
    async with browser() as http:
        name = await page(http, proxy)
        gone, other = proxy.named(name), proxy.other(name)
        await gone.die()
        async with http.ws_connect(f"{proxy.url}/d/{TOKEN}/ws/socket.io/") as socket:
            await socket.send_str("hello")
            assert await socket.receive_str() == f"{other.name}: hello"
            await gone.start()
            async with browser(cookies=False) as stranger:
                while len({await asked(stranger, proxy.url) for _ in range(10)}) < 2:
                    await asyncio.sleep(0.1)
            assert {await asked(http, f"{proxy.url}/d/{TOKEN}/user") for _ in range(5)} == {other.name}


async def test_a_draining_replica_gets_nobody_new(proxy: Proxy) -> None:
    """One that says that it is not ready keeps the sockets that it has; all that comes goes elsewhere."""
    async with browser() as http:
        name = await page(http, proxy)
        async with http.ws_connect(f"{proxy.url}/d/{TOKEN}/ws/socket.io/") as socket:
            proxy.named(name).ready = False
            await until(http, f"{proxy.url}/d/{TOKEN}/user", proxy.other(name).name)
            await socket.send_str("still here")
            assert await socket.receive_str() == f"{name}: still here"
        async with browser() as newcomer:
            assert {await page(newcomer, proxy) for _ in range(5)} == {proxy.other(name).name}
        proxy.named(name).ready = True
        async with browser(cookies=False) as stranger:
            while await asked(stranger, proxy.url) != name:
                await asyncio.sleep(0.05)


async def test_a_replica_that_hangs_is_left_out(proxy: Proxy) -> None:
    """One that accepts connections and answers nobody is not ready either."""
    proxy.replicas[0].stuck = True
    await asyncio.sleep(5)  # a look and its limit
    async with browser(cookies=False) as http:
        assert {
            await asked(http, f"{proxy.url}/d/{TOKEN}/v/{secrets.token_urlsafe(16)}/user") for _ in range(8)
        } == {"two"}


async def test_nobody_is_there(proxy: Proxy) -> None:
    """Where no replica answers a person reads so in both languages, and the page asks again by itself."""
    for replica in proxy.replicas:
        await replica.die()
    async with browser() as http:
        async with http.get(f"{proxy.url}/d/{TOKEN}/", headers=PAGE) as away:
            text = await away.text()
            assert away.status in (502, 503)
            assert (away.headers["Retry-After"], away.headers["Refresh"]) == ("5", "5")
            assert away.headers["Cache-Control"] == "no-store"
        assert "lang=vi" in text and "lang=en" in text and TOKEN not in text
        await proxy.replicas[1].start()
        while (await http.get(f"{proxy.url}/d/{TOKEN}/", headers=PAGE)).status != 200:
            await asyncio.sleep(0.1)
    assert TOKEN not in proxy.said


@pytest.mark.parametrize("given", [None, "a-name-of-my-own", "x", "y" * 65, "two words", "$(reboot)"])
async def test_every_request_has_a_name(proxy: Proxy, given: str | None) -> None:
    """The replica is told it, the browser too, and the log has it; a fit one that came along is kept."""
    async with (
        browser() as http,
        http.get(proxy.url, headers={"X-Request-ID": given} if given else {}) as answer,
    ):
        name = answer.headers["X-Request-ID"]
        assert answer.headers.getall("X-Request-ID") == [name]
        assert (await answer.json())["headers"]["X-Request-ID"] == name
    assert (name == given) is (given == "a-name-of-my-own")
    (line,) = await logged(proxy, 1)
    assert line["resp_headers"]["X-Request-Id"] == [name]


async def logged(proxy: Proxy, count: int) -> list[dict[str, object]]:
    """The access lines, once there are so many."""
    while len(found := lines(proxy)) < count:
        await asyncio.sleep(0.02)
    return found


async def test_who_asks_is_told_by_the_proxy_alone(proxy: Proxy) -> None:
    """What a browser claims of its own address, scheme and name does not reach the replica."""
    forged = {
        "X-Forwarded-For": "10.9.8.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "other.example",
    }
    async with browser() as http, http.get(proxy.url, headers=forged) as answer:
        told = (await answer.json())["headers"]
    assert told["X-Forwarded-For"] == "127.0.0.1"
    assert told["X-Forwarded-Proto"] == "http"
    assert told["Host"] == told["X-Forwarded-Host"] == urlsplit(proxy.url).netloc


async def test_the_log_opens_nothing(proxy: Proxy) -> None:
    """No link token, visitor's secret, passcode, one-time word or cookie is written down, whatever goes wrong."""
    known = {
        "visitor": secrets.token_urlsafe(20),
        "given": secrets.token_urlsafe(20),
        "word": secrets.token_urlsafe(20),
        "cookie": secrets.token_urlsafe(20),
        "token": TOKEN[10:],
    }
    root = f"/d/{TOKEN}/k/{known['given']}/v/{known['visitor']}"
    paths = [
        f"{root}/user",
        f"/d/{TOKEN}",
        f"/d/{TOKEN}?x=1",
        f"/sign-in?token={known['word']}",
        f"/%64/{TOKEN}/",
    ]
    paths += [f"/moved?to={root}/", f"/d%2F{TOKEN}/user"]
    async with browser() as http:
        jar = {"desk_visitor": known["cookie"]}
        brought = {"Referer": f"{proxy.url}{root}", "X-Forwarded-Uri": root, "Authorization": known["word"]}
        for path in paths:
            await http.get(proxy.url + path, headers=brought, cookies=jar, allow_redirects=False)
        async with http.ws_connect(f"{proxy.url}{root}/ws/socket.io/?EIO=4", headers=brought):
            pass
        await logged(proxy, len(paths) + 1)
        for replica in proxy.replicas:
            await replica.die()
        for path in paths[:1]:
            await http.get(proxy.url + path, headers=brought, cookies=jar, allow_redirects=False)
    found = await logged(proxy, len(paths) + 2)
    for what, secret in known.items():
        assert secret not in proxy.said, what
    shown = [line["request"]["uri"] for line in found]
    assert shown[0] == f"/d/{TOKEN[:10]}…/user" and f"/d/{TOKEN[:10]}…/ws/socket.io/…" in shown
    assert {line["request"]["remote_ip"] for line in found} == {"127.0.0.0"}
    assert {line["status"] for line in found[-1:]} <= {502, 503}


async def test_what_is_packed_stays_packed_once(proxy: Proxy) -> None:
    """The replicas compress; the proxy hands on what they send, byte by byte."""
    async with aiohttp.ClientSession(auto_decompress=False) as http:
        async with http.get(f"{proxy.url}/packed", headers={"Accept-Encoding": "gzip, br, zstd"}) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert await answer.read() == PACKED
        async with http.get(proxy.url, headers={"Accept-Encoding": "gzip, zstd"}) as answer:
            assert "Content-Encoding" not in answer.headers


async def test_too_much_is_refused(proxy: Proxy) -> None:
    """Headers and bodies have a limit; of what is longer the replicas hear nothing."""
    async with browser() as http, http.get(proxy.url, headers={"X-Long": "x" * 40_000}) as answer:
        assert answer.status == 431
    for length in (300_000, 4_000_000_000):
        reader, writer = await asyncio.open_connection(*at(proxy))
        writer.write(b"POST /feedback HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % length)
        assert (await reader.readline()).split()[1] == b"413"
        writer.close()
    assert proxy.replicas[0].seen == proxy.replicas[1].seen == []


async def test_a_hostile_body_closes_nobody_else(proxy: Proxy) -> None:
    """Bodies that are too long or end half-way do not make the proxy take a replica for dead."""

    async def endless() -> object:
        while True:
            yield b"x" * 10_000

    async with browser(cookies=False) as http:
        for attempt in range(6):
            with suppress(aiohttp.ClientError):
                await http.post(f"{proxy.url}/d/{attempt}/project/action", data=endless())
            _, half = await asyncio.open_connection(*at(proxy))
            half.write(b"POST /d/%d/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf" % attempt)
            await half.drain()
            await asyncio.sleep(0.05)
            half.transport.abort()
        names = [await asked(http, f"{proxy.url}/d/{number}/user") for number in range(24)]
    assert set(shares(names)) == {"one", "two"}


@pytest.mark.slow
async def test_a_slow_header_is_cut(proxy: Proxy) -> None:
    """Whoever sends a header letter by letter is hung up on, and others are answered meanwhile."""
    reader, writer = await asyncio.open_connection(*at(proxy))
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")

    async def drip() -> None:
        with suppress(ConnectionError):
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.5)

    dripping = asyncio.create_task(drip())
    async with browser() as http:
        assert await asked(http, proxy.url) in ("one", "two")
    await reader.read()  # ends when the proxy hangs up
    dripping.cancel()
    writer.close()


@pytest.mark.slow
async def test_a_socket_outlives_every_limit(proxy: Proxy) -> None:
    """A socket on which nothing goes to and fro stays open beyond the limits of reading a request."""
    async with browser() as http, http.ws_connect(f"{proxy.url}/ws/socket.io/") as socket:
        await asyncio.sleep(35)
        await socket.send_str("x" * 200_000)
        assert len(await socket.receive_str()) > 200_000
