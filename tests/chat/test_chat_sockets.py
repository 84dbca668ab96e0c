"""Chainlit's sockets and ours: what a handshake says, what a page may send, frames in order."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from chainlit.chat_context import chat_contexts
from chainlit.session import WebsocketSession, ws_sessions_id
from chainlit.user_session import user_sessions
from rooms import Rooms, until
from starlette.requests import cookie_parser

from chat import BROWSER_COOKIE, Visits, message_of, owner_of, page_language
from chat.lobby import Ticket
from chat.sockets import MOST_CHARACTERS, MOST_FRAMES, SocketPage, page_of, ticket_of
from demos import SCOPE_KEY, Guest, Link
from ledger import DatabaseUnusable

ID = "3f0a6a53-6a53-4a6a-8a6a-3f0a6a536a53"


class Wire:
    """The ASGI server's end of a websocket; ``broken`` is what it raises."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.broken: Exception | None = None

    async def send(self, message: dict[str, Any]) -> None:
        await self.open.wait()
        if self.broken:
            raise self.broken
        self.frames.append(message)

    @property
    def events(self) -> list[Any]:
        """The socket.io events that were written."""
        return [json.loads(frame["text"][2:]) for frame in self.frames]


@pytest.fixture
async def wire() -> Wire:
    """A websocket that takes everything."""
    return Wire()


async def test_frames_leave_in_order(wire: Wire) -> None:
    """Each event is one socket.io text frame, in the order of send(), also where the line is slow."""
    page = SocketPage(wire.send)
    wire.open.clear()
    for number in range(3):
        page.send("desk", {"n": number})
    await asyncio.sleep(0.01)
    page.send("toast", {"message": "Đã lưu"})
    wire.open.set()
    await until(lambda: len(wire.frames) == 4)
    assert wire.frames[0] == {"type": "websocket.send", "bytes": None, "text": '42["desk",{"n":0}]'}
    assert wire.events == [["desk", {"n": n}] for n in range(3)] + [["toast", {"message": "Đã lưu"}]]
    page.close()


async def test_a_closed_page_is_sent_nothing(wire: Wire) -> None:
    """After close() nothing is written, and the writer's task ends."""
    page = SocketPage(wire.send)
    page.send("desk", {})
    await until(lambda: wire.frames)
    page.close()
    page.send("desk", {})
    await until(page._writer.done)
    assert len(wire.frames) == 1


async def test_nothing_waits_for_a_page_that_is_gone(wire: Wire) -> None:
    """What had not left when the page closed is dropped."""
    wire.open.clear()
    page = SocketPage(wire.send)
    for number in range(3):
        page.send("desk", number)
    await asyncio.sleep(0)
    page.close()
    wire.open.set()
    await until(page._writer.done)
    assert wire.events == [["desk", 0]]


async def test_a_page_that_is_sent_away(wire: Wire) -> None:
    """It is told all that was said before, then its socket closes."""
    page = SocketPage(wire.send)
    page.send("desk", {})
    for _ in range(2):
        page.hang_up()
    page.send("desk", {})
    await until(page._writer.done)
    assert [frame["type"] for frame in wire.frames] == ["websocket.send", "websocket.close"]


async def test_a_page_that_takes_nothing_is_cut_off(wire: Wire) -> None:
    """Frames do not pile up for a dead line: it is closed, so that the page comes back and is drawn whole."""
    wire.open.clear()
    page = SocketPage(wire.send)
    for number in range(MOST_FRAMES + 10):
        page.send("desk", number)
    assert len(page._frames) == 1
    wire.open.set()
    await until(page._writer.done)
    assert wire.frames[-1] == {"type": "websocket.close", "code": 1013} and len(wire.frames) <= 2


async def test_few_frames_may_be_too_much(wire: Wire) -> None:
    """A conversation that is drawn again and again for a page that takes none of it: one waits, and not all."""
    wire.open.clear()
    page = SocketPage(wire.send)
    page.send("resume_thread", "x" * MOST_CHARACTERS)
    await asyncio.sleep(0)  # on its way: what one page shows may be long
    page.send("resume_thread", "x" * MOST_CHARACTERS)
    assert len(page._frames) == 1 and page._frames[0]
    page.send("resume_thread", "x")
    assert [*page._frames] == [""]
    wire.open.set()
    await until(page._writer.done)
    assert wire.frames[-1] == {"type": "websocket.close", "code": 1013}


@pytest.mark.parametrize(
    "error", [OSError("gone"), RuntimeError("closed")], ids=lambda error: type(error).__name__
)
async def test_a_socket_that_breaks_is_quietly_left(wire: Wire, error: Exception) -> None:
    """A browser that goes away between two frames is no error of ours."""
    wire.broken = error
    page = SocketPage(wire.send)
    page.send("desk", {})
    await until(page._writer.done)
    assert page._writer.exception() is None
    page.send("desk", {})


async def test_a_page_needs_a_websocket(wire: Wire) -> None:
    """A handshake without one has no page."""
    assert page_of({}) is None
    assert page_of({"asgi.scope": {"type": "http"}, "asgi.send": wire.send}) is None
    page = page_of({"asgi.scope": {"type": "websocket"}, "asgi.send": wire.send})
    assert page is not None
    page.close()


LINK = Link("abcdefghij", "boutique", datetime(2026, 11, 25, tzinfo=UTC))


def handshake(guest: Guest | None = None, **more: str) -> dict[str, Any]:
    """A socket's, as the doors let it in."""
    return {"asgi.scope": {SCOPE_KEY: guest or Guest("an", None, "operator")}, **more}


@pytest.mark.parametrize(
    ("cookie", "known"),
    [
        (f"{BROWSER_COOKIE}=secret", True),
        (f"a=b; {BROWSER_COOKIE}=secret; c=d", True),
        (f'prefs={{"a": [1]}}; {BROWSER_COOKIE}=secret', True),
        (f"bad cookie; =; ;;{BROWSER_COOKIE}=secret", True),
        (f"ngôn ngữ=việt; {BROWSER_COOKIE}=secret", True),
        (f"{BROWSER_COOKIE}=", False),
        (f"other_{BROWSER_COOKIE}=secret", False),
        ("", False),
        (";;;", False),
        ("\x00\x01", False),
    ],
    ids=range(10),
)
def test_odd_cookies(cookie: str, known: bool) -> None:
    """Whatever else is among the cookies (other programs on localhost set some), ours is found."""
    secret = {BROWSER_COOKIE: "secret"} if known else {}
    assert owner_of(cookie_parser(cookie), "session-1") == owner_of(secret, "session-1")


def test_the_ticket() -> None:
    """Owner, tab, session, thread and languages come from the handshake; an operator may pick a demo."""
    ticket = ticket_of(
        handshake(
            HTTP_COOKIE="desk_language=en",
            QUERY_STRING=f"EIO=4&tab={'t' * 100}&transport=websocket",
            HTTP_ACCEPT_LANGUAGE="vi-VN,vi;q=0.9",
            HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0",
        ),
        "session-1",
        "thread-1",
        "electronics",
    )
    assert ticket == Ticket(
        "an", "session-1", "t" * 64, "thread-1", "vi", "en", None, "electronics", "operator", "desktop"
    )


@pytest.mark.parametrize(
    ("given", "host"),
    [("shop.example", "shop.example"), ("demo.example", None), ("x%3Cscript%3E", None), ("", None)],
)
def test_where_a_page_comes_from(given: str, host: str | None) -> None:
    """The page says it; what is no host's name, or our own, is nowhere."""
    query = f"EIO=4&tab=t&from={given}"
    shown = handshake(Guest("an", LINK), QUERY_STRING=query, HTTP_HOST="demo.example:8000")
    ticket = ticket_of(shown, "session-1", "")
    assert (ticket.referring_host, ticket.device) == (host, "other")


@pytest.mark.parametrize(("given", "offset"), [("420", 420), ("-210", -210), ("9999", None), ("", None)])
def test_how_far_the_page_s_clock_is_ahead(given: str, offset: int | None) -> None:
    """The page says it, and nobody believes nonsense."""
    shown = handshake(Guest("an", LINK), QUERY_STRING=f"EIO=4&tab=t&clock={given}")
    assert ticket_of(shown, "session-1", "").utc_offset == offset


@pytest.mark.parametrize(
    ("given", "shown"), [(ID, ID), (ID.upper(), ID), ("", ""), ("greeting", ""), (ID * 9, ""), ("%00", "")]
)
def test_what_a_tab_showed_last(given: str, shown: str) -> None:
    """A conversation's id, or nothing."""
    environ = {**handshake(Guest("a", None)), "QUERY_STRING": f"tab=t&shown={given}"}
    assert ticket_of(environ, "session-1", "").shown == shown


def test_one_of_ours_at_a_link() -> None:
    """Known by name, and bound to the link's demo as a visitor is."""
    ticket = ticket_of(handshake(Guest("an", LINK, "lan")), "session-1", "", "electronics")
    assert (ticket.link, ticket.demo, ticket.operator) == (LINK, "", "lan")


def test_a_visitor_picks_no_demo() -> None:
    """Their link says which it is."""
    ticket = ticket_of(handshake(Guest("an", LINK)), "session-1", "", "electronics")
    assert (ticket.link, ticket.demo, ticket.operator) == (LINK, "", "")


def test_without_a_secret_the_session_is_the_owner() -> None:
    """A page that may keep nothing is bound to its own session, and no cookie can pretend to be one."""
    nobody = handshake(Guest("", LINK))
    owner = ticket_of(nobody, "session-1", "").owner
    assert owner == ticket_of(nobody, "session-1", "x").owner != ticket_of(nobody, "session-2", "").owner
    assert owner not in (owner_of({BROWSER_COOKIE: "session-1"}, "session-1"), "")


def test_who_came_past_the_doors() -> None:
    """A request without a guest is nobody's: a door was forgotten, and nothing is shown."""
    with pytest.raises(PermissionError):
        ticket_of({}, "session-1", "")


@pytest.mark.parametrize(
    ("cookies", "language"),
    [
        ({}, "auto"),
        ({"desk_language": "vi"}, "vi"),
        ({"desk_language": "en"}, "en"),
        ({"desk_language": "fr"}, "auto"),
    ],
)
def test_the_chosen_page_language(cookies: dict[str, str], language: str) -> None:
    """Only what the settings offer counts."""
    assert page_language(cookies) == language


MESSAGE = {"id": ID, "type": "user_message", "output": "Xin chào", "name": "User"}


def test_a_message_of_a_page() -> None:
    """Id and text, and nothing else that the payload says."""
    forged = {**MESSAGE, "parentId": "x", "metadata": {"location": "/d/token"}, "command": "/switch"}
    assert message_of({"message": forged, "fileReferences": [{"id": "x"}]}) == (ID, "Xin chào")


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "message",
        {},
        {"message": None},
        {"message": "Xin chào"},
        {"message": [MESSAGE]},
        {"message": {**MESSAGE, "type": "system_message"}},
        {"message": {**MESSAGE, "type": "assistant_message"}},
        {"message": {**MESSAGE, "type": None}},
        {"message": {**MESSAGE, "id": 7}},
        {"message": {**MESSAGE, "id": None}},
        {"message": {**MESSAGE, "id": ""}},
        {"message": {**MESSAGE, "id": "greeting"}},
        {"message": {**MESSAGE, "id": ID + "0"}},
        {"message": {**MESSAGE, "id": "a4b8e0fe-e777-11f0-8de9-0242ac120002"}},
        {"message": {**MESSAGE, "id": str(UUID(int=0))}},
        {"message": {**MESSAGE, "output": None}},
        {"message": {**MESSAGE, "output": ["Xin chào"]}},
        {"message": {"output": "Xin chào", "type": "user_message"}},
    ],
    ids=lambda payload: str(payload)[:60],
)
def test_a_forged_message_is_none(payload: Any) -> None:
    """What no page of ours sends is not taken."""
    assert message_of(payload) is None


@pytest.mark.parametrize("id", [ID.upper(), ID.replace("-", ""), "{" + ID + "}", "urn:uuid:" + ID])
def test_an_id_has_one_spelling(id: str) -> None:
    """Another spelling of an id is not taken for it, nor for a new one."""
    assert message_of({"message": {**MESSAGE, "id": id}}) is None


class Door:
    """Sockets of Chainlit's that come in and go."""

    def __init__(self, rooms: Rooms) -> None:
        self.visits = Visits(rooms.lobby, rooms.service)
        self.wires: dict[str, Wire] = {}

    def session(
        self, sid: str, id: str, cookie: str = "a", kind: str = "websocket", query: str = ""
    ) -> WebsocketSession:
        """A session as Chainlit makes it when a socket connects."""
        wire = self.wires[sid] = Wire()
        environ = {
            "asgi.scope": {"type": kind, SCOPE_KEY: Guest(cookie, None, "operator")},
            "asgi.send": wire.send,
            "QUERY_STRING": query,
        }
        return WebsocketSession(id, sid, print, print, {}, "webapp", environ, thread_id="")

    async def words(self, sid: str, event: str) -> Any:
        """The data of the first event of that name on a socket's wire."""
        await until(lambda: any(name == event for name, _ in self.wires[sid].events))
        return next(data for name, data in self.wires[sid].events if name == event)


@pytest.fixture
async def door(rooms: Rooms) -> AsyncIterator[Door]:
    """The desk's door; whoever is still inside leaves at the end."""
    made = Door(rooms)
    yield made
    for sid in list(made.wires):
        await made.visits.leave(sid)


async def test_a_socket_enters_once(door: Door) -> None:
    """The page is drawn when it enters; asking again gives the same visit."""
    session = door.session("sid-1", str(uuid4()))
    assert door.visits.of("sid-1") is None
    visit = await door.visits.enter("sid-1", session)
    assert visit is not None and await door.visits.enter("sid-1", session) is visit is door.visits.of("sid-1")
    drawn = await door.words("sid-1", "resume_thread")
    assert [step["output"] for step in drawn["steps"]] == ["Chào bạn, mình là Mây."]
    assert len([name for name, _ in door.wires["sid-1"].events if name == "resume_thread"]) == 1


async def test_a_page_without_a_websocket_is_turned_away(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    """Long polling is not served, and the log says so."""
    with caplog.at_level(logging.WARNING):
        assert await door.visits.enter("sid-1", door.session("sid-1", str(uuid4()), kind="http")) is None
    assert "turned away" in caplog.text and door.visits.of("sid-1") is None


async def test_leaving_frees_chainlit_s_session(door: Door, rooms: Rooms) -> None:
    """Session, user session and context go with the socket; the conversation stays."""
    id = str(uuid4())
    visit = await door.visits.enter("sid-1", door.session("sid-1", id))
    assert visit is not None
    user_sessions[id], chat_contexts[id] = {}, []
    rooms.service.ask(visit.conversation, str(uuid4()), "Một")
    await door.visits.leave("sid-1")
    assert id not in ws_sessions_id and id not in user_sessions and id not in chat_contexts
    assert door.visits.of("sid-1") is None and visit.conversation.screen.pages == []
    again = await door.visits.enter("sid-2", door.session("sid-2", id))
    assert again is not None and again.conversation is visit.conversation


async def test_a_stranger_who_leaves(door: Door) -> None:
    """A socket that never entered leaves without a trace."""
    await door.visits.leave("nobody")
    door.session("sid-1", str(uuid4()))
    await door.visits.leave("sid-1")
    assert WebsocketSession.get("sid-1") is None


async def test_a_new_chat_over_a_socket(door: Door, rooms: Rooms) -> None:
    """Chainlit's clear_session before the socket goes means: for good."""
    session = door.session("sid-1", str(uuid4()))
    visit = await door.visits.enter("sid-1", session)
    assert visit is not None
    rooms.service.ask(visit.conversation, str(uuid4()), "Một")
    session.to_clear = True
    await door.visits.leave("sid-1")
    fresh = await door.visits.enter("sid-2", door.session("sid-2", str(uuid4())))
    assert fresh is not None and fresh.conversation is not visit.conversation


async def test_a_socket_that_comes_before_the_old_one_is_gone(door: Door) -> None:
    """A phone that changed networks is back before its old socket is missed: the new one stays, the old one goes."""
    id = str(uuid4())
    session = door.session("old", id)
    first = await door.visits.enter("old", session)
    old = session.environ
    door.wires["new"] = Wire()
    session.restore("new")  # as Chainlit's connect does for a session it knows
    session.environ = {**old, "asgi.send": door.wires["new"].send}
    second = await door.visits.enter("new", session)
    assert first is not None and second is not None and second.conversation is first.conversation
    await door.visits.leave("old")
    assert WebsocketSession.get("new") is session and second.conversation.screen.pages == [second.page]
    await door.words("new", "resume_thread")


async def test_new_models_are_offered_to_open_pages(door: Door, rooms: Rooms) -> None:
    """Models that are found while pages are open appear in their panels."""
    await door.visits.enter("sid-1", door.session("sid-1", str(uuid4())))
    await door.words("sid-1", "chat_settings")
    door.wires["sid-1"].frames.clear()
    door.visits.offer_models()
    panel = await door.words("sid-1", "chat_settings")
    assert [item["value"] for item in panel[0]["inputs"][0]["items"]] == list(rooms.engine.models)


async def test_a_tab_that_showed_another_conversation(door: Door, rooms: Rooms) -> None:
    """It comes to the one that it showed last, also where this server knows an older one of its tab; one that nobody
    knows is a new one."""
    seen = []
    for number, shown in enumerate(("", ID, "")):
        sid = f"sid-{number}"
        visit = await door.visits.enter(
            sid, door.session(sid, str(uuid4()), query=f"tab=t&shown={shown or ''}")
        )
        assert visit is not None
        rooms.service.ask(visit.conversation, str(uuid4()), f"Câu {number}")
        await until(lambda visit=visit: visit.conversation.worker is None)
        seen.append(visit.conversation.id)
        await door.visits.leave(sid)
    assert seen[0] != seen[1] == seen[2]
    for id in seen[:2]:
        visit = await door.visits.enter(id, door.session(id, str(uuid4()), query=f"tab=t&shown={id}"))
        assert visit is not None and visit.conversation.id == id and visit in door.visits.open
    rooms.lobby.drop(seen[0])
    visit = await door.visits.enter(
        "late", door.session("late", str(uuid4()), query=f"tab=u&shown={seen[0]}")
    )
    assert visit is not None and visit.conversation.id == seen[0], "from the record"


async def test_a_page_waits_for_the_database(
    door: Door, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that shows a conversation does not lose it to a new one; whoever comes without one begins."""
    recall, faults = rooms.service.recall, iter(range(2))

    async def away(ticket: Ticket) -> object:
        if ticket.thread and next(faults, None) is None:
            return await recall(ticket)
        raise DatabaseUnusable("refused", "vi", "en")

    monkeypatch.setattr(rooms.service, "recall", away)
    monkeypatch.setattr("chat.sockets.LOOK_S", 0.01)
    assert await door.visits.enter("sid-1", door.session("sid-1", str(uuid4()))) is not None
    entering = door.visits.enter("sid-2", door.session("sid-2", str(uuid4()), "b", query=f"shown={ID}"))
    assert await entering is not None and next(faults, None) is None
    assert not door.visits.entering
