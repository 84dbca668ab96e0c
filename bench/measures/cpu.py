"""Server CPU for each token, at 40 sockets that stream at 50 tokens a second."""

from __future__ import annotations

import asyncio

from bench.load import Load
from bench.pace import FULL, SHORT
from bench.plan import Plan
from bench.progress import say
from bench.rows import Quantity, Row, Tally
from bench.stage import QUESTION, Server, Stage

CPU = Quantity("cpu_per_token", "server CPU per token, 40 sockets at 50 tokens/s", "µs")

_SETTLE_S = 0.5


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """CPU time of the server process over whole replies, divided by the tokens they had.

    Everything from the message's arrival to the end of its task counts: the request upstream, the relay,
    and whatever follows a reply. First questions are spread over the length of a reply, so that starts and
    ends are met as evenly as in an evening's traffic.
    """
    tally = Tally()
    names = stage.taking_part(["bare", "ours"])
    async with stage.servers(names) as servers:
        for round_number in range(plan.rounds):
            for name in names:
                async with stage.load() as load:
                    cost = await _cost_us(stage, plan, load, servers[name])
                tally.add(CPU, name, cost)
                say(f"cpu, round {round_number + 1}, {name}: {cost:.0f} µs per token")
    return tally.rows()


async def _cost_us(stage: Stage, plan: Plan, load: Load, server: Server) -> float:
    await load.connect(server.url, plan.sockets)
    await stage.pace(SHORT)
    await load.turns(QUESTION, SHORT)
    await stage.pace(FULL)
    await asyncio.sleep(_SETTLE_S)
    before = server.child.cpu_seconds()
    heard = await load.turns(QUESTION, FULL, count=plan.replies, stagger_s=FULL.reply_s)
    used = server.child.cpu_seconds() - before
    return used / (len(heard.replies) * FULL.tokens) * 1e6
