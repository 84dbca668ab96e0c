"""What stands below a reply: its receipt, words for what went wrong, buttons, the totals."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from chat import steps
from chat.conversation import Conversation, Turn
from chat.receipt_line import details, line, totals_line
from chat.sight import seen, sight
from chat.texts import clock, number, say
from demos import Demo, Language
from holysheep import Engine, Model, Provider, Receipt
from holysheep.errors import Cut, Runaway, Stalled
from ledger import Totals

#: After these another try can help; the rest need another message or another setting.
WORTH_A_RETRY = frozenset(
    (
        "all_busy",
        "at_capacity",
        "cut",
        "empty_reply",
        "failed",
        "garbled",
        "misdelivered",
        "not_recorded",
        "overloaded",
        "provider_down",
        "rate_limited",
        "runaway",
        "silent",
        "stalled",
        "thought_only",
        "tools_only",
        "unreachable",
    )
)

#: The assistant cannot answer, and nobody at this page can mend that.
RESTING = "resting"
#: What a visitor reads, and is sent, of troubles that they cannot mend: not how the desk is run.
VISITORS_TROUBLES: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "bad_certificate",
            "bad_key",
            "bad_request",
            "forbidden",
            "moved",
            "no_credit",
            "no_key",
            "not_a_provider",
            "proxy_refused",
            "unknown_model",
            "unreachable",
            "wrong_address",
        ),
        RESTING,
    ),
    "silent": "visitor_slow",
    "context_too_long": "visitor_too_long",
}
#: Of these it may be known until when.
_UNTIL = frozenset(("all_busy", "rate_limited"))


@dataclass(frozen=True)
class Place:
    """Where a turn's steps go. run: the id of the turn's frame. title: under which things are said there."""

    conversation: Conversation
    turn: Turn
    run: str
    title: str = "Demo Desk"


def show(place: Place, step: steps.Step) -> None:
    """Show a step as part of the turn."""
    place.turn.steps.append(step)
    place.conversation.screen.add(step)


def tell(place: Place, text: str, retry: bool) -> None:
    """Words for what went wrong, with a button to try again where that can help."""
    step = steps.notice(place.conversation.id, place.title, place.run, text)
    show(place, step)
    if retry:
        _button(place, "regenerate", "retry", step["id"], "refresh-cw")


def close(
    place: Place,
    receipt: Receipt,
    demo: Demo,
    engine: Engine,
    totals: Totals,
    vnd_per_usd: Decimal | None,
) -> None:
    """Everything that follows the reply's last word."""
    language = place.conversation.language
    # Not before: where buttons change, the page draws every message anew.
    place.conversation.screen.remove_actions()
    shown = _receipt(place, receipt, demo, engine)
    problem = _problem(place, engine, receipt)
    retry = problem is not None and _worth_a_retry(receipt)
    if problem and place.turn.said is None:
        # Where there is no reply the words stand in its place, above the receipt.
        tell(place, problem, retry)
        _show_receipt(place, shown)
    else:
        _show_receipt(place, shown)
        if problem:
            tell(place, problem, retry)
    if not retry:
        _offer(place, receipt)
    seen_totals = totals_line(language, totals, vnd_per_usd, sight(place.conversation, demo))
    place.conversation.screen.send("desk", {"totals": seen_totals})


def _show_receipt(place: Place, receipt: steps.Step) -> None:
    if receipt["name"]:  # a visitor may be shown nothing of it
        show(place, receipt)


def _worth_a_retry(receipt: Receipt) -> bool:
    return receipt.error in WORTH_A_RETRY or receipt.finish_reason in ("stopped", "cut", "interrupted")


def _receipt(place: Place, receipt: Receipt, demo: Demo, engine: Engine) -> steps.Step:
    """What its readers may see of the receipt. Nothing opens where not all of it may be seen."""
    language, shown = place.conversation.language, sight(place.conversation, demo)
    label = _label(language, engine, receipt)
    whole = shown.latency and shown.tokens and shown.cost and shown.model_picker
    metadata = {**receipt.metadata(), "demo": demo.name, "demo_version": demo.version}
    if place.conversation.link is not None:
        trouble = VISITORS_TROUBLES.get(receipt.error or "", receipt.error)
        metadata |= {"error": trouble, "request_id": None, "attempts": None}
    return steps.receipt(
        place.conversation.id,
        place.run,
        line(language, receipt, label, shown),
        details(language, receipt, label, demo.name, demo.version) if whole else "",
        seen(metadata, shown),
    )


def _problem(place: Place, engine: Engine, receipt: Receipt) -> str | None:
    """What the visitor is told of a reply that is not whole; None where nothing is wrong."""
    language, said = place.conversation.language, place.turn.said is not None
    match receipt.finish_reason:
        case "length":
            return say(language, "errors.length")
        case "content_filter":
            return say(language, "errors.filtered")
        case "stopped" if place.turn.left is not None:
            return _left(place, place.turn.left)
        case "stopped" if not said:
            return say(language, "errors.stopped")
        case "interrupted":
            return say(language, "errors.interrupted" if said else "errors.interrupted_early")
        case "cut" if said and receipt.error != Runaway.kind:
            return _cut(place, receipt)
    return None if receipt.error is None else _error(place, engine, receipt, receipt.error)


def _left(place: Place, at: datetime) -> str:
    """Nobody was there any more."""
    conversation = place.conversation
    if place.turn.said is None:
        return say(conversation.language, "errors.left_early")
    if conversation.utc_offset is None:
        return say(conversation.language, "errors.left")
    return say(
        conversation.language,
        "errors.left_at",
        time=clock(conversation.language, at, conversation.utc_offset),
    )


def _cut(place: Place, receipt: Receipt) -> str:
    """The reply broke off, and no other took its place. An operator is told of what."""
    language, said = place.conversation.language, place.turn.said
    words = number(
        language, sum(any(map(str.isalnum, word)) for word in (said.reply if said else "").split())
    )
    if receipt.error == Stalled.kind:
        return say(language, "errors.stalled", n=words)
    if place.conversation.link is not None or receipt.error in (None, Cut.kind):
        return say(language, "errors.cut", n=words)
    return say(language, "errors.cut_because", n=words, reason=say(language, f"reasons.{receipt.error}"))


def _error(place: Place, engine: Engine, receipt: Receipt, kind: str) -> str:
    language = place.conversation.language
    if kind == Cut.kind:  # no word of it came
        kind = "cut_early"
    if place.conversation.link is not None:
        kind = VISITORS_TROUBLES.get(kind, kind)
    if kind in _UNTIL and receipt.until is not None and (until := _until(place.conversation, receipt.until)):
        return until
    model = _model(engine, receipt)
    provider = engine.providers.get(model.provider) or Provider(model.provider, "")
    return say(
        language,
        f"errors.{kind}",
        model=model.label,
        variable=provider.key_variable or "HOLYSHEEP_API_KEY",
        request_id=receipt.request_id or "-",
    )


def _until(conversation: Conversation, at: datetime) -> str | None:
    """When to come back, by the reader's own clock, or in minutes; None where that is now."""
    language, left_s = conversation.language, (at - datetime.now(UTC)).total_seconds()
    if left_s <= 0:
        return None
    if conversation.utc_offset is not None:
        at += timedelta(seconds=59)  # a minute that has begun is not over
        return say(language, "errors.all_busy_until", time=clock(language, at, conversation.utc_offset))
    minutes = math.ceil(left_s / 60)
    if minutes == 1:
        return say(language, "errors.all_busy_minute")
    return say(language, "errors.all_busy_minutes", n=number(language, minutes))


def _label(language: Language, engine: Engine, receipt: Receipt) -> str:
    """Of the model that answered, and in whose place."""
    asked, came = _model(engine, receipt), receipt.attempts[-1].model if receipt.attempts else receipt.model
    if receipt.ttft_ms is None or came == asked.id or came not in engine.models:
        return asked.label
    return say(language, "receipt.in_place", answered=engine.models[came].label, asked=asked.label)


def _model(engine: Engine, receipt: Receipt) -> Model:
    """The model that was asked for; one of an old receipt may have left the price list."""
    gone = Model(receipt.model, receipt.model, receipt.provider, 0)
    return engine.models.get(receipt.model, gone)


def _offer(place: Place, receipt: Receipt) -> None:
    """The button below the turn's last message."""
    below = [step for step in place.turn.steps if step["type"] == "assistant_message"]
    if receipt.finish_reason == "length":
        _button(place, "continue", "continue", below[-1]["id"], "arrow-right")
    elif receipt.error is None and place.turn.said is not None:
        _button(place, "regenerate", "regenerate", below[-1]["id"], "refresh-cw")


def _button(place: Place, name: str, text: str, for_id: str, icon: str) -> None:
    label = say(place.conversation.language, f"actions.{text}")
    place.conversation.screen.add_action(steps.action(name, label, for_id, icon))
