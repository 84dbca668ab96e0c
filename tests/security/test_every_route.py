"""Every address with every method, by somebody who has no business there; and the headers of every answer.

Who may use which route stands in tests/app/test_app_walls.py: a new one fails there until somebody says whose it is.
"""

from collections.abc import AsyncIterator
from typing import Final

import aiohttp
import pytest
from bystander import browser_at
from desk_program import Program
from started_desk import SECRET
from test_app_walls import ROUTES, Wall
from yarl import URL

from web.operators import COOKIE, OPERATOR, Operators

pytestmark = pytest.mark.slow

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
#: What anybody may be answered at an address that is not theirs.
REFUSED: Final = {303, 400, 403, 404, 405, 413}


def paths() -> dict[str, set[Wall]]:
    """Each address as it can be asked for, with its walls."""
    found: dict[str, set[Wall]] = {}
    for (_, path), wall in ROUTES.items():
        for part, value in (("path", ""), ("full_path", "nowhere"), ("filename", "x.svg"), ("name", "x.js")):
            path = path.replace(f"{{{part}:path}}", value)
        for name in ("avatar_id:str", "thread_id", "element_id", "provider_id", "file_id"):
            path = path.replace(f"{{{name}}}", "x")
        found.setdefault(path, set()).add(wall)
    return found


@pytest.fixture
async def nobody() -> AsyncIterator[aiohttp.ClientSession]:
    """Without any cookie."""
    async with browser_at("127.0.0.1", "") as browser:
        yield browser._http


async def asked(
    http: aiohttp.ClientSession, url: str, method: str, cookie: str = ""
) -> tuple[int, dict[str, str], str]:
    """Status, headers and text."""
    origin = "/".join(url.split("/", 3)[:3])
    headers = {"Origin": origin, "Accept": "text/html", **({"Cookie": cookie} if cookie else {})}
    async with http.request(
        method, URL(url, encoded=True), data=b"{}", headers=headers, allow_redirects=False
    ) as answer:
        return answer.status, dict(answer.headers), await answer.text("utf-8", "replace")


@pytest.mark.parametrize(
    "who", ["nobody", "who has signed out", "whose session is forged", "a visitor's cookie"]
)
async def test_the_desk_is_closed_to(desk: Program, nobody: aiohttp.ClientSession, who: str) -> None:
    """Every address of the desk, whatever the method."""
    session = Operators(SECRET).session(OPERATOR)
    cookie = {
        "nobody": "",
        "who has signed out": f"{COOKIE}={session}",
        "whose session is forged": f"{COOKIE}={session[:-1]}{'A' if session[-1] != 'A' else 'B'}",
        "a visitor's cookie": "desk_visitor=0123456789abcdef0123456789abcdef; access_token=x",
    }[who]
    if who == "who has signed out":
        assert (await asked(nobody, f"{desk.url}/sign-out", "POST", cookie))[0] == 303
    wrong = []
    for path, walls in paths().items():
        for method in METHODS:
            status, headers, _ = await asked(nobody, desk.url + path, method, cookie)
            known = "public" in walls and path != "/sign-out"
            if not known and status not in REFUSED:
                wrong.append((method, path, status))
            if status == 303 and path != "/sign-out":
                assert headers["Location"] == "/sign-in"
            assert status < 500 and status != 401, (method, path, status)
    assert wrong == []


async def test_below_a_link_there_is_nothing_but_a_visitors(link: str, nobody: aiohttp.ClientSession) -> None:
    """No method brings up what is the desk's, and none breaks anything."""
    wrong = []
    for path, walls in paths().items():
        for method in METHODS:
            status, _, text = await asked(nobody, link + path, method)
            led_home = path == "/login" and status == 308  # Chainlit's page asks it there
            if not walls & {"shared", "public"} and status != 404 and not led_home:
                wrong.append((method, path, status))
            assert status < 500 and status != 401, (method, path, status, text[:200])
    assert wrong == []


@pytest.mark.parametrize("base", ["the desk", "a link"])
async def test_headers_of_every_answer(
    desk: Program, link: str, nobody: aiohttp.ClientSession, base: str
) -> None:
    """No answer is guessed at, tells where its reader came from, or may use the camera; what is no file has a policy,
    and no page may be framed by whoever likes."""
    cookie = f"{COOKIE}={Operators(SECRET).session(OPERATOR)}" if base == "the desk" else ""
    for path in paths():
        for method in ("GET", "POST", "PATCH"):
            if path == "/sign-out":
                continue
            at = f"{method} {base} {path}"
            _, headers, _ = await asked(
                nobody, (desk.url if base == "the desk" else link) + path, method, cookie
            )
            assert headers["X-Content-Type-Options"] == "nosniff", at
            assert headers["Referrer-Policy"] in ("no-referrer", "same-origin"), at
            assert "camera=()" in headers["Permissions-Policy"], at
            assert "Server" not in headers or "uvicorn" in headers["Server"], at
            if path == "/embed.js" or path.startswith(("/assets", "/public")):
                continue
            policy = headers["Content-Security-Policy"]
            assert (
                "frame-ancestors" in policy or "sandbox" in policy
            ) and "frame-ancestors *" not in policy, at
            assert "default-src 'none'" in policy or "default-src 'self'" in policy, at


async def test_nobody_else_reads_across_origins(
    desk: Program, link: str, nobody: aiohttp.ClientSession
) -> None:
    """No answer lets another site's script read it, but a link's bubble, which holds nobody's words."""
    for base in (desk.url, link):
        for path in paths():
            headers = {"Origin": "https://evil.example", "Accept": "*/*"}
            async with nobody.get(
                URL(base + path, encoded=True), headers=headers, allow_redirects=False
            ) as answer:
                allowed = answer.headers.get("Access-Control-Allow-Origin", "")
                assert allowed == ("*" if base == link and path == "/embed.js" else ""), path
