"""Demo Desk: Chainlit's handlers, each handing over to a room below.

Served by ``python app.py`` (uvicorn on uvloop) or by ``chainlit run app.py``.
"""

import logging
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from settings import Settings, SettingsError, load_settings, parse_demo

# Before Chainlit is imported: it reads the environment, and writes files, as it is imported.
os.environ.setdefault("CHAINLIT_APP_ROOT", str(Path(__file__).resolve().parent))
try:
    settings = load_settings()
except SettingsError as error:
    sys.exit(str(error))

import chainlit as cl  # noqa: E402
from chainlit import server as chainlit_server  # noqa: E402
from chainlit.config import config as cl_config  # noqa: E402
from chainlit.session import WebsocketSession  # noqa: E402
from starlette.requests import Request  # noqa: E402

import chat  # noqa: E402
import web  # noqa: E402
from demos import Demo, DemoFileError, Shelf  # noqa: E402
from emulator import Emulator  # noqa: E402
from holysheep import Engine, EngineError, Model  # noqa: E402
from ledger import Ledger  # noqa: E402

log = logging.getLogger("demo_desk")
sio = chainlit_server.sio


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
        self.emulator = Emulator(control=False)

    async def start(self) -> None:
        """What needs a running loop: the rehearsal's emulator, the local server's models."""
        if self.settings.rehearsing:
            await self.emulator.start()
            rehearsal = self.settings.providers["rehearsal"]
            self.engine.add_provider(replace(rehearsal, base_url=self.emulator.base_url))
        if "local" in self.settings.providers:
            await self._discover()

    async def _discover(self) -> None:
        try:
            names = await self.engine.list_models("local")
        except EngineError as error:
            log.warning("LOCAL_BASE_URL gave no list of models: %s", error)
            return
        self.engine.add_models(Model(name, name, "local", LOCAL_CONTEXT_WINDOW) for name in names)

    async def stop(self) -> None:
        """Close what start() and the conversations opened."""
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


def _routed(model: Model, settings: Settings) -> Model:
    """Without a key the rehearsal answers in the provider's place."""
    return model if model.provider in settings.providers else replace(model, provider="rehearsal")


def _parse(path: Path) -> Demo:
    try:
        return parse_demo(path)
    except SettingsError as error:
        raise DemoFileError(str(error)) from error


desk = DemoDesk(settings)


@cl.on_app_startup
async def on_app_startup() -> None:
    await desk.start()


@cl.on_app_shutdown
async def on_app_shutdown() -> None:
    await desk.stop()


@cl.data_layer
def no_data_layer() -> None:
    """Keeps Chainlit from opening a database of its own when DATABASE_URL is set."""


@cl.on_chat_start
async def on_chat_start() -> None:
    """Registered because ``chainlit run`` asks for it; pages enter at connection_successful."""


@sio.on("connection_successful")
async def connection_successful(sid: str) -> None:
    desk.visits.enter(sid, WebsocketSession.require(sid))


@sio.on("disconnect")
async def disconnect(sid: str) -> None:
    await desk.visits.leave(sid)


@sio.on("client_message")
async def client_message(sid: str, payload: Any) -> None:
    visit = desk.visits.enter(sid, WebsocketSession.require(sid))
    if visit and (message := chat.message_of(payload)):
        desk.service.ask(visit.conversation, *message)


@sio.on("edit_message")
async def edit_message(sid: str, payload: Any) -> None:
    if (visit := desk.visits.of(sid)) and (message := chat.message_of(payload)):
        await desk.service.edit(visit.conversation, *message)


@sio.on("stop")
async def stop(sid: str) -> None:
    if visit := desk.visits.of(sid):
        desk.service.stop(visit.conversation)


@sio.on("clear_history")
async def clear_history(sid: str) -> None:
    if visit := desk.visits.of(sid):
        await desk.service.clear(visit.conversation)


@sio.on("chat_settings_change")
async def chat_settings_change(sid: str, values: Any) -> None:
    if (visit := desk.visits.of(sid)) and isinstance(values, dict):
        desk.service.choose(visit.conversation, values)


@cl.action_callback("starter")
async def on_starter(action: cl.Action) -> None:
    visit = desk.visits.of(cl.context.session.socket_id)
    text = action.payload.get("message")
    if visit and isinstance(text, str):
        desk.service.ask(visit.conversation, chat.new_id(), text)


@cl.action_callback("regenerate")
async def on_regenerate(action: cl.Action) -> None:
    if visit := desk.visits.of(cl.context.session.socket_id):
        await desk.service.again(visit.conversation)


@cl.action_callback("continue")
async def on_continue(action: cl.Action) -> None:
    if visit := desk.visits.of(cl.context.session.socket_id):
        desk.service.go_on(visit.conversation)


def mount() -> None:
    """Our routes and walls around Chainlit's; once, also under ``chainlit run --watch``."""
    app = chainlit_server.app
    if getattr(app.state, "demo_desk", False):
        return
    app.state.demo_desk = True
    assets = web.Assets(Path(chainlit_server.build_dir) / "assets")
    page = web.page_route(lambda: chainlit_server.get_html_template(""), desk.face, chat.BROWSER_COOKIE)
    app.router.routes[:0] = [assets.route(), page]
    app.add_middleware(web.LoopbackOnly, public_url=settings.environment.public_url)
    # A phone that lost its network is noticed within 20 s, not 45.
    sio.eio.ping_interval = sio.eio.ping_timeout = 10


def main() -> None:
    """Serve, or say in one line why not."""
    environment = settings.environment
    logging.basicConfig(level=environment.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        claimed = web.claim(environment.host, environment.port)
    except web.PortBusy as error:
        sys.exit(
            f"Demo Desk: {error}. Dừng chương trình đang dùng cổng này hoặc đặt PORT khác trong .env. / "
            "Stop the program that uses the port, or set another PORT in .env."
        )
    cl_config.run.headless = True
    cl_config.run.host, cl_config.run.port = environment.host, environment.port
    print(f"Demo Desk: {environment.public_url}", flush=True)
    web.serve(chainlit_server.app, claimed)


mount()

if __name__ == "__main__":
    main()
