"""What a visitor can do in a conversation; every Chainlit handler hands over to one of these."""

import asyncio
import logging
import re
import unicodedata
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from chat import steps
from chat.choices import Choices, Refused, changed, followed, initial, panel
from chat.conversation import Conversation, Turn
from chat.lobby import Ticket
from chat.receipt_line import totals_line
from chat.screen import Page
from chat.texts import number, say
from chat.turn import Desk, answer
from holysheep import Model

log = logging.getLogger(__name__)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_VISIBLE = re.compile(r"[^\s\u200b-\u200f\u2060-\u2064\ufeff]")

#: Characters of one message; more is refused with a word, and nothing is lost.
LONGEST_MESSAGE = 20_000
#: Messages that may wait for a reply; one more goes back to the composer.
LONGEST_QUEUE = 10


class Service:
    """The conversations' verbs: open, ask, edit, stop, again, choose, clear."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def models(self, conversation: Conversation) -> list[Model]:
        """The models that the conversation's demo offers."""
        offered = self._desk.shelf.current(conversation.demo).models
        every = self._desk.engine.models
        return [every[name] for name in offered if name in every] or list(every.values())

    async def recall(self, ticket: Ticket) -> Conversation | None:
        """The conversation on record that this page may go on with; None where there is none."""
        return None

    def open(self, conversation: Conversation, page: Page) -> None:
        """The page joins the conversation and is drawn: greeting or conversation, settings, totals, banner."""
        if conversation.choices is None:
            conversation.choices = conversation.offered = self._offered(conversation)
            self._greet(conversation)
        self._follow_demo(conversation)
        conversation.screen.pages.append(page)
        conversation.screen.draw(page)
        self.send_panel(conversation, page)
        page.send("desk", self._state(conversation))

    def ask(self, conversation: Conversation, message_id: str, text: str) -> None:
        """Queue a message; one that came before is only shown again."""
        if known := conversation.turn(message_id):
            conversation.screen.show_again(message_id)
            self._send_queue(conversation)
            if known.kept:
                _tell_kept(conversation, message_id)
            return
        if conversation.settling:
            if len(conversation.held) < LONGEST_QUEUE:
                conversation.held.append((message_id, text))
            return
        text = _clean(text)
        if not text:
            _tell_kept(conversation, message_id)  # there is nothing to keep
            return
        if self._too_long(conversation, text):
            conversation.screen.send("desk", {"refused": message_id})
            return
        if len(conversation.queue) >= LONGEST_QUEUE:
            self._toast(conversation, say(conversation.language, "notes.queue_full", n=LONGEST_QUEUE))
            conversation.screen.send("desk", {"refused": message_id})
            return
        turn = Turn(message_id, text)
        conversation.turns.append(turn)
        conversation.touched = True
        turn.kept = True
        _tell_kept(conversation, message_id)
        self._enqueue(conversation, turn)

    def stop(self, conversation: Conversation) -> None:
        """Stop the reply under way; what it has so far stays."""
        under_way = [conversation.running] if conversation.running else conversation.queue[:1]
        for turn in under_way:
            turn.stop()

    async def edit(self, conversation: Conversation, message_id: str, text: str) -> None:
        """Change an earlier message: what came after it goes, and it is answered anew."""
        text = _clean(text)
        if not text or conversation.turn(message_id) is None or self._too_long(conversation, text):
            return
        async with self._quiet(conversation):
            place = next((i for i, turn in enumerate(conversation.turns) if turn.id == message_id), None)
            if place is not None:  # not cleared meanwhile
                self._replace(conversation, place, Turn(message_id, text))

    def _replace(self, conversation: Conversation, place: int, turn: Turn) -> None:
        """The turn takes the place of the one there; all that came after goes."""
        edited, later = conversation.turns[place], conversation.turns[place + 1 :]
        del conversation.turns[place:]
        screen = conversation.screen
        screen.remove_actions()
        for gone in [*reversed(later), edited]:
            screen.remove(step["id"] for step in reversed(gone.steps))
        screen.remove(gone.id for gone in later)
        conversation.turns.append(turn)
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
        before = conversation.language
        try:
            conversation.choices = changed(conversation.choices, values, self.models(conversation))
        except Refused as refusal:
            self._toast(conversation, refusal.text(conversation.language))
            for page in conversation.screen.pages:
                self.send_panel(conversation, page)
            return
        conversation.touched = True
        self._toast(conversation, say(conversation.language, "notes.settings_saved"), "success")
        if conversation.language != before:
            if not conversation.turns:
                conversation.screen.clear()
                self._greet(conversation)
            conversation.screen.send("desk", {"page_language": conversation.choices.page_language})
        conversation.screen.send("desk", self._state(conversation))

    async def clear(self, conversation: Conversation) -> None:
        """Clear what the model sees and what the screen shows; the totals stay."""
        async with self._quiet(conversation):
            conversation.turns.clear()
            conversation.left_out = 0
            conversation.screen.clear()
            self._greet(conversation)
            self._send_queue(conversation)
        self._toast(conversation, say(conversation.language, "notes.cleared"), "success")

    def _offered(self, conversation: Conversation) -> Choices:
        demo, default = self._desk.shelf.current(conversation.demo), self._desk.default_model
        return initial(demo, self.models(conversation), default, conversation.page_language)

    def _follow_demo(self, conversation: Conversation) -> None:
        """A demo saved meanwhile also sets what the visitor has left alone in the panel."""
        now = self._offered(conversation)
        if conversation.choices is None or conversation.offered is None or now == conversation.offered:
            return
        models = self.models(conversation)
        conversation.choices = followed(conversation.choices, conversation.offered, now, models)
        conversation.offered = now
        for page in conversation.screen.pages:
            self.send_panel(conversation, page)

    def _greet(self, conversation: Conversation) -> None:
        demo = self._desk.shelf.current(conversation.demo)
        greeting = steps.reply(conversation.id, demo.title, None)
        greeting["output"] = demo.greeting.get(conversation.language) or demo.greeting.get("vi") or demo.title
        conversation.screen.add(greeting)
        for starter in demo.starters.get(conversation.language) or demo.starters.get("vi") or ():
            button = steps.action(
                "starter", starter.label, greeting["id"], "message-circle", {"message": starter.message}
            )
            conversation.screen.add_action(button)

    def _enqueue(self, conversation: Conversation, turn: Turn) -> None:
        """Answer the turn now, or show it as waiting until the replies before it are done."""
        conversation.queue.append(turn)
        if conversation.worker is None:
            self._show_next(conversation)
            conversation.worker = asyncio.create_task(self._work(conversation))
        else:
            self._send_queue(conversation)

    async def _work(self, conversation: Conversation) -> None:
        try:
            while conversation.queue:
                self._show_next(conversation)
                conversation.running = conversation.queue.pop(0)
                self._send_queue(conversation)
                self._follow_demo(conversation)
                await answer(self._desk, conversation, conversation.running)
        finally:
            conversation.running = None
            conversation.worker = None
            self._warn_of_fault(conversation)

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
                conversation.queue.clear()
                self.stop(conversation)
                await asyncio.wait([conversation.worker])
            yield
        finally:
            conversation.settling -= 1
            if not conversation.settling:
                held, conversation.held = conversation.held, []
                for message in held:
                    self.ask(conversation, *message)

    def _warn_of_fault(self, conversation: Conversation) -> None:
        if fault := self._desk.shelf.fault(conversation.demo):
            language = conversation.language
            words = say(language, "notes.demo_broken", name=conversation.demo, reason=fault[language])
            self._toast(conversation, words)

    def _too_long(self, conversation: Conversation, text: str) -> bool:
        """Whether it is; told with both numbers."""
        language, size = conversation.language, len(text)
        if size > LONGEST_MESSAGE:
            n, limit = number(language, size), number(language, LONGEST_MESSAGE)
            self._toast(conversation, say(language, "notes.too_long", n=n, limit=limit))
        return size > LONGEST_MESSAGE

    def _state(self, conversation: Conversation) -> dict[str, object]:
        assert conversation.choices is not None
        model = self._desk.engine.models.get(conversation.choices.model)
        totals = self._desk.ledger.totals(conversation.id)
        return {
            "totals": totals_line(conversation.language, totals, self._desk.vnd_per_usd),
            "rehearsal": model is not None and model.provider == "rehearsal",
            "queued": _queued(conversation),
            "status": conversation.status,
            **conversation.screen.state(),
        }

    def send_panel(self, conversation: Conversation, page: Page) -> None:
        """Show the settings panel as it now stands."""
        assert conversation.choices is not None
        free = frozenset(name for name, provider in self._desk.engine.providers.items() if provider.free)
        page.send(
            "chat_settings",
            panel(conversation.language, conversation.choices, self.models(conversation), free),
        )

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


def _queued(conversation: Conversation) -> list[dict[str, str]]:
    """The messages that wait for the reply under way."""
    waiting = (turn for turn in conversation.queue if not conversation.screen.shows(turn.id))
    return [{"id": turn.id, "text": turn.text} for turn in waiting]
