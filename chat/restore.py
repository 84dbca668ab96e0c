"""A conversation as it stands in the books, made ready to go on."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, fields, replace

from chat import steps
from chat.below import Place, close, show
from chat.choices import Choices
from chat.conversation import Conversation, Turn
from chat.greeting import greet
from chat.history import Exchange
from chat.turn import Desk
from demos import Demo, Language, Link
from holysheep import Receipt
from ledger import StoredConversation, StoredTurn, Totals

#: Where what the demo offered stands beside what was chosen.
OFFERED = "offered"
#: So many turns are drawn before others may have the loop again.
AT_ONCE = 25


def saved_choices(conversation: Conversation) -> dict[str, object]:
    """What a conversation chose, and what its demo offered then, for the books."""
    assert conversation.choices is not None and conversation.offered is not None
    return {**asdict(conversation.choices), OFFERED: asdict(conversation.offered)}


def read_choices(values: object) -> Choices | None:
    """As they were saved; None where nothing usable was."""
    if not isinstance(values, Mapping):
        return None
    names = [field.name for field in fields(Choices)]
    return Choices(*(values[name] for name in names)) if all(name in values for name in names) else None


async def restored(
    desk: Desk, stored: StoredConversation, link: Link | None, waiting: Mapping[str, Turn] | None = None
) -> Conversation:
    """The conversation with all its turns; a page that enters it is drawn whole. link: by which its visitor comes.

    waiting: the turns that we have to answer, by their records, where the conversation is here already: they come into
    the queue, each in its place. What another program answers is in ``elsewhere``.
    """
    language: Language = "en" if stored.language == "en" else "vi"
    conversation = Conversation(stored.id, stored.visitor, stored.demo, language, link)
    conversation.choices = read_choices(stored.choices)
    conversation.offered = read_choices((stored.choices or {}).get(OFFERED))
    conversation.next_position = stored.next_position
    conversation.touched = True
    demo = desk.demo(conversation)
    greet(conversation, demo, starters=not stored.turns)
    for number, turn in enumerate(stored.turns):
        if number % AT_ONCE == AT_ONCE - 1:
            await asyncio.sleep(0)
        if _goes_on(desk, turn, waiting or {}):
            _still_open(desk, conversation, turn, waiting or {})
        else:
            _draw(desk, conversation, turn, demo)
    if conversation.turns:
        conversation.screen.begin(conversation.turns[0].text)
    conversation.screen.trim()
    return conversation


def begun_reply(conversation: Conversation, turn: Turn, title: str, text: str) -> steps.Step:
    """A reply that goes on, as a step of its turn."""
    run = next(step for step in turn.steps if step["type"] == "run")
    reply = {**steps.reply(conversation.id, title, run["id"]), "output": text, "streaming": True}
    turn.steps.append(reply)
    return reply


def _goes_on(desk: Desk, turn: StoredTurn, waiting: Mapping[str, Turn]) -> bool:
    """Whether a turn has not ended, and its end is still to come: elsewhere, or here, in this conversation's queue."""
    if turn.receipt is not None:
        return False
    if turn.replica != desk.books.replica:
        return True
    return not turn.opened and turn.id in waiting


def _still_open(
    desk: Desk, conversation: Conversation, stored: StoredTurn, waiting: Mapping[str, Turn]
) -> None:
    """A turn that has not ended: in the queue here, or there; or being answered there."""
    turn = waiting.get(stored.id) or Turn(
        stored.message, stored.question or "", kept=True, opened=stored.opened, record=stored.id
    )
    conversation.turns.append(turn)
    if stored.replica == desk.books.replica:
        conversation.queue.append(turn)
        return
    conversation.elsewhere.append(turn)
    if turn.opened:
        screen, title = conversation.screen, desk.demo(conversation).title
        screen.add(steps.question(conversation.id, turn.id, turn.text))
        show(Place(conversation, turn, turn.record, title), steps.run(conversation.id, turn.id, turn.record))
        if stored.reply:
            screen.add(begun_reply(conversation, turn, title, stored.reply))


def _draw(desk: Desk, conversation: Conversation, stored: StoredTurn, demo: Demo) -> None:
    turn = Turn(stored.message, stored.question or "", kept=True, opened=True, record=stored.id)
    conversation.turns.append(turn)
    conversation.screen.add(steps.question(conversation.id, turn.id, turn.text))
    run = steps.run(conversation.id, turn.id, turn.record)
    run["end"] = run["start"]
    if stored.feedback is not None:
        given = stored.feedback
        run["feedback"] = {
            "id": given.id,
            "forId": turn.record,
            "value": given.value,
            "comment": given.comment or "",
        }
    place = Place(conversation, turn, run["id"], demo.title)
    show(place, run)
    if stored.reply:
        reply = steps.reply(conversation.id, demo.title, place.run)
        reply["output"] = stored.reply
        show(place, reply)
        turn.said = Exchange(turn.text, stored.reply)
    # Without one it is still open, and was answered here when nobody was there any more.
    receipt = stored.receipt or Receipt("none", "", "interrupted", 0.0)
    version = replace(demo, name=stored.demo or demo.name, version=stored.demo_version)
    close(place, receipt, version, desk.engine, Totals(), None)
