"""Our addresses and walls around Chainlit's."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from time import time
from typing import Any, cast

import orjson
from chainlit import server as chainlit_server
from chainlit.auth import create_jwt
from chainlit.user import User
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.types import Scope

import chat
import web
from assembly.doors import Doors, browser_of, language_of
from assembly.faces import Faces
from assembly.page_settings import PageSettings
from assembly.rooms import DemoDesk
from demos import SCOPE_KEY
from demos.tunnel import shared_at
from ledger import DatabaseUnusable

log = logging.getLogger(__name__)

BUTTONS = ("starter", "regenerate", "continue")
#: Chainlit's token holds for 15 days; ours is made anew every hour.
TOKEN_S = 3600.0
#: Browsers whose token is kept.
TOKENS = 2000


class Tokens:
    """Chainlit's token of each browser: a user is a browser, by its secret's hash."""

    def __init__(self, clock: Callable[[], float] = time) -> None:
        """clock: the one on the wall, which Chainlit reads, too: a token from later than now is no good to it."""
        self._made: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._clock = clock

    def __call__(self, scope: Scope) -> str:
        # Public files are asked for by anybody, and show nobody's.
        owner = chat.guest_of(scope, "").owner if SCOPE_KEY in scope else "nobody"
        token, made = self._made.get(owner, ("", 0.0))
        if not made <= (now := self._clock()) < made + TOKEN_S:
            token = create_jwt(User(identifier=owner))
            self._made[owner] = token, now
            if len(self._made) > TOKENS:
                self._made.popitem(last=False)
        return token


def mount(desk: DemoDesk, doors: Doors, closing: Callable[[], bool]) -> None:
    """Put them in place; once, also under ``chainlit run --watch``. closing: the server takes no new page any more."""
    app = chainlit_server.app
    if getattr(app.state, "demo_desk", False):
        return
    app.state.demo_desk = True
    template = cast(Callable[[str], str], chainlit_server.get_html_template)
    assets = web.Assets(Path(chainlit_server.build_dir) / "assets")
    assets.prepare("index-*")
    sockets = [route for route in app.routes if isinstance(route, Mount)]
    routes = [*chainlit_server.router.routes, *sockets]
    page = web.page_route(lambda: template(""), Faces(desk), routes)
    clicks = _Clicks(desk)
    visitors = desk.visitors
    app.router.routes[:0] = [
        assets.route(),
        *doors.sign_in.routes(),
        Route("/project/action", clicks.button, methods=["POST"]),
        Route("/feedback", clicks.thumb, methods=["PUT"]),
        Route("/feedback", clicks.no_thumb, methods=["DELETE"]),
        Route("/set-session-cookie", _no_cookie, methods=["POST"]),
        Route("/project/settings", PageSettings(desk).show, methods=["GET"]),
        *visitors.routes(),
        page,
    ]
    app.add_middleware(web.Identity, token=Tokens())
    app.add_middleware(web.CalmSockets)
    app.add_middleware(web.OnlyWhatIsUsed)
    app.add_middleware(web.OperatorsOnly, operators=doors.operators, owner=browser_of)
    app.add_middleware(
        web.LinkDoor,
        links=desk.links,
        has_demo=lambda link: visitors.demo(link) is not None,
        refuse=visitors.refuse,
        unlock=visitors.unlock,
        staff=doors.operator_of,
    )
    environment = desk.settings.environment
    app.add_middleware(web.WholeBodies)
    app.add_middleware(
        web.Limits,
        crowd=desk.crowd,
        turn_away=visitors.turn_away,
        staff=lambda cookies: doors.operator_of(cookies) != "",
    )
    app.add_middleware(
        web.KnownHosts,
        public_url=environment.public_url,
        shared=lambda: shared_at(environment.data_dir),
    )
    app.add_middleware(web.NoNewPages, closing=closing, language=language_of)
    app.add_middleware(web.CarefulHeaders, public_url=environment.public_url)
    app.add_middleware(web.Traced, traffic=desk.traffic)
    app.add_middleware(web.Probes, readiness=desk.readiness)
    # Sockets only; a message of more than this ends its socket (a visitor's may have a megabyte).
    chainlit_server.sio.eio.transports = ["websocket"]
    # A phone that lost its network is noticed within 20 s, not 45.
    chainlit_server.sio.eio.ping_interval = chainlit_server.sio.eio.ping_timeout = 10


class _Clicks:
    """What the page tells over HTTP. Chainlit's own routes do not look whose click it is."""

    def __init__(self, desk: DemoDesk) -> None:
        self._desk = desk

    async def button(self, request: Request) -> JSONResponse:
        """A button below a message; it must be the browser's own page."""
        body = await _body(request)
        action = body.get("action")
        if not isinstance(action, dict) or not isinstance(action.get("payload") or {}, dict):
            return JSONResponse({"detail": "not a click"}, 400)
        visit = self._desk.visits.clicked(str(body.get("sessionId")), request.scope)
        if visit is None or action.get("name") not in BUTTONS:
            return JSONResponse({"detail": "no such button"}, 404)
        await self._press(visit, str(action["name"]), action.get("payload") or {})
        return JSONResponse({"success": True, "response": None})

    async def _press(self, visit: chat.Visit, name: str, payload: Mapping[str, Any]) -> None:
        service = self._desk.service
        if name == "regenerate":
            await service.again(visit.conversation)
        elif name == "continue":
            service.go_on(visit.conversation)
        elif isinstance(text := payload.get("message"), str):
            service.ask(visit.conversation, chat.new_id(), text)

    async def thumb(self, request: Request) -> JSONResponse:
        """A thumb below a reply."""
        owner = chat.guest_of(request.scope, "").owner
        body = await _body(request)
        try:
            id = await chat.give_thumb(self._desk.database, owner, body, self._desk.clean)
        except ValueError:
            return JSONResponse({"detail": "not a thumb"}, 400)
        except DatabaseUnusable:
            return JSONResponse({"detail": "not kept"}, 503)
        if id is None:
            return JSONResponse({"detail": "no such reply"}, 404)
        await self._show_thumb(owner, str(body["feedback"]["forId"]), id, body["feedback"])
        return JSONResponse({"success": True, "feedbackId": id})

    async def no_thumb(self, request: Request) -> JSONResponse:
        """A thumb is taken back."""
        owner = chat.guest_of(request.scope, "").owner
        body = await _body(request)
        try:
            done = await chat.take_thumb_back(self._desk.database, owner, body)
        except DatabaseUnusable:
            return JSONResponse({"detail": "not kept"}, 503)
        if done:
            await self._show_thumb(owner, done, str(body["feedbackId"]), None)
        return JSONResponse({"success": done is not None}, 200 if done else 404)

    async def _show_thumb(self, owner: str, turn: str, id: str, given: Mapping[str, Any] | None) -> None:
        """Whoever draws the conversation next shows it so, also where that is another server."""
        if given is None:
            self._desk.visits.unthumbed(owner, id)
        else:
            self._desk.visits.thumbed(owner, id, given)
        try:
            await self._desk.touched(turn)
        except DatabaseUnusable as error:
            log.warning("a thumb is not shown where its page is: %s", error)


async def _no_cookie(_: Request) -> JSONResponse:
    """Chainlit's page asks for a cookie with its session's id, for files that nobody here sends: it gets none."""
    return JSONResponse({"message": "not needed"})


async def _body(request: Request) -> Mapping[str, Any]:
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}
