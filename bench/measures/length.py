"""How the price of a token grows with the length of the conversation."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from bench.load import Load
from bench.pace import FULL, SHORT
from bench.plan import Plan
from bench.progress import say
from bench.rows import Quantity, Row, Tally
from bench.stage import QUESTION, Server, Stage

_SETTLE_S = 0.5
_MEASURED_TURNS = 4


def quantity(turn: int) -> Quantity:
    """The cost at one length of the conversation."""
    return Quantity(f"length_{turn}", f"server CPU per token at turn {turn:,} of a conversation", "µs")


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Server CPU for each token of full replies at turns 10, 100 and 1,000 of the same conversations.

    The turns between are short and fast, and all conversations grow at the same time. Every contender sends
    the history upstream with each turn, cut to the model's context window or not as it sees fit.
    """
    tally = Tally()
    names = stage.taking_part(["bare", "ours"])
    async with stage.servers(names) as servers, AsyncExitStack() as loads:
        crowds = {name: await loads.enter_async_context(stage.load()) for name in names}
        for name in names:
            await crowds[name].connect(servers[name].url, plan.length_sockets)
        done = 0
        for turn in plan.lengths:
            await stage.pace(SHORT)
            await asyncio.gather(
                *(crowds[name].turns(QUESTION, SHORT, count=turn - 1 - done) for name in names)
            )
            await stage.pace(FULL)
            for name in names:
                cost = await _cost_us(crowds[name], servers[name])
                tally.add(quantity(turn), name, cost)
                say(f"length, turn {turn}, {name}: {cost:.0f} µs per token")
            done = turn - 1 + _MEASURED_TURNS
    return tally.rows()


async def _cost_us(load: Load, server: Server) -> float:
    """The cost of full replies in the conversations as they are now."""
    await asyncio.sleep(_SETTLE_S)
    before = server.child.cpu_seconds()
    heard = await load.turns(QUESTION, FULL, count=_MEASURED_TURNS, stagger_s=1.0)
    used = server.child.cpu_seconds() - before
    return used / (len(heard.replies) * FULL.tokens) * 1e6
