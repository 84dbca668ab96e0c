"""What stands below a reply: its receipt, words for what went wrong, buttons, the totals."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from chat import steps
from chat.conversation import Conversation, Turn
from chat.receipt_line import details, line, totals_line
from chat.sight import seen, sight
from chat.texts import say
from demos import Demo
from holysheep import Engine, Model, Provider, Receipt
from ledger import Totals

#: After these another try can help; the rest need another message or another setting.
WORTH_A_RETRY = frozenset(
    {
        "rate_limited",
        "provider_down",
        "empty_reply",
        "garbled",
        "unreachable",
        "silent",
        "cut",
        "failed",
        "not_recorded",
    }
)


#: What a visitor reads, and is sent, of troubles that they cannot mend: not how the desk is run.
VISITORS_TROUBLES: Mapping[str, str] = {
    **dict.fromkeys(
        ("no_key", "bad_key", "forbidden", "no_credit", "unknown_model", "bad_request"), "resting"
    ),
    **dict.fromkeys(("not_a_provider", "unreachable"), "resting"),
    "silent": "visitor_slow",
    "context_too_long": "visitor_too_long",
}


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
    retry = receipt.error in WORTH_A_RETRY or receipt.finish_reason in ("stopped", "interrupted")
    if problem and place.turn.said is None:
        # Where there is no reply the words stand in its place, above the receipt.
        tell(place, problem, retry)
        _show_receipt(place, shown)
    else:
        _show_receipt(place, shown)
        if problem:
            tell(place, problem, retry)
    _offer(place, receipt)
    seen_totals = totals_line(language, totals, vnd_per_usd, sight(place.conversation, demo))
    place.conversation.screen.send("desk", {"totals": seen_totals})


def _show_receipt(place: Place, receipt: steps.Step) -> None:
    if receipt["name"]:  # a visitor may be shown nothing of it
        show(place, receipt)


def _receipt(place: Place, receipt: Receipt, demo: Demo, engine: Engine) -> steps.Step:
    """What its readers may see of the receipt. Nothing opens where not all of it may be seen."""
    language, shown = place.conversation.language, sight(place.conversation, demo)
    label = _model(engine, receipt).label
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
    language = place.conversation.language
    if receipt.finish_reason == "length":
        return say(language, "errors.length")
    if receipt.finish_reason == "content_filter":
        return say(language, "errors.filtered")
    if receipt.finish_reason == "stopped" and place.turn.said is None:
        return say(language, "errors.stopped")
    if receipt.finish_reason == "interrupted":
        return say(language, "errors.interrupted_early" if place.turn.said is None else "errors.interrupted")
    if receipt.error is None:
        return None
    kind = "cut_early" if receipt.error == "cut" and place.turn.said is None else receipt.error
    if place.conversation.link is not None:
        kind = VISITORS_TROUBLES.get(kind, kind)
    model = _model(engine, receipt)
    provider = engine.providers.get(model.provider) or Provider(model.provider, "")
    return say(
        language,
        f"errors.{kind}",
        model=model.label,
        variable=provider.key_variable or "HOLYSHEEP_API_KEY",
        request_id=receipt.request_id or "-",
    )


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
