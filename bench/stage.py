"""The stage of a run: the emulator, whichever servers a measurement wants, and the load."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path

import aiohttp

from bench.load import Load, start_load
from bench.pace import Pace
from bench.processes import BenchError, Child, Cores, pin, start, until_healthy
from bench.roots import copy_house, session_timeout_s, set_session_timeout
from bench.roster import ALL, Contender, Seat
from bench.sign_in import sign_in

_START_S = 60.0
_EMULATOR_START_S = 20.0

QUESTION = "Shop còn áo sơ mi trắng cỡ M không ạ?"


@dataclass(frozen=True)
class Server:
    """A contender that is up. cookie: the header of whoever comes to it. environment: what it was started with.

    started_s: from its command to its first healthy answer; started_cpu_s: what it took of the processor by then.
    """

    contender: Contender
    child: Child
    url: str
    folder: Path
    cookie: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    started_s: float = 0.0
    started_cpu_s: float = 0.0

    @property
    def session_timeout_s(self) -> int:
        """For how long Chainlit keeps a closed session here."""
        return session_timeout_s(self.folder)


class Stage:
    """What a measurement is given to work with."""

    def __init__(self, folder: Path, cores: Cores, port: int, contenders: Sequence[str]) -> None:
        self.folder = folder
        self.cores = cores
        self.contenders = tuple(contenders)
        self.upstream = f"http://127.0.0.1:{port}"
        self._ports = count(port + 1)
        self._children: list[Child] = []
        self._cookies: dict[str, str] = {}

    def on_every_core(self) -> Stage:
        """The same, for what nothing else runs beside: no process is kept on a core."""
        stage = copy(self)
        stage.cores = self.cores.shared()
        return stage

    @contextmanager
    def everywhere(self) -> Iterator[Stage]:
        """The same for a browser, too, which starts where this process is kept."""
        stage = self.on_every_core()
        pin(os.getpid(), stage.cores.rest)
        try:
            yield stage
        finally:
            pin(os.getpid(), self.cores.rest)

    def taking_part(self, names: Sequence[str]) -> list[str]:
        """Those of `names` that this run includes."""
        return [name for name in names if name in self.contenders]

    def knows(self, url: str, cookie: str) -> None:
        """Whoever comes to that address, which is no contender's own, has this cookie."""
        self._cookies[url] = cookie

    def take_port(self) -> int:
        """One that this run has not used yet."""
        return next(self._ports)

    @asynccontextmanager
    async def emulator(self) -> AsyncIterator[None]:
        """Keep the emulator up."""
        port = self.upstream.rsplit(":", 1)[1]
        child = await start(
            "emulator",
            [sys.executable, "-m", "emulator", "--port", port],
            log=self.folder / "emulator.log",
            core=self.cores.rest,
            environment={},
        )
        async with self.kept(child):
            await until_healthy(child, self.upstream + "/emulator/faults", _EMULATOR_START_S)
            yield

    async def pace(self, pace: Pace) -> None:
        """Set the tempo of all replies from now on."""
        async with (
            aiohttp.ClientSession() as client,
            client.post(self.upstream + "/emulator/pace", json=asdict(pace)) as response,
        ):
            if response.status != 200:
                raise BenchError(f"the emulator refused the pace: {response.status} {await response.text()}")

    @asynccontextmanager
    async def load(self) -> AsyncIterator[Load]:
        """A fresh load process."""
        load, child = await start_load(self.folder, self.cores, self._cookies)
        async with self.kept(child):
            yield load

    @asynccontextmanager
    async def servers(self, names: Sequence[str]) -> AsyncIterator[dict[str, Server]]:
        """All of `names`, up at the same time, so that they can take turns; the idle ones cost nothing."""
        async with self.serving([ALL[name] for name in names]) as up:
            yield up

    @asynccontextmanager
    async def serving(self, contenders: Sequence[Contender]) -> AsyncIterator[dict[str, Server]]:
        """The same for contenders of a measurement's own."""
        up: dict[str, Server] = {}
        try:
            for contender in contenders:
                up[contender.name] = await self._serve(contender)
            yield up
        finally:
            await asyncio.gather(*(server.child.stop() for server in up.values()))

    async def _serve(self, contender: Contender) -> Server:
        port = self.take_port()
        folder = self.folder / f"{contender.name}-{port}"
        folder.mkdir(parents=True)
        seat = Seat(port, self.take_port(), self.upstream + "/v1", folder)
        await _prepare(contender, folder)
        begun = time.monotonic()
        child = await start(
            contender.name,
            contender.command(seat),
            log=self.folder / f"{contender.name}.log",
            core=self.cores.server,
            environment=contender.environment(seat),
        )
        self._children.append(child)
        url = f"http://127.0.0.1:{seat.port}"
        try:
            await until_healthy(child, url + contender.health, _START_S)
            started = time.monotonic() - begun, child.cpu_seconds()
            self._cookies[url] = await sign_in(url, child) if contender.is_house else ""
        except BaseException:
            await child.stop()
            raise
        environment = contender.environment(seat)
        return Server(contender, child, url, folder, self._cookies[url], environment, *started)

    @asynccontextmanager
    async def kept(self, child: Child) -> AsyncIterator[None]:
        """End a process after use, and in any case when the run ends."""
        self._children.append(child)
        try:
            yield
        finally:
            await child.stop()

    def kill_all(self) -> None:
        """The last resort at exit: nobody of ours survives us."""
        for child in self._children:
            if child.process.returncode is None:
                child.kill()


async def _prepare(contender: Contender, folder: Path) -> None:
    """Make the application folder that Chainlit reads: a copy of ours, or a fresh one of its own."""
    if contender.is_house:
        copy_house(folder)
    elif contender.session_timeout_s is not None:
        await _chainlit_init(folder)
    if contender.session_timeout_s is not None:
        set_session_timeout(folder, contender.session_timeout_s)


async def _chainlit_init(folder: Path) -> None:
    command = [sys.executable, "-m", "chainlit", "init"]
    environment = {"CHAINLIT_APP_ROOT": str(folder)}
    init = await start("chainlit init", command, log=folder / "init.log", core=None, environment=environment)
    try:
        async with asyncio.timeout(_START_S):
            await init.process.wait()
    except TimeoutError:
        raise BenchError(f"chainlit init did not end within {_START_S:g} s") from None
    finally:
        await init.stop()
