"""The processes of a run: started on loopback, pinned to a core, ended by their id."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import aiohttp
import psutil  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parent.parent

_STOP_GRACE_S = 10.0
_HEALTH_EVERY_S = 0.02  # a start is measured by it, too


class BenchError(Exception):
    """The run cannot go on: a server did not start, or a measurement did not come to an end."""


#: One core, any of several, or None: wherever the system likes.
Core: TypeAlias = "int | frozenset[int] | None"


@dataclass(frozen=True)
class Cores:
    """Which core the server has to itself and which one everything else shares; None: no pinning."""

    server: Core
    rest: Core

    def shared(self) -> Cores:
        """Every core for everything."""
        cores = [core for core in (self.server, self.rest) if isinstance(core, int)]
        return Cores(frozenset(cores), frozenset(cores)) if cores else self


def choose_cores() -> Cores:
    """The first core for the server and the second for the rest, where there are two and Linux."""
    if not hasattr(os, "sched_setaffinity"):
        return Cores(None, None)
    usable = sorted(os.sched_getaffinity(0))
    return Cores(usable[0], usable[1]) if len(usable) > 1 else Cores(None, None)


def pin(pid: int, core: Core) -> None:
    """Keep a process, and what it starts from now on, on its core."""
    if core is not None:
        os.sched_setaffinity(pid, {core} if isinstance(core, int) else core)


class Child:
    """One process of ours, with its output in a file."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.process = process
        self.log = log

    @property
    def pid(self) -> int:
        """The id by which it is measured and ended."""
        return self.process.pid

    def cpu_seconds(self) -> float:
        """CPU time used so far by the process and its living children."""
        family = [self.pid, *(child.pid for child in psutil.Process(self.pid).children(recursive=True))]
        return sum(_cpu_seconds(pid) for pid in family)

    def memory_bytes(self) -> int:
        """Memory that would be free if the process and its children ended (USS)."""
        process = psutil.Process(self.pid)
        family = [process, *process.children(recursive=True)]
        return sum(int(member.memory_full_info().uss) for member in family)

    async def stop(self) -> None:
        """End it politely, then for certain."""
        if self.process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self.process.terminate()
        try:
            async with asyncio.timeout(_STOP_GRACE_S):
                await self.process.wait()
        except TimeoutError:
            self.kill()
            await self.process.wait()

    def kill(self) -> None:
        """End it and what it started at once."""
        with suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self.pid, signal.SIGKILL)
            else:
                self.process.kill()

    def last_words(self) -> str:
        """The end of its log, for an error message."""
        return self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""


def _cpu_seconds(pid: int) -> float:
    """CPU time of one process, threads that ended included.

    Linux has a clock for each process, exact to the nanosecond, where psutil reads /proc in ticks of 10 ms;
    its id is made from the process id as `clock_getcpuclockid(3)` does.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            return time.clock_gettime((~pid << 3) | 2)
    with suppress(psutil.NoSuchProcess):
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)
    return 0.0


async def start(
    name: str,
    command: Sequence[str],
    *,
    log: Path,
    core: Core,
    environment: Mapping[str, str],
    folder: Path = ROOT,
    pipes: bool = False,
    user: str | None = None,
) -> Child:
    """Start a process in a group of its own, pinned to `core`.

    With `pipes` its standard input and output are ours; its errors always go to the log. `user`: another one than
    ours, which only root can choose.
    """
    pipe = asyncio.subprocess.PIPE if pipes else None
    with log.open("ab") as sink:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=pipe or asyncio.subprocess.DEVNULL,
            stdout=pipe or sink,
            stderr=sink,
            cwd=folder,
            env={**os.environ, **environment},
            start_new_session=True,
            limit=1 << 28,
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
    pin(process.pid, core)
    return Child(name, process, log)


async def until_healthy(child: Child, url: str, timeout_s: float) -> None:
    """Wait until `url` answers 200."""
    patience = aiohttp.ClientTimeout(total=5)
    deadline = time.monotonic() + timeout_s
    async with aiohttp.ClientSession(timeout=patience) as client:
        while time.monotonic() < deadline:
            if child.process.returncode is not None:
                raise BenchError(f"{child.name} ended with {child.process.returncode}:\n{child.last_words()}")
            with suppress(aiohttp.ClientError, TimeoutError):
                async with client.get(url) as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(_HEALTH_EVERY_S)
    raise BenchError(f"{child.name} did not answer {url} within {timeout_s:g} s:\n{child.last_words()}")
