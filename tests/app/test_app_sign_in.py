"""Signing in at the program as it is started."""

import asyncio
import re
import stat
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from desk_program import Program, browsing, started
from started_desk import CHAINLIT, PYTHON, ROOT, SECRET

from assembly.doors import PASSWORD_FILE, is_loopback, kept_password
from demos.passwords import hash_password, is_hash, matches
from settings.desktop import has_desktop
from web.operators import COOKIE, OPERATOR, SESSION_S, Operators

pytestmark = pytest.mark.slow

PASSWORD = "mật khẩu tốt"
PAGE = {"Accept": "text/html"}
SOCKET = "/ws/socket.io/?EIO=4&transport=websocket"
#: For a program that is started more than once in one folder.
SHIPPED = ROOT / "settings"


class Stranger:
    """A browser that has not signed in."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http, self._url = http, url

    async def ask(
        self, method: str, path: str, form: Mapping[str, str] | None = None, **headers: str
    ) -> aiohttp.ClientResponse:
        """The answer, read whole; redirections are not followed."""
        address = self._url + path
        async with self._http.request(
            method, address, data=form, headers=headers, allow_redirects=False
        ) as answer:
            await answer.read()
            return answer

    async def sees_the_desk(self, **headers: str) -> bool:
        """Whether ``/`` is the desk's page, and not a way to the form."""
        answer = await self.ask("GET", "/", **PAGE, **headers)
        assert answer.status == 200 or (answer.status, answer.headers["Location"]) == (303, "/sign-in")
        return answer.status == 200

    async def sign_in(self, **form: str) -> int:
        """Status of a form that is sent; 303 is success."""
        return (await self.ask("POST", "/sign-in", form, Origin=self._url)).status

    async def socket_status(self) -> int:
        """101 where a socket opens."""
        try:
            async with self._http.ws_connect(self._url + SOCKET):
                return 101
        except aiohttp.WSServerHandshakeError as error:
            return error.status


@asynccontextmanager
async def stranger(program: Program) -> AsyncIterator[Stranger]:
    """Somebody who comes to the program."""
    jar = aiohttp.CookieJar(unsafe=True)  # "unsafe" is a cookie of an IP address
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Stranger(http, program.url)


def tokens(program: Program) -> list[str]:
    """Those that it has printed."""
    return re.findall(r"/sign-in\?token=([\w-]+)", program.printed)


@pytest.mark.parametrize("command", [PYTHON, CHAINLIT], ids=["python app.py", "chainlit run"])
async def test_a_desk_without_a_password(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Nobody sees anything of it but who has the printed address, which opens it once; then a new one is printed."""
    async with (
        started(tmp_path, {}, command) as program,
        stranger(program) as one,
        stranger(program) as other,
    ):
        assert not await one.sees_the_desk() and await one.socket_status() == 403
        for method, path in (("GET", "/project/settings"), ("POST", "/project/threads"), ("GET", "/user")):
            assert (await one.ask(method, path)).status == 403
        assert (await one.ask("GET", "/public/desk.css")).status == 200
        (word,) = tokens(program)
        assert (await one.ask("GET", f"/sign-in?token={word}")).status == 200
        assert await one.sign_in(token=word) == 303 and await one.sees_the_desk()
        assert await one.socket_status() == 101
        assert await other.sign_in(token=word) == 403 and not await other.sees_the_desk()
        async with asyncio.timeout(10):
            while len(tokens(program)) < 2:
                await asyncio.sleep(0.05)
        assert await other.sign_in(token=tokens(program)[1]) == 303 and await other.sees_the_desk()
        assert (await one.ask("POST", "/sign-out", Origin=program.url)).status == 303
        assert not await one.sees_the_desk() and await other.sees_the_desk()


async def test_a_page_that_is_open_when_its_operator_signs_out(tmp_path: Path) -> None:
    """It asks no model and does no command any more, and is sent to the form; another one's goes on."""
    async with (
        started(tmp_path, {}) as program,
        browsing(program.url) as one,
        browsing(program.url) as other,
        stranger(program) as leaving,
    ):
        page, others = await one.open(), await other.open()
        await page.emit("desk_command", {"words": ["watch"]})
        await page.until(lambda: page.told("desk_panel"))
        (session,) = [cookie.value for cookie in one._http.cookie_jar if cookie.key == COOKIE]
        out = {"Origin": program.url, "Cookie": f"{COOKIE}={session}"}
        assert (await leaving.ask("POST", "/sign-out", **out)).status == 303
        await page.emit("desk_command", {"words": ["publish", "boutique"]})
        for said in ("/publish boutique", "Xin chào"):
            await page.say(said)
        await page.until(
            lambda: [told["go"] for told in page.told("desk") if "go" in told] == 3 * ["/sign-in"]
        )
        assert len(page.told("desk_panel")) == 1 and not page.receipts
        await others.emit("desk_command", {"words": ["links"]})
        await others.until(lambda: others.told("desk_panel"))
        assert others.told("desk_panel")[0]["data"]["rows"] == []


async def test_a_password(tmp_path: Path) -> None:
    """The right one opens the desk, too many wrong ones close the form; what a page needs works with it."""
    async with started(tmp_path, {"OPERATOR_PASSWORD": PASSWORD}) as program, stranger(program) as one:
        assert tokens(program) == [] and PASSWORD not in program.printed
        assert await one.sign_in(password="wrong password") == 403 and not await one.sees_the_desk()
        foreign = await one.ask("POST", "/sign-in", {"password": PASSWORD}, Origin="https://evil.example")
        assert foreign.status == 403
        assert await one.sign_in(password=PASSWORD) == 303
        assert await one.sees_the_desk() and await one.socket_status() == 101
        answer = await one.ask("GET", "/")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        statuses = [await one.sign_in(password=f"guess number {number}") for number in range(12)]
        assert statuses == [403] * 9 + [429] * 3 and await one.sign_in(password=PASSWORD) == 429
        assert await one.sees_the_desk()
        # A session of a desk without a password is none here.
        async with browsing(program.url) as before:
            assert (await before.get("/project/settings"))[0] == 403
        assert PASSWORD not in program.printed


async def test_forged_and_old_sessions(tmp_path: Path) -> None:
    """No signature but ours, no date but one to come, no password but today's."""
    hashed = hash_password(PASSWORD)
    today = Operators(SECRET, {"lan": hashed})
    sessions = {
        today.session("lan"): True,
        today.session("lan")[:-1]: False,
        today.session("lan").replace("lan", "minh"): False,
        Operators("another secret", {"lan": hashed}).session("lan"): False,
        Operators(SECRET, {"lan": hashed}, clock=lambda: 1e9 - SESSION_S).session("lan"): False,
        Operators(SECRET, {"lan": hash_password(PASSWORD)}).session("lan"): False,
    }
    async with started(tmp_path, {"OPERATOR_PASSWORDS": f"lan:{hashed}"}) as program:
        for session, good in sessions.items():
            async with stranger(program) as one:
                assert await one.sees_the_desk(Cookie=f"{COOKIE}={session}") == good, session


async def test_a_session_ends_with_its_password(tmp_path: Path) -> None:
    """It outlives a restart, but not another password."""
    jar = aiohttp.CookieJar(unsafe=True)
    seen = []
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        for password in (PASSWORD, PASSWORD, "another password"):
            async with started(tmp_path, {"OPERATOR_PASSWORD": password}, settings=SHIPPED) as program:
                one = Stranger(http, program.url)
                if not seen:
                    assert await one.sign_in(password=PASSWORD) == 303
                seen.append(await one.sees_the_desk())
    assert seen == [True, True, False]


@pytest.mark.database
async def test_signing_out_holds_elsewhere(new_postgres: Callable[..., str], tmp_path: Path) -> None:
    """A cookie that somebody kept is worth nothing at another replica, nor after a restart."""
    hashed = hash_password(PASSWORD)
    shared = {"OPERATOR_PASSWORD": hashed, "DATABASE_URL": new_postgres()}
    signing = Operators(SECRET, {OPERATOR: hashed})
    kept = {"Cookie": f"{COOKIE}={signing.session(OPERATOR)}"}
    here, there, anew = (tmp_path / name for name in ("here", "there", "anew"))
    for folder in (here, there, anew):
        folder.mkdir()
    async with (
        started(here, shared) as program,
        started(there, shared) as other,
        stranger(program) as one,
        stranger(other) as thief,
    ):
        assert await one.sees_the_desk(**kept) and await thief.sees_the_desk(**kept)
        assert (await one.ask("POST", "/sign-out", Origin=program.url, **kept)).status == 303
        async with asyncio.timeout(60):  # rather than for ever
            while await thief.sees_the_desk(**kept):
                await asyncio.sleep(0.1)
    async with started(anew, shared) as program, stranger(program) as thief:
        async with asyncio.timeout(60):
            while await thief.sees_the_desk(**kept):
                await asyncio.sleep(0.1)
        assert await thief.sees_the_desk(Cookie=f"{COOKIE}={signing.session(OPERATOR)}")


async def test_other_machines(tmp_path: Path) -> None:
    """Where they are let in a password is made, printed at the first start only, and kept as a hash that only its
    owner may read; under a name that is not PUBLIC_URL's nobody is answered."""
    environment = {"HOST": "0.0.0.0"}
    printed = []
    for _ in range(2):
        async with started(tmp_path, environment, settings=SHIPPED) as program, stranger(program) as one:
            printed.append(re.findall(r"^Demo Desk: ((?:\w{5}-){3}\w{5})$", program.printed, re.MULTILINE))
            (password,) = printed[0]
            assert tokens(program) == [] and not await one.sees_the_desk()
            refused = await one.ask("GET", "/sign-in", Host="192.168.1.20")
            assert refused.status == 403 and "Set PUBLIC_URL" in await refused.text()
            assert await one.sign_in(password=password) == 303 and await one.sees_the_desk()
    assert printed[1] == []
    file = tmp_path / PASSWORD_FILE
    assert is_hash(kept := file.read_text()) and matches(password, kept)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_broken_file_of_a_password(tmp_path: Path) -> None:
    """Another password is made; whoever starts the program sees it."""
    (tmp_path / PASSWORD_FILE).write_bytes(b"\xff")
    hashed, password = kept_password(tmp_path)
    assert matches(password, hashed) and kept_password(tmp_path) == (hashed, "")
    assert [file.name for file in tmp_path.iterdir()] == [PASSWORD_FILE]


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.0.0.2", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.20", False),
        ("desk.example.vn", False),
    ],
)
def test_who_can_come_there(host: str, alone: bool) -> None:
    """A name that may be anything counts as open to others."""
    assert is_loopback(host) == alone


@pytest.mark.parametrize(
    ("environ", "platform", "screen"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ":10", "SSH_CONNECTION": "a b c d"}, "linux", False),
        ({"DISPLAY": ":99", "CI": "true"}, "linux", False),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "a b c d"}, "darwin", False),
        ({}, "win32", True),
    ],
)
def test_where_a_browser_would_open(environ: dict[str, str], platform: str, screen: bool) -> None:
    """Only before the eyes of whoever starts the program."""
    assert has_desktop(environ, platform) == screen
