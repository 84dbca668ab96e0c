"""Who is in which conversation: found again after a reload, kept for a while after its page left."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from chat.conversation import Conversation
from chat.screen import Page
from chat.steps import new_id
from demos import AnswerLanguage, Language, Link

#: A page that is gone this long is not coming back: its reply is stopped.
GRACE_S = 25.0
#: So long a tab that asked for a new conversation is not given an old one.
FRESH_S = 3600.0
#: Conversations without a page that are kept in memory, the longest unseen going first.
KEPT = 500


@dataclass(frozen=True)
class Ticket:
    """How a page says which conversation is its own.

    owner: the browser's secret, hashed. session: Chainlit's id of the page. tab: the browser
    tab's own id, '' where storage is blocked. thread: the conversation that the page's address names, or that it showed
    before it lost its line; shown: the one that its tab showed last, if it is not to have a new one.
    language: the browser's. page_language: what its visitor chose before. link: a visitor's, whose demo it shows;
    None for an operator, who signed in under the name ``operator`` and picked ``demo``, or none. An operator at a link
    has both. device, referring_host, utc_offset: see ``chat.arrival``.
    """

    owner: str
    session: str
    tab: str
    thread: str
    language: Language
    page_language: AnswerLanguage = "auto"
    link: Link | None = None
    demo: str = ""
    operator: str = ""
    device: str = "other"
    referring_host: str | None = None
    utc_offset: int | None = None
    shown: str = ""


class Lobby:
    """The conversations that this process has in memory.

    forget: is told the id of each that goes. has_moved: whether another replica's page shows one that no page of ours
    shows any more: then its reply is left to end.
    """

    def __init__(
        self,
        demo: str,
        forget: Callable[[str], None],
        has_moved: Callable[[Conversation], Awaitable[bool]] | None = None,
    ) -> None:
        self._demo = demo
        self._forget_totals = forget
        self._has_moved = has_moved
        self._parting: set[asyncio.Task[None]] = set()
        self._kept: OrderedDict[str, Conversation] = OrderedDict()
        self._tabs: dict[tuple[str, str], str] = {}
        self._latest: dict[str, str] = {}
        #: Operator's owner -> the demo of the page that came last, also of one that nothing was said on.
        self._demos: OrderedDict[str, str] = OrderedDict()
        #: Owner -> the demo that their next conversation shows, until it does.
        self._next_demo: dict[str, str] = {}
        self._fresh: set[tuple[str, str]] = set()
        self._farewells: dict[str, asyncio.TimerHandle] = {}
        #: A page that asked for another one comes to their address; Chainlit sends it there.
        self._expected: set[str] = set()

    def __len__(self) -> int:
        return len(self._kept)

    def enter(self, ticket: Ticket) -> Conversation:
        """The page's conversation: its own from before, or a new one."""
        key = _key(ticket)
        conversation = self._find(ticket) or self._new(ticket)
        self._tabs[key] = conversation.id
        if ticket.thread not in ("", conversation.id):
            self._expected.add(conversation.id)
        conversation.tabs.add(key)
        if self._next_demo.get(ticket.owner) == conversation.demo:
            del self._next_demo[ticket.owner]
        self._latest[ticket.owner] = conversation.id
        if ticket.link is None:
            self._note_demo(ticket.owner, conversation.demo)
        self._kept.move_to_end(conversation.id)
        conversation.browser_language = ticket.language
        conversation.utc_offset = ticket.utc_offset
        conversation.link, conversation.operator = ticket.link, ticket.operator
        conversation.barred = False  # its door has just been passed
        if farewell := self._farewells.pop(conversation.id, None):
            farewell.cancel()
        return conversation

    def lacks(self, ticket: Ticket) -> bool:
        """Nothing in memory is this page's; what is on record may be."""
        named = ticket.thread or ticket.shown
        if named and named not in self._kept:
            return True
        if self._find(ticket) is not None or _key(ticket) in self._fresh:
            return False
        return ticket.owner not in self._latest

    def known(self, ticket: Ticket) -> Conversation | None:
        """What is in memory of this page's."""
        return self._find(ticket)

    def adopt(self, conversation: Conversation) -> None:
        """Take in a conversation that was read from the record, unless it came in meanwhile."""
        kept = self._kept.setdefault(conversation.id, conversation)
        self._latest.setdefault(kept.owner, kept.id)

    def leave(self, conversation: Conversation, page: Page, ticket: Ticket, for_good: bool = False) -> None:
        """The page that entered with that ticket is gone. for_good: its visitor wants a new conversation."""
        if page in conversation.screen.pages:
            conversation.screen.pages.remove(page)
        if for_good:
            self._begin_afresh(conversation, _key(ticket))
        if conversation.screen.pages or conversation.id not in self._kept:
            return
        if for_good or not (conversation.touched or conversation.id in self._expected):
            self._forget(conversation)
            return
        loop = asyncio.get_running_loop()
        self._farewells[conversation.id] = loop.call_later(GRACE_S, self._miss, conversation)
        self._trim()

    def _begin_afresh(self, conversation: Conversation, key: tuple[str, str]) -> None:
        """The tab gets a new conversation, whatever else of its visitor's is kept."""
        conversation.tabs.discard(key)
        self._tabs.pop(key, None)
        self._fresh.add(key)
        asyncio.get_running_loop().call_later(FRESH_S, self._fresh.discard, key)

    def find(self, id: str) -> Conversation | None:
        """The conversation of that id, if it is here."""
        return self._kept.get(id)

    def latest_demo(self, owner: str) -> str:
        """The demo that an operator's next page shows: one that was made for them, else that of their last page; ''
        where none has come."""
        return self._next_demo.get(owner) or self._demos.get(owner, "")

    def begin_with(self, owner: str, demo: str) -> None:
        """Somebody's next conversation shows this demo."""
        self._next_demo[owner] = demo

    def _note_demo(self, owner: str, demo: str) -> None:
        self._demos[owner] = demo
        self._demos.move_to_end(owner)
        if len(self._demos) > KEPT:
            self._demos.popitem(last=False)

    def of_link(self, id: str) -> list[Conversation]:
        """The conversations of a link, by its public id."""
        return [kept for kept in self._kept.values() if kept.link is not None and kept.link.id == id]

    def drop(self, id: str) -> None:
        """A conversation was deleted: what is under way in it is stopped, and nobody comes back to it."""
        conversation = self._kept.get(id)
        if conversation is not None:
            self._forget(conversation)

    def mark(self, owner: str, turn: str, thumb: dict[str, object] | None) -> None:
        """A thumb was given or taken back: whoever draws the conversation again shows it so."""
        for conversation in self._kept.values():
            if conversation.owner == owner and conversation.screen.mark(turn, thumb):
                return

    def unmark(self, owner: str, feedback: str) -> None:
        """The thumb of that id was taken back."""
        for conversation in self._kept.values():
            if conversation.owner == owner:
                conversation.screen.unmark(feedback)

    def _find(self, ticket: Ticket) -> Conversation | None:
        # An address that names a conversation goes before what the tab has shown so far.
        # What this tab has shown elsewhere goes before what it showed here, perhaps long ago.
        for id in (ticket.thread, ticket.shown or self._tabs.get(_key(ticket))):
            conversation = self._kept.get(id or "")
            if conversation and conversation.owner == ticket.owner:
                return conversation
        if ticket.shown or _key(ticket) in self._fresh:
            return None
        # A visitor who comes back in a new tab finds the conversation that no page shows.
        latest = self._kept.get(self._latest.get(ticket.owner, ""))
        return latest if latest and not latest.screen.pages else None

    def _new(self, ticket: Ticket) -> Conversation:
        demo = ticket.link.demo if ticket.link else ticket.demo or self._demo
        conversation = Conversation(
            new_id(), ticket.owner, demo, ticket.language, ticket.link, ticket.operator
        )
        conversation.page_language = ticket.page_language
        conversation.device, conversation.referring_host = ticket.device, ticket.referring_host
        self._kept[conversation.id] = conversation
        return conversation

    def _miss(self, conversation: Conversation) -> None:
        """Its page has been gone for long; it may be somewhere else."""
        if self._has_moved is None or (conversation.running is None and not conversation.queue):
            self._part(conversation)
            return
        task = asyncio.create_task(self._part_unless_moved(conversation))
        self._parting.add(task)
        task.add_done_callback(self._parting.discard)

    async def _part_unless_moved(self, conversation: Conversation) -> None:
        assert self._has_moved is not None
        moved = await self._has_moved(conversation)
        if not conversation.screen.pages and not moved:
            self._part(conversation)

    def _part(self, conversation: Conversation) -> None:
        """Stop what is under way. What waits is shown as stopped, too: what was typed is there on return."""
        self._farewells.pop(conversation.id, None)
        for turn in (conversation.running, *conversation.queue):
            if turn is not None:
                turn.leave()

    def _trim(self) -> None:
        away = [c for c in self._kept.values() if not c.screen.pages]
        for conversation in away[: max(0, len(away) - KEPT)]:
            self._forget(conversation)

    def _forget(self, conversation: Conversation) -> None:
        self._part(conversation)
        self._kept.pop(conversation.id, None)
        self._expected.discard(conversation.id)
        self._forget_totals(conversation.id)
        if conversation.worker is not None:
            # A reply that is stopped is metered on its way out.
            conversation.worker.add_done_callback(lambda _: self._forget_totals(conversation.id))
        if self._latest.get(conversation.owner) == conversation.id:
            del self._latest[conversation.owner]
        for key in conversation.tabs:
            self._tabs.pop(key, None)


def _key(ticket: Ticket) -> tuple[str, str]:
    """What a browser tab is known by; a page without storage is known by its session."""
    return ticket.owner, ticket.tab or ticket.session
