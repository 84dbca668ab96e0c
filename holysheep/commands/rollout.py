"""``rollout``: where the move from one provider to another stands, and an operator's hand on it."""

import argparse
from collections.abc import Callable
from typing import Any

from holysheep.commands.place import Place, Said, WrongCommand
from holysheep.rollout import DOCUMENT, RolloutPlan, RolloutState, pause, restart, resume, set_share
from holysheep.rollout.state import KEPT
from holysheep.rollout.words import as_json, lines
from holysheep.store import Document, Store

Step = Callable[[RolloutState], RolloutState]


async def rollout(place: Place, store: Store, arguments: argparse.Namespace) -> Said:
    """Show it, or move it by hand. A running program knows within a second."""
    plan = place.rollout or RolloutPlan()
    if arguments.step not in (None, "history"):
        if not plan.enabled:
            off = place.say(
                "rollout đang tắt (enabled = false trong rollout.toml); không có gì thay đổi",
                "the rollout is off (enabled = false in rollout.toml); nothing was changed",
            )
            return Said(off, {"changed": False, "error": "off"}, 1)
        state = await _changed(store, _step(place, plan, arguments))
        return _told(place, plan, state, {"changed": True})
    state = RolloutState.from_document(await store.read(DOCUMENT))
    return _told(place, plan, state, {}, history=KEPT if arguments.step else 10)


def _step(place: Place, plan: RolloutPlan, arguments: argparse.Namespace) -> Step:
    hand: dict[str, Any] = {"by": place.by, "now": place.now(), "note": arguments.reason}
    steps: dict[str, Step] = {
        "pause": lambda state: pause(state, **hand),
        "resume": lambda state: resume(state, **hand),
        "restart": lambda state: restart(state, plan, **hand),
        "set": lambda state: set_share(state, arguments.percent, **hand),
    }
    return steps[arguments.step]


async def _changed(store: Store, step: Step) -> RolloutState:
    def how(document: Document) -> Document:
        try:
            return step(RolloutState.from_document(document)).to_document()
        except ValueError as error:
            raise WrongCommand(str(error)) from None

    return RolloutState.from_document(await store.change(DOCUMENT, how))


def _told(place: Place, plan: RolloutPlan, state: RolloutState, more: Document, history: int = 10) -> Said:
    now = place.now()
    words = "\n".join(lines(plan, state, now, place.language, history=history))
    return Said(words, {**more, **as_json(plan, state, now)})
