"""The parts of a run, each a process of its own on loopback: PostgreSQL, the provider, the replicas."""

import asyncio
import json
import re
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg  # type: ignore[import-untyped]

from bench.postgres import known_folders, make_data, server_programs, server_user
from bench.processes import ROOT, BenchError, Child, start, until_healthy

START_S = 60.0
#: Somebody who looks after a program starts it again so long after it has ended, and so often at most.
STARTED_AGAIN_S, STARTS = 1.0, 5
KEY = "hs-soak"


def free_port() -> int:
    """One that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A server of our own, as it comes, its data on the disk. It can be restarted."""

    def __init__(self, folder: Path, programs: Path, password: str, log: Path) -> None:
        self._folder, self._programs, self._log = folder, programs, log
        self._port = free_port()
        self._child: Child | None = None
        self.url = f"postgresql://bench:{password}@127.0.0.1:{self._port}/postgres"

    async def start(self) -> None:
        """Return when it answers. Raises BenchError."""
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        self._child = await start(
            "PostgreSQL",
            [
                str(self._programs / "postgres"),
                "-D",
                str(self._folder / "data"),
                "-p",
                str(self._port),
                *options,
            ],
            log=self._log,
            core=None,
            environment={},
            folder=self._folder,
            user=server_user(),
        )
        until = time.monotonic() + START_S
        while not await self._answers():
            if self._child.process.returncode is not None or time.monotonic() > until:
                raise BenchError(f"PostgreSQL did not start:\n{self._child.last_words()}")
            await asyncio.sleep(0.05)

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.url, timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    async def stop(self) -> None:
        """At once, in order: who is connected is thrown out."""
        if self._child is not None and self._child.process.returncode is None:
            self._child.process.send_signal(signal.SIGINT)
            await self._child.process.wait()


@asynccontextmanager
async def postgres(log: Path) -> AsyncIterator[Postgres]:
    """A new server, thrown away afterwards. Raises BenchError (NoPostgres)."""
    programs = server_programs(known_folders())
    folder = Path(
        tempfile.mkdtemp(prefix="soak-postgres-")
    )  # not in the run's own: that is closed to its user
    try:
        password = secrets.token_hex(8)
        await asyncio.to_thread(make_data, programs, folder, password)
        server = Postgres(folder, programs, password, log)
        try:
            await server.start()
            yield server
        finally:
            await server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Provider:
    """The emulator as a program, which can be told to turn bad."""

    def __init__(self, child: Child, url: str) -> None:
        self._child = child
        self._url = url

    @property
    def base_url(self) -> str:
        """What goes into HOLYSHEEP_BASE_URL."""
        return f"{self._url}/v1"

    async def turn_bad(self, fault: str, seconds: float) -> None:
        """Do this wrong with every request that comes in the next seconds."""
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self._url}/emulator/fault", json={"name": fault, "seconds": seconds}) as answer,
        ):
            answer.raise_for_status()


@asynccontextmanager
async def provider(folder: Path) -> AsyncIterator[Provider]:
    """It answers as a model of a usual pace does."""
    port = free_port()
    command = [sys.executable, "-m", "emulator", "--port", str(port), "--keys", KEY]
    child = await start("emulator", command, log=folder / "emulator.log", core=None, environment={})
    try:
        url = f"http://127.0.0.1:{port}"
        await until_healthy(child, f"{url}/emulator/faults", START_S)
        yield Provider(child, url)
    finally:
        await child.stop()


class Replica:
    """``python app.py`` on its own port and data, started again and again."""

    def __init__(self, number: int, folder: Path, environment: Mapping[str, str]) -> None:
        self.number = number
        self.address = f"127.0.0.1:{free_port()}"
        self.log = folder / f"replica-{number}.log"
        self._data = folder / f"replica-{number}"
        self._data.mkdir()
        self.environment = {
            **dict.fromkeys(_settings(), ""),
            "HOST": "127.0.0.1",
            "PORT": self.address.rpartition(":")[2],
            "METRICS_ADDR": f"127.0.0.1:{free_port()}",
            "DATA_DIR": str(self._data),
            "LOG_LEVEL": "warning",
            **environment,
        }
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """Of the running process; None where there is none."""
        running = self._child is not None and self._child.process.returncode is None
        return self._child.pid if self._child and running else None

    async def start(self) -> None:
        """Return when it takes visitors. One that ends instead, since the database is away for instance, is started
        again, as whoever looks after it does. Raises BenchError."""
        for last in (*[False] * (STARTS - 1), True):
            try:
                await self._start()
                return
            except BenchError:
                if last or self.pid is not None:
                    raise
            await asyncio.sleep(STARTED_AGAIN_S)

    async def _start(self) -> None:
        self._child = await start(
            f"replica {self.number + 1}",
            [sys.executable, "app.py"],
            log=self.log,
            core=None,
            environment=self.environment,
        )
        await until_healthy(self._child, f"http://{self.address}/readyz", START_S)

    async def kill(self) -> None:
        """SIGKILL: no farewell."""
        assert self._child is not None
        self._child.kill()
        await self._child.process.wait()

    async def leave(self, patience_s: float) -> int | None:
        """SIGTERM; its exit code, or None where it had to be killed."""
        if self._child is None or self.pid is None:
            return 0
        with suppress(ProcessLookupError):
            self._child.process.terminate()
        try:
            async with asyncio.timeout(patience_s):
                return await self._child.process.wait()
        except TimeoutError:
            await self.kill()
            return None

    def printed(self) -> str:
        """All that it has printed over all its lives."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""


def _settings() -> list[str]:
    """Every variable that the program knows: nothing of the developer's own environment or .env counts here."""
    known = (ROOT / ".env.example").read_text(encoding="utf-8")
    return re.findall(r"^(?:# )?([A-Z_]+)=", known, re.MULTILINE)


async def command(environment: Mapping[str, str], log: Path, *words: str) -> tuple[int, str]:
    """``python -m WORDS`` beside the replicas: exit code and output; what it complains of goes into ``log``."""
    child = await start(
        words[0], [sys.executable, "-m", *words], log=log, core=None, environment=environment, pipes=True
    )
    printed, _ = await child.process.communicate()
    return child.process.returncode or 0, printed.decode()


async def publish(environment: Mapping[str, str], log: Path, customer: str) -> str:
    """A link for one customer; its address, no slash at its end. Raises BenchError."""
    words = ("demos", "publish", "boutique", "--for", customer, "--budget", "1000", "--messages", "100000")
    code, printed = await command(environment, log, *words, "--json")
    if code:
        raise BenchError(f"no link was made (see {log})")
    made: dict[str, Any] = json.loads(printed)
    return str(made["url"]).rstrip("/")
