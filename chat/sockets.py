"""Chainlit's sockets and ours: pages that write straight to their websocket.

Every private thing of Chainlit and its socket libraries that is used here is listed, with the
reason, in docs/chainlit-seams.toml; a test holds the list against what is installed.
"""

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import orjson
from chainlit.chat_context import chat_contexts
from chainlit.session import WebsocketSession
from chainlit.user_session import user_sessions
from starlette.requests import cookie_parser

from chat.arrival import device_of, host_of, offset_of
from chat.conversation import Conversation
from chat.elsewhere import LOOK_S
from chat.lobby import Lobby, Ticket
from chat.service import Service
from chat.texts import best_language
from demos import SCOPE_KEY, AnswerLanguage, Guest, Language, Link
from ledger import DatabaseUnusable

log = logging.getLogger(__name__)

#: The cookie that holds a browser's secret; set by ``web``.
BROWSER_COOKIE = "desk_browser"
LANGUAGE_COOKIE = "desk_language"

#: Frames that may wait for a page that takes none: 25 seconds of a reply.
MOST_FRAMES = 500
#: Characters of them: some conversations, drawn whole.
MOST_CHARACTERS = 4_000_000
#: A page that comes back waits so long for a database that is away.
AWAY_S = 60.0


class SocketPage:
    """A page behind a websocket.

    Frames go to the ASGI server directly. Through Chainlit's emitter each would cost two tasks and
    a timer in socketio and engineio; at 20 frames a second and 40 pages that is most of the bill.
    """

    def __init__(self, asgi_send: Any) -> None:
        self._asgi_send = asgi_send
        self._frames: deque[str] = deque()
        self._characters = 0
        self._loop = asyncio.get_running_loop()
        self._idle: asyncio.Future[None] | None = None
        self._closed = False
        self._writer = asyncio.create_task(self._write())

    def send(self, event: str, data: Any) -> None:
        """Emit one event; order is kept, nothing blocks.

        A page that takes nothing for long is cut off: it comes back by itself and is drawn whole.
        """
        if self._closed:
            return
        # "42": an engine.io message that holds a socket.io event
        frame = "42" + orjson.dumps([event, data]).decode()
        too_much = bool(self._frames) and self._characters + len(frame) > MOST_CHARACTERS
        self._frames.append(frame)
        self._characters += len(frame)
        if too_much or len(self._frames) > MOST_FRAMES:
            self._closed = True
            self._frames.clear()
            self._frames.append("")
        self._wake()

    def hang_up(self) -> None:
        """Close the socket once all that was sent is out: the page comes back by itself, to whoever is there then."""
        if not self._closed:
            self._closed = True
            self._frames.append("")
            self._wake()

    def close(self) -> None:
        """The socket is gone."""
        self._closed = True
        self._frames.clear()
        self._wake()

    def _wake(self) -> None:
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    async def _write(self) -> None:
        # A future of our own: an asyncio.Event asks for the loop at each wait, a system call on Python 3.11.
        try:
            while self._frames or not self._closed:
                while self._frames:
                    frame = self._frames.popleft()
                    self._characters -= len(frame)
                    await self._asgi_send(_frame(frame))
                if not self._closed:
                    self._idle = self._loop.create_future()
                    await self._idle
        except (OSError, RuntimeError) as error:
            # The browser went away between two frames; Chainlit's disconnect follows.
            log.debug("page gone: %s", type(error).__name__)
            self._closed = True


def _frame(text: str) -> dict[str, Any]:
    """An ASGI message; no text closes the socket."""
    if not text:
        return {"type": "websocket.close", "code": 1013}
    return {"type": "websocket.send", "bytes": None, "text": text}


def page_of(environ: dict[str, Any]) -> SocketPage | None:
    """The page of a socket's handshake; None where it is no websocket."""
    scope = environ.get("asgi.scope") or {}
    if scope.get("type") != "websocket":
        return None
    return SocketPage(environ["asgi.send"])


def owner_of(cookies: Mapping[str, str], session: str) -> str:
    """Who a browser is: its secret, hashed; without one, whoever holds this session's id."""
    secret = cookies.get(BROWSER_COOKIE)
    return hashlib.sha256((f"browser {secret}" if secret else f"session {session}").encode()).hexdigest()


def guest_of(scope: Mapping[str, Any], session: str) -> Guest:
    """Who sends a request, as the doors found out; a browser without a secret is known by its session."""
    guest = scope.get(SCOPE_KEY)
    if not isinstance(guest, Guest):
        raise PermissionError("a request that came past the doors")
    if guest.owner:
        return guest
    place = guest.link.id if guest.link else ""
    return replace(guest, owner=owner_of({}, f"{place} {session}"))


def ticket_of(environ: dict[str, Any], session: str, thread: str, demo: str = "") -> Ticket:
    """What a socket's handshake says of its page. demo: what an operator picked."""
    cookies = _cookies(environ)
    guest = guest_of(environ.get("asgi.scope") or {}, session)
    query = parse_qs(environ.get("QUERY_STRING", ""))
    tab = query.get("tab", [""])[0][:64]
    return Ticket(
        guest.owner,
        session,
        tab,
        thread,
        best_language(environ.get("HTTP_ACCEPT_LANGUAGE", "")),
        page_language(cookies),
        guest.link,
        demo if guest.link is None else "",
        guest.operator,
        device_of(environ.get("HTTP_USER_AGENT", "")),
        host_of(query.get("from", [""])[0], environ.get("HTTP_HOST", "")),
        offset_of(query.get("clock", [""])[0]),
        id_in(query.get("shown", [""])[0]),
    )


def id_in(text: str) -> str:
    """A conversation's id, as a page says it; '' for anything else."""
    try:
        return str(UUID(text)) if len(text) <= 36 else ""
    except ValueError:
        return ""


def page_language(cookies: Mapping[str, str]) -> AnswerLanguage:
    """What the settings chose for the page, which the browser keeps in a cookie."""
    chosen = cookies.get(LANGUAGE_COOKIE)
    return "vi" if chosen == "vi" else "en" if chosen == "en" else "auto"


def chosen_language(cookies: Mapping[str, str], accepted: str) -> Language:
    """The page's: what its settings chose, else what the browser accepts (its Accept-Language)."""
    chosen = page_language(cookies)
    return best_language(accepted) if chosen == "auto" else chosen


def _cookies(environ: dict[str, Any]) -> dict[str, str]:
    # Not SimpleCookie: it drops every cookie after one it dislikes, and other programs on localhost set such.
    return cookie_parser(environ.get("HTTP_COOKIE", ""))


@dataclass(frozen=True)
class Visit:
    """A page in its conversation. ticket: what it came in with."""

    conversation: Conversation
    page: SocketPage
    ticket: Ticket


class Visits:
    """Which socket shows which conversation. link_now: a link as it is known now; a handshake may be long ago."""

    def __init__(
        self, lobby: Lobby, service: Service, link_now: Callable[[str], Link | None] = lambda id: None
    ) -> None:
        self._lobby = lobby
        self._link_now = link_now
        self._service = service
        self._visits: dict[str, Visit] = {}
        self._entering: dict[str, asyncio.Task[Visit | None]] = {}
        self._forgetting: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._visits)

    async def enter(self, sid: str, session: WebsocketSession) -> Visit | None:
        """A page has come, or come back: it gets its conversation, drawn whole."""
        if sid in self._visits:
            return self._visits[sid]
        # Its first message may come while its conversation is still being read.
        if sid not in self._entering:
            self._entering[sid] = asyncio.create_task(self._enter(sid, session))
        try:
            return await self._entering[sid]
        finally:
            self._entering.pop(sid, None)

    async def _enter(self, sid: str, session: WebsocketSession) -> Visit | None:
        thread, demo = session.thread_id_to_resume or "", self._service.demo_named(session.chat_profile)
        ticket = ticket_of(session.environ, session.id, thread, demo)
        if not session.id:
            return None  # no page of ours: without a secret it would be everybody's
        await self._bring(ticket, sid, session)
        if ticket.link is not None:
            ticket = replace(ticket, link=self._link_now(ticket.link.id) or ticket.link)
        if WebsocketSession.get(sid) is not session:
            return None  # gone meanwhile
        page = page_of(session.environ)
        if page is None:
            log.warning("a page without a websocket was turned away")
            return None
        visit = Visit(self._lobby.enter(ticket), page, ticket)
        self._visits[sid] = visit
        self._service.open(visit.conversation, page)
        return visit

    async def _bring(self, ticket: Ticket, sid: str, session: WebsocketSession) -> None:
        """Have the page's conversation in memory, if there is one, as it stands."""
        if self._lobby.lacks(ticket):
            named = [id for id in (ticket.thread, ticket.shown) if id]
            for id in named or [""]:
                if id and self._lobby.find(id):
                    break
                if found := await self._recall(replace(ticket, thread=id, shown=""), sid, session):
                    self._lobby.adopt(found)
                    return
        if (known := self._lobby.known(ticket)) and known.touched:
            await self._service.catch_up(known)

    async def _recall(self, ticket: Ticket, sid: str, session: WebsocketSession) -> Conversation | None:
        """What is on record of the page's. A page that shows a conversation waits for a database that is away: it would
        lose it to a new one."""
        until = asyncio.get_running_loop().time() + AWAY_S
        while True:
            try:
                return await self._service.recall(ticket)
            except DatabaseUnusable as error:
                log.error("a conversation could not be read: %s", error)
            late = asyncio.get_running_loop().time() > until
            if not ticket.thread or late or WebsocketSession.get(sid) is not session:
                return None
            await asyncio.sleep(LOOK_S)

    def clicked(self, session_id: str, scope: Mapping[str, Any]) -> Visit | None:
        """The visit of a page that reports a click over HTTP; None where it is not that browser's."""
        session = WebsocketSession.get_by_id(session_id)
        visit = self._visits.get(session.socket_id) if session else None
        return visit if visit and visit.conversation.owner == guest_of(scope, session_id).owner else None

    def thumbed(self, owner: str, id: str, given: Mapping[str, Any]) -> None:
        """A thumb was kept."""
        thumb = {key: given.get(key) for key in ("forId", "value", "comment")}
        self._lobby.mark(owner, str(given.get("forId")), {**thumb, "id": id})

    def unthumbed(self, owner: str, id: str) -> None:
        """A thumb was taken back."""
        self._lobby.unmark(owner, id)

    @property
    def open(self) -> list[Visit]:
        """All pages that are here."""
        return list(self._visits.values())

    @property
    def entering(self) -> bool:
        """A page is on its way in."""
        return bool(self._entering)

    def of(self, sid: str) -> Visit | None:
        """The visit of a socket; None before its page has entered."""
        return self._visits.get(sid)

    def forget(self, conversation_id: str) -> None:
        """A conversation's texts were taken off the record: its pages begin anew, soon."""
        if conversation := self._lobby.find(conversation_id):
            task = asyncio.create_task(self._service.forget(conversation))
            self._forgetting.add(task)
            task.add_done_callback(self._forgetting.discard)

    def latest_demo(self, owner: str) -> str:
        """The demo that an operator's page goes on with; '' where it begins anew."""
        return self._lobby.latest_demo(owner)

    def link_changed(self, link: Link) -> None:
        """A link was changed: its open pages are told what that means for them."""
        for conversation in self._lobby.of_link(link.id):
            assert conversation.link is not None
            if conversation.link.passcode != link.passcode:
                conversation.barred = link.passcode is not None
            conversation.link = link
            self._service.tell_of_link(conversation)

    def offer_models(self) -> None:
        """There are more models: every open page's panel shows them."""
        for visit in self._visits.values():
            self._service.send_panel(visit.conversation, visit.page)

    async def leave(self, sid: str) -> None:
        """The socket is gone. Its Chainlit session goes too: a page that comes back makes a new one."""
        session = WebsocketSession.get(sid)
        visit = self._visits.pop(sid, None)
        if visit is not None:
            visit.page.close()
            for_good = bool(session and session.to_clear)
            self._lobby.leave(visit.conversation, visit.page, visit.ticket, for_good)
        if session is not None:
            user_sessions.pop(session.id, None)
            chat_contexts.pop(session.id, None)
            await session.delete()


def message_of(payload: Any) -> tuple[str, str] | None:
    """Id and text of a ``client_message`` or ``edit_message``; None for what no page of ours sends."""
    message = payload.get("message") if isinstance(payload, dict) else None
    if not isinstance(message, dict):
        return None
    id, text = message.get("id"), message.get("output")
    if not isinstance(id, str) or not isinstance(text, str) or message.get("type") != "user_message":
        return None
    try:
        uuid = UUID(id)
    except ValueError:
        return None
    # In its one spelling: another would pass for another message.
    return (id, text) if uuid.version == 4 and str(uuid) == id else None
