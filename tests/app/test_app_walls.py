"""Every address and every socket event that the running program has, asked by everybody."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal

import aiohttp
import pytest
from desk_program import Browser, Program, browsing
from links_at import demos
from started_desk import ROOT, variables
from yarl import URL

from emulator import Emulator

pytestmark = pytest.mark.slow

#: public: anybody. desk: operators only. shared: operators at the desk, visitors below their link. link: below a link
#: only. closed: nobody. socket: see the events below.
Wall = Literal["public", "desk", "shared", "closed", "socket"]

ROUTES: Final[Mapping[tuple[str, str], Wall]] = {
    ("GET", "/assets/{name:path}"): "public",
    ("GET", "/assets/{filename:path}"): "public",
    ("GET", "/public/{filename:path}"): "public",
    ("GET", "/sign-in"): "public",
    ("POST", "/sign-in"): "public",
    ("POST", "/sign-out"): "public",
    ("GET", "/robots.txt"): "public",
    ("GET", "/health"): "public",
    ("GET", "/favicon"): "public",
    ("GET", "/{path:path}"): "shared",
    ("GET", "/project/settings"): "shared",
    ("GET", "/project/translations"): "shared",
    ("GET", "/auth/config"): "shared",
    ("GET", "/user"): "shared",
    ("POST", "/set-session-cookie"): "shared",
    ("GET", "/logo"): "shared",
    ("GET", "/avatar"): "shared",
    ("GET", "/preview"): "shared",
    ("GET", "/embed.js"): "shared",
    ("POST", "/project/action"): "shared",
    ("PUT", "/feedback"): "shared",
    ("DELETE", "/feedback"): "shared",
    ("GET", "/avatars/{avatar_id:str}"): "desk",
    ("POST", "/project/threads"): "shared",
    ("GET", "/project/thread/{thread_id}"): "desk",
    ("PUT", "/project/thread"): "desk",
    ("DELETE", "/project/thread"): "desk",
    ("HEAD", "/"): "shared",
    ("GET", "/{full_path:path}"): "desk",
    # FastAPI's own: the page stands before them.
    ("GET", "/docs"): "desk",
    ("GET", "/docs/oauth2-redirect"): "desk",
    ("GET", "/redoc"): "desk",
    ("GET", "/openapi.json"): "desk",
    ("GET", "/copilot/{filename:path}"): "closed",
    ("POST", "/login"): "closed",
    ("POST", "/logout"): "closed",
    ("POST", "/auth/jwt"): "closed",
    ("POST", "/auth/header"): "closed",
    ("GET", "/auth/oauth/{provider_id}"): "closed",
    ("GET", "/auth/oauth/{provider_id}/callback"): "closed",
    ("POST", "/auth/oauth/azure-ad-hybrid/callback"): "closed",
    ("GET", "/project/share/{thread_id}"): "closed",
    ("PUT", "/project/thread/share"): "closed",
    ("GET", "/project/thread/{thread_id}/element/{element_id}"): "desk",
    ("PUT", "/project/element"): "closed",
    ("DELETE", "/project/element"): "closed",
    ("POST", "/mcp"): "closed",
    ("DELETE", "/mcp"): "closed",
    ("POST", "/project/file"): "closed",
    ("GET", "/project/file/{file_id}"): "closed",
    ("ANY", "/ws/socket.io"): "socket",
}

#: What a page may send, and what comes of it when a visitor forges it.
EVENTS: Final[Mapping[str, str]] = {
    "connect": "the handshake; who is not let in at the door gets none",
    "disconnect": "told by the socket's end only",
    "connection_successful": "draws the visitor's own conversation",
    "client_message": "a message in the visitor's own conversation",
    "edit_message": "a message of the visitor's own conversation",
    "stop": "the visitor's own reply",
    "press": "a button on the visitor's own screen",
    "clear_session": "the visitor's own session",
    "clear_history": "the visitor's own history",
    "desk_command": "operators' pages are heard, and no others",
    "show_earlier": "the visitor's own messages",
    "chat_settings_change": "what the panel offers them",
}

#: What Chainlit hears and we do not; forged like the others.
UNHEARD: Final = (
    "chat_settings_edit",
    "message_favorite",
    "window_message",
    "audio_start",
    "audio_chunk",
    "audio_end",
)

#: A visitor's, in the address, where no cookie is sent.
SECRET: Final = "the-secret-of-a-browser"

LISTING = """
import json, app
from chainlit import server
routes = []
for route in [*(route for route in server.app.routes if hasattr(route, "path")), *server.router.routes]:
    for method in getattr(route, "methods", None) or ["ANY"]:
        routes.append([method, route.path])
print("LISTED " + json.dumps({"routes": routes, "events": list(server.sio.handlers["/"])}))
"""


async def listed(folder: Path) -> dict[str, Any]:
    """What the program has, as it says itself."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", LISTING),
        cwd=ROOT,
        env=variables(folder, 1, {}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await process.communicate()
    (line,) = [line for line in out.decode().splitlines() if line.startswith("LISTED ")]
    found: dict[str, Any] = json.loads(line.removeprefix("LISTED "))
    return found


async def test_every_route_and_event_has_its_line(tmp_path: Path) -> None:
    """Whatever is added, by us or by Chainlit, fails here until somebody has said whose it is."""
    found = await listed(tmp_path)
    routes = {
        (method, path) for method, path in map(tuple, found["routes"]) if method != "HEAD" or path == "/"
    }
    assert routes - ROUTES.keys() == set() and ROUTES.keys() - routes == set()
    assert set(found["events"]) == EVENTS.keys()


async def link_of(program: Program, *words: str) -> dict[str, Any]:
    """A new link."""
    made: dict[str, Any] = await demos(
        program.url, program.log.parent, program.settings, "publish", "boutique", *words
    )
    return made


@asynccontextmanager
async def come(url: str) -> AsyncIterator[Browser]:
    """A browser without a sign-in."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Browser(http, url.rstrip("/"), "vi")


async def status(client: aiohttp.ClientSession, base: str, method: str, path: str) -> int:
    """What an address answers; redirects are not followed."""
    address = path.replace("{path:path}", "").replace("{full_path:path}", "nowhere")
    for name in ("filename:path", "name:path"):
        address = address.replace(f"{{{name}}}", "favicon.svg")
    for part in ("avatar_id:str", "thread_id", "element_id", "provider_id", "file_id"):
        address = address.replace(f"{{{part}}}", "x")
    origin = "/".join(base.split("/", 3)[:3])
    async with client.request(
        method, base + address, json={}, headers={"Origin": origin, "Accept": "*/*"}, allow_redirects=False
    ) as answer:
        return answer.status


async def test_every_route_as_everybody(desk: Program, emu: Emulator) -> None:
    """Nobody, an operator, a visitor, one of another link, one of a revoked link: each gets what is theirs."""
    mine, revoked = (await link_of(desk))["url"].rstrip("/"), await link_of(desk)
    gone, another = revoked["url"].rstrip("/"), (await link_of(desk))["url"].rstrip("/")
    await demos(desk.url, desk.log.parent, desk.settings, "revoke", revoked["link"])
    wrong: list[tuple[str, str, str, int]] = []
    async with AsyncExitStack() as stack:
        nobody = await stack.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        )
        operator = (await stack.enter_async_context(browsing(desk.url)))._http
        visitor = await stack.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        )
        other = await stack.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        )
        same = await stack.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        )
        assert await status(visitor, mine, "GET", "/") == await status(same, mine, "GET", "/") == 200
        assert await status(other, another, "GET", "/") == 200
        for (method, path), wall in ROUTES.items():
            if method == "ANY":
                continue
            asked = {
                "nobody": await status(nobody, desk.url, method, path),
                "visitor at the desk": await status(visitor, desk.url, method, path),
                "operator": await status(operator, desk.url, method, path) if path != "/sign-out" else 200,
                "visitor": await status(visitor, mine, method, path),
                "visitor of another link": await status(other, mine, method, path),
                "other visitor of the link": await status(same, mine, method, path),
                "visitor without cookies": await status(nobody, f"{mine}/v/{SECRET}", method, path),
                "revoked": await status(visitor, gone, method, path),
            }
            for who, answer in asked.items():
                if not _fits(wall, who, answer, path):
                    wrong.append((f"{method} {path} ({wall})", who, "", answer))
    assert wrong == []


def _fits(wall: Wall, who: str, answer: int, path: str) -> bool:
    """Whether an answer is what the table says."""
    if who == "revoked":
        return answer == (200 if path == "/embed.js" else 410)  # a script that says why not
    if who in ("nobody", "visitor at the desk"):
        return answer not in (401, 403) or path == "/sign-in" if wall == "public" else answer in (403, 404)
    if who == "operator":
        return answer == 404 if wall == "closed" else answer not in (401, 500)
    if who == "visitor without cookies" and path == "/{path:path}":
        return answer == 308  # a page is never asked for so
    if wall == "shared" or path.startswith(("/public/", "/assets/")):
        return answer not in (401, 403, 500)
    return answer == 404


async def test_forged_events(desk: Program, emu: Emulator) -> None:
    """Every event, with nonsense and with another visitor's ids: nobody else's page changes, no model is asked."""
    link = await link_of(desk)
    async with come(link["url"]) as an, come(link["url"]) as forger:
        theirs = await an.open(tab="a")
        message = await theirs.ask("Tôi là An")
        page = await forger.open(tab="b")
        asked, shown = len(emu.requests), json.dumps(theirs.steps, sort_keys=True)
        forged = {
            "message": {"id": message, "type": "system_message", "output": "x"},
            "sessionId": theirs.session,
        }
        for event in [*(EVENTS.keys() - {"connect", "connection_successful"}), *UNHEARD]:
            for data in (
                None,
                {},
                [],
                "x",
                7,
                forged,
                {"temperature": 2, "persona": "x", "model": "gpt-4.1"},
            ):
                await page.emit(event, data)
        await page.say("Sửa lời của An", id=message, event="edit_message")
        await asyncio.sleep(0.5)
        assert len(emu.requests) == asked and json.dumps(theirs.steps, sort_keys=True) == shown
        assert "Tôi là An" not in json.dumps(page.steps, ensure_ascii=False)
    assert "Traceback" not in desk.printed
    async with come(link["url"]) as after:
        await (await after.open()).ask("Vẫn chạy chứ?")


async def test_events_of_a_closed_link(desk: Program, emu: Emulator) -> None:
    """A socket that opened before its link was revoked can do nothing more, whatever it sends, also if it says only
    now that it is there, and however often its page is loaded meanwhile."""
    link = await link_of(desk)
    async with come(link["url"]) as visitor:
        page, late = await visitor.open(tab="a"), await visitor.knock(tab="b")
        message = await page.ask("Xin chào")
        await demos(desk.url, desk.log.parent, desk.settings, "revoke", link["link"])
        for _ in range(10):
            assert (await visitor.get("/"))[0] == 410
            await asyncio.sleep(0.1)
        assert page.desk["closed"]
        asked = len(emu.requests)
        await late.emit("connection_successful")
        for each in (page, late):
            await each.say("Còn ai không?")
            await each.say("Sửa lại", id=message, event="edit_message")
            for event in EVENTS.keys() - {"connect", "client_message", "edit_message"}:
                await each.emit(event, {"temperature": 2})
        await asyncio.sleep(0.5)
        assert len(emu.requests) == asked


async def test_another_visitors_conversation(desk: Program, emu: Emulator) -> None:
    """Its address, its buttons and its thumbs are closed to whoever else has the link, and to other links' visitors."""
    link, other = await link_of(desk), await link_of(desk)
    async with come(link["url"]) as an:
        page = await an.open(tab="a")
        await page.ask("Tôi là An")
        thread = next(iter(page.steps.values()))["threadId"]
        run = page.of_type("run")[0]["id"]
        action = next(action for action in page.actions.values() if action["name"] == "regenerate")
        for url in (link["url"], other["url"]):
            async with come(url) as stranger:
                await stranger.get()
                with pytest.raises((AssertionError, TimeoutError)):
                    await stranger.open(tab="a", thread=thread)
                with pytest.raises((AssertionError, TimeoutError)):
                    await Browser(stranger._http, f"{url}v/{SECRET}", "vi").open(tab="a", thread=thread)
                body = {"action": action, "sessionId": page.session}
                origin = {"Origin": desk.url}
                base = url.rstrip("/")
                async with stranger._http.post(f"{base}/project/action", json=body, headers=origin) as answer:
                    assert answer.status == 404
                thumb = {
                    "feedback": {"forId": run, "value": 1, "id": None, "comment": ""},
                    "sessionId": page.session,
                }
                async with stranger._http.put(f"{base}/feedback", json=thumb, headers=origin) as answer:
                    assert answer.status == 404


async def test_the_operators_list_holds_no_visitors(desk: Program, emu: Emulator) -> None:
    """What visitors say is in the books, not in the list of an operator's own conversations."""
    link = await link_of(desk)
    async with come(link["url"]) as visitor, browsing(desk.url) as operator:
        await (await visitor.open()).ask("Chỉ mình tôi biết")
        await operator.get()
        body = {"pagination": {"first": 50}, "filter": {}}
        async with operator._http.post(
            f"{desk.url}/project/threads", json=body, headers={"Origin": desk.url}
        ) as answer:
            assert answer.status == 200 and "Chỉ mình tôi biết" not in await answer.text()


async def test_no_picture_of_anybody_elses(desk: Program, emu: Emulator) -> None:
    """A picture in a reply carries no words out: the page loads none but ours. No token stands in a log."""
    link = await link_of(desk)
    async with come(link["url"]) as visitor:
        async with visitor._http.get(link["url"]) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "img-src 'self' data: blob:;" in policy and "default-src 'self'" in policy
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            cookie = answer.headers["Set-Cookie"]
            assert (
                "HttpOnly" in cookie
                and "SameSite=Lax" in cookie
                and f"Path={link['url'][len(desk.url) :]}" in cookie
            )
        await (await visitor.open()).ask("Xin chào")
    assert link["url"].rstrip("/").rpartition("/")[2] not in desk.printed


@pytest.mark.parametrize(
    "path",
    [
        "/project/file/{file}?session_id={session}",
        "/project/thread/{thread}",
        "/project/thread/{thread}/element/{file}",
        "/project/share/{thread}",
        "/public/../data/ledger.db",
        "/public/%2e%2e/.env",
        "/assets/..%2f..%2fconfig.toml",
    ],
)
async def test_nothing_is_read_across_conversations(desk: Program, emu: Emulator, path: str) -> None:
    """Files, elements and threads of somebody else, which older Chainlit gave to whoever knew an id."""
    link = await link_of(desk)
    async with come(link["url"]) as an, come(link["url"]) as stranger:
        page = await an.open()
        await page.ask("Tôi là An")
        thread = next(iter(page.steps.values()))["threadId"]
        await stranger.get()
        for base in (link["url"].rstrip("/"), desk.url):
            address = base + path.format(file=page.session, session=page.session, thread=thread)
            async with stranger._http.get(URL(address, encoded=True), allow_redirects=False) as answer:
                assert answer.status in (303, 400, 403, 404) and "Tôi là An" not in await answer.text()
