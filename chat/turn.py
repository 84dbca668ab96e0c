"""One turn: the message goes to the model, its reply to the screen, its receipt below it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from chat import steps
from chat.below import Place, close, show, tell
from chat.choices import Choices
from chat.conversation import Conversation, Turn
from chat.history import Exchange, Prompt, prompt
from chat.pacing import Metronome
from chat.painter import Painter
from chat.texts import number, say
from chat.waiting import Waiting
from demos import Demo, Shelf, UnknownDemo, Versions, branded, whole_prompt
from demos.tracing import REQUEST, TURN
from holysheep import Delta, Engine, EngineError, Notice, Receipt, ReplyStream, Restarted, Retrying
from holysheep.errors import Misdelivered
from ledger import Audience, Books, Database, TakenElsewhere, TurnEntry, TurnStart

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Desk:
    """What a turn needs of the rooms below. versions: where an operator's edit goes. vnd_per_usd: the dated rate of the
    settings, or None."""

    engine: Engine
    shelf: Shelf
    database: Database
    books: Books
    versions: Versions
    default_model: str
    vnd_per_usd: Decimal | None = None
    metronome: Metronome = field(default_factory=Metronome)
    #: Is told of each turn that has ended.
    on_turn: Callable[[Receipt], None] = lambda receipt: None

    def demo(self, conversation: Conversation) -> Demo:
        """What a conversation shows: its demo as it stands now, as its link has it; of one that is gone, the name."""
        try:
            return branded(self.shelf.current(conversation.demo), conversation.link)
        except UnknownDemo:
            return Demo(conversation.demo, conversation.demo, "")


async def answer(desk: Desk, conversation: Conversation, turn: Turn) -> None:
    """Answer one turn; whatever goes wrong becomes words on the screen."""
    REQUEST.set(turn.request)
    TURN.set(turn.record)
    screen = conversation.screen
    screen.begin(turn.text)
    screen.set_busy(True)
    run = steps.run(conversation.id, turn.id, turn.record)
    place = Place(conversation, turn, run["id"], desk.demo(conversation).title)
    show(place, run)
    try:
        if desk.demo(conversation).persona:
            await _reply(desk, place)
        else:
            desk.books.withdraw(conversation.id, [turn.record])
            tell(place, say(conversation.language, "errors.demo_gone"), retry=False)
    except Exception:
        log.exception("turn %s failed", turn.id)
        screen.remove_actions()
        tell(place, say(conversation.language, "errors.failed"), retry=True)
    finally:
        run["end"] = steps.now()
        screen.update(run)
        screen.set_busy(False)


async def _reply(desk: Desk, place: Place) -> None:
    conversation, turn = place.conversation, place.turn
    assert conversation.choices is not None
    demo, choices = desk.demo(conversation), conversation.choices
    sent = _prompt(desk, place, demo, choices)
    _note_left_out(place, sent.left_out)
    entry = _open(desk, place, demo, choices, sent)
    # What a fault of ours leaves behind.
    receipt = Receipt("none", choices.model, "failed", 0.0, error="failed")
    stream: ReplyStream | None = None
    with desk.metronome.playing(conversation.screen.shown) as every_s:
        painter = Painter(conversation.screen, lambda: _begin(place, demo), every_s, entry.said)
        try:
            stream = desk.engine.stream(
                sent.messages,
                model=choices.model,
                temperature=choices.temperature,
                max_tokens=choices.max_tokens,
                cadence_s=every_s,
                journal=entry,
                conversation=conversation.id,
                stand_in=demo.stand_in,
            )
            await _paint(place, stream, painter)
        except EngineError as error:
            receipt = Receipt("none", choices.model, "failed", 0.0, error=error.kind, detail=str(error))
        finally:
            # Also where a fault of ours is on its way out: no cursor blinks on a reply that has ended.
            painter.flush()
            receipt = (stream.receipt if stream else None) or receipt
            if painter.step is not None and receipt.error == Misdelivered.kind:
                _take_away(place, painter.step)
            elif painter.step is not None:
                conversation.screen.finish(painter.step)
                turn.said = Exchange(turn.text, painter.step["output"])
            settled = entry.settle(receipt, turn.said.reply if turn.said else "")
            _log(receipt, demo)
            desk.on_turn(receipt)
    # A receipt that a page has shown must not be another one after a crash.
    if isinstance(await settled, TakenElsewhere):
        return  # the conversation is about to be read anew
    totals = desk.books.totals(conversation.id)
    close(place, receipt, demo, desk.engine, totals, desk.vnd_per_usd)


def _open(desk: Desk, place: Place, demo: Demo, choices: Choices, sent: Prompt) -> TurnEntry:
    place.turn.opened = True
    conversation = place.conversation
    return desk.books.open_turn(
        TurnStart(
            id=place.turn.record,
            conversation=conversation.id,
            demo=demo.name,
            demo_version=demo.version,
            model=choices.model,
            audience=audience(desk.engine, conversation, choices.model),
            link=conversation.link.id if conversation.link else None,
            most_usd=desk.engine.most_usd(sent.messages, choices.model, choices.max_tokens),
            prompt_tokens=sent.tokens,
        )
    )


def audience(engine: Engine, conversation: Conversation, model: str) -> Audience:
    """Whose turn it is: who comes by a link is a visitor, but for one of ours, who is never counted with them;
    without a key it is a rehearsal, whoever else asks."""
    if conversation.link is not None and conversation.operator:
        return "operator"
    if engine.rehearses(model):
        return "rehearsal"
    return "operator" if conversation.link is None else "visitor"


def _prompt(desk: Desk, place: Place, demo: Demo, choices: Choices) -> Prompt:
    window = desk.engine.models[choices.model].context_window
    exchanges = place.conversation.exchanges(place.turn)
    told = whole_prompt(demo, place.conversation.language, choices.language)
    return prompt(told, exchanges, window, choices.max_tokens)


def _note_left_out(place: Place, left_out: int) -> None:
    conversation = place.conversation
    if left_out and not conversation.left_out:
        text = say(conversation.language, "notes.trimmed")
        show(place, steps.note(conversation.id, place.run, text))
    conversation.left_out = left_out


def _note_shortened(place: Place, kept: int) -> None:
    """The provider found the conversation too long, and was told less of it."""
    conversation = place.conversation
    if not conversation.shortened:
        text = say(conversation.language, "notes.shortened", n=number(conversation.language, kept))
        show(place, steps.note(conversation.id, place.run, text))
    conversation.shortened = True


async def _paint(place: Place, stream: ReplyStream, painter: Painter) -> None:
    """Paint the reply as it comes; one that broke off is dimmed until another one takes its place."""
    place.turn.stream = stream
    if place.turn.stopped:
        stream.stop()
    waiting = Waiting(place)
    try:
        async for event in stream:
            if isinstance(event, Delta):
                if painter.awaited:
                    waiting.text_came()
                painter.add(event.text)
            elif isinstance(event, Restarted):
                painter.begin_anew()
            elif isinstance(event, Retrying | Notice):
                _told(place, event, waiting, painter)
    finally:
        waiting.ended()
        # Where a fault of ours ended the loop: the provider is not kept talking.
        await stream.aclose()
        place.turn.stream = None
    receipt = stream.receipt
    assert receipt is not None
    if receipt.finish_reason == "stopped":
        painter.flush()
    await painter.drain()


def _told(place: Place, event: Retrying | Notice, waiting: Waiting, painter: Painter) -> None:
    """What the engine tells of itself, as far as it concerns a reader."""
    if isinstance(event, Notice) and event.kind == "shortened":
        _note_shortened(place, event.count)
        return
    if isinstance(event, Notice) and event.kind == "breaking" and painter.step is not None:
        painter.flush()
        place.conversation.screen.dim(painter.step)
    waiting.heard(event)


def _take_away(place: Place, step: steps.Step) -> None:
    """The words were another one's: nobody is to read on in them."""
    place.conversation.screen.remove([step["id"]])
    place.turn.steps.remove(step)


def _begin(place: Place, demo: Demo) -> steps.Step:
    step = steps.reply(place.conversation.id, demo.title, place.run)
    place.turn.steps.append(step)
    return step


def _log(receipt: Receipt, demo: Demo) -> None:
    figures = {
        "outcome": receipt.finish_reason,
        "model": receipt.model,
        "provider": receipt.provider,
        "demo": f"{demo.name}@{demo.version}",
        "attempts": len(receipt.attempts),
        "ttft_ms": receipt.ttft_ms,
        "latency_ms": receipt.latency_ms,
        "tokens": receipt.total_tokens,
        "provider_request_id": receipt.request_id,
    }
    said = " ".join(f"{name}={value}" for name, value in figures.items() if name != "outcome")
    log.log(
        logging.WARNING if receipt.error else logging.INFO,
        "turn %s %s%s",
        receipt.finish_reason,
        said,
        f" error={receipt.error}: {receipt.detail}" if receipt.error else "",
        extra={"fields": {**figures, "error": receipt.error}},
    )
