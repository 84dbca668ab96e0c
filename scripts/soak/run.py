"""One soak: everything is started, visitors chat, parts are ended and begun again; then all of it is judged."""

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.processes import BenchError
from ledger import Database
from scripts.proxy import proxied
from scripts.soak.judge import Verdict, judge
from scripts.soak.memory import Memory
from scripts.soak.parts import (
    KEY,
    STARTED_AGAIN_S,
    Postgres,
    Provider,
    Replica,
    command,
    free_port,
    postgres,
    provider,
    publish,
)
from scripts.soak.plan import Deed, deeds
from scripts.soak.record import count_open, keep_rows, read_turns
from scripts.soak.story import Told, Trouble
from scripts.soak.visitor import PATIENCE_S, Visitor

#: A link for so many visitors.
VISITORS_A_LINK = 5
#: So long the last turns of dead programs may take to be ended: the longest lease, and some.
TIDY_S = 45
#: A replica that is told to leave: DRAIN_SECONDS of .env.example, and what comes around it.
LEAVING_S = 35.0
_SECRET = "the secret that all replicas of a soak share"  # noqa: S105 - of a made-up installation


@dataclass(frozen=True)
class Order:
    """What to run. seconds: for which visitors come. every_s: from one end of a replica to the next."""

    seconds: float
    replicas: int = 2
    visitors: int = 40
    every_s: float = 30.0
    seed: str = "soak"
    hurry: float = 1.0


@dataclass
class Outcome:
    """What came of it. checked: what ``python -m ledger check`` printed, and whether it was content."""

    order: Order
    verdict: Verdict = field(default_factory=Verdict)
    troubles: list[Trouble] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)
    told: list[Told] = field(default_factory=list)
    begin: float = 0.0
    end: float = 0.0
    checked: tuple[bool, str] = (False, "")
    tracebacks: Counter[str] = field(default_factory=Counter)
    trouble_at_the_proxy: str = ""

    @property
    def broken(self) -> list[str]:
        """The bounds that do not hold, in words."""
        return [
            *self.verdict.broken,
            *([] if self.checked[0] else ["the ledger's check found something wrong"]),
        ]


async def soak(folder: Path, order: Order) -> Outcome:
    """One run. folder: for data and logs. Raises BenchError where something does not start."""
    outcome = Outcome(order)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(postgres(folder / "postgres.log"))
        model = await stack.enter_async_context(provider(folder))
        shared = {
            "DATABASE_URL": database.url,
            "CHAINLIT_AUTH_SECRET": _SECRET,
            "HOLYSHEEP_API_KEY": KEY,
            "HOLYSHEEP_BASE_URL": model.base_url,
        }
        replicas = [Replica(number, folder, shared) for number in range(order.replicas)]
        addresses = [replica.address for replica in replicas]
        proxy = await stack.enter_async_context(proxied(addresses, free_port(), folder / "proxy.log"))
        for replica in replicas:
            replica.environment["PUBLIC_URL"] = proxy
            stack.push_async_callback(replica.leave, LEAVING_S)
        await replicas[0].start()  # it brings the database up to date
        await asyncio.gather(*(replica.start() for replica in replicas[1:]))
        links = [
            await publish(replicas[0].environment, folder / "publish.log", f"customer {number}")
            for number in range(max(1, order.visitors // VISITORS_A_LINK))
        ]
        run = _Run(order, outcome, replicas, database, model)
        async with run.watched():
            await run.chat(links)
        await _judge(folder, outcome, replicas, database)
    return outcome


class _Run:
    """What goes on while visitors chat."""

    def __init__(
        self,
        order: Order,
        outcome: Outcome,
        replicas: Sequence[Replica],
        database: Postgres,
        model: Provider,
    ) -> None:
        self._order, self._outcome = order, outcome
        self._replicas, self._database, self._model = replicas, database, model
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look at every replica's memory all the while."""
        watching = asyncio.create_task(self._outcome.memory.watch(self._pids))
        try:
            yield
        finally:
            watching.cancel()

    def _pids(self) -> dict[int, int]:
        return {replica.number: replica.pid for replica in self._replicas if replica.pid is not None}

    async def chat(self, links: Sequence[str]) -> None:
        """Let visitors come and do what is planned; return when the last of them has been answered."""
        order, over = self._order, asyncio.Event()
        visitors = [
            Visitor(number, order.seed, links[number % len(links)], over, hurry=order.hurry)
            for number in range(order.visitors)
        ]
        self._outcome.begin = time.monotonic()
        living = [asyncio.create_task(visitor.live()) for visitor in visitors]
        doing = [
            asyncio.create_task(self._do(deed))
            for deed in deeds(order.seconds, order.replicas, order.every_s)
        ]
        await asyncio.sleep(order.seconds)
        self._outcome.end = time.monotonic()
        over.set()
        faults = self._outcome.verdict.faults
        for what, tasks, patience_s in (("deed", doing, 90.0), ("visitor", living, 3 * PATIENCE_S)):
            _, late = await asyncio.wait(tasks, timeout=patience_s)
            for task in late:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, BaseException):
                    faults.append(f"a {what} did not come to its end: {ended!r}")
        self._outcome.told = [told for visitor in visitors for told in visitor.told]

    async def _do(self, deed: Deed) -> None:
        await asyncio.sleep(deed.at)
        if deed.kind == "outage":
            await self._turn_bad(deed)
        elif deed.kind == "postgres":
            await self._restart()
        else:
            async with self._one_at_a_time:
                await self._end(deed, self._replicas[int(deed.which)])

    def _begins(self, deed: Deed, what: str) -> Trouble:
        trouble = Trouble(deed.kind, what, time.monotonic(), float("inf"))
        self._outcome.troubles.append(trouble)
        return trouble

    async def _turn_bad(self, deed: Deed) -> None:
        trouble = self._begins(deed, deed.which)
        await self._model.turn_bad(deed.which, deed.lasts_s)
        await asyncio.sleep(deed.lasts_s)
        trouble.end = time.monotonic()

    async def _restart(self) -> None:
        trouble = self._begins(Deed(0, "postgres"), "restart")
        await self._database.stop()
        await self._database.start()
        trouble.end = time.monotonic()

    async def _end(self, deed: Deed, replica: Replica) -> None:
        trouble = self._begins(deed, f"replica {replica.number + 1}")
        if deed.kind == "kill":
            await replica.kill()
        elif (code := await replica.leave(LEAVING_S)) != 0:
            how = "had to be killed" if code is None else f"ended with {code}"
            self._outcome.verdict.faults.append(f"replica {replica.number + 1}, told to leave, {how}")
        await asyncio.sleep(STARTED_AGAIN_S)
        await replica.start()
        trouble.end = time.monotonic()


async def _judge(folder: Path, outcome: Outcome, replicas: Sequence[Replica], server: Postgres) -> None:
    """Stop the replicas, prove the books, and hold the record against what visitors were told."""
    async with Database(server.url, data_dir=folder) as database:
        for _ in range(TIDY_S):
            if not await count_open(database):
                break
            await asyncio.sleep(1)
        codes = await asyncio.gather(*(replica.leave(LEAVING_S) for replica in replicas))
        code, printed = await command(replicas[0].environment, folder / "check.log", "ledger", "check")
        turns = await read_turns(database)
        await keep_rows(database, folder / "rows.jsonl")
    _keep_story(folder, outcome)
    known = outcome.verdict.faults
    known += [f"at the end a replica ended with {code}" for code in codes if code != 0]
    outcome.verdict = judge(outcome.told, turns, outcome.troubles)
    outcome.verdict.faults += known
    outcome.checked = (code == 0, printed)
    for replica in replicas:
        outcome.tracebacks.update(last_lines(replica.printed()))


def _keep_story(folder: Path, outcome: Outcome) -> None:
    """What was done and what visitors lived through, beside the logs."""
    said = {
        "begin": outcome.begin,
        "clock_ahead": time.time() - time.monotonic(),
        "troubles": [asdict(trouble) for trouble in outcome.troubles],
        "told": [asdict(told) for told in outcome.told],
    }
    (folder / "story.json").write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")


def last_lines(log: str) -> list[str]:
    """What each traceback in a log ends with."""
    found = re.findall(r"^Traceback .*?^(\w[^\n]*)$", log, re.MULTILINE | re.DOTALL)
    return [line[:160] for line in found]


__all__ = ["BenchError", "Order", "Outcome", "soak"]
