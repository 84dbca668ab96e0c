"""Demo Desk: Chainlit's handlers, each handing over to a room below.

Served by ``python app.py`` (uvicorn on uvloop) or by ``chainlit run app.py``.
"""

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

OWN_SERVER = __name__ == "__main__"
if OWN_SERVER:
    # Process 1 of a container is passed over by signals it has no handler for, and the server's come only at its start.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())

import web
from assembly.books import prepare
from assembly.chainlit_folder import NotWritable, application_folder
from assembly.unused import import_chainlit
from ledger import DatabaseUnusable
from settings import SettingsError, load_settings
from settings.secret import installation_secret

# Before Chainlit is imported: it reads the environment, and writes files, as it is imported.
os.environ["CHAINLIT_CUSTOM_AUTH"] = "1"
web.set_up_log("info", os.environ.get("LOG_FORMAT", "").lower())  # until .env is read
try:
    settings = load_settings()
    web.set_up_log(settings.environment.log_level, settings.environment.log_format)
    prepare(settings.environment)
    os.environ["CHAINLIT_AUTH_SECRET"] = installation_secret(settings.environment)
    program, given = Path(__file__).resolve().parent, os.environ.get("CHAINLIT_APP_ROOT", "")
    folder = application_folder(program, settings.environment.data_dir, given)
    os.environ["CHAINLIT_APP_ROOT"] = str(folder)
except SettingsError as error:
    sys.exit(web.said(str(error), "critical"))
except (DatabaseUnusable, NotWritable, OSError) as error:
    sys.exit(web.said(f"Demo Desk: {error}", "critical"))

import_chainlit()
import chainlit as cl
from chainlit import server as chainlit_server
from chainlit.config import config as cl_config
from chainlit.session import WebsocketSession

import chat
from assembly.doors import Doors
from assembly.leaving import Leaving
from assembly.rooms import DemoDesk
from assembly.routes import mount
from assembly.signed_out import keep_signed_out

Handler = Callable[[str, Any], Awaitable[None]]
#: What is heard of a page; of Chainlit's own the handshake alone.
HEARD = {"connect"}


def on_socket(event: str) -> Callable[[Handler], Handler]:
    """Our handler takes the place of Chainlit's own; docs/chainlit-seams.toml says why."""

    def register(handler: Handler) -> Handler:
        # A forged event may carry no argument, or ten.
        async def heard(sid: str, data: Any = None, *_: Any) -> None:
            await handler(sid, data)

        chainlit_server.sio.on(event, heard)
        HEARD.add(event)
        return handler

    return register


def hear_nothing_else() -> None:
    """Chainlit hears of sound, favorites and windows, too: nothing of it is used, anyone can send it, and its handlers
    stumble over what they do not expect, at length in the log."""
    handlers = chainlit_server.sio.handlers["/"]
    for event in handlers.keys() - HEARD:
        del handlers[event]


desk = DemoDesk(settings, os.environ["CHAINLIT_AUTH_SECRET"])
doors = Doors(settings.environment, os.environ["CHAINLIT_AUTH_SECRET"])
leaving = Leaving(desk, desk.readiness, settings.environment.drain_seconds)


@cl.on_app_startup
async def on_app_startup() -> None:
    web.gather_log()
    try:
        if not OWN_SERVER:  # Chainlit binds the port after this, and ends with 0 where it cannot
            web.claim(cl_config.run.host, cl_config.run.port).close()
        await desk.start()
        desk.keep_at(keep_signed_out(doors.operators, desk.store))
        leaving.at_signal()
        own = cl_config.run.port == settings.environment.port
        address = settings.environment.public_url if own else f"http://localhost:{cl_config.run.port}"
        doors.open(cl_config.run.host, address)
        if settings.rehearsing:
            web.tell(
                "Demo Desk: diễn tập, câu trả lời là mẫu / rehearsal, replies are samples: no HOLYSHEEP_API_KEY"
            )
    except (DatabaseUnusable, web.CannotListen, OSError) as error:
        # Chainlit would log what is raised here, and serve all the same.
        print(web.said(f"Demo Desk: {error}", "critical"), file=sys.stderr, flush=True)
        os._exit(1)


@cl.on_app_shutdown
async def on_app_shutdown() -> None:
    await desk.stop()


@cl.data_layer
def data_layer() -> chat.Archive:
    return desk.archive


@cl.on_chat_start
async def on_chat_start() -> None:
    """Registered because ``chainlit run`` asks for it; pages enter at connection_successful."""


@cl.on_chat_resume
async def on_chat_resume(thread: object) -> None:
    """Registered so that the page offers past conversations; they are drawn at connection_successful, too."""


async def enter(sid: str) -> chat.Visit | None:
    session = WebsocketSession.get(sid)
    visit = await desk.visits.enter(sid, session) if session else None
    if visit and desk.visits.of(sid) is visit:  # not gone meanwhile
        desk.backstage.entered(sid, visit)
    return visit


async def speaks(sid: str) -> chat.Visit | None:
    """The visit of a page that says something; None where it has none, or its operator has signed out meanwhile."""
    visit, session = await enter(sid), WebsocketSession.get(sid)
    if visit is None or session is None:
        return None
    if visit.ticket.link is None and not doors.holds(visit.ticket.operator, session.environ):
        visit.page.send("desk", {"go": "/sign-in"})
        desk.backstage.left(sid)  # nothing is shown to it any more
        return None
    return visit


@on_socket("connection_successful")
async def connection_successful(sid: str, _: Any) -> None:
    await enter(sid)


@on_socket("disconnect")
async def disconnect(sid: str, _: Any) -> None:
    # Any page can send an event of this name; the real one comes when the socket is gone.
    if not chainlit_server.sio.manager.is_connected(sid, "/"):
        desk.backstage.left(sid)
        await desk.visits.leave(sid)


@on_socket("client_message")
async def client_message(sid: str, payload: Any) -> None:
    if leaving.closing:
        return  # the page keeps it, and sends it to whoever it comes to next
    visit = await speaks(sid)
    if visit and (message := chat.message_of(payload)) and not desk.backstage.takes(sid, *message):
        desk.service.ask(visit.conversation, *message)


@on_socket("desk_command")
async def desk_command(sid: str, data: Any) -> None:
    if await speaks(sid):  # also a page that has come back, and goes on at once
        desk.backstage.heard(sid, data)


@on_socket("edit_message")
async def edit_message(sid: str, payload: Any) -> None:
    visit, message = await speaks(sid), chat.message_of(payload)
    if visit and message and not desk.backstage.takes(sid, *message, edited=True):
        await desk.service.edit(visit.conversation, *message)


@on_socket("stop")
async def stop(sid: str, _: Any) -> None:
    if visit := desk.visits.of(sid):
        desk.service.stop(visit.conversation)


@on_socket("press")
async def press(sid: str, button: Any) -> None:
    if visit := await speaks(sid):
        desk.service.press(visit.conversation, button)


@on_socket("show_earlier")
async def show_earlier(sid: str, _: Any) -> None:
    if visit := desk.visits.of(sid):
        desk.service.show_earlier(visit.conversation)


@on_socket("clear_session")
async def clear_session(sid: str, _: Any) -> None:
    if session := WebsocketSession.get(sid):
        session.to_clear = True  # told apart from a lost connection when the socket is gone


@on_socket("clear_history")
async def clear_history(sid: str, _: Any) -> None:
    if visit := desk.visits.of(sid):
        await desk.service.clear(visit.conversation)


@on_socket("chat_settings_change")
async def chat_settings_change(sid: str, values: Any) -> None:
    if (visit := await speaks(sid)) and isinstance(values, dict):
        desk.service.choose(visit.conversation, values)


def main() -> None:
    """Serve, or say in one line why not."""
    environment = settings.environment
    try:
        claimed = web.claim(environment.host, environment.port)
    except web.CannotListen as error:
        sys.exit(web.said(f"Demo Desk: {error}", "critical"))
    cl_config.run.headless = True
    cl_config.run.host, cl_config.run.port = environment.host, environment.port
    web.serve(chainlit_server.app, claimed, environment.max_sockets, environment.forwarded_allow_ips)


hear_nothing_else()
mount(desk, doors, lambda: leaving.closing)

if OWN_SERVER:
    main()
