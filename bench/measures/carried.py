"""How many visitors one replica and two carry behind the proxy, over PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import takewhile

from bench.figures import gaps_between, percentile
from bench.load import Load, Round
from bench.measures.capacity import climb
from bench.pace import FULL, SHORT
from bench.plan import Plan
from bench.postgres import postgres
from bench.processes import BenchError
from bench.progress import say
from bench.roster import OURS, replica
from bench.rows import Quantity, Row, Tally
from bench.stage import QUESTION, Stage
from scripts.proxy import proxied

_SECRET = "a secret that all replicas of a measurement share"
_REPLICAS = (1, 2)

GAP_LIMIT_S = 0.200
"""As for streams: nobody waits longer for the next words."""
FIRST_LIMIT_S = 1.0
"""Above the model's own: a longer silence interrupts a train of thought."""
_SLOWEST = 1.25
THINK_S = 10.0
"""Between the end of a reply and the next message, on average."""

_FIRST_STEP = 100
_SETTLE_S = 0.5


def visitors(replicas: int) -> Quantity:
    """People who read and think between their messages."""
    who = "that one replica carries" if replicas == 1 else f"that {replicas} replicas carry"
    title = (
        f"visitors {who} on this machine's cores: p99 gap at most {GAP_LIMIT_S * 1000:.0f} ms, "
        f"p99 to first words at most {FIRST_LIMIT_S:g} s, pace kept"
    )
    return Quantity(f"visitors_{replicas}", title, "visitors")


@dataclass(frozen=True)
class Step:
    """What so many visitors saw."""

    visitors: int
    p99_gap_s: float
    p99_first_s: float
    slowness: float
    load_share: float

    @property
    def holds(self) -> bool:
        """Nobody waits long, neither for the first words nor for the next ones, and no reply trickles."""
        limits = (GAP_LIMIT_S, FIRST_LIMIT_S, _SLOWEST)
        seen = (self.p99_gap_s, self.p99_first_s, self.slowness)
        return all(value <= limit for value, limit in zip(seen, limits, strict=True))

    def describe(self) -> str:
        """For people."""
        return (
            f"{self.visitors} visitors: p99 gap {self.p99_gap_s * 1000:.0f} ms, first words after "
            f"{self.p99_first_s * 1000:.0f} ms more than the model's, {self.slowness:.2f} x as long"
        )


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Replicas, proxy, PostgreSQL, the provider and the visitors share all cores: what two replicas add beside one is
    less here than on machines of their own."""
    tally = Tally()
    stage = stage.on_every_core()
    for count in _REPLICAS:
        async with _desk(stage, count) as url:
            steps: dict[int, Step] = {}
            first = min(_FIRST_STEP, plan.visitors_most)
            await climb(partial(_holds, stage, plan, url, steps), first, 2.0, plan.visitors_most)
            note = "; ".join(steps[number].describe() for number in sorted(steps))
            tally.add(visitors(count), OURS.name, best(steps.values()), note)
    return tally.rows()


def best(steps: Iterable[Step]) -> float:
    """The most visitors that were carried, below the fewest that were not; 0 when none were."""
    held = takewhile(lambda step: step.holds, sorted(steps, key=lambda step: step.visitors))
    return float(max((step.visitors for step in held), default=0))


@asynccontextmanager
async def _desk(stage: Stage, count: int) -> AsyncIterator[str]:
    """So many replicas behind the proxy; its address."""
    async with postgres(stage) as server:
        url = await server.fresh(f"bench_{stage.take_port()}")
        names = [replica(number, url, _SECRET) for number in range(count)]
        async with stage.serving(names) as up:
            addresses = [one.url.removeprefix("http://") for one in up.values()]
            log = stage.folder / "proxy.log"
            async with proxied(addresses, stage.take_port(), log) as address:
                stage.knows(address, next(iter(up.values())).cookie)
                yield address


async def _holds(stage: Stage, plan: Plan, url: str, steps: dict[int, Step], count: int) -> bool:
    """A step that just breaks is tried twice: something else on the machine may have been to blame."""
    if count not in steps:
        step = await _attempt(stage, plan, url, count)
        if not step.holds:
            step = max(step, await _attempt(stage, plan, url, count), key=lambda s: (s.holds, -s.p99_gap_s))
        steps[count] = step
    return steps[count].holds


async def _attempt(stage: Stage, plan: Plan, url: str, count: int) -> Step:
    async with stage.load() as load:
        try:
            step = judge(count, await _chat(stage, plan, load, url, count), plan.visitors_window_s)
        except BenchError as error:
            say(f"visitors, {count}: {error}")
            return Step(count, *(float("inf"),) * 3, 0.0)
    say(f"visitors, {step.describe()}, load {step.load_share:.0%} of a core")
    return step


async def _chat(stage: Stage, plan: Plan, load: Load, url: str, count: int) -> Round:
    await stage.pace(SHORT)
    await load.connect(url, count)
    await stage.pace(FULL)
    await asyncio.sleep(_SETTLE_S)
    come_s = FULL.reply_s + THINK_S
    return await load.turns(
        QUESTION, FULL, seconds=come_s + plan.visitors_window_s, stagger_s=come_s, think_s=THINK_S
    )


def judge(count: int, heard: Round, window_s: float) -> Step:
    """Look at the time when all of them are there."""
    start = heard.start + FULL.reply_s + THINK_S
    end = start + window_s
    gaps = [gap for reply in heard.replies for gap in gaps_between(reply.frames, start, end)]
    seen = [reply for reply in heard.replies if start <= reply.sent <= end]
    if not gaps or not seen:
        raise BenchError("nobody was answered while all of them were there")
    first = percentile([reply.first_text_s - FULL.first_token_s for reply in seen], 0.99)
    lasted = [reply.frames[-1] - reply.frames[0] for reply in seen]
    model = (FULL.tokens - 1) / FULL.tokens_per_second
    return Step(count, percentile(gaps, 0.99), first, percentile(lasted, 0.5) / model, heard.load_share)
