"""Beside Chainlit's own SQLAlchemy data layer: a turn's writes, and a long thread opened."""

from __future__ import annotations

from bench.measures.durable import orders
from bench.plan import Plan
from bench.progress import say
from bench.roster import LAYER
from bench.rows import Quantity, Row, Tally
from bench.scripts import run_script
from bench.stage import Stage
from bench.stores import Store, Stores, stores

_CROWDS = (1, 40)
_LIMIT_S = 300.0


def opening(turns: int) -> Quantity:
    """With nothing else on record."""
    return Quantity(
        f"layer_open_{turns}", f"opening a conversation of {turns:,} turns, alone on record", "ms"
    )


def rate(crowd: int) -> Quantity:
    """Turns of which everything is there afterwards."""
    return Quantity(f"layer_rate_{crowd}", f"a turn's writes, {_who(crowd)}", "turns/s")


def cpu(crowd: int) -> Quantity:
    """Of the process that serves the chat; PostgreSQL's own is not in it."""
    return Quantity(f"layer_cpu_{crowd}", f"server CPU for a turn's writes, {_who(crowd)}", "µs")


def lost(crowd: int) -> Quantity:
    """It logs a failed write, and goes on."""
    return Quantity(f"layer_lost_{crowd}", f"turns of which something was not kept, {_who(crowd)}", "%", 1)


def _who(crowd: int) -> str:
    return "1 conversation" if crowd == 1 else f"{crowd} conversations at a time"


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Both keep the same question and reply, as each does it in a turn, one database after the other.

    Chainlit's layer runs as its documentation sets it up; only turns that are whole afterwards count.
    """
    tally = Tally()
    async with stores(stage) as databases:
        for round_number in range(plan.record_rounds):
            for name in databases.names:
                await _ours(stage, plan, databases, name, tally)
                if stage.taking_part(["bare"]):
                    await _theirs(stage, plan, await databases.fresh(name), tally)
                    rates = (f"{tally.last(rate(40), column):,.0f}" for column in (name, LAYER + name))
                    say(f"data layer, round {round_number + 1}, {name}: {' against '.join(rates)} turns/s")
    return tally.rows()


async def _ours(stage: Stage, plan: Plan, databases: Stores, name: str, tally: Tally) -> None:
    store = await databases.fresh(name)
    order = store.order(recorded=True, lots=orders(plan.rate_turns, _CROWDS))
    lots = (await run_script(stage, "recording", order, _LIMIT_S))["lots"]
    for crowd, lot in zip(_CROWDS, lots, strict=True):
        tally.add(rate(crowd), name, lot["turns_per_s"])
        tally.add(cpu(crowd), name, lot["cpu_us"])
        tally.add(lost(crowd), name, 0.0)  # the script ends with an error otherwise
    store = await databases.fresh(name)
    order = store.order(sizes=[plan.long_turns], long_turns=plan.long_turns)
    for value in (await run_script(stage, "growth", order, _LIMIT_S))["sizes"][0]["open_ms"]:
        tally.add(opening(plan.long_turns), name, value)


async def _theirs(stage: Stage, plan: Plan, store: Store, tally: Tally) -> None:
    order = store.order(lots=orders(plan.layer_turns, _CROWDS), long_turns=plan.long_turns)
    found = await run_script(stage, "data_layer", order, _LIMIT_S)
    for crowd, lot in zip(_CROWDS, found["lots"], strict=True):
        tally.add(rate(crowd), LAYER + store.name, lot["turns_per_s"])
        tally.add(cpu(crowd), LAYER + store.name, lot["cpu_us"])
        tally.add(lost(crowd), LAYER + store.name, lot["lost"] / lot["asked"] * 100)
    for value in found["open_ms"]:
        tally.add(opening(plan.long_turns), LAYER + store.name, value)
