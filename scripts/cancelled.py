"""Ends turns at random instants, and proves that nothing of them is left.

``python -m scripts.cancelled --turns 10000 [--seed WORD]``. Before the connection, before the headers, in backoff, in
mid-stream, while a second attempt races, in the drain; by ``stop()``, by a cancelled task, by ``aclose()``, by a reader
who leaves, some of them twice, and by closing the engine with turns under way. Over real sockets, with two providers in
another process that have faults of many kinds.
"""

import argparse
import asyncio
import gc
import os
import random
import secrets
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from holysheep import Engine, EngineSettings, FileStore, Model, Price, Provider
from scripts.cancelled_judge import Figures, Seen, judge
from scripts.cancelled_providers import providers, requests
from scripts.cancelled_turn import MODEL, Ending, draw

#: Turns of one engine; its retry budget is full at the start.
BATCH: Final = 250
SIDE_BY_SIDE: Final = 40
#: Turns under way when an engine is closed.
LAST: Final = 10
#: What ends by itself may take so long.
SETTLE_S: Final = 10.0
#: Much shorter than the usual ones, since faults are frequent here.
LIMITS: Final[Mapping[str, Any]] = {
    "first_text_s": 1.0,
    "first_text_elsewhere_s": 0.1,
    "byte_idle_s": 1.0,
    "silence_s": 0.4,
    "silence_elsewhere_s": 0.15,
    "turn_s": 3.0,
    "retries": 2,
}


class Run:
    """Engines one after the other, each with a batch of turns."""

    def __init__(self, urls: Sequence[str], seed: str, folder: Path) -> None:
        self._urls = urls
        self._folder = folder
        self._chance = random.Random(f"{seed} turns")
        self.figures = Figures(seed)

    async def go(self, turns: int) -> None:
        """Until so many turns were ended from outside."""
        await self._batch(5)  # what is made only once is there from now on
        ended = 0
        while ended < turns and not self.figures.left:
            before = len(self.figures.turns)
            counts = await _settled(None, _left_behind)
            await self._batch(min(turns - ended, BATCH))
            self._compare(counts, await _settled(counts, _left_behind))
            ended += sum(turn.ended_at is not None for turn in self.figures.turns[before:])

    async def _batch(self, turns: int) -> None:
        self.figures.engines += 1
        async with self._engine() as engine:
            slots = asyncio.Semaphore(SIDE_BY_SIDE)
            async with asyncio.TaskGroup() as group:
                for _ in range(turns):
                    await slots.acquire()
                    group.create_task(self._ending(engine).run()).add_done_callback(lambda _: slots.release())
            self._compare(NOTHING, await _settled(NOTHING, lambda: _held(engine)))
            last = [asyncio.create_task(self._ending(engine, closes=True).run()) for _ in range(LAST)]
            await asyncio.sleep(self._chance.uniform(0, 0.3))
            await engine.close()
            await asyncio.gather(*last)
            self._compare(NOTHING, await _settled(NOTHING, lambda: _held(engine)))

    def _ending(self, engine: Engine, *, closes: bool = False) -> Ending:
        turn = draw(len(self.figures.turns), self._chance)
        self.figures.turns.append(turn)
        return Ending(engine, turn, random.Random(self._chance.random()), closes=closes)

    def _engine(self) -> Engine:
        both = [
            Provider(name, url, (f"sk-{name}-one", f"sk-{name}-two"), models=(MODEL,), **LIMITS)
            for name, url in zip(("holysheep", "openai"), self._urls, strict=True)
        ]
        model = Model(MODEL, MODEL, "holysheep", 65_536, Price.flat(Decimal(1), date(2026, 1, 1)))
        # every other one shares what it knows with programs that are not there
        store = FileStore(self._folder) if self.figures.engines % 2 else None
        return Engine(EngineSettings.of(both, [model]), store=store, draw=lambda: self._chance.random() * 0.1)

    def _compare(self, before: Mapping[str, int], after: Mapping[str, int]) -> None:
        engine = self.figures.engines
        self.figures.left += [
            f"{name}: {after[name]} after engine {engine}, {count} before"
            for name, count in before.items()
            if after[name] > count
        ]

    async def seen(self) -> list[list[Seen]]:
        """What each provider saw, once all of it has ended or had its time."""
        deadline = time.monotonic() + SETTLE_S
        while True:
            seen = [await requests(url) for url in self._urls]
            if time.monotonic() > deadline or all(each["ended"] for part in seen for each in part):
                return seen
            await asyncio.sleep(0.2)


NOTHING: Final = {"reserved tokens": 0, "requests in the pool": 0}


def _held(engine: Engine) -> dict[str, int]:
    keys = [key for provider in engine.status()["providers"] for key in provider["keys"]]
    session = engine._transport._session
    # aiohttp has no public way to count the connections that are in use
    used: Any = session.connector._acquired if session and session.connector else ()
    counts = (sum(key["in_flight_tokens"] for key in keys), len(used))
    return dict(zip(NOTHING, counts, strict=True))


def _left_behind() -> dict[str, int]:
    gc.collect()
    kept = sum(type(each).__name__ in ("ReplyStream", "Leg", "Outcome") for each in gc.get_objects())
    return {
        "tasks": len(asyncio.all_tasks()),
        "descriptors": len(os.listdir("/dev/fd")),
        "streams and attempts in memory": kept,
    }


async def _settled(wanted: Mapping[str, int] | None, look: Callable[[], dict[str, int]]) -> dict[str, int]:
    """The counts once they are what is wanted, or have had their time; without a wish once they stand still."""
    deadline, found = time.monotonic() + SETTLE_S, look()
    while time.monotonic() < deadline:
        await asyncio.sleep(0.05)
        last, found = found, look()
        if found == (last if wanted is None else wanted):
            break
    return found


async def cancelled(turns: int, seed: str = "") -> Figures:
    """One run; the same seed draws the same turns again."""
    begun, seed = time.monotonic(), seed or secrets.token_hex(3)
    with TemporaryDirectory(prefix="desk-cancelled-") as folder:
        async with providers(seed) as urls:
            run = Run(urls, seed, Path(folder))
            await run.go(turns)
            judge(run.figures, await run.seen())
    run.figures.took_s = time.monotonic() - begun
    return run.figures


def _runner() -> asyncio.Runner:
    """On the loop that the server runs on."""
    try:
        import uvloop
    except ImportError:  # no wheel on Windows
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print the figures; 1 where anything is left or wrong."""
    parser = argparse.ArgumentParser(prog="make cancelled", description=__doc__)
    parser.add_argument("--turns", type=int, default=10_000)
    parser.add_argument("--seed", default="", help="of an earlier run: the same turns again")
    options = parser.parse_args(argv)
    with _runner() as runner:
        figures = runner.run(cancelled(options.turns, options.seed))
    print(figures)
    if faults := [*figures.left, *figures.wrong]:
        print("\n".join(["", *faults[:50]]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
