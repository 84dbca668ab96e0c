"""One conversation as the visitor sees it: its turns, what it has chosen, its screen."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chat.choices import Choices
from chat.history import Exchange
from chat.screen import Screen
from chat.status import Status
from chat.steps import Step
from demos import AnswerLanguage, Demo, Language, Link
from demos.tracing import REQUEST
from holysheep import ReplyStream
from ledger import id_on_record


@dataclass
class Turn:
    """One user message and the reply to it.

    id: the user message's. record: the turn's own, under which it stands in the books.
    steps: what stands on the screen below the message, in order.
    stream: the reply under way. said: question and reply, as the model is told of them later.
    request: the id of the request or socket that it came by. kept: the message is on record. opened: it is or was being
    answered. left: when its visitor had been gone for so long that it was stopped. on_stop: called where it is stopped
    before it begins.
    """

    id: str
    text: str
    steps: list[Step] = field(default_factory=list)
    stream: ReplyStream | None = None
    said: Exchange | None = None
    stopped: bool = False
    left: datetime | None = None
    on_stop: Callable[[], None] | None = None
    kept: bool = False
    opened: bool = False
    record: str = field(default_factory=id_on_record)
    request: str = field(default_factory=REQUEST.get)

    def stop(self) -> None:
        """End the reply, or keep it from beginning."""
        self.stopped = True
        if self.stream is not None:
            self.stream.stop()
        if self.on_stop is not None:
            self.on_stop()

    def leave(self) -> None:
        """End the reply, since nobody is there to read it."""
        self.left = datetime.now(UTC)
        self.stop()


class Conversation:
    """A visitor's conversation with one demo.

    owner: who may come back to it. link: the visitor's; None for an operator's own. operator: the name of one of
    ours; one who comes by a link sees what its visitors see, and has no more rights than they have.
    device, referring_host: with what, and from which site, its first page came.
    barred: the link has another passcode than when its pages came in.
    tabs: the browser tabs that have shown it. choices: None until its first page is there; offered: what the demo sets
    where its visitor chooses nothing. panel_demo: the demo as an operator's panel last showed it.
    turns: answered, running and waiting ones, in order; ``queue`` holds the waiting ones, ``elsewhere`` those that
    another program answers or has in its queue.
    status: the line that tells of a slow reply. worker: the task that answers turns.
    settling: edits and clearings that wait for a reply to end; held: messages that came meanwhile.
    given_back: messages that were not taken after all, by id and text; told again to a page that was away.
    left_out: turns the model was not told of, last time; shortened: it was told of fewer than we had thought it can
    hold. next_position: of the next turn on record.
    utc_offset: minutes that the page's clock is ahead of UTC; None: unknown.
    reports: of commands on the screen that the ledger answers, by their message's id: the ids of the answer's steps.
    touched: its visitor has asked or chosen something, so that there is something to come back to.
    """

    def __init__(
        self, id: str, owner: str, demo: str, language: Language, link: Link | None = None, operator: str = ""
    ) -> None:
        self.id = id
        self.owner = owner
        self.demo = demo
        self.link = link
        self.barred = False
        self.operator = operator
        self.browser_language = language
        self.page_language: AnswerLanguage = "auto"
        self.device: str | None = None
        self.referring_host: str | None = None
        self.choices: Choices | None = None
        self.offered: Choices | None = None
        self.panel_demo: Demo | None = None
        self.screen = Screen(id)
        self.screen.demo = "" if link is not None else demo
        self.tabs: set[tuple[str, str]] = set()
        self.turns: list[Turn] = []
        self.queue: list[Turn] = []
        self.elsewhere: list[Turn] = []
        self.running: Turn | None = None
        self.worker: asyncio.Task[None] | None = None
        self.settling = 0
        self.held: list[tuple[str, str]] = []
        self.given_back: list[tuple[str, str]] = []
        self.left_out = 0
        self.reports: dict[str, list[str]] = {}
        self.touched = False
        self.shortened = False
        self.utc_offset: int | None = None
        self.status: Status | None = None
        self.next_position = 0

    def take(self, turn: Turn) -> int:
        """Put a turn behind the others; gives its position among all that the conversation ever had."""
        self.turns.append(turn)
        self.next_position += 1
        return self.next_position - 1

    @property
    def language(self) -> Language:
        """The page's: what the settings say, else the browser."""
        chosen = self.choices.page_language if self.choices else self.page_language
        return self.browser_language if chosen == "auto" else chosen

    def exchanges(self, until: Turn) -> list[Exchange]:
        """Everything said up to the question of ``until``."""
        place = self.turns.index(until)
        said = [turn.said for turn in self.turns[:place] if turn.said is not None]
        return [*said, Exchange(until.text)]

    def turn(self, message_id: str) -> Turn | None:
        """The turn of a message that came before: a page sends again what it was not told is on record."""
        return next((turn for turn in self.turns if turn.id == message_id), None)
