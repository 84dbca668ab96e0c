"""Forty messages at one instant, and what one visitor sees while forty others stream."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bench.figures import percentile
from bench.load import Heard, Load
from bench.pace import FULL, SHORT
from bench.plan import Plan
from bench.progress import say
from bench.roster import DIRECT
from bench.rows import Quantity, Row, Tally
from bench.stage import QUESTION, Stage

P50 = Quantity(
    "burst_p50", "40 messages at one instant: time to first text, above the model's own, p50", "ms"
)
P99 = Quantity(
    "burst_p99", "40 messages at one instant: time to first text, above the model's own, p99", "ms"
)
GAP = Quantity("gap_typical", "longest gap between frames while 40 others stream, typical visitor", "ms")
WORST = Quantity("gap_worst", "longest gap between frames while 40 others stream, unluckiest visitor", "ms")

_SETTLE_S = 1.0


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Added time to first text and longest gaps, with the emulator alone as a control."""
    tally = Tally()
    names = stage.taking_part(["bare", "ours"])
    async with stage.servers(names) as servers:
        urls = {name: servers[name].url for name in names} | {DIRECT: stage.upstream}
        for round_number in range(plan.rounds):
            for name, url in urls.items():
                if name == DIRECT and round_number:
                    continue
                async with stage.load() as load:
                    await load.connect(url, plan.sockets + 1, direct=name == DIRECT)
                    await _round(stage, plan, load, name, tally)
                say(f"burst, round {round_number + 1}, {name}: {tally.last(P50, name):.0f} ms p50")
    return tally.rows()


async def _round(stage: Stage, plan: Plan, load: Load, name: str, tally: Tally) -> None:
    await stage.pace(SHORT)
    await load.turns(QUESTION, SHORT)
    await stage.pace(FULL)
    first_texts: list[float] = []
    for _ in range(plan.bursts):
        await asyncio.sleep(_SETTLE_S)
        burst = await load.turns(QUESTION, FULL)
        first_texts += added_ms(burst.replies)
    tally.add(P50, name, percentile(first_texts, 0.5))
    tally.add(P99, name, percentile(first_texts, 0.99))
    steady = await load.turns(QUESTION, FULL, stagger_s=FULL.reply_s)
    longest = [max(reply.gaps_s, default=0.0) * 1000 for reply in steady.replies]
    tally.add(GAP, name, percentile(longest, 0.5))
    tally.add(WORST, name, max(longest))


def added_ms(replies: Sequence[Heard]) -> list[float]:
    """Time to first text above what the emulator was told to take."""
    return [(reply.first_text_s - FULL.first_token_s) * 1000 for reply in replies]
