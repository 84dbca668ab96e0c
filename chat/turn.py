"""One turn: the message goes to the model, its reply to the screen, its receipt below it."""

import asyncio
import logging
from dataclasses import dataclass
from decimal import Decimal

from chat import steps
from chat.conversation import Conversation, Turn
from chat.history import Exchange, Prompt, prompt
from chat.pacing import FRAME_S
from chat.painter import Painter
from chat.receipt_line import details, line, totals_line
from chat.texts import say, seconds
from demos import Demo, Shelf
from holysheep import Delta, Engine, EngineError, Provider, Receipt, Retrying
from ledger import Ledger

log = logging.getLogger(__name__)

#: A visitor who sees nothing for this long is told that the model is slow.
SLOW_S = 6.0
#: Repeats that take less than this pass unseen.
UNSEEN_S = 2.0

#: After these another try can help; the rest need another message or another setting.
WORTH_A_RETRY = frozenset(
    {"rate_limited", "provider_down", "empty_reply", "garbled", "unreachable", "silent", "cut", "failed"}
)


@dataclass(frozen=True)
class Desk:
    """What a turn needs of the rooms below. vnd_per_usd: the dated rate of the settings, or None."""

    engine: Engine
    shelf: Shelf
    ledger: Ledger
    default_model: str
    vnd_per_usd: Decimal | None = None


async def answer(desk: Desk, conversation: Conversation, turn: Turn) -> None:
    """Answer one turn; whatever goes wrong becomes words on the screen."""
    screen = conversation.screen
    screen.begin(turn.text)
    screen.set_busy(True)
    run = steps.run(conversation.id, turn.id)
    _show(conversation, turn, run)
    try:
        await _reply(desk, conversation, turn, run["id"])
    except Exception:
        log.exception("turn %s failed", turn.id)
        _tell(conversation, turn, run["id"], say(conversation.language, "errors.failed"), retry=True)
    finally:
        run["end"] = steps.now()
        screen.update(run)
        screen.set_busy(False)


async def _reply(desk: Desk, conversation: Conversation, turn: Turn, run: str) -> None:
    demo = desk.shelf.current(conversation.demo)
    sent = _prompt(desk, conversation, turn, demo)
    _note_left_out(conversation, turn, run, sent.left_out)
    painter = Painter(conversation.screen, lambda: _begin_reply(conversation, turn, demo, run))
    receipt = await _stream(desk, conversation, turn, sent, painter)
    if painter.step is not None:
        conversation.screen.finish(painter.step)
        turn.said = Exchange(turn.text, painter.step["output"])
    desk.ledger.record(conversation.id, receipt)
    _log(receipt, demo)
    _close(desk, conversation, turn, run, demo, receipt)


def _prompt(desk: Desk, conversation: Conversation, turn: Turn, demo: Demo) -> Prompt:
    assert conversation.choices is not None
    choices = conversation.choices
    persona = f"{demo.persona.strip()}\n\n{say(conversation.language, f'prompt.answer_{choices.language}')}"
    window = desk.engine.models[choices.model].context_window
    return prompt(persona, conversation.exchanges(turn), window, choices.max_tokens)


def _note_left_out(conversation: Conversation, turn: Turn, run: str, left_out: int) -> None:
    if left_out and not conversation.left_out:
        text = say(conversation.language, "notes.trimmed", n=left_out)
        _show(conversation, turn, steps.note(conversation.id, run, text))
    conversation.left_out = left_out


async def _stream(
    desk: Desk, conversation: Conversation, turn: Turn, sent: Prompt, painter: Painter
) -> Receipt:
    """Paint the reply as it comes; gives its receipt."""
    assert conversation.choices is not None
    choices = conversation.choices
    try:
        stream = desk.engine.stream(
            sent.messages,
            model=choices.model,
            temperature=choices.temperature,
            max_tokens=choices.max_tokens,
            cadence_s=FRAME_S,
        )
    except EngineError as error:
        return Receipt("none", choices.model, "failed", 0.0, error=error.kind, detail=str(error))
    turn.stream = stream
    if turn.stopped:
        stream.stop()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    slow = loop.call_later(SLOW_S, _status, conversation, say(conversation.language, "notes.slow"))
    try:
        async for event in stream:
            if isinstance(event, Delta):
                if painter.step is None:
                    slow.cancel()
                    _clear_status(conversation)
                painter.add(event.text)
            elif isinstance(event, Retrying) and loop.time() - begun + event.wait_s >= UNSEEN_S:
                _status(conversation, _retrying(conversation, event))
    finally:
        slow.cancel()
        turn.stream = None
        _clear_status(conversation)
        if stream.receipt is None or stream.receipt.finish_reason in ("stopped", "interrupted"):
            painter.flush()
    await painter.drain()
    assert stream.receipt is not None
    return stream.receipt


def _retrying(conversation: Conversation, event: Retrying) -> str:
    language = conversation.language
    reason = say(language, f"reasons.{event.reason}")
    if event.wait_s < 1:
        return say(language, "notes.retrying", reason=reason)
    return say(language, "notes.retrying_in", reason=reason, time=seconds(language, event.wait_s * 1000))


def _status(conversation: Conversation, text: str | None) -> None:
    conversation.status = text
    conversation.screen.send("desk", {"status": text})


def _clear_status(conversation: Conversation) -> None:
    if conversation.status is not None:
        _status(conversation, None)


def _show(conversation: Conversation, turn: Turn, step: steps.Step) -> None:
    turn.steps.append(step)
    conversation.screen.add(step)


def _begin_reply(conversation: Conversation, turn: Turn, demo: Demo, run: str) -> steps.Step:
    step = steps.reply(conversation.id, demo.title, run)
    turn.steps.append(step)
    return step


def _close(
    desk: Desk, conversation: Conversation, turn: Turn, run: str, demo: Demo, receipt: Receipt
) -> None:
    """The receipt, the words for what went wrong, the buttons, the totals."""
    language = conversation.language
    model = desk.engine.models[receipt.model]
    metadata = {**receipt.metadata(), "demo": demo.name, "demo_version": demo.version}
    text = details(language, receipt, model.label, demo.name, demo.version)
    shown = steps.receipt(conversation.id, run, line(language, receipt, model.label), text, metadata)
    problem = _problem(desk, conversation, receipt)
    if turn.said is None and problem:
        _tell(conversation, turn, run, problem, receipt.error in WORTH_A_RETRY)
        _show(conversation, turn, shown)
    else:
        _show(conversation, turn, shown)
        if problem:
            _tell(conversation, turn, run, problem, receipt.error in WORTH_A_RETRY)
    if not problem:
        _offer(conversation, turn, "regenerate", "refresh-cw")
    elif receipt.finish_reason == "length":
        _offer(conversation, turn, "continue", "arrow-right")
    conversation.screen.send(
        "desk", {"totals": totals_line(language, desk.ledger.totals(conversation.id), desk.vnd_per_usd)}
    )


def _problem(desk: Desk, conversation: Conversation, receipt: Receipt) -> str | None:
    """What the visitor is told of a reply that is not whole; None where nothing is wrong."""
    language = conversation.language
    if receipt.finish_reason == "length":
        return say(language, "errors.length")
    if receipt.finish_reason == "content_filter":
        return say(language, "errors.filtered")
    if receipt.error is None:
        return None
    model = desk.engine.models[receipt.model]
    provider = desk.engine.providers.get(model.provider) or Provider(model.provider, "")
    return say(
        language,
        f"errors.{receipt.error}",
        model=model.label,
        variable=provider.key_variable or "HOLYSHEEP_API_KEY",
        request_id=receipt.request_id or "-",
    )


def _tell(conversation: Conversation, turn: Turn, run: str, text: str, retry: bool) -> None:
    demo_author = "Demo Desk"
    step = steps.notice(conversation.id, demo_author, run, text)
    _show(conversation, turn, step)
    if retry:
        label = say(conversation.language, "actions.retry")
        conversation.screen.add_action(steps.action("regenerate", label, step["id"], "refresh-cw"))


def _offer(conversation: Conversation, turn: Turn, name: str, icon: str) -> None:
    """A button below the turn's last message."""
    below = [step for step in turn.steps if step["type"] == "assistant_message"]
    if below:
        label = say(conversation.language, f"actions.{name}")
        conversation.screen.add_action(steps.action(name, label, below[-1]["id"], icon))


def _log(receipt: Receipt, demo: Demo) -> None:
    level = logging.WARNING if receipt.error else logging.INFO
    log.log(
        level,
        "turn %s model=%s provider=%s demo=%s@%d attempts=%d ttft_ms=%s latency_ms=%s tokens=%s request_id=%s%s",
        receipt.finish_reason,
        receipt.model,
        receipt.provider,
        demo.name,
        demo.version,
        len(receipt.attempts),
        receipt.ttft_ms,
        receipt.latency_ms,
        receipt.total_tokens,
        receipt.request_id,
        f" error={receipt.error}: {receipt.detail}" if receipt.error else "",
    )
