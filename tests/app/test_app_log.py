"""What the running program writes: an object a line for a collector, one id from proxy to books, and no secrets."""

import asyncio
import json
import os
import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import pytest
from desk_program import KEY, Browser, Program, WirePage, browsing, copied_settings, refused, started
from links_at import demos
from ports import free_port
from started_desk import CHAINLIT, PYTHON, SECRET, signed_in

from emulator import Pace, running
from scripts.proxy import NoProxy, program, proxied

pytestmark = pytest.mark.slow

#: What a visitor's browser is known by where it keeps no cookie.
VISITOR: Final = "a-visitors-own-secret"
#: Stands in everything that anybody says in this test.
MARKER: Final = "DẤU-KÍN-4711"
PASSCODE: Final = "kín-7731"
#: What the provider does, one a request: refuses, breaks off, talks nonsense, and repeats what it was told.
ILL: Final = (
    "server_error",
    "cut",
    "html_200",
    "error_in_stream",
    "http_garbage",
    "moderated",
    "unprocessable",
    "bad_parameter",
    "bad_key",
)


def environment(port: int, **more: str) -> dict[str, str]:
    """A program with a key, which says all that it ever says."""
    return {
        "HOLYSHEEP_API_KEY": KEY,
        "HOLYSHEEP_BASE_URL": f"http://127.0.0.1:{port}/v1",
        "LOG_LEVEL": "debug",
        **more,
    }


def lines(program: Program) -> list[dict[str, Any]]:
    """All that was written, each line an object."""
    return [json.loads(line) for line in program.printed.splitlines()]


async def chatter(page: WirePage, chance: random.Random) -> None:
    """Whatever a page can send, in any order, with the marker in all of it."""
    sent = [await page.ask(f"{MARKER} lần đầu")]

    async def edit() -> None:
        await page.say(f"{MARKER} sửa", id=chance.choice(sent), event="edit_message")

    async def say() -> None:
        sent.append(await page.say(f"{MARKER} {chance.random()}"))

    async def forge() -> None:
        event = chance.choice(("client_message", "chat_settings_change", "desk_command", "stop", "nothing"))
        await page.emit(
            event, chance.choice(({MARKER: MARKER}, [MARKER], MARKER, None, {"message": {"output": MARKER}}))
        )

    async def garbage() -> None:
        await page._socket.send_str(
            chance.choice((f"42{MARKER}", "42[", f"9{MARKER}", f'451-["{MARKER}",{{}}]'))
        )

    for _ in range(25):
        await chance.choice((edit, say, say, forge))()
        await asyncio.sleep(chance.random() / 50)
    await page.until(lambda: not page.busy and not page.desk.get("queued"))
    await garbage()


async def knocking(program: Program, link: str, token: str) -> None:
    """Addresses with something to hide, asked over HTTP by whoever wants to."""
    async with aiohttp.ClientSession() as http:
        for address in (
            f"{link}?q={MARKER}",
            f"{link}v/{VISITOR}/project/settings?q={MARKER}",
            f"{link}v/{VISITOR}/nothing",
            f"{link}ws/socket.io/?EIO=4&transport=polling&t={MARKER}",
            f"{program.url}/sign-in?token={token}",
            f"{program.url}/thread/{MARKER.lower()}?token={token}",
            f"{program.url}/%0aforged%0d",
        ):
            async with http.get(address) as answer:
                await answer.read()
        async with http.post(f"{program.url}/sign-in", data={"token": token, "password": MARKER}) as answer:
            await answer.read()
        async with http.post(f"{link}passcode", data={"code": PASSCODE}) as answer:
            await answer.read()
        body = {"feedback": {"forId": "x", "value": 1, "comment": MARKER}}
        async with http.put(f"{link}feedback", json=body, headers={"Origin": program.url}) as answer:
            await answer.read()


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("command", [PYTHON, CHAINLIT], ids=["python app.py", "chainlit run"])
async def test_no_secret_in_any_line(tmp_path: Path, form: str, command: tuple[str, ...]) -> None:
    """Whatever is said, clicked, forged or asked at LOG_LEVEL=debug, while the provider answers well or ill: no word
    of it, no token, no visitor's secret, no passcode and no key is in any line, whoever wrote it."""
    port, chance = free_port(), random.Random(8)
    async with (
        running(Pace(0.01, 0, 6, fault_speed=100), port=port, keys={KEY}) as emu,
        started(tmp_path, environment(port, LOG_FORMAT=form), command) as program,
        browsing(program.url) as operator,
    ):
        made = await demos(program.url, tmp_path, program.settings, "publish", "boutique")
        locked = await demos(
            program.url, tmp_path, program.settings, "publish", "boutique", "--passcode", PASSCODE
        )
        link, token = made["url"], re.findall(r"/sign-in\?token=([\w-]+)", program.printed)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            page = await Browser(http, f"{link}v/{VISITOR}", "vi").knock()
            await page.emit("connection_successful")
            await page.until(lambda: "totals" in page.desk)
            await chatter(page, chance)
        await chatter(await operator.open(), chance)
        emu.set_faults(ILL)
        await chatter(await operator.open(tab="b"), chance)
        await knocking(program, link, "guessed-token-of-nobody")
        await knocking(program, locked["url"], "guessed-token-of-nobody")
        given = [cookie.value for cookie in operator._http.cookie_jar]
    cookies = [*signed_in().values(), SECRET, *(value for value in given if len(value) > 8)]
    assert len(cookies) > 2
    tokens = [url.rstrip("/").rpartition("/")[2] for url in (link, locked["url"])]
    secrets = [MARKER, MARKER.lower(), MARKER.encode("unicode_escape").decode(), VISITOR, KEY, PASSCODE]
    written = program.printed
    for secret in (*secrets, *tokens, *cookies, "guessed-token-of-nobody"):
        assert secret not in written, [line for line in written.splitlines() if secret in line][:3]
    assert written.count("turn stop") > 10 and "GET /d/" in written and "\nforged" not in written
    assert len(token) <= 1  # the one that the start prints for whoever started it
    if form == "json" and command == PYTHON:
        assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines(program))


async def test_one_id_from_the_proxy_to_the_books(tmp_path: Path) -> None:
    """The proxy's id of a socket stands in its answer and in the lines of the turns that came by it; each of those
    names its turn, which is a receipt's in the books, and the provider's id, which that receipt has."""
    port = free_port()
    async with (
        running(Pace(0.01, 0, 6), port=port, keys={KEY}),
        started(tmp_path, environment(port, LOG_FORMAT="json", LOG_LEVEL="info")) as program,
        browsing(program.url) as browser,
    ):
        async with browser._http.get(program.url, headers={"X-Request-ID": "page-1"}) as answer:
            assert answer.headers["X-Request-ID"] == "page-1"
        browser._http.headers["X-Request-ID"] = "socket-1"
        first = await browser.open(tab="a")
        browser._http.headers["X-Request-ID"] = "socket-2"
        second = await browser.open(tab="b")
        for page in (first, second, first):
            await page.ask("Xin chào")
    told = [line for line in lines(program) if line["message"].startswith("turn ")]
    assert [line["request"] for line in told] == ["socket-1", "socket-2", "socket-1"]
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as books:
        kept = dict(books.execute("SELECT turn, request_id FROM receipts").fetchall())
    for line in told:
        assert line["provider_request_id"] == kept[line["turn"]] and kept[line["turn"]] in line["message"]
        assert (line["outcome"], line["provider"], line["error"]) == ("stop", "holysheep", None)


async def test_the_line_of_the_proxy(tmp_path: Path) -> None:
    """What the proxy's log calls a socket, the line of a turn that came by it is found under."""
    upstream, port = free_port(), free_port()
    given = environment(upstream, LOG_FORMAT="json", LOG_LEVEL="info", PUBLIC_URL=f"http://127.0.0.1:{port}")
    try:
        program()
    except NoProxy as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no proxy: {error}")
    async with running(Pace(0.01, 0, 6), port=upstream, keys={KEY}), started(tmp_path, given) as desk:
        address, log = urlsplit(desk.url).netloc, tmp_path / "proxy.log"
        async with proxied([address], port, log) as url, browsing(url) as browser:
            page = await browser.open()
            await page.ask("Xin chào")
            await page.drop()
            async with asyncio.timeout(20):  # it writes its line when the socket has gone
                while not (names := socket_names(log)):
                    await asyncio.sleep(0.05)
    (told,) = [line for line in lines(desk) if line["message"].startswith("turn ")]
    assert [told["request"]] == names


def socket_names(log: Path) -> list[str]:
    """The ids of the sockets in the proxy's log."""
    told = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    requests = [line for line in told if "/ws/socket.io/" in line.get("request", {}).get("uri", "")]
    return [line["resp_headers"]["X-Request-Id"][0] for line in requests if "resp_headers" in line]


@pytest.mark.parametrize("broken", [True, False], ids=["settings", "port"])
async def test_a_start_that_fails(tmp_path: Path, broken: bool) -> None:
    """A collector reads why, as an object like every other line."""
    settings, port = copied_settings(tmp_path), free_port()
    host = "192.0.2.1"
    if broken:
        (settings / "models.toml").write_text("default = 7\n", encoding="utf-8")
        host = "127.0.0.1"
    code, output = await refused(tmp_path, settings, port, HOST=host, LOG_FORMAT="json")
    (line,) = map(json.loads, output.splitlines())
    assert code != 0 and line["level"] == "critical"
    assert ("models.toml:1: default: found 7" if broken else "HOST or PORT") in line["message"]
