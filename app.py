"""Demo Desk: Chainlit's handlers, each handing over to a room below.

Served by ``python app.py`` (uvicorn on uvloop) or by ``chainlit run app.py``.
"""

import asyncio
import gc
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from settings import Settings, SettingsError, load_settings, parse_demo

# Before Chainlit is imported: it reads the environment, and writes files, as it is imported.
os.environ.setdefault("CHAINLIT_APP_ROOT", str(Path(__file__).resolve().parent))
try:
    settings = load_settings()
except SettingsError as error:
    sys.exit(str(error))

import chainlit as cl
from chainlit import server as chainlit_server
from chainlit.config import config as cl_config
from chainlit.session import WebsocketSession
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

import chat
import web
from demos import Demo, DemoFileError, Shelf
from emulator import Emulator
from holysheep import Engine, EngineError, Model
from ledger import Ledger

log = logging.getLogger("demo_desk")

Handler = Callable[[str, Any], Awaitable[None]]


def on_socket(event: str) -> Callable[[Handler], Handler]:
    """Our handler takes the place of Chainlit's own; docs/chainlit-seams.toml says why."""

    def register(handler: Handler) -> Handler:
        # A forged event may carry no argument, or ten.
        async def heard(sid: str, data: Any = None, *_: Any) -> None:
            await handler(sid, data)

        chainlit_server.sio.on(event, heard)
        return handler

    return register


class DemoDesk:
    """The rooms, put together once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        models = [_routed(model, settings) for model in settings.models]
        self.engine = Engine(settings.providers.values(), models)
        self.shelf = Shelf(settings.demos_folder, _parse, dict(settings.demos))
        rate = settings.exchange_rate.vnd_per_usd if settings.exchange_rate else None
        ledger = Ledger()
        desk = chat.Desk(self.engine, self.shelf, ledger, settings.default_model, rate)
        self.service = chat.Service(desk)
        self.visits = chat.Visits(chat.Lobby(ledger, settings.default_demo), self.service)
        self.emulator = Emulator(models=[model.id for model in models], control=False, keep=1)
        self._discovery: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """What needs a running loop: the rehearsal's emulator, the local server's models."""
        # The 200,000 objects that imports leave behind are never garbage; a full look through them for some took
        # a quarter of a second on a busy machine, and held every conversation for that long.
        gc.collect()
        gc.freeze()
        if self.settings.rehearsing:
            await self.emulator.start()
            rehearsal = self.settings.providers["rehearsal"]
            self.engine.add_provider(replace(rehearsal, base_url=self.emulator.base_url))
        if "local" in self.settings.providers:
            self._discovery = asyncio.create_task(self._discover())

    async def _discover(self) -> None:
        """Ask the local server for its models until it answers; open pages are offered them at once."""
        while True:
            try:
                names = await self.engine.list_models("local")
            except EngineError as error:
                log.warning("LOCAL_BASE_URL gave no list of models (%s: %s), asking again", error.kind, error)
                await asyncio.sleep(LOCAL_RETRY_S)
            else:
                ids = _discovered(names, self.engine.models)
                local = self.engine.providers["local"]
                self.engine.add_provider(replace(local, model_names={**local.model_names, **ids}))
                self.engine.add_models(Model(id, id, "local", LOCAL_CONTEXT_WINDOW) for id in ids)
                self.visits.offer_models()
                return

    async def stop(self) -> None:
        """Close what start() and the conversations opened."""
        if self._discovery is not None:
            self._discovery.cancel()
        await self.engine.close()
        await self.emulator.stop()

    def face(self, request: Request) -> web.Face:
        """What the page of this request says."""
        chosen = chat.page_language(request.cookies)
        accepted = request.headers.get("accept-language", "")
        language = chat.best_language(accepted) if chosen == "auto" else chosen
        texts = {k.partition(".")[2]: v for k, v in chat.texts(language).items() if k.startswith("bar.")}
        demo = self.shelf.current(self.settings.default_demo)
        greeting = " ".join((demo.greeting.get(language) or demo.title).replace("*", "").split())
        url = self.settings.environment.public_url
        return web.Face(language, demo.title, greeting, url, self.settings.rehearsing, texts)


#: A server of one's own does not say how much its models hold; this is what small ones do.
LOCAL_CONTEXT_WINDOW = 8192
LOCAL_RETRY_S = 15.0


def _routed(model: Model, settings: Settings) -> Model:
    """Without a key the rehearsal answers in the provider's place."""
    return model if model.provider in settings.providers else replace(model, provider="rehearsal")


def _discovered(names: Sequence[str], listed: Mapping[str, Model]) -> dict[str, str]:
    """Our id -> the local server's name. A name that the price list has stays as it is there."""
    new = [name for name in names if name not in listed or listed[name].provider != "local"]
    return {f"local/{name}" if name in listed else name: name for name in new}


def _parse(path: Path) -> Demo:
    try:
        return parse_demo(path, model_ids=[model.id for model in settings.models])
    except SettingsError as error:
        raise DemoFileError({"vi": error.text("vi"), "en": error.text("en")}) from error


desk = DemoDesk(settings)


@cl.on_app_startup
async def on_app_startup() -> None:
    await desk.start()
    own = cl_config.run.port == settings.environment.port
    address = settings.environment.public_url if own else f"http://localhost:{cl_config.run.port}"
    print(f"Demo Desk: {address}", flush=True)


@cl.on_app_shutdown
async def on_app_shutdown() -> None:
    await desk.stop()


@cl.data_layer  # type: ignore[arg-type]  # Chainlit takes None for "no data layer", its types do not
def no_data_layer() -> None:
    """Keeps Chainlit from opening a database of its own when DATABASE_URL is set."""


@cl.on_chat_start
async def on_chat_start() -> None:
    """Registered because ``chainlit run`` asks for it; pages enter at connection_successful."""


@on_socket("connection_successful")
async def connection_successful(sid: str, _: Any) -> None:
    if session := WebsocketSession.get(sid):
        await desk.visits.enter(sid, session)


@on_socket("disconnect")
async def disconnect(sid: str, _: Any) -> None:
    # Any page can send an event of this name; the real one comes when the socket is gone.
    if not chainlit_server.sio.manager.is_connected(sid, "/"):
        await desk.visits.leave(sid)


@on_socket("client_message")
async def client_message(sid: str, payload: Any) -> None:
    session = WebsocketSession.get(sid)
    visit = await desk.visits.enter(sid, session) if session else None
    if visit and (message := chat.message_of(payload)):
        desk.service.ask(visit.conversation, *message)


@on_socket("edit_message")
async def edit_message(sid: str, payload: Any) -> None:
    if (visit := desk.visits.of(sid)) and (message := chat.message_of(payload)):
        await desk.service.edit(visit.conversation, *message)


@on_socket("stop")
async def stop(sid: str, _: Any) -> None:
    if visit := desk.visits.of(sid):
        desk.service.stop(visit.conversation)


@on_socket("show_earlier")
async def show_earlier(sid: str, _: Any) -> None:
    if visit := desk.visits.of(sid):
        visit.conversation.screen.show_earlier()


@on_socket("clear_history")
async def clear_history(sid: str, _: Any) -> None:
    if visit := desk.visits.of(sid):
        await desk.service.clear(visit.conversation)


@on_socket("chat_settings_change")
async def chat_settings_change(sid: str, values: Any) -> None:
    if (visit := desk.visits.of(sid)) and isinstance(values, dict):
        desk.service.choose(visit.conversation, values)


def _ask(visit: chat.Visit, payload: Mapping[str, Any]) -> None:
    if isinstance(text := payload.get("message"), str):
        desk.service.ask(visit.conversation, chat.new_id(), text)


async def on_action(request: Request) -> JSONResponse:
    """A button below a message was clicked; it must be the browser's own page."""
    try:
        body = await request.json()
        session, action = str(body["sessionId"]), body["action"]
        name, payload = str(action["name"]), dict(action.get("payload") or {})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return JSONResponse({"detail": "not a click"}, 400)
    visit = desk.visits.clicked(session, request.cookies)
    if visit is None or name not in ("starter", "regenerate", "continue"):
        return JSONResponse({"detail": "no such button"}, 404)
    if name == "starter":
        _ask(visit, payload)
    elif name == "regenerate":
        await desk.service.again(visit.conversation)
    else:
        desk.service.go_on(visit.conversation)
    return JSONResponse({"success": True, "response": None})


def mount() -> None:
    """Our routes and walls around Chainlit's; once, also under ``chainlit run --watch``."""
    app = chainlit_server.app
    if getattr(app.state, "demo_desk", False):
        return
    app.state.demo_desk = True
    template = cast(Callable[[str], str], chainlit_server.get_html_template)
    assets = web.Assets(Path(chainlit_server.build_dir) / "assets")
    sockets = [route for route in app.routes if isinstance(route, Mount)]
    routes = [*chainlit_server.router.routes, *sockets]
    page = web.page_route(lambda: template(""), desk.face, chat.BROWSER_COOKIE, routes)
    app.router.routes[:0] = [assets.route(), Route("/project/action", on_action, methods=["POST"]), page]
    app.add_middleware(web.OnlyWhatIsUsed)
    app.add_middleware(web.LoopbackOnly, public_url=settings.environment.public_url)
    # A phone that lost its network is noticed within 20 s, not 45.
    chainlit_server.sio.eio.ping_interval = chainlit_server.sio.eio.ping_timeout = 10


def main() -> None:
    """Serve, or say in one line why not."""
    environment = settings.environment
    try:
        claimed = web.claim(environment.host, environment.port)
    except web.PortBusy as error:
        sys.exit(
            f"Demo Desk: {error.strerror}. Dừng chương trình đang dùng cổng này hoặc đặt PORT khác trong .env. / "
            "Stop the program that uses the port, or set another PORT in .env."
        )
    except OSError as error:
        sys.exit(f"Demo Desk: {error.strerror}. Sửa HOST hoặc PORT trong .env. / Mend HOST or PORT in .env.")
    cl_config.run.headless = True
    cl_config.run.host, cl_config.run.port = environment.host, environment.port
    web.serve(chainlit_server.app, claimed)


web.set_up_log(settings.environment.log_level, settings.environment.log_format)
mount()

if __name__ == "__main__":
    main()
