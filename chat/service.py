"""What a visitor can do in a conversation; every Chainlit handler hands over to one of these."""

import asyncio
import logging
import re
import unicodedata
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

from chat import steps
from chat.admission import Admission
from chat.anew import say_anew
from chat.choices import Refused
from chat.conversation import Conversation, Turn
from chat.elsewhere import LOOK_S, Watch, follow, read_again
from chat.greeting import greet
from chat.lobby import Ticket
from chat.panels import Panels
from chat.receipt_line import totals_line
from chat.report import Reports, is_report
from chat.restore import restored, saved_choices
from chat.screen import Page
from chat.sight import sight
from chat.status import NOTHING
from chat.texts import say
from chat.turn import Desk, answer, audience
from chat.walls import LONGEST_MESSAGE, Walls
from demos import UnknownDemo
from ledger import (
    ConversationStart,
    DatabaseUnusable,
    MessageStart,
    TakenElsewhere,
    latest_of,
    load_conversation,
)

log = logging.getLogger(__name__)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_VISIBLE = re.compile(r"[^\s\u200b-\u200f\u2060-\u2064\ufeff]")

#: Who writes without a pause, or while the database is away for long, goes on with what is in memory.
TRIES = 25
#: So long the replies under way have to end at a shutdown.
CLOSING_S = 5.0
#: Words that went back to the text box are told again to a page that comes within this time: it may have been away.
GIVEN_BACK_S = 60.0
#: Messages that may wait for a reply; one more goes back to the composer.
LONGEST_QUEUE = 10


class Service:
    """The conversations' verbs: open, ask, edit, stop, again, choose, clear.

    admission: how many replies run at once.
    """

    def __init__(self, desk: Desk, admission: Admission | None = None) -> None:
        self._desk = desk
        self.admission = admission or Admission()
        self._at_work: set[Conversation] = set()
        self._reports = Reports(desk)
        self._panels = Panels(desk)
        self._walls = Walls(desk)
        self._watch = Watch(desk)
        self._at_it: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether anybody is being answered."""
        return bool(self._at_work)

    @property
    def waiting(self) -> int:
        """How many messages wait: for the reply before them, or in line."""
        return sum(len(conversation.queue) for conversation in self._at_work)

    @property
    def answering(self) -> int:
        """In how many conversations a reply is under way, or a message waits for one."""
        return sum(self.answers(conversation) for conversation in self._at_work)

    def answers(self, conversation: Conversation) -> bool:
        """Whether anything is answered in it here; what another program answers is not."""
        waits = bool(conversation.queue) and not conversation.elsewhere
        return conversation.running is not None or conversation.settling > 0 or waits

    async def interrupt(self) -> None:
        """End every reply under way, as we must; messages that wait are left to whoever their page comes to."""
        workers = []
        self.admission.close()
        for conversation in self._at_work:
            conversation.queue.clear()
            if conversation.running and conversation.running.stream:
                conversation.running.stream.interrupt()
            if conversation.worker and conversation.elsewhere:
                conversation.worker.cancel()
            if conversation.worker:
                workers.append(conversation.worker)
        if workers:
            await asyncio.wait(workers, timeout=CLOSING_S)

    async def close(self) -> None:
        """End all that is under way."""
        await self.interrupt()
        for task in self._at_it:
            task.cancel()
        await self._reports.close()

    def demo_named(self, name: str | None) -> str:
        """The demo of that name; '' where there is none."""
        try:
            return self._desk.shelf.current(name or "").name
        except UnknownDemo:
            return ""

    async def recall(self, ticket: Ticket) -> Conversation | None:
        """The conversation on record that this page may go on with; None where there is none.

        Raises DatabaseUnusable.
        """
        database, books = self._desk.database, self._desk.books
        await books.flush()
        wanted = ticket.thread or await latest_of(database, ticket.owner)
        if not wanted:
            return None
        # Before it is read: what is changed elsewhere after that is known as such.
        await books.others.claim(wanted, ticket.owner)
        stored = await load_conversation(database, wanted, owner=ticket.owner)
        if stored is None:
            return None
        await books.load_totals(stored.id)
        return await restored(self._desk, stored, ticket.link)

    async def catch_up(self, conversation: Conversation) -> None:
        """A page comes to a conversation that is here: if it was elsewhere meanwhile, it is read anew."""
        try:
            moved = await self._desk.books.others.claim(conversation.id, conversation.owner)
        except DatabaseUnusable as error:
            log.warning("whether a conversation was elsewhere could not be read: %s", error)
            return
        if moved and not (conversation.worker is None and await read_again(self._desk, conversation)):
            self._later(self._read_when_quiet(conversation))

    async def _read_when_quiet(self, conversation: Conversation) -> None:
        """Read it anew once no reply of ours is under way, and show it so."""
        for _ in range(TRIES):
            while conversation.worker is not None:
                await asyncio.wait([conversation.worker])
            if await read_again(self._desk, conversation):
                self._panels.send_all(conversation)
                conversation.screen.send("desk", self._state(conversation))
                conversation.screen.send(
                    "desk", {"kept": [turn.id for turn in conversation.turns if turn.kept]}
                )
                self._begin_work(conversation)
                return
            await asyncio.sleep(LOOK_S)

    async def has_moved(self, conversation: Conversation) -> bool:
        """Nobody is here any more, but at another replica."""
        try:
            return await self._desk.books.others.has_moved(conversation.id)
        except DatabaseUnusable:
            return False

    def open(self, conversation: Conversation, page: Page) -> None:
        """The page joins the conversation and is drawn: greeting or conversation, settings, totals, banner."""
        if conversation.choices is None:
            conversation.choices = conversation.offered = self._panels.offered(conversation)
            greet(conversation, self._desk.demo(conversation))
        self._panels.follow(conversation)
        conversation.screen.pages.append(page)
        conversation.screen.draw(page)
        self._panels.send(conversation, page)
        page.send("desk", self._state(conversation))
        for id, text in conversation.given_back:
            page.send("desk", {"refused": id, "text": text})
        self._begin_work(conversation)

    def press(self, conversation: Conversation, button: object) -> None:
        """A button below a message was pressed, by its id: once, for it goes then."""
        action = conversation.screen.button(button)
        if action is None:
            return
        if action["name"] == "regenerate":
            self._later(self.again(conversation))
        elif action["name"] == "continue":
            self.go_on(conversation)
        elif action["name"] == "starter":
            self.ask(conversation, steps.new_id(), str(action["payload"].get("message", "")))

    def ask(self, conversation: Conversation, message_id: str, text: str) -> None:
        """Queue a message; one that came before is only shown again."""
        if known := conversation.turn(message_id):
            conversation.screen.show_again(message_id)
            self._send_queue(conversation)
            if known.kept:
                _tell_kept(conversation, message_id)
            return
        if conversation.settling:
            if len(text) <= LONGEST_MESSAGE and len(conversation.held) < LONGEST_QUEUE:
                conversation.held.append((message_id, text))
            else:
                self._give_back(conversation, message_id)
            return
        text = _clean(text)
        if not text:
            _tell_kept(conversation, message_id)  # there is nothing to keep
            return
        if self._is_too_long(conversation, text):
            conversation.screen.send("desk", {"refused": message_id})
            return
        if self._asks_for_report(conversation, text):
            self._reports.answer(conversation, message_id, text)
            _tell_kept(conversation, message_id)  # nothing is: it need not be sent again
            return
        if len(conversation.queue) >= LONGEST_QUEUE:
            self._give_back(conversation, message_id)
            return
        if refusal := self.admission.refusal(conversation) or self._walls.refusal(conversation):
            self._toast(conversation, refusal)
            conversation.screen.send("desk", {"refused": message_id})
            return
        turn = Turn(message_id, text)
        self._take(conversation, turn)
        self._enqueue(conversation, turn)

    def _give_back(self, conversation: Conversation, message_id: str) -> None:
        """Too many wait: the message goes back to the composer, and a word says why."""
        self._toast(conversation, say(conversation.language, "notes.queue_full", n=LONGEST_QUEUE))
        conversation.screen.send("desk", {"refused": message_id})

    def stop(self, conversation: Conversation) -> None:
        """Stop the reply under way; what it has so far stays."""
        under_way = [conversation.running] if conversation.running else conversation.queue[:1]
        for turn in under_way:
            turn.stop()

    async def edit(self, conversation: Conversation, message_id: str, text: str) -> None:
        """Change an earlier message: what came after it goes, and it is answered anew."""
        text = _clean(text)
        if text and (message_id in conversation.reports or self._asks_for_report(conversation, text)):
            if not self._is_too_long(conversation, text):
                self._reports.withdraw(conversation, message_id)
                conversation.screen.draw_all()  # the page has taken away all that came after the edited message
                self.ask(conversation, self._free_id(conversation, message_id), text)
            return
        if not text or conversation.turn(message_id) is None or self._is_too_long(conversation, text):
            return
        if refusal := self.admission.refusal(conversation) or self._walls.refusal(conversation):
            self._toast(conversation, refusal)
            conversation.screen.draw_all()  # the page has taken away all that came after the edited message
            return
        async with self._quiet(conversation):
            place = next((i for i, turn in enumerate(conversation.turns) if turn.id == message_id), None)
            if place is not None:  # not cleared meanwhile
                self._replace(conversation, place, Turn(message_id, text))

    def _replace(self, conversation: Conversation, place: int, turn: Turn) -> None:
        """The turn takes the place of the one there; all that came after goes."""
        edited, later = conversation.turns[place], conversation.turns[place + 1 :]
        del conversation.turns[place:]
        self._strike(conversation, [edited, *later])
        screen = conversation.screen
        screen.remove_actions()
        for gone in [*reversed(later), edited]:
            screen.remove(step["id"] for step in reversed(gone.steps))
        screen.remove(gone.id for gone in later)
        for report in [id for id in screen.after(edited.id) if id in conversation.reports]:
            self._reports.withdraw(conversation, report)
        self._take(conversation, turn)
        screen.replace(steps.question(conversation.id, turn.id, turn.text))
        self._enqueue(conversation, turn)

    async def again(self, conversation: Conversation) -> None:
        """Answer the last message again; the reply before it goes."""
        if conversation.turns:
            last = conversation.turns[-1]
            await self.edit(conversation, last.id, last.text)

    def go_on(self, conversation: Conversation) -> None:
        """Ask for the rest of a reply that stopped at its length limit."""
        self.ask(conversation, steps.new_id(), say(conversation.language, "actions.continue_message"))

    def choose(self, conversation: Conversation, values: Mapping[str, Any]) -> None:
        """Take what the settings panel sent; anything it does not offer is refused with a word."""
        assert conversation.choices is not None
        if hurried := self._walls.hurried(conversation):
            self._toast(conversation, hurried)
            return
        before = conversation.language
        edits = self._panels.edits(conversation, values)
        try:
            self._panels.choose(conversation, values)
        except Refused as refusal:
            self._toast(conversation, refusal.text(conversation.language))
            self._panels.send_all(conversation)
            return
        if edits:
            self._later(self._save_edit(conversation, edits))
        else:
            self._toast(conversation, say(conversation.language, "notes.settings_saved"), "success")
        if conversation.language != before:
            self._say_anew(conversation)
            conversation.screen.send("desk", {"page_language": conversation.choices.page_language})
        conversation.screen.send("desk", self._state(conversation))

    def _say_anew(self, conversation: Conversation) -> None:
        """What stands on the screen, in the language that was chosen."""
        if not conversation.turns:
            conversation.screen.clear()
            greet(conversation, self._desk.demo(conversation))
            return
        self._later(say_anew(self._desk, conversation))

    async def _save_edit(self, conversation: Conversation, edits: Mapping[str, object]) -> None:
        saved, words = await self._panels.save(conversation, edits)
        self._toast(conversation, words, "success" if saved else "error")

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what waits for the database while the page goes on."""
        task = asyncio.create_task(work)
        self._at_it.add(task)
        task.add_done_callback(self._at_it.discard)

    async def clear(self, conversation: Conversation) -> None:
        """Clear what the model sees and what the screen shows; the totals stay."""
        if hurried := self._walls.hurried(conversation):
            self._toast(conversation, hurried)
            return
        async with self._quiet(conversation):
            self._desk.books.save_conversation(conversation.id, cleared_before=conversation.next_position)
            self._empty(conversation)
        self._toast(conversation, say(conversation.language, "notes.cleared"), "success")

    def show_earlier(self, conversation: Conversation) -> None:
        """Bring back older messages; that draws the pages whole, so it counts as a change."""
        if hurried := self._walls.hurried(conversation):
            self._toast(conversation, hurried)
        else:
            conversation.screen.show_earlier()

    async def forget(self, conversation: Conversation) -> None:
        """Its texts were taken off the record: off the screen, and never to a model again."""
        async with self._quiet(conversation):
            self._empty(conversation)

    def _empty(self, conversation: Conversation) -> None:
        unanswered = [turn.record for turn in conversation.turns if not turn.opened]
        self._desk.books.withdraw(conversation.id, unanswered)
        conversation.turns.clear()
        conversation.reports.clear()
        conversation.left_out, conversation.shortened = 0, False
        conversation.screen.clear()
        greet(conversation, self._desk.demo(conversation))
        self._send_queue(conversation)

    def _strike(self, conversation: Conversation, turns: list[Turn]) -> None:
        """These turns are off the screen, and stay on record."""
        books = self._desk.books
        books.replace(conversation.id, [turn.record for turn in turns if turn.opened])
        books.withdraw(conversation.id, [turn.record for turn in turns if not turn.opened])

    def _take(self, conversation: Conversation, turn: Turn) -> None:
        """The message goes on record; the page is told when it is there."""
        position = conversation.take(turn)
        conversation.touched = True
        message = MessageStart(turn.record, turn.id, conversation.id, position, turn.text)
        assert conversation.choices is not None
        start = ConversationStart(
            conversation.id,
            conversation.owner,
            audience(self._desk.engine, conversation, conversation.choices.model),
            conversation.demo,
            conversation.language,
            link=conversation.link.id if conversation.link else None,
            choices=saved_choices(conversation),
            device=conversation.device,
            referring_host=conversation.referring_host,
        )
        keeping = asyncio.ensure_future(self._desk.books.take(message, start))
        keeping.add_done_callback(lambda done: self._kept(conversation, turn, done))

    def _kept(self, conversation: Conversation, turn: Turn, done: asyncio.Future[None]) -> None:
        if done.cancelled() or done.exception() is not None:
            if not done.cancelled() and isinstance(done.exception(), TakenElsewhere):
                self._later(self._read_when_quiet(conversation))
            return  # the turn itself will say so: it is not asked
        turn.kept = True
        _tell_kept(conversation, turn.id)

    def _enqueue(self, conversation: Conversation, turn: Turn) -> None:
        """Answer the turn now, or show it as waiting until the replies before it are done."""
        conversation.queue.append(turn)
        if conversation.worker is None:
            if not conversation.elsewhere:
                self._show_next(conversation)
            self._begin_work(conversation)
        else:
            self._send_queue(conversation)

    def _begin_work(self, conversation: Conversation) -> None:
        """See to what waits, here or elsewhere."""
        if conversation.worker is None and (conversation.queue or conversation.elsewhere):
            self._at_work.add(conversation)
            conversation.worker = asyncio.create_task(self._work(conversation))

    async def _work(self, conversation: Conversation) -> None:
        try:
            if conversation.elsewhere:
                await self._follow(conversation)
            while conversation.queue:
                if self._walls.closed(conversation):
                    self._take_back(conversation)
                    break
                self._show_next(conversation)
                async with self.admission.place(conversation, conversation.queue[0]) as admitted:
                    if admitted:
                        await self._answer_next(conversation)
                        continue
                if not self.admission.closed:
                    self._toast(conversation, self.admission.sent_back(conversation))
                    self._take_back(conversation)
                break
        finally:
            conversation.running = None
            conversation.worker = None
            self._at_work.discard(conversation)
            self._warn_of_fault(conversation)

    async def _answer_next(self, conversation: Conversation) -> None:
        """Answer the first that waits, unless it waits no more, or its link has closed meanwhile."""
        if not conversation.queue or self._walls.closed(conversation):
            conversation.screen.set_busy(False)  # as it was while it stood in line
            return
        conversation.running = conversation.queue.pop(0)
        self._send_queue(conversation)
        self._panels.follow(conversation)
        await answer(self._desk, conversation, conversation.running)

    async def _follow(self, conversation: Conversation) -> None:
        """Another program answers: what comes here meanwhile waits for that."""
        await follow(self._desk, self._watch, conversation)
        conversation.screen.send("desk", self._state(conversation))

    def _show_next(self, conversation: Conversation) -> None:
        turn = conversation.queue[0]
        if turn is conversation.turns[0]:
            conversation.screen.remove_actions()  # the starters
        if not conversation.screen.shows(turn.id):
            conversation.screen.add(steps.question(conversation.id, turn.id, turn.text))
            conversation.screen.trim()

    @asynccontextmanager
    async def _quiet(self, conversation: Conversation) -> AsyncIterator[None]:
        """Everything under way is stopped and has settled; messages that come meanwhile are asked after."""
        conversation.settling += 1
        try:
            # More than once where two edits wait for the same reply: the first has begun another by then.
            while conversation.worker is not None:
                self.stop(conversation)  # first, for it may be one that still waits in line
                conversation.queue.clear()
                await asyncio.wait([conversation.worker])
            yield
        finally:
            conversation.settling -= 1
            if not conversation.settling:
                held, conversation.held = conversation.held, []
                for message in held:
                    self.ask(conversation, *message)

    def _warn_of_fault(self, conversation: Conversation) -> None:
        # A visitor is not told: the last good version answers them.
        if conversation.link is None and (fault := self._desk.shelf.fault(conversation.demo)):
            language = conversation.language
            words = say(language, "notes.demo_broken", name=conversation.demo, reason=fault[language])
            self._toast(conversation, words)

    def _free_id(self, conversation: Conversation, message_id: str) -> str:
        """A turn keeps its message; what is made of it has an id of its own."""
        return message_id if conversation.turn(message_id) is None else steps.new_id()

    def _asks_for_report(self, conversation: Conversation, text: str) -> bool:
        # The books are the desk's own: a visitor's "/report" is a message like any other.
        return conversation.link is None and is_report(text)

    def _is_too_long(self, conversation: Conversation, text: str) -> bool:
        """Whether it is, and told so."""
        if words := self._walls.too_long(conversation, text):
            self._toast(conversation, words)
        return words is not None

    def tell_of_link(self, conversation: Conversation) -> None:
        """The link was changed: its pages say whether more can be sent; what is under way or waits ends with it."""
        closed = self._walls.closed(conversation)
        conversation.screen.send("desk", {"closed": closed})
        if closed and conversation.running is not None and conversation.running.stream is not None:
            conversation.running.stream.interrupt()

    def _take_back(self, conversation: Conversation) -> None:
        """The link has closed, or too much is asked here: messages that wait are not asked."""
        waiting = conversation.queue[:]
        conversation.queue.clear()
        conversation.turns = [turn for turn in conversation.turns if turn not in waiting]
        self._strike(conversation, waiting)
        for turn in reversed(waiting):  # each is put before what stands in the text box
            conversation.screen.remove([turn.id])
            conversation.screen.send("desk", {"refused": turn.id, "text": turn.text})
        conversation.given_back = [(turn.id, turn.text) for turn in reversed(waiting)]
        asyncio.get_running_loop().call_later(GIVEN_BACK_S, _forget_given_back, conversation, waiting)
        self._send_queue(conversation)

    def _state(self, conversation: Conversation) -> dict[str, object]:
        assert conversation.choices is not None
        model = self._desk.engine.models.get(conversation.choices.model)
        totals = self._desk.books.totals(conversation.id)
        shown = sight(conversation, self._desk.demo(conversation))
        return {
            "totals": totals_line(conversation.language, totals, self._desk.vnd_per_usd, shown),
            "closed": self._walls.closed(conversation),
            "rehearsal": model is not None and self._desk.engine.rehearses(model.id),
            "queued": _queued(conversation),
            **(
                conversation.status.news(asyncio.get_running_loop().time())
                if conversation.status
                else NOTHING
            ),
            **conversation.screen.state(),
        }

    def send_panel(self, conversation: Conversation, page: Page) -> None:
        """Show the settings panel as it now stands."""
        self._panels.send(conversation, page)

    def _send_queue(self, conversation: Conversation) -> None:
        conversation.screen.send("desk", {"queued": _queued(conversation)})

    def _toast(self, conversation: Conversation, text: str, kind: str = "error") -> None:
        conversation.screen.send("toast", {"message": text, "type": kind})


def _clean(text: str) -> str:
    """A message as it is kept and sent: composed (NFC), without control characters, '' where nothing shows.

    Half a character, as a cut emoji leaves, becomes a "?".
    """
    text = _CONTROL.sub("", text.encode("utf-8", "replace").decode())
    return unicodedata.normalize("NFC", text).strip() if _VISIBLE.search(text) else ""


def _tell_kept(conversation: Conversation, message_id: str) -> None:
    """The page need not send the message again: it is on record."""
    conversation.screen.send("desk", {"kept": [message_id]})


def _forget_given_back(conversation: Conversation, turns: list[Turn]) -> None:
    """By now a page that was away has come back for its words, or nobody has."""
    gone = {turn.id for turn in turns}
    conversation.given_back = [(id, text) for id, text in conversation.given_back if id not in gone]


def _queued(conversation: Conversation) -> list[dict[str, str]]:
    """The messages that wait for the reply under way."""
    there = [turn for turn in conversation.elsewhere if not turn.opened]
    waiting = (turn for turn in (*there, *conversation.queue) if not conversation.screen.shows(turn.id))
    return [{"id": turn.id, "text": turn.text} for turn in waiting]
