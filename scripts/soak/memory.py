"""How much memory each replica holds, as time goes by."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import psutil  # type: ignore[import-untyped]

#: Between two looks, in seconds.
EVERY_S = 2.0


@dataclass
class Memory:
    """MiB of each replica, by its number; seconds on the machine's monotonic clock. A replica that is dead has no point
    there."""

    seen: dict[int, list[tuple[float, float]]] = field(default_factory=dict)

    def most(self) -> float:
        """The most that one held."""
        return max((mib for points in self.seen.values() for _, mib in points), default=0.0)

    async def watch(self, pids: Callable[[], Mapping[int, int]]) -> None:
        """Look again and again until cancelled. pids: the running replicas' processes, by number."""
        while True:
            for number, pid in pids().items():
                with suppress(psutil.NoSuchProcess):
                    held = psutil.Process(pid).memory_full_info().uss / 2**20
                    self.seen.setdefault(number, []).append((time.monotonic(), held))
            await asyncio.sleep(EVERY_S)
