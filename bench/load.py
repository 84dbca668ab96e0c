"""Our end of the load process: orders go out, answers come back, each within a time limit."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures import gaps
from bench.pace import Pace
from bench.processes import BenchError, Child, Cores, start

_CONNECT_S = 60.0
_REPLY_S = 120.0


@dataclass(frozen=True)
class Heard:
    """One reply as a visitor heard it; times in seconds on the machine's monotonic clock."""

    sent: float
    frames: tuple[float, ...]
    done: float
    chars: int

    @property
    def first_text_s(self) -> float:
        """From sending the message to the first text of the reply."""
        return self.frames[0] - self.sent

    @property
    def gaps_s(self) -> list[float]:
        """Time between frames."""
        return gaps(self.frames)


@dataclass(frozen=True)
class Round:
    """All that a crowd heard in one order, and the CPU share the load itself took (1.0: one core)."""

    start: float
    end: float
    replies: tuple[Heard, ...]
    load_share: float


class Load:
    """A crowd of visitors in a process of its own. cookies: the header of whoever comes to a server, by its address."""

    def __init__(self, child: Child, cookies: Mapping[str, str]) -> None:
        self._child = child
        self._cookies = cookies

    async def connect(self, url: str, count: int, *, direct: bool = False) -> None:
        """Bring in `count` more visitors; `direct` ones ask the upstream itself."""
        arriving = {"url": url, "cookie": self._cookies.get(url, ""), "count": count, "direct": direct}
        await self._order("connect", 2 * _CONNECT_S, **arriving, timeout_s=_CONNECT_S)

    async def turns(
        self,
        text: str,
        pace: Pace,
        *,
        count: int = 1,
        seconds: float | None = None,
        stagger_s: float = 0.0,
        think_s: float = 0.0,
    ) -> Round:
        """Let everyone ask `count` times, or until `seconds` are over; they rest for `think_s` between, on average.

        Raises when any reply failed, or is shorter than the model's at `pace`: an apology is quick and cheap,
        and must not pass for a reply.
        """
        limit = _REPLY_S * (count if seconds is None else 1) + (seconds or 0.0) + stagger_s
        answer = await self._order(
            "turns",
            limit,
            text=text,
            count=count,
            seconds=seconds,
            stagger_s=stagger_s,
            think_s=think_s,
            timeout_s=_REPLY_S,
        )
        if answer["errors"]:
            raise BenchError(f"{len(answer['errors'])} replies failed, the first: {answer['errors'][0]}")
        replies = tuple(
            Heard(sent, tuple(frames), done, chars) for sent, frames, done, chars in answer["replies"]
        )
        if short := [reply.chars for reply in replies if reply.chars < pace.tokens]:
            raise BenchError(
                f"{len(short)} of {len(replies)} replies have no more than {max(short)} characters"
            )
        lasted = answer["end"] - answer["start"]
        return Round(answer["start"], answer["end"], replies, answer["cpu_s"] / lasted)

    async def visits(self, url: str, count: int, *, at_once: int, text: str) -> None:
        """Let `count` visitors come, ask once and go."""
        limit = 60.0 + count * 1.0
        coming = {"url": url, "cookie": self._cookies.get(url, ""), "count": count, "at_once": at_once}
        answer = await self._order("visits", limit, **coming, text=text, timeout_s=_REPLY_S)
        if answer["errors"]:
            raise BenchError(f"{len(answer['errors'])} visits failed, the first: {answer['errors'][0]}")

    async def close(self) -> None:
        """Send everyone home."""
        await self._order("close", _CONNECT_S)

    async def _order(self, verb: str, limit_s: float, **arguments: object) -> dict[str, Any]:
        process = self._child.process
        if process.stdin is None or process.stdout is None:
            raise BenchError("the load process has no pipes")
        process.stdin.write(json.dumps({"do": verb, **arguments}).encode() + b"\n")
        try:
            async with asyncio.timeout(limit_s):
                line = await process.stdout.readline()
        except TimeoutError:
            raise BenchError(f"the load did not finish «{verb}» within {limit_s:g} s") from None
        if not line:
            raise BenchError(f"the load process ended:\n{self._child.last_words()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise BenchError(f"the load could not «{verb}»: {answer['error']}")
        return answer


async def start_load(folder: Path, cores: Cores, cookies: Mapping[str, str]) -> tuple[Load, Child]:
    """Start the load process beside everything that is not the server."""
    command = [sys.executable, "-m", "bench.sockets"]
    child = await start("load", command, log=folder / "load.log", core=cores.rest, environment={}, pipes=True)
    return Load(child, cookies), child
