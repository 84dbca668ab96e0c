"""What it costs to have every turn on record: waiting before the first token, and CPU."""

from __future__ import annotations

from typing import Any

from bench.figures import percentile
from bench.pace import FULL
from bench.plan import Plan
from bench.progress import say
from bench.rows import Quantity, Row, Tally
from bench.scripts import run_script
from bench.stage import Stage
from bench.stores import stores

_CROWD = 40
_LIMIT_S = 300.0
_PAUSE_S = 0.1

_CROWDS = {"1": "1 conversation", "40": "40 conversations", "burst": "40 messages at one instant"}


def wait_quantity(crowd: str, share: float) -> Quantity:
    """How long a request waits for its record before it may leave."""
    place = f"p{share * 100:.0f}"
    title = f"recording adds to the time to first token, {_CROWDS[crowd]}, {place}"
    return Quantity(f"record_{place}_{crowd}", title, "ms", 2)


def cpu_quantity(crowd: str) -> Quantity:
    """CPU of the process that serves the chat, beyond that of the same turns unrecorded."""
    return Quantity(
        f"record_cpu_{crowd}", f"recording adds to server CPU per reply of 200 tokens, {_CROWDS[crowd]}", "µs"
    )


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Turns as the chat records them, each reply's words at the model's pace; no chat around them.

    A request may leave once message, turn and attempt are durable: that wait is what recording adds to the
    first token. CPU is compared with the very same turns that nothing is kept of.
    """
    tally = Tally()
    async with stores(stage) as databases:
        for round_number in range(plan.record_rounds):
            unrecorded = await _lots(stage, {"recorded": False, "lots": _orders(plan)})
            for name in databases.names:
                store = await databases.fresh(name)
                lots = await _lots(stage, store.order(recorded=True, lots=_orders(plan)))
                _count(tally, name, lots, unrecorded, databases.note(name))
                waits = (
                    f"{crowd}: {tally.last(wait_quantity(crowd, 0.5), name):.2f} ms" for crowd in _CROWDS
                )
                say(f"recording, round {round_number + 1}, {name}, p50 for {', '.join(waits)}")
    return tally.rows()


def _orders(plan: Plan) -> list[dict[str, object]]:
    """Waits of one conversation, its CPU, both of a crowd, and the crowd at one instant."""
    full = {
        "first_token_s": FULL.first_token_s,
        "word_s": 1 / FULL.tokens_per_second,
        "words": FULL.tokens,
        "spread_s": FULL.reply_s,
    }
    brief = full | {"first_token_s": _PAUSE_S, "word_s": 0.0, "spread_s": 0.0}
    return [
        {"crowd": 1, "turns": plan.record_turns, **brief},
        {"crowd": 1, "turns": plan.record_replies, **full, "spread_s": 0.0},
        {"crowd": _CROWD, "turns": plan.record_replies, **full},
        *({"crowd": _CROWD, "turns": 1, **brief} for _ in range(plan.record_bursts)),
    ]


async def _lots(stage: Stage, order: dict[str, object]) -> list[dict[str, Any]]:
    lots: list[dict[str, Any]] = (await run_script(stage, "recording", order, _LIMIT_S))["lots"]
    return lots


def _count(
    tally: Tally, name: str, lots: list[dict[str, Any]], unrecorded: list[dict[str, Any]], note: str
) -> None:
    """One round of one database."""
    alone, reply, crowd, *bursts = lots
    waits = {
        "1": alone["waits_ms"],
        "40": crowd["waits_ms"],
        "burst": [wait for burst in bursts for wait in burst["waits_ms"]],
    }
    for which, seen in waits.items():
        for share in (0.5, 0.99):
            tally.add(wait_quantity(which, share), name, percentile(seen, share), note)
            note = ""
    for which, recorded, bare in (("1", reply, unrecorded[1]), ("40", crowd, unrecorded[2])):
        tally.add(cpu_quantity(which), name, recorded["cpu_us"] - bare["cpu_us"])
