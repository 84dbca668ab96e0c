"""How many turns a second are recorded durably."""

from __future__ import annotations

from collections.abc import Sequence

from bench.plan import Plan
from bench.progress import say
from bench.rows import Quantity, Row, Tally
from bench.scripts import run_script
from bench.stage import Stage
from bench.stores import stores

_CROWDS = (1, 40, 200)
_LIMIT_S = 300.0


def rate(crowd: int) -> Quantity:
    """Whole turns: message, turn, attempt, reply and receipt, each synced to the disk before the next."""
    who = "1 conversation that never rests" if crowd == 1 else f"{crowd} conversations that never rest"
    return Quantity(f"record_rate_{crowd}", f"recorded durably, {who}", "turns/s")


def orders(total: int, crowds: Sequence[int] = _CROWDS) -> list[dict[str, object]]:
    """A lot for each crowd; a single conversation, which waits for every sync, gets fewer turns."""
    return [
        {
            "crowd": crowd,
            "turns": max(1, total // max(crowd, 10)),
            "first_token_s": 0.0,
            "word_s": 0.0,
            "words": 200,
            "spread_s": 0.0,
        }
        for crowd in crowds
    ]


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Conversations whose model answers at once, each with its next message as soon as the last is settled."""
    tally = Tally()
    async with stores(stage) as databases:
        for round_number in range(plan.record_rounds):
            for name in databases.names:
                store = await databases.fresh(name)
                order = store.order(recorded=True, lots=orders(plan.rate_turns))
                lots = (await run_script(stage, "recording", order, _LIMIT_S))["lots"]
                for crowd, lot in zip(_CROWDS, lots, strict=True):
                    tally.add(
                        rate(crowd), name, lot["turns_per_s"], databases.note(name) if crowd == 1 else ""
                    )
                rates = ", ".join(f"{tally.last(rate(crowd), name):,.0f}" for crowd in _CROWDS)
                say(f"durable, round {round_number + 1}, {name}: {rates} turns/s")
    return tally.rows()
