"""How many replies one core streams at once before visitors notice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.figures import gaps_between, percentile
from bench.load import Load, Round
from bench.plan import Plan
from bench.processes import BenchError
from bench.progress import say
from bench.roster import DIRECT
from bench.rows import Quantity, Row, Tally
from bench.stage import FULL, QUESTION, SHORT, Stage

SMOOTH = Quantity("streams_smooth", "streams on one core with a p99 gap of at most 200 ms", "streams")
PROMPT = Quantity("streams_prompt", "the same, and replies end no later than the model's by a quarter", "streams")

_GAP_LIMIT_S = 0.200
_SLOWEST = 1.25
_FIRST_STEP = 40
_LEAP = 2.0
_STEP = 1.25
_NEAR = 0.9
"""A step this near to one that broke teaches nothing."""
_WARM_UP_S = 1.5
_SETTLE_S = 0.5


@dataclass(frozen=True)
class Step:
    """What so many streams looked like."""

    streams: int
    p99_gap_s: float
    slowness: float
    """The median reply's time from first to last text, as a multiple of the model's own."""
    load_share: float

    @property
    def smooth(self) -> bool:
        """No visitor waits long for the next words."""
        return self.p99_gap_s <= _GAP_LIMIT_S

    @property
    def prompt(self) -> bool:
        """Smooth, and not merely so because everybody's reply trickles."""
        return self.smooth and self.slowness <= _SLOWEST


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """The largest number of streams that is still smooth, and still prompt, by steps of a quarter."""
    tally = Tally()
    names = stage.taking_part(["bare", "ours"])
    async with stage.servers(names) as servers:
        for round_number in range(plan.capacity_rounds):
            for name in names:
                again = round_number > 0
                first = round(tally.last(SMOOTH, name) / _STEP) if again else _FIRST_STEP
                steps = await _climb(
                    stage, plan, servers[name].url, name, max(first, 1), _STEP if again else _LEAP
                )
                tally.add(SMOOTH, name, best(steps, lambda step: step.smooth))
                tally.add(PROMPT, name, best(steps, lambda step: step.prompt), _note(steps))
        most = int(max((value for row in tally.rows() for value in row.values), default=_FIRST_STEP))
        control = await _try(stage, plan, stage.upstream, most, direct=True)
        note = f"p99 gap {control.p99_gap_s * 1000:.0f} ms, slowness {control.slowness:.2f}, at {most} streams"
        tally.add(SMOOTH, DIRECT, most if control.smooth else 0, note)
    return tally.rows()


async def _climb(stage: Stage, plan: Plan, url: str, name: str, first: int, leap: float) -> list[Step]:
    """All steps taken to find where one server breaks."""
    steps: list[Step] = []

    async def holds(streams: int) -> bool:
        step = await _try(stage, plan, url, streams)
        steps.append(step)
        say(
            f"capacity, {name}, {streams} streams: p99 gap {step.p99_gap_s * 1000:.0f} ms, "
            f"{step.slowness:.2f} x as long, load {step.load_share:.0%} of its core"
        )
        return step.smooth

    await climb(holds, first, leap, plan.capacity_most)
    return steps


async def climb(holds: Callable[[int], Awaitable[bool]], first: int, leap: float, most: int) -> None:
    """Ask `holds` of numbers from `first` to `most` until the largest that holds is known to a quarter.

    Upwards by `leap`, then by quarters between the last that held and the first that broke; downwards by
    quarters when even the first is too many.
    """
    good, streams = 0, first
    while streams <= most and await holds(streams):
        good, streams = streams, round(streams * leap)
    if not good:
        while (streams := round(streams / _STEP)) > 1 and not await holds(streams):
            pass
        return
    ceiling = min(streams, most) * _NEAR
    streams = round(good * _STEP)
    while streams < ceiling and await holds(streams):
        streams = round(streams * _STEP)


async def _try(stage: Stage, plan: Plan, url: str, streams: int, *, direct: bool = False) -> Step:
    """Keep `streams` replies running for a while; a server that drops some carries none."""
    async with stage.load() as load:
        try:
            heard = await _stream(stage, plan, load, url, streams, direct)
        except BenchError as error:
            say(f"capacity, {streams} streams: {error}")
            return Step(streams, float("inf"), float("inf"), 0.0)
    return judge(streams, heard, plan.capacity_window_s)


async def _stream(stage: Stage, plan: Plan, load: Load, url: str, streams: int, direct: bool) -> Round:
    await load.connect(url, streams, direct=direct)
    await stage.pace(SHORT)
    await load.turns(QUESTION, stagger_s=_WARM_UP_S)
    await stage.pace(FULL)
    await asyncio.sleep(_SETTLE_S)
    return await load.turns(QUESTION, seconds=FULL.reply_s + plan.capacity_window_s, stagger_s=FULL.reply_s)


def judge(streams: int, heard: Round, window_s: float) -> Step:
    """Look at the time when all streams run: after the last has started, before the first stays silent."""
    start = heard.start + FULL.reply_s
    end = start + window_s
    seen = [gap for reply in heard.replies for gap in gaps_between(reply.frames, start, end)]
    lasted = [reply.frames[-1] - reply.frames[0] for reply in heard.replies]
    model = (FULL.tokens - 1) / FULL.tokens_per_second
    return Step(streams, percentile(seen, 0.99), percentile(lasted, 0.5) / model, heard.load_share)


def best(steps: list[Step], holds: Callable[[Step], bool]) -> float:
    """The most streams that held."""
    return float(max((step.streams for step in steps if holds(step)), default=0))


def _note(steps: list[Step]) -> str:
    return "; ".join(
        f"{step.streams}: {step.p99_gap_s * 1000:.0f} ms, x{step.slowness:.2f}"
        for step in sorted(steps, key=lambda step: step.streams)
    )
