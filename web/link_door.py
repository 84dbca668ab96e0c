"""The door of links: ``/d/<token>/...`` becomes Chainlit's own addresses, with a guest; or a page that says why not."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demos import SCOPE_KEY, Guest, Link, Links, wall
from ledger import DatabaseUnusable, NoSuchLink
from ledger.wording import LANGUAGES
from web.link_address import PREFIX, LinkAddress, take_apart

#: The secret of a visitor's browser; its path is the link's, so that no other link is ever sent it.
COOKIE = "desk_visitor"
#: That the passcode was given.
PASS_COOKIE = "desk_pass"  # noqa: S105 - a cookie's name
#: What the page's settings chose; its script writes it.
LANGUAGE_COOKIE = "desk_language"

#: Where the scope of an inner address holds the outer one's prefix.
ROOT_KEY = "demo_desk.root"

#: All that a visitor's page asks of us below its address, by method. What is not here does not exist for visitors.
_OPEN = {
    "GET": (
        "/",
        "/user",
        "/auth/config",
        "/project/translations",
        "/project/settings",
        "/logo",
        "/avatar",
        "/preview",
        "/embed.js",
    ),
    "POST": ("/project/action", "/project/threads", "/set-session-cookie"),
    "PUT": ("/feedback",),
    "DELETE": ("/feedback",),
}
#: What anybody may load; Chainlit's page asks for some of it below its own address.
_OPEN_FOLDERS = ("/public/", "/assets/")
_SOCKET = "/ws/socket.io/"

#: Why nobody comes in: a wall of the link, or one of these.
Refuse = Callable[[Scope, str, Link | None], Response]
#: The form's answer: a passcode was given.
Unlock = Callable[[Request, Link], Awaitable[Response]]


class LinkDoor:
    """Resolves the link of an address, and lets in whoever it is open to.

    has_demo: whether there is what a link shows; a link without is taken for paused. refuse: the page for a reason
    ("unknown", "passcode", "away" or a wall). unlock: takes a passcode. staff: the name of one of ours by the cookies
    of a request; '' for a visitor. They pass the same walls, and are visitors apart from the link's.
    """

    def __init__(
        self,
        app: ASGIApp,
        links: Links,
        has_demo: Callable[[Link], bool],
        refuse: Refuse,
        unlock: Unlock,
        staff: Callable[[Mapping[str, str]], str] = lambda cookies: "",
    ) -> None:
        self._app = app
        self._links = links
        self._has_demo = has_demo
        self._refuse = refuse
        self._unlock = unlock
        self._staff = staff

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        address = take_apart(scope["path"])
        path = address.path or "/"
        if scope["type"] == "http" and (better := _better(scope, address)):
            await RedirectResponse(better, 308, {"Cache-Control": "no-store"})(scope, receive, send)
            return
        try:
            link = await self._find(address.token, path)
        except DatabaseUnusable:
            await self._turn_away(scope, receive, send, "away", None)
            return
        reason = self._reason(scope, address, link)
        if (
            link is not None
            and (scope.get("method"), path) == ("POST", "/passcode")
            and reason in (None, "passcode")
        ):
            await self._take_passcode(scope, receive, send, link, needed=reason is not None)
        elif reason is not None or link is None:
            await self._turn_away(scope, receive, send, reason or "unknown", link)
        elif not _exists(scope, path):
            await PlainTextResponse("not found\n", 404)(scope, receive, send)
        else:
            await self._app(_inner(scope, address, link, self._staff(_cookies(scope))), receive, send)

    async def _find(self, token: str, path: str) -> Link | None:
        link = await self._links.find(token)
        # A page is loaded seldom, and should know the last second's news; its sockets and requests are told of it.
        return await self._links.load(link.id) if link is not None and path == "/" else link

    def _reason(self, scope: Scope, address: LinkAddress, link: Link | None) -> str | None:
        if link is None:
            return "unknown"
        if reason := wall(link):
            return reason
        if not self._has_demo(link):
            return "paused"
        return None if link.passcode is None or self._was_given(scope, address, link) else "passcode"

    def _was_given(self, scope: Scope, address: LinkAddress, link: Link) -> bool:
        given = address.given or _cookies(scope).get(PASS_COOKIE, "")
        return hmac.compare_digest(given.encode(), pass_of(self._links, link).encode())

    async def _take_passcode(
        self, scope: Scope, receive: Receive, send: Send, link: Link, *, needed: bool
    ) -> None:
        if not needed:  # the form again, by the back button
            await RedirectResponse(opened(scope, pass_of(self._links, link)), 303)(scope, receive, send)
            return
        try:
            answer = await self._unlock(Request(scope, receive), link)
        except DatabaseUnusable:
            answer = self._refuse(scope, "away", link)
        except NoSuchLink:
            answer = self._refuse(scope, "unknown", None)
        await answer(scope, receive, send)

    async def _turn_away(
        self, scope: Scope, receive: Receive, send: Send, reason: str, link: Link | None
    ) -> None:
        if scope["type"] == "http":
            await self._refuse(scope, reason, link)(scope, receive, send)
        else:
            await receive()
            closed: Message = {"type": "websocket.close", "code": 1008}
            await send(closed)


def pass_of(links: Links, link: Link) -> str:
    """The value of the cookie that says that the passcode was given; another passcode makes it void."""
    return links.keys.sign(f"passcode {link.id} {link.passcode}")


def visitor_of(link: Link, secret: str, staff: str = "") -> str:
    """Who a visitor is: their browser's secret and the link, hashed; '' for a browser without a secret.

    staff: one of ours, whose conversations are never a visitor's, though it be at the same browser.
    """
    who = f"staff {staff} " if staff else "visitor "
    return hashlib.sha256(f"{who}{link.id} {secret}".encode()).hexdigest() if secret else ""


def in_frame(scope: Scope) -> bool:
    """Whether a page is asked for by a frame. Browsers say so over HTTPS only, and some not at all; the address
    of our own frames says it, too."""
    headers = Headers(scope=scope)
    return headers.get("sec-fetch-dest") == "iframe" or b"in=frame" in scope.get("query_string", b"").split(
        b"&"
    )


def opened(scope: Scope, given: str) -> str:
    """Where the page stands, once the passcode was given. A frame may have no cookies: its address says it."""
    address = take_apart(scope["path"])
    return f"{replace(address, given=given).door}/?in=frame" if in_frame(scope) else f"{address.link}/"


def _better(scope: Scope, address: LinkAddress) -> str:
    """Where a page should have been asked for: with its last stroke, on which cookies and relative addresses hang,
    and without what was only meant for its inside. '' where nothing is wrong.

    Chainlit's page sends whoever is let in no more to a sign-in of its own; the link itself says why.
    """
    if address.path not in ("", "/", "/login") or scope["method"] not in ("GET", "HEAD"):
        return ""
    alone = Headers(scope=scope).get("sec-fetch-dest") == "document"
    better = f"{address.link if alone else address.door}/"
    query = scope.get("query_string", b"").decode("latin-1")
    return "" if scope["path"] == better else better + (f"?{query}" if query else "")


def _exists(scope: Scope, path: str) -> bool:
    if scope["type"] == "websocket":
        return path == _SOCKET
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    return path in _OPEN.get(method, ()) or (method == "GET" and path.startswith(_OPEN_FOLDERS))


def _inner(scope: Scope, address: LinkAddress, link: Link, staff: str) -> Scope:
    """The scope as Chainlit and our own routes see it."""
    secret = address.secret or _cookies(scope).get(COOKIE, "")
    return {
        **scope,
        "headers": _with_language(scope),
        "path": address.path,
        "raw_path": address.path.encode(),
        SCOPE_KEY: Guest(visitor_of(link, secret, staff), link, staff),
        ROOT_KEY: address.root,
    }


def _with_language(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers; where an address names the page's language they do, too, as the cookie would that nobody kept."""
    headers: list[tuple[bytes, bytes]] = list(scope["headers"])
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("page_language", [""])[0]
    if asked in LANGUAGES:
        headers.append((b"cookie", f"{LANGUAGE_COOKIE}={asked}".encode()))
    return headers


def _cookies(scope: Scope) -> dict[str, str]:
    return cookie_parser("; ".join(Headers(scope=scope).getlist("cookie")))
