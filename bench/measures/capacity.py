"""How many replies one core streams at once before visitors notice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Literal

from bench.figures import gaps_between, percentile
from bench.load import Load, Round
from bench.pace import FULL, SHORT
from bench.plan import Plan
from bench.processes import BenchError
from bench.progress import say
from bench.roster import DIRECT
from bench.rows import Quantity, Row, Tally
from bench.stage import QUESTION, Stage

Bar = Literal["prompt", "smooth"]

PROMPT = Quantity("streams_prompt", "streams one core carries: p99 gap at most 200 ms, pace kept", "streams")
SMOOTH = Quantity("streams_smooth", "the same by the gap alone, however late replies end", "streams")

_GAP_LIMIT_S = 0.200
_SLOWEST = 1.25
"""A server out of breath can hand out words evenly and ever later; such a stream is not carried."""
_NEAR_MISS = 2.0

_LEAST = 5
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

    def holds(self, bar: Bar) -> bool:
        """Smooth: no visitor waits long for the next words. Prompt: nor does anybody's reply trickle."""
        return self.p99_gap_s <= _GAP_LIMIT_S and (bar == "smooth" or self.slowness <= _SLOWEST)

    @property
    def near(self) -> bool:
        """Whether it may have been bad luck."""
        return self.p99_gap_s <= _NEAR_MISS * _GAP_LIMIT_S and self.slowness <= _NEAR_MISS * _SLOWEST

    def merit(self) -> tuple[bool, bool, float]:
        """The better of two tries sorts last."""
        return self.holds("smooth"), self.holds("prompt"), -self.p99_gap_s

    def describe(self) -> str:
        """For people."""
        return (
            f"{self.streams} streams: p99 gap {self.p99_gap_s * 1000:.0f} ms, {self.slowness:.2f} x as long"
        )


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """The largest number of streams that is still prompt, and still smooth, found by steps of a quarter."""
    tally = Tally()
    names = stage.taking_part(["bare", "ours"])
    async with stage.servers(names) as servers:
        for round_number in range(plan.capacity_rounds):
            for name in names:
                stairs = Stairs(stage, plan, servers[name].url, name)
                if round_number == 0:
                    await stairs.climb("prompt", _FIRST_STEP, _LEAP)
                    # How deep a server can sink is looked at once only: replies take minutes there.
                    await stairs.climb("smooth", stairs.best("prompt"), _LEAP)
                    tally.add(SMOOTH, name, stairs.best("smooth"))
                else:
                    await stairs.climb("prompt", tally.last(PROMPT, name) / _STEP, _STEP)
                tally.add(PROMPT, name, stairs.best("prompt"), stairs.note())
        await _control(stage, plan, tally)
    return tally.rows()


async def _control(stage: Stage, plan: Plan, tally: Tally) -> None:
    """The most that any server carried, with no server at all: that emulator and load were not the limit."""
    most = int(max((value for row in tally.rows() for value in row.values), default=_FIRST_STEP))
    step = await attempt(stage, plan, stage.upstream, most, direct=True)
    tally.add(SMOOTH, DIRECT, most if step.holds("smooth") else 0, step.describe())


class Stairs:
    """The steps taken with one server in one round."""

    def __init__(self, stage: Stage, plan: Plan, url: str, name: str) -> None:
        self._stage = stage
        self._plan = plan
        self._url = url
        self._name = name
        self._steps: dict[int, Step] = {}

    async def climb(self, bar: Bar, first: float, leap: float) -> None:
        """Find the most streams that hold the bar, starting at `first`."""
        await climb(partial(self._holds, bar), max(round(first), _LEAST), leap, self._plan.capacity_most)

    def best(self, bar: Bar) -> float:
        """The most streams that held, below the fewest that did not."""
        return best(self._steps.values(), bar)

    def note(self) -> str:
        """All steps, for whoever wants to see how it broke."""
        return "; ".join(self._steps[streams].describe() for streams in sorted(self._steps))

    async def _holds(self, bar: Bar, streams: int) -> bool:
        """A step that just breaks is tried twice: something else on the machine may have been to blame."""
        if streams not in self._steps:
            step = await self._try(streams)
            if not step.holds(bar) and step.near:
                step = max(step, await self._try(streams), key=Step.merit)
            self._steps[streams] = step
        return self._steps[streams].holds(bar)

    async def _try(self, streams: int) -> Step:
        step = await attempt(self._stage, self._plan, self._url, streams)
        say(f"capacity, {self._name}, {step.describe()}, load {step.load_share:.0%} of its core")
        return step


def best(steps: Iterable[Step], bar: Bar) -> float:
    """The most streams that held the bar, below the fewest that did not; 0 when none did."""
    held = takewhile(lambda step: step.holds(bar), sorted(steps, key=lambda step: step.streams))
    return float(max((step.streams for step in held), default=0))


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


async def attempt(stage: Stage, plan: Plan, url: str, streams: int, *, direct: bool = False) -> Step:
    """Keep `streams` replies running for a while; a server that drops some carries none."""
    async with stage.load() as load:
        try:
            heard = await _stream(stage, plan, load, url, streams, direct)
            return judge(streams, heard, plan.capacity_window_s)
        except BenchError as error:
            say(f"capacity, {streams} streams: {error}")
            return Step(streams, float("inf"), float("inf"), 0.0)


async def _stream(stage: Stage, plan: Plan, load: Load, url: str, streams: int, direct: bool) -> Round:
    await load.connect(url, streams, direct=direct)
    await stage.pace(SHORT)
    await load.turns(QUESTION, SHORT, stagger_s=_WARM_UP_S)
    await stage.pace(FULL)
    await asyncio.sleep(_SETTLE_S)
    return await load.turns(
        QUESTION, FULL, seconds=FULL.reply_s + plan.capacity_window_s, stagger_s=FULL.reply_s
    )


def judge(streams: int, heard: Round, window_s: float) -> Step:
    """Look at the time when all streams run: after the last has started, before the first stays silent."""
    start = heard.start + FULL.reply_s
    end = start + window_s
    seen = [gap for reply in heard.replies for gap in gaps_between(reply.frames, start, end)]
    if not seen:
        raise BenchError(
            f"nobody saw a frame between {start - heard.start:.0f} and {end - heard.start:.0f} s"
        )
    lasted = [reply.frames[-1] - reply.frames[0] for reply in heard.replies]
    model = (FULL.tokens - 1) / FULL.tokens_per_second
    return Step(streams, percentile(seen, 0.99), percentile(lasted, 0.5) / model, heard.load_share)
