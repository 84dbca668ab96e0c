"""The door of links, before an application that says what it is asked."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from demos import SCOPE_KEY, Keys, Link, Links
from ledger import Database, change_link, create_link, upgrade
from ledger.sides import utc_now
from web import ROOT_KEY, VISITOR_COOKIE, LinkDoor, pass_of
from web.link_door import LANGUAGE_COOKIE

pytestmark = pytest.mark.database

KEYS = Keys("the secret of this installation")


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    """Says where it was asked, and by whom."""
    guest = scope.get(SCOPE_KEY)
    said = {"path": scope["path"], "root": scope.get(ROOT_KEY), "owner": guest.owner if guest else None}
    if guest:
        said["operator"] = guest.operator
        said["language"] = Request(scope).cookies.get(LANGUAGE_COOKIE)
    await JSONResponse(said)(scope, receive, send)


async def unlock(request: Request, link: Link) -> Response:
    """A passcode came."""
    return PlainTextResponse("unlocked")


def refuse(scope: Scope, reason: str, link: Link | None) -> Response:
    """The reason, and no more."""
    return PlainTextResponse(reason, 403)


def staff(cookies: Mapping[str, str]) -> str:
    """Lan's cookie is good."""
    return "lan" if cookies.get("desk_operator") == "good" else ""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty one."""
    async with Database(data_dir=tmp_path) as database:
        await upgrade(database)
        yield database


@pytest.fixture
async def visitor(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at the door of two links."""
    for id in ("aaaaaaaaaa", "bbbbbbbbbb"):
        await create_link(database, Link(id, "boutique", utc_now()))
    links = Links(database, KEYS)
    door = LinkDoor(inside, links, lambda link: link.demo == "boutique", refuse, unlock, staff)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://desk") as client:
        yield client


def at(id: str, path: str = "/") -> str:
    """An address of a link."""
    return f"/d/{KEYS.token(id)}{path}"


async def told(client: httpx.AsyncClient, path: str, **more: Any) -> dict[str, Any]:
    """What the application inside was asked."""
    answer = await client.get(path, **more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found


async def test_a_link_opens_its_own_addresses(visitor: httpx.AsyncClient) -> None:
    """The prefix goes, and stands in the scope; what is no address of a visitor's page is not there."""
    found = await told(visitor, at("aaaaaaaaaa", "/project/settings"))
    assert (found["path"], found["root"]) == ("/project/settings", at("aaaaaaaaaa", ""))
    for closed in (
        "/project/thread/x",
        "/thread/x",
        "/sign-in",
        "/project/file/x",
        "/d/x/",
        "//",
        "/user/",
    ):
        assert (await visitor.get(at("aaaaaaaaaa", closed))).status_code == 404, closed
    assert (await visitor.post(at("aaaaaaaaaa", "/project/settings"))).status_code == 404


@pytest.mark.parametrize("path", ["", "/login"])
async def test_the_address_is_put_right(visitor: httpx.AsyncClient, path: str) -> None:
    """Cookies and relative addresses hang on its last stroke; and Chainlit's sign-in is none of a link's."""
    answer = await visitor.get(at("aaaaaaaaaa", path))
    assert answer.status_code == 308 and answer.headers["location"] == at("aaaaaaaaaa")


async def test_who_a_visitor_is(visitor: httpx.AsyncClient) -> None:
    """Their browser's secret and the link together; without a secret, nobody in particular."""
    cookie = {"cookie": f"{VISITOR_COOKIE}=mine"}
    here = await told(visitor, at("aaaaaaaaaa"), headers=cookie)
    there = await told(visitor, at("bbbbbbbbbb"), headers=cookie)
    assert len({here["owner"], there["owner"], ""}) == 3
    assert (await told(visitor, at("aaaaaaaaaa")))["owner"] == ""


async def test_what_is_no_token(visitor: httpx.AsyncClient) -> None:
    """An id alone, a forged token and nothing at all are told the same."""
    for token in ("aaaaaaaaaa", KEYS.token("aaaaaaaaaa")[:-1] + "1", KEYS.token("cccccccccc"), "x", ""):
        answer = await visitor.get(f"/d/{token}/")
        assert (answer.status_code, answer.text) == (403, "unknown")


@pytest.mark.parametrize(
    ("query", "cookie", "language"),
    [
        ("?page_language=vi", "", "vi"),
        ("?in=frame&page_language=en", f"{LANGUAGE_COOKIE}=vi", "en"),
        ("?page_language=fr", f"{LANGUAGE_COOKIE}=vi", "vi"),
        ("", "", None),
    ],
)
async def test_the_language_of_a_page_that_keeps_no_cookie(
    visitor: httpx.AsyncClient, query: str, cookie: str, language: str | None
) -> None:
    """An address may name it; what is no language of ours is nothing."""
    found = await told(visitor, at("aaaaaaaaaa", f"/{query}"), headers={"cookie": cookie})
    assert found["language"] == language


async def test_other_addresses_pass(visitor: httpx.AsyncClient) -> None:
    """What does not begin so is none of this door's business."""
    assert await told(visitor, "/project/threads") == {
        "path": "/project/threads",
        "root": None,
        "owner": None,
    }


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"revoked_at": utc_now()}, "revoked"),
        ({"expires_at": utc_now()}, "expired"),
        ({"starts_at": utc_now() + timedelta(days=1)}, "not_started"),
        ({"paused_at": utc_now()}, "paused"),
        ({"passcode": "scrypt$..."}, "passcode"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_wall(
    visitor: httpx.AsyncClient, database: Database, changes: dict[str, Any], reason: str
) -> None:
    """A page knows at once what was changed elsewhere; what the page asks for is closed with it."""
    await told(visitor, at("aaaaaaaaaa"))
    await change_link(database, "aaaaaaaaaa", **changes)
    for path in ("/", "/project/settings"):
        assert (await visitor.get(at("aaaaaaaaaa", path))).text == reason
    posted = await visitor.post(at("aaaaaaaaaa", "/passcode"))
    assert posted.text == ("unlocked" if reason == "passcode" else reason)
    assert (await visitor.get(at("bbbbbbbbbb"))).status_code == 200


async def test_a_link_whose_demo_is_gone(visitor: httpx.AsyncClient, database: Database) -> None:
    """It is closed for now: the demo may come back."""
    await create_link(database, Link("cccccccccc", "no-such-demo", utc_now()))
    assert (await visitor.get(at("cccccccccc"))).text == "paused"


SECRET = "a-secret-of-this-browser"


async def test_a_secret_in_the_address(visitor: httpx.AsyncClient) -> None:
    """It says who a visitor is as a cookie does, and goes before one; what is no secret is no address."""
    cookie = {"cookie": f"{VISITOR_COOKIE}={SECRET}"}
    by_cookie = await told(visitor, at("aaaaaaaaaa"), headers=cookie)
    for headers in ({}, {"cookie": f"{VISITOR_COOKIE}=somebody-elses-secret"}):
        found = await told(visitor, at("aaaaaaaaaa", f"/v/{SECRET}/project/settings"), headers=headers)
        assert found["owner"] == by_cookie["owner"] and found["path"] == "/project/settings"
        assert found["root"] == at("aaaaaaaaaa", f"/v/{SECRET}")
    for wrong in ("short", "x" * 65, f"{SECRET}%2e", ""):
        assert (await visitor.get(at("aaaaaaaaaa", f"/v/{wrong}/project/settings"))).status_code == 404


async def test_a_passcode_in_the_address(visitor: httpx.AsyncClient, database: Database) -> None:
    """It opens this link as its cookie does, beside a secret too; another passcode makes it void."""
    await create_link(database, Link("cccccccccc", "boutique", utc_now(), passcode="scrypt$..."))
    links = Links(database, KEYS)
    link = await links.load("cccccccccc")
    assert link is not None
    given = pass_of(links, link)
    path = f"/k/{given}/v/{SECRET}/user"
    found = await told(visitor, at("cccccccccc", path))
    assert (found["path"], found["root"]) == ("/user", at("cccccccccc", f"/k/{given}/v/{SECRET}"))
    assert (await told(visitor, at("cccccccccc", f"/k/{given}/")))["root"] == at("cccccccccc", f"/k/{given}")
    for wrong in (f"/k/{'0' * 64}/user", f"/v/{SECRET}/user", f"/v/{SECRET}/k/{given}/user"):
        assert (await visitor.get(at("cccccccccc", wrong))).text == "passcode"
    await change_link(database, "cccccccccc", passcode="scrypt$another")
    assert (await visitor.get(at("cccccccccc", f"/k/{given}/"))).text == "passcode"


@pytest.mark.parametrize(
    ("path", "purpose", "better"),
    [
        (f"/v/{SECRET}/", "document", "/"),
        (f"/v/{SECRET}/", "iframe", "/"),
        (f"/k/{'0' * 64}/", "document", "/"),
        (f"/k/{'0' * 64}/v/{SECRET}/", "iframe", f"/k/{'0' * 64}/"),
    ],
)
async def test_no_part_in_an_address_bar(
    visitor: httpx.AsyncClient, path: str, purpose: str, better: str
) -> None:
    """Who is sent on from such an address has nothing to pass on; a frame keeps the passcode that was given in it."""
    answer = await visitor.get(at("aaaaaaaaaa", f"{path}?in=frame"), headers={"sec-fetch-dest": purpose})
    assert answer.headers["location"] == at("aaaaaaaaaa", better) + "?in=frame"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "headers", "framed"),
    [
        ("", {}, False),
        ("", {"sec-fetch-dest": "iframe"}, True),
        ("?in=frame", {}, True),
        ("?x=in=frame", {}, False),
    ],
)
async def test_the_form_again(
    visitor: httpx.AsyncClient, query: str, headers: dict[str, str], framed: bool
) -> None:
    """Where none is needed it leads on: in a frame to an address that says that the passcode was given."""
    where = (await visitor.post(at("aaaaaaaaaa", f"/passcode{query}"), headers=headers)).headers["location"]
    assert (where == at("aaaaaaaaaa")) is not framed
    assert (where.startswith(at("aaaaaaaaaa", "/k/")) and where.endswith("/?in=frame")) is framed


async def test_one_of_ours(visitor: httpx.AsyncClient, database: Database) -> None:
    """Known by name, and a visitor apart from the one at the same browser; the walls are the same."""
    path, secret = at("aaaaaaaaaa", "/user"), f"{VISITOR_COOKIE}=the-visitors-secret"
    theirs = await told(visitor, path, headers={"Cookie": secret})
    ours = await told(visitor, path, headers={"Cookie": f"{secret}; desk_operator=good"})
    forged = await told(visitor, path, headers={"Cookie": f"{secret}; desk_operator=bad"})
    assert (theirs["operator"], ours["operator"]) == ("", "lan") and forged == theirs
    assert ours["owner"] != theirs["owner"] and ours["owner"]
    nobody = await told(visitor, path, headers={"Cookie": "desk_operator=good"})
    assert (nobody["owner"], nobody["operator"]) == ("", "lan"), "known by the session, as a visitor is"
    await change_link(database, "aaaaaaaaaa", passcode="scrypt$1$2")
    at_the_wall = await visitor.get(at("aaaaaaaaaa"), headers={"Cookie": "desk_operator=good"})
    assert (at_the_wall.status_code, at_the_wall.text) == (403, "passcode")
