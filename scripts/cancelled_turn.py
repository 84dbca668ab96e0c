"""One turn that is ended from outside at some instant, in some way."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Final, Literal

from holysheep import Delta, Engine, Event, Notice, Receipt, ReplyStream, Retrying
from holysheep.journal import AttemptStart
from scripts.cancelled_providers import WHOLE

Moment = Literal[
    "unasked",
    "at once",
    "record",
    "headers",
    "silence",
    "backoff",
    "race",
    "words",
    "replacing",
    "drain",
    "any",
]
MOMENTS: Final[dict[Moment, str]] = {
    "unasked": "before anybody asked for an event",
    "at once": "before the first attempt",
    "record": "while the attempt is put on record",
    "headers": "before connection or headers",
    "silence": "before the first text",
    "backoff": "in backoff",
    "race": "while a second attempt races, or goes elsewhere",
    "words": "in mid-stream",
    "replacing": "while a broken reply is replaced",
    "drain": "after the last text, in the drain",
    "any": "at any time",
}
#: Those that do not come in every turn are drawn more often.
_WEIGHTS: Final[dict[Moment, int]] = {"backoff": 3, "race": 2, "words": 2, "replacing": 4, "drain": 2}
Way = Literal["stop", "interrupt", "cancel", "aclose", "walk"]
WAYS: Final[dict[Way, str]] = {
    "stop": "stop()",
    "interrupt": "interrupt()",
    "cancel": "its task cancelled",
    "aclose": "aclose() by another task",
    "walk": "left by its reader",
}
MODEL: Final = "deepseek-v3.2"
#: A turn that has not ended by then hangs.
PATIENCE_S: Final = 30.0


@dataclass
class Turn:
    """What was done to a turn, and what came of it.

    alone: it may go to one provider only. ended_at: on the monotonic clock, None where it was too late. tokens: of the
    reply, as it stood at the end.
    """

    number: int
    moment: Moment
    ways: tuple[Way, ...]
    alone: bool
    begun_at: float = 0.0
    ended_at: float | None = None
    receipt: Receipt | None = None
    tokens: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What its messages say, so that its requests are known."""
        return f"turn {self.number}"


def draw(number: int, chance: random.Random) -> Turn:
    """What is to be done to the turn of that number."""
    (moment,) = chance.choices(tuple(MOMENTS), [_WEIGHTS.get(moment, 1) for moment in MOMENTS])
    ways = [chance.choice(tuple(WAYS))]
    if chance.random() < 0.3:
        ways.append(chance.choice(tuple(WAYS)))
    # with one provider only there is backoff; with two there is a race
    alone = moment == "backoff" or (moment not in ("race", "replacing") and chance.random() < 0.3)
    return Turn(number, moment, tuple(ways), alone)


class Ending:
    """Asks, and ends it. closes: the engine is closed instead, by somebody else."""

    def __init__(self, engine: Engine, turn: Turn, chance: random.Random, *, closes: bool = False) -> None:
        self._turn = turn
        self._chance = chance
        self._closes = closes
        self._met = asyncio.Event()
        self._leave = False
        self._words = chance.uniform(0, WHOLE)
        self._events: list[Event] = []
        turn.begun_at = time.monotonic()
        self._stream: ReplyStream = engine.stream(
            [{"role": "user", "content": turn.name}],
            model=MODEL,
            journal=self,
            cadence_s=chance.choice((0.0, 0.03)),
            provider=chance.choice(("holysheep", "openai")) if turn.alone else None,
        )

    async def begin_attempt(self, start: AttemptStart) -> None:
        """The journal: takes a moment."""
        self._happened("record")
        await asyncio.sleep(self._chance.choice((0, 0.001, 0.004)))
        self._happened("headers", "silence")

    async def run(self) -> None:
        """The whole turn."""
        reader = asyncio.create_task(self._read(), name=self._turn.name)
        try:
            if not self._closes:
                await self._until(reader)
                await self._act(reader)
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.wait([reader])
        except TimeoutError:
            self._turn.wrong.append("it hangs")
            reader.cancel()
            await asyncio.wait([reader])
        await self._stream.aclose()  # a task that is cancelled before its first step never came to it
        self._judge(reader)

    async def _read(self) -> None:
        try:
            if self._turn.moment == "unasked" and not self._closes:
                await self._met.wait()
            async for event in self._stream:
                self._take(event)
                if self._leave:
                    self._turn.ended_at = time.monotonic()
                    break
                if self._chance.random() < 0.1:
                    await asyncio.sleep(0)  # whoever reads does other things, too
        finally:
            await self._stream.aclose()

    def _take(self, event: Event) -> None:
        self._events.append(event)
        match event:
            case Retrying(elsewhere=True):
                self._happened("race")
            case Retrying(wait_s=wait_s) if wait_s > 0:
                self._happened("backoff")
            case Notice(kind="breaking"):
                self._happened("replacing")
            case Delta():
                if len(self._stream.text) >= self._words:
                    self._happened("words")
                if len(self._stream.text) >= WHOLE:
                    self._happened("drain")

    def _happened(self, *moments: Moment) -> None:
        if self._turn.moment in moments:
            self._met.set()

    async def _until(self, reader: asyncio.Task[None]) -> None:
        """Until the moment has come, or cannot come any more."""
        match self._turn.moment:
            case "unasked":
                return
            case "at once":
                for _ in range(self._chance.randrange(4)):
                    await asyncio.sleep(0)
                return
            case "any":
                asyncio.get_running_loop().call_later(self._chance.uniform(0, 0.5), self._met.set)
        met = asyncio.create_task(self._met.wait())
        await asyncio.wait([met, reader], return_when=asyncio.FIRST_COMPLETED)
        met.cancel()
        if not reader.done() and self._turn.moment != "drain":
            span = {"headers": 0.004, "silence": 0.025}.get(self._turn.moment, 0.02)
            await asyncio.sleep(self._chance.choice((0, self._chance.uniform(0, span))))

    async def _act(self, reader: asyncio.Task[None]) -> None:
        if reader.done():
            return
        self._turn.ended_at = time.monotonic()
        for number, way in enumerate(self._turn.ways):
            if number:
                await asyncio.sleep(self._chance.choice((0, 0.002)))
            match way:
                case "stop":
                    self._stream.stop()
                case "interrupt":
                    self._stream.interrupt()
                case "cancel":
                    reader.cancel()
                case "aclose":
                    await self._stream.aclose()
                case "walk":
                    self._leave = True
            self._met.set()

    def _judge(self, reader: asyncio.Task[None]) -> None:
        turn, receipt = self._turn, self._stream.receipt
        turn.receipt = receipt
        told = [event for event in self._events if isinstance(event, Receipt)]
        if not reader.cancelled() and (error := reader.exception()) is not None:
            turn.wrong.append(f"it raised {error!r}")
        if receipt is None:
            turn.wrong.append("no receipt")
        elif any(event is not receipt for event in told) or len(told) > 1:
            turn.wrong.append(f"{len(told)} receipts, and another one kept")
        elif not told and turn.ways in (("stop",), ("interrupt",)):
            turn.wrong.append("its reader never saw the receipt")
        if told and self._events[-1] is not told[0]:
            turn.wrong.append("something followed the receipt")
        times = [int(word) for word in self._stream.text.split() if word.isdigit()]
        turn.tokens = max(0, len(times) - 1)  # before the first stands the request's
        if times != sorted(times) or (times and times[0] < turn.begun_at * 1e9):
            turn.wrong.append("it shows what is not its own")
