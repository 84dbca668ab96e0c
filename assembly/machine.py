"""What the machine does to the program, said clearly: its clock is set, its memory runs out."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

LOOK_S = 10.0
#: A clock that is kept right moves by less between two looks.
JUMP_S = 2.0
#: Of the memory that we may have; said again once it has been below LOW.
HIGH, LOW = 0.9, 0.8

_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_USED = (Path("/sys/fs/cgroup/memory.current"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes"))
#: Of what is used, files that are only kept at hand: they go where somebody needs the room.
_STATISTICS = (Path("/sys/fs/cgroup/memory.stat"), Path("/sys/fs/cgroup/memory/memory.stat"))
_MACHINE = Path("/proc/meminfo")


class Machine:
    """Looked at now and then.

    wall, steady: the clock on the wall, and one that nobody sets. memory: used and allowed, in bytes; None where that
    cannot be known.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
        memory: Callable[[], tuple[int, int] | None] | None = None,
    ) -> None:
        self._wall, self._steady = wall, steady
        self._memory = memory or memory_of
        self._apart = wall() - steady()
        self._told = False

    def look(self) -> None:
        """Log what has changed."""
        apart = self._wall() - self._steady()
        jumped, self._apart = apart - self._apart, apart
        if abs(jumped) >= JUMP_S:
            log.warning(
                "the clock was set %s by %.0f s: links open and close, and days begin, by the new time",
                "forward" if jumped > 0 else "back",
                abs(jumped),
            )
        found = self._memory()
        if found is None:
            return
        used, most = found
        if used >= HIGH * most and not self._told:
            self._told = True
            log.warning(
                "memory is running out: %d of %d MB are used; the system ends a program that finds none",
                used >> 20,
                most >> 20,
            )
        self._told = self._told and used >= LOW * most


async def watch_machine(machine: Machine) -> None:
    """Look again and again, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_S)
        machine.look()


def memory_of() -> tuple[int, int] | None:
    """Used and allowed: of our container where it has a limit, else of the machine; None where neither says so."""
    limit, used = _number(_LIMITS), _number(_USED)
    machine = _machine()
    if limit is not None and used is not None and (machine is None or limit < machine[1]):
        return used - _kept_files(), limit
    return machine


def _number(files: tuple[Path, ...]) -> int | None:
    for file in files:
        try:
            text = file.read_text().strip()
        except OSError:
            continue
        return int(text) if text.isdigit() else None  # "max": no limit
    return None


def _kept_files() -> int:
    for file in _STATISTICS:
        try:
            rows = dict(line.split() for line in file.read_text().splitlines())
            return int(rows.get("total_inactive_file", rows.get("inactive_file", 0)))
        except (OSError, ValueError):
            continue
    return 0


def _machine() -> tuple[int, int] | None:
    try:
        lines = dict(line.split(":", 1) for line in _MACHINE.read_text().splitlines() if ":" in line)
        whole, free = (int(lines[name].split()[0]) << 10 for name in ("MemTotal", "MemAvailable"))
    except (OSError, KeyError, ValueError, IndexError):
        return None
    return whole - free, whole
