"""Memory for each connected socket, and what visitors leave behind when they have gone."""

from __future__ import annotations

import asyncio

from bench.load import Load
from bench.plan import Plan
from bench.progress import say
from bench.rows import Quantity, Row, Tally
from bench.stage import QUESTION, SHORT, Server, Stage

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
    for name in names:
        async with stage.servers([name]) as servers, stage.load() as load:
            await _server(plan, load, servers[name], tally)
    return tally.rows()


async def _server(plan: Plan, load: Load, server: Server, tally: Tally) -> None:
    name, note = server.contender.name, f"session_timeout {server.session_timeout_s} s"
    await load.visits(server.url, _WARM_UP_VISITS, at_once=_AT_ONCE, text=QUESTION)
    await load.connect(server.url, plan.idle_sockets // 4)
    before = await _memory_kib(server)
    await load.connect(server.url, plan.idle_sockets)
    tally.add(SOCKET, name, (await _memory_kib(server) - before) / plan.idle_sockets)
    await load.close()
    before = await _memory_kib(server)
    for quantity in (FIRST, SECOND):
        await load.visits(server.url, plan.sessions, at_once=_AT_ONCE, text=QUESTION)
        after = await _memory_kib(server)
        kept = (after - before) / plan.sessions
        tally.add(quantity, name, kept, f"{plan.sessions} sessions; {note}")
        say(f"memory, {name}, {plan.sessions} sessions: {kept:.1f} KiB kept for each, {after / 1024:.0f} MiB now")
        before = after
    tally.add(TOTAL, name, before / 1024)


async def _memory_kib(server: Server) -> float:
    """Memory when the server has had time to tidy up."""
    await asyncio.sleep(_SETTLE_S)
    return server.child.memory_bytes() / 1024
