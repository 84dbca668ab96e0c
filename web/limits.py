"""More than this machine carries, or than one address may ask: turned away kindly, with a time to come back."""

import logging
from collections.abc import Callable, Mapping
from random import randint
from time import monotonic

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from web.addresses import OURSELVES, household
from web.buckets import Buckets, Pace
from web.crowd import Crowd
from web.link_address import PREFIX, take_apart
from web.link_door import COOKIE as VISITOR_COOKIE
from web.walls import refuse_socket

#: Requests of one address: a hundred people of one office may open the page at the same moment.
ASKED = Pace(burst=1500, per_s=100)
#: What opening a socket counts for beside a request: it makes a session, and asks the database.
SOCKET_COUNTS = 5.0
#: When to come back, in seconds: not all at the same moment.
SOONEST_S, LATEST_S = 20, 40
SAID_EVERY_S = 60.0

log = logging.getLogger(__name__)

#: The answer for ``full`` (no page has room) or ``hurried`` (one address asks too much), with the seconds to wait.
TurnAway = Callable[[Scope, str, int], Response]


class Limits:
    """Keeps pages and sockets within ``crowd``, and requests of one address within ``asked``.

    Nothing is looked up for who is turned away. staff: whether the cookies are an operator's, who is let in where
    visitors are not. A page is turned away rather than loaded without the socket that it needs; a socket gets a 503
    before it opens, and its page tries again by itself, with growing pauses.
    """

    def __init__(
        self,
        app: ASGIApp,
        crowd: Crowd,
        turn_away: TurnAway,
        staff: Callable[[Mapping[str, str]], bool],
        asked: Pace = ASKED,
    ) -> None:
        self._app = app
        self._crowd = crowd
        self._turn_away = turn_away
        self._staff = staff
        self._asked = Buckets(asked)
        self._said_at = -SAID_EVERY_S

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        address = household(scope["client"][0] if scope.get("client") else "")
        socket = scope["type"] == "websocket"
        if address not in OURSELVES and not self._asked.take(address, SOCKET_COUNTS if socket else 1.0):
            self._say(address, hurried=True)
            await self._refuse("hurried", scope, receive, send)
            return
        if not socket and not _is_page(scope):
            await self._app(scope, receive, send)
            return
        cookies = cookie_parser("; ".join(Headers(scope=scope).getlist("cookie")))
        visitor = _secret(scope, cookies)
        if self._crowd.full(address, visitor) and (
            not self._staff(cookies) or self._crowd.full(address, staff=True)
        ):
            self._crowd.refused += 1
            self._say(address)
            await self._refuse("full", scope, receive, send)
        elif socket:
            self._crowd.came(address, visitor)
            try:
                await self._app(scope, receive, send)
            finally:
                self._crowd.left(address, visitor)
        else:
            await self._app(scope, receive, send)

    def _say(self, address: str, *, hurried: bool = False) -> None:
        """Once in a while; who it is is nobody's business but the proxy's."""
        if monotonic() < self._said_at + SAID_EVERY_S:
            return
        self._said_at = monotonic()
        if hurried:
            log.warning(
                "requests of one address are turned away. Is it your proxy? FORWARDED_ALLOW_IPS names it"
            )
        elif self._crowd.open >= self._crowd.most:
            log.warning("pages are turned away: %d are open (MAX_SOCKETS)", self._crowd.open)
        elif self._crowd.has_its_share(address):
            log.warning(
                "pages of one address are turned away: it has %d. Is it your proxy? FORWARDED_ALLOW_IPS names it",
                self._crowd.share,
            )

    async def _refuse(self, reason: str, scope: Scope, receive: Receive, send: Send) -> None:
        wait_s = randint(SOONEST_S, LATEST_S)
        if scope["type"] == "http":
            await self._turn_away(scope, reason, wait_s)(scope, receive, send)
        else:
            await refuse_socket(receive, send, scope, wait_s)


def _is_page(scope: Scope) -> bool:
    """Whether it is a visitor's page, which will open a socket. An operator's first shows who they are."""
    path = scope["path"]
    return scope["method"] == "GET" and path.startswith(PREFIX) and take_apart(path).path in ("", "/")


def _secret(scope: Scope, cookies: Mapping[str, str]) -> str:
    path = scope["path"]
    return (take_apart(path).secret if path.startswith(PREFIX) else "") or cookies.get(VISITOR_COOKIE, "")
