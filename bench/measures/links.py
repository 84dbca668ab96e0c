"""What demos and links take: a link's part in a message, an edit in mid-call, a new demo by commands."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from typing import Any

import aiohttp

from bench.pace import Pace
from bench.packets import PATH, PONG, decode, event, hello, user_message
from bench.plan import Plan
from bench.processes import BenchError, start
from bench.progress import say
from bench.roster import POSTGRESQL, replica
from bench.rows import Quantity, Row, Tally
from bench.scripts import run_script
from bench.stage import Server, Stage
from bench.stores import Store, stores

RESOLVE = Quantity("link_resolve", "resolving a link, warm", "µs", 1)
DOOR = Quantity("link_door", "the whole door of a link, warm", "µs", 1)
ADDED = Quantity("link_added", "what link, checks and budget add to a message, p50", "ms", 2)
EDIT = Quantity("edit_used", "from an edit to the first words of a reply that uses it", "ms")
NEW = Quantity("new_to_reply", "`new`, `publish`, opening the link, the first words: by commands", "ms")

_SECRET = "a secret that all replicas of a measurement share"
_QUICK = Pace(first_token_s=0.02, tokens_per_second=0, tokens=4)
_LIMIT_S = 300.0
_PATIENCE_S = 20.0
#: A visitor in a greater hurry would be held up.
_PAUSE_S = 0.05


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """On SQLite one server; on PostgreSQL two, the edit made beside one and the visitor at the other."""
    tally = Tally()
    await stage.pace(_QUICK)
    async with stores(stage) as databases:
        for round_number in range(plan.record_rounds):
            for name in databases.names:
                await _parts(stage, plan, await databases.fresh(name), tally)
                await _by_commands(stage, await databases.fresh(name), tally)
                shown = ", ".join(
                    f"{q.key} {tally.last(q, name):.{q.digits}f} {q.unit}" for q in (ADDED, EDIT, NEW)
                )
                say(f"links, round {round_number + 1}, {name}: {shown}")
    return tally.rows()


async def _parts(stage: Stage, plan: Plan, store: Store, tally: Tally) -> None:
    order = store.order(times=20_000, turns=plan.record_turns)
    figures = await run_script(stage, "links", order, _LIMIT_S)
    tally.add(RESOLVE, store.name, figures["resolve_us"])
    tally.add(DOOR, store.name, figures["door_us"])
    waits = figures["waits_ms"]
    tally.add(ADDED, store.name, waits["linked"] - waits["plain"] + figures["checks_us"] / 1000)


async def _by_commands(stage: Stage, store: Store, tally: Tally) -> None:
    replicas = [replica(n, store.url, _SECRET) for n in range(2 if store.name == POSTGRESQL else 1)]
    async with stage.serving(replicas) as servers, aiohttp.ClientSession() as client:
        first, last = servers[replicas[0].name], servers[replicas[-1].name]
        begun = time.monotonic()
        made = await demos(stage, first, "new", "Tiệm bánh Bơ", "Bánh mì tươi mỗi sáng.", "--template")
        link = await demos(stage, first, "publish", made["demo"])
        path = "/d/" + link["url"].split("/d/")[1].rstrip("/")
        visitor = Prospect(client, last.url + path)
        await visitor.connect()
        await visitor.ask()
        tally.add(NEW, store.name, (visitor.first_words - begun) * 1000)
        edited = await demos(stage, first, "edit", made["demo"], "--set", "persona=Bạn là Tia.")
        saved = time.monotonic()
        while await visitor.ask() < edited["version"]:
            pass
        tally.add(EDIT, store.name, (visitor.first_words - saved) * 1000)
        await visitor.close()


async def demos(stage: Stage, server: Server, *words: str) -> Any:
    """A command beside a server; what it prints."""
    child = await start(
        "demos",
        [sys.executable, "-m", "demos", *words, "--json"],
        log=stage.folder / "demos.log",
        core=stage.cores.rest,
        environment={**server.environment, "PUBLIC_URL": server.url},
        pipes=True,
    )
    async with stage.kept(child):
        out, _ = await child.process.communicate()
    if child.process.returncode:
        raise BenchError(f"python -m demos {words[0]}: {child.last_words()}")
    return json.loads(out)


class Prospect:
    """A page at a link that reads the version in each receipt. first_words: when the last reply began."""

    def __init__(self, client: aiohttp.ClientSession, url: str) -> None:
        self._client, self._url = client, url
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self.first_words = 0.0

    async def connect(self) -> None:
        """Open the page and its socket."""
        async with self._client.get(self._url + "/") as page:
            page.raise_for_status()
        self._socket = await self._client.ws_connect(self._url + PATH)
        async for message in self._socket:
            packet = decode(message.data)
            if packet.kind == "open":
                await self._socket.send_str(hello(str(uuid.uuid4())))
            elif packet.kind == "connected":
                await self._socket.send_str(event("connection_successful"))
            elif packet.name == "desk":
                return
        raise BenchError("the link's socket closed")

    async def ask(self) -> int:
        """Ask once; the version of the demo that answered."""
        assert self._socket is not None
        await asyncio.sleep(_PAUSE_S)
        await self._socket.send_str(user_message("Bánh mì còn không?"))
        self.first_words = 0.0
        async with asyncio.timeout(_PATIENCE_S):
            async for message in self._socket:
                packet = decode(message.data)
                if packet.kind == "ping":
                    await self._socket.send_str(PONG)
                elif packet.name == "stream_start":
                    self.first_words = self.first_words or time.monotonic()
                elif packet.name == "new_message" and packet.value["type"] == "llm":
                    return int(packet.value["metadata"]["demo_version"])
        raise BenchError("the link's socket closed")

    async def close(self) -> None:
        """Leave."""
        if self._socket is not None:
            await self._socket.close()
