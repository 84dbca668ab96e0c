"""Turns a second recorded on PostgreSQL, by one program and by two that write in it at the same time."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from bench.figures import percentile
from bench.plan import Plan
from bench.postgres import Postgres, postgres
from bench.processes import BenchError
from bench.progress import say
from bench.roster import POSTGRESQL
from bench.rows import Quantity, Row, Tally
from bench.scripts import run_script
from bench.stage import Stage

_PROGRAMS = (1, 2)
_CROWD = 40
_SHARED_LINKS = 1
_READY_S = 8.0
_LIMIT_S = 120.0

_HOW = {"free": "", "shared": ", all under the budget of one link"}


def rate(programs: int, how: str = "free") -> Quantity:
    """Whole turns: message, turn, attempt, reply and receipt, each synced to the disk before the next."""
    who = "1 program" if programs == 1 else f"{programs} programs"
    title = f"recorded durably by {who} of {_CROWD} conversations that never rest{_HOW[how]}"
    return Quantity(f"replicas_rate_{programs}_{how}", title, "turns/s")


def wait(programs: int, how: str = "free") -> Quantity:
    """How long a request waits for its record while all of them write as fast as they can."""
    return Quantity(
        f"replicas_wait_{programs}_{how}",
        f"wait for the record meanwhile, p99, {programs} at a time{_HOW[how]}",
        "ms",
        1,
    )


@dataclass(frozen=True)
class Server:
    """What PostgreSQL had done at an instant. cpu_s: of all its processes; synced: of its journal to the disk."""

    cpu_s: float
    commits: int
    synced: int


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """No process is kept on a core: programs and server share what there is."""
    tally = Tally()
    stage = stage.on_every_core()
    async with postgres(stage) as server:
        for _ in range(plan.record_rounds):
            for how in _HOW:
                for programs in _PROGRAMS:
                    await _round(stage, plan, server, tally, programs, how)
    return tally.rows()


async def _round(stage: Stage, plan: Plan, server: Postgres, tally: Tally, programs: int, how: str) -> None:
    url = await server.fresh(f"bench_{stage.take_port()}")
    folder = stage.folder / url.rpartition("/")[2]
    for number in range(programs):
        (folder / str(number)).mkdir(parents=True)
    links: list[str] = []
    order: dict[str, Any] = {"url": url, "seconds": plan.replicas_s, "crowd": _CROWD}
    if how == "shared":
        making = {"url": url, "folder": str(folder), "make": _SHARED_LINKS}
        links = (await run_script(stage, "beside", making, _LIMIT_S))["links"]
    order |= {"begin_at": time.monotonic() + _READY_S, "links": links}
    before, after, *wrote = await asyncio.gather(
        _look(server, url, order["begin_at"]),
        _look(server, url, order["begin_at"] + plan.replicas_s),
        *(
            run_script(stage, "beside", {**order, "folder": str(folder / str(number))}, _LIMIT_S)
            for number in range(programs)
        ),
    )
    if any(one["late_s"] for one in wrote):
        raise BenchError(f"a program was not ready within {_READY_S:g} s")
    turns = sum(one["turns"] for one in wrote)
    cpu_us = sum(one["cpu_s"] for one in wrote) / sum(one["all"] for one in wrote) * 1e6
    note = _profile(before, after, turns, cpu_us, plan.replicas_s)
    tally.add(rate(programs, how), POSTGRESQL, turns / plan.replicas_s, note)
    waits = [wait for one in wrote for wait in one["waits_ms"]]
    tally.add(wait(programs, how), POSTGRESQL, percentile(waits, 0.99))
    say(f"replicas, {programs} at a time, {how}: {turns / plan.replicas_s:,.0f} turns/s; {note}")


async def _look(server: Postgres, url: str, at: float) -> Server:
    """At that instant, in a connection of its own."""
    import asyncpg  # type: ignore[import-untyped]

    connection = await asyncpg.connect(url)
    try:
        await asyncio.sleep(at - time.monotonic())
        commits = "SELECT sum(xact_commit) FROM pg_stat_database"
        synced = "SELECT wal_sync FROM pg_stat_wal"
        return Server(
            server.cpu_s(), int(await connection.fetchval(commits)), int(await connection.fetchval(synced))
        )
    finally:
        await connection.close()


def _profile(before: Server, after: Server, turns: int, cpu_us: float, seconds: float) -> str:
    """Where the time goes."""
    server_us = (after.cpu_s - before.cpu_s) / max(turns, 1) * 1e6
    commits, synced = (after.commits - before.commits) / seconds, (after.synced - before.synced) / seconds
    return (
        f"CPU of a turn: {cpu_us:,.0f} µs in the program, {server_us:,.0f} µs in PostgreSQL; "
        f"{commits:,.0f} commits/s, {turns / seconds / max(commits, 1):.1f} turns for each, {synced:,.0f} syncs/s"
    )
