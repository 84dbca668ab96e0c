"""Memory for each connected socket, and what visitors leave behind when they have gone."""

from __future__ import annotations

import asyncio

from bench.load import Load
from bench.pace import SHORT
from bench.plan import Plan
from bench.progress import say
from bench.rows import Quantity, Row, Tally
from bench.stage import QUESTION, Server, Stage

SOCKET = Quantity("memory_socket", "memory per connected socket", "KiB", 1)
FIRST = Quantity("memory_first", "memory kept per finished session, first lot", "KiB", 1)
SECOND = Quantity("memory_second", "memory kept per finished session, second lot", "KiB", 1)
TOTAL = Quantity("memory_total", "memory of the server after all of them", "MiB", 1)

_WARM_UP_VISITS = 50
_AT_ONCE = 10
_SETTLE_S = 8.0


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Memory that only the server's process holds (USS), before and after visitors.

    A session is a visit: connect, one short message, close. Chainlit keeps a closed session for its
    `session_timeout`, an hour unless configured. A bare Chainlit therefore takes part as it comes and with a
    time-out that is over before memory is read, Demo Desk with the latter: what then remains stays for good.
    """
    tally = Tally()
    kinds = {"bare": ["bare", "bare_short"], "ours": ["ours_short"]}
    names = [name for kind in stage.taking_part(list(kinds)) for name in kinds[kind]]
    await stage.pace(SHORT)
    async with stage.servers(names) as servers:
        # All at once: memory does not mind, and the waits are long.
        await asyncio.gather(*(_server(stage, plan, servers[name], tally) for name in names))
    return tally.rows()


async def _server(stage: Stage, plan: Plan, server: Server, tally: Tally) -> None:
    async with stage.load() as load:
        await _sockets(plan, load, server, tally)
        await _sessions(plan, load, server, tally)


async def _sockets(plan: Plan, load: Load, server: Server, tally: Tally) -> None:
    """Open sockets beside some that are open already: what only the first one costs is not counted."""
    await load.visits(server.url, _WARM_UP_VISITS, at_once=_AT_ONCE, text=QUESTION)
    await load.connect(server.url, plan.idle_sockets // 4)
    before = await _memory_kib(server)
    await load.connect(server.url, plan.idle_sockets)
    each = (await _memory_kib(server) - before) / plan.idle_sockets
    tally.add(SOCKET, server.contender.family, each)
    await load.close()


async def _sessions(plan: Plan, load: Load, server: Server, tally: Tally) -> None:
    """Two lots of visitors who come, ask and go."""
    name = server.contender.name
    note = f"{plan.sessions} sessions a lot; Chainlit's session_timeout is {server.session_timeout_s} s"
    before = await _memory_kib(server)
    for quantity in (FIRST, SECOND):
        await load.visits(server.url, plan.sessions, at_once=_AT_ONCE, text=QUESTION)
        after = await _memory_kib(server)
        kept = (after - before) / plan.sessions
        tally.add(quantity, name, kept, note if quantity is FIRST else "")
        say(f"memory, {name}: {kept:.1f} KiB kept for each session, {after / 1024:.0f} MiB now")
        before = after
    tally.add(TOTAL, name, before / 1024)


async def _memory_kib(server: Server) -> float:
    """Memory when the server has had time to tidy up."""
    await asyncio.sleep(_SETTLE_S)
    return server.child.memory_bytes() / 1024
