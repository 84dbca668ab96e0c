"""The load: `python -m bench.sockets`, many visitors in one process that takes orders on standard input.

One JSON order a line, one JSON answer a line. It is a process of its own so that it can sit on another core
than the server, and so that the CPU it needs is never counted as the server's.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from bench.visitors import DirectVisitor, Reply, SocketVisitor, Visitor, VisitorError

_CONNECTING_AT_ONCE = 20
_LONGEST_ORDER_BYTES = 1 << 20

Answer = dict[str, Any]


class Crowd:
    """All visitors of one run and the orders they understand."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client
        self._visitors: list[Visitor] = []

    async def obey(self, order: dict[str, Any]) -> Answer:
        """Do one order; whatever goes wrong becomes an answer, since the caller has only our output."""
        verbs: dict[str, Callable[..., Awaitable[Answer]]] = {
            "connect": self.connect,
            "turns": self.turns,
            "visits": self.visits,
            "close": self.close,
        }
        verb = verbs[order.pop("do")]
        used = time.process_time()
        try:
            answer = await verb(**order)
        except (VisitorError, aiohttp.ClientError, OSError, TimeoutError) as error:
            return {"error": f"{type(error).__name__}: {error}"}
        return answer | {"cpu_s": time.process_time() - used}

    async def connect(self, url: str, cookie: str, count: int, direct: bool, timeout_s: float) -> Answer:
        """Bring in `count` more visitors."""
        fresh = [self._visitor(url, cookie, direct) for _ in range(count)]
        door = asyncio.Semaphore(_CONNECTING_AT_ONCE)

        async def enter(visitor: Visitor) -> None:
            async with door:
                await visitor.connect(timeout_s)

        await asyncio.gather(*(enter(visitor) for visitor in fresh))
        self._visitors += fresh
        return {"visitors": len(self._visitors)}

    async def turns(
        self,
        text: str,
        count: int,
        seconds: float | None,
        stagger_s: float,
        think_s: float,
        timeout_s: float,
    ) -> Answer:
        """Let every visitor ask `count` times in a row, or, given `seconds`, until they are over.

        The first questions are spread evenly over `stagger_s` seconds; the pauses before the others last `think_s` on
        average, short ones being the most frequent, as people's are.
        """
        start = time.monotonic()
        until = start + seconds if seconds is not None else None
        replies: list[Reply] = []
        errors: list[str] = []

        async def talk(visitor: Visitor, delay: float) -> None:
            await asyncio.sleep(delay)
            asked = 0
            try:
                while asked < count if until is None else time.monotonic() < until:
                    replies.append(await visitor.ask(text, timeout_s))
                    asked += 1
                    if think_s:
                        rest_s = random.expovariate(1 / think_s)
                        # Nobody rests beyond the end.
                        await asyncio.sleep(
                            rest_s if until is None else min(rest_s, until - time.monotonic())
                        )
            except VisitorError as error:
                errors.append(str(error))

        each = stagger_s / max(len(self._visitors), 1)
        await asyncio.gather(*(talk(visitor, each * n) for n, visitor in enumerate(self._visitors)))
        return {
            "start": start,
            "end": time.monotonic(),
            "replies": [_pack(reply) for reply in replies],
            "errors": errors,
        }

    async def visits(
        self, url: str, cookie: str, count: int, at_once: int, text: str, timeout_s: float
    ) -> Answer:
        """Let `count` visitors come, ask once and go, `at_once` of them at a time."""
        coming = iter(range(count))
        errors: list[str] = []

        async def door() -> None:
            for _ in coming:
                visitor = self._visitor(url, cookie, direct=False)
                try:
                    await visitor.connect(timeout_s)
                    await visitor.ask(text, timeout_s)
                except VisitorError as error:
                    errors.append(str(error))
                finally:
                    await visitor.close()

        await asyncio.gather(*(door() for _ in range(at_once)))
        return {"visits": count, "errors": errors}

    async def close(self) -> Answer:
        """Send everyone home."""
        leaving, self._visitors = self._visitors, []
        await asyncio.gather(*(visitor.close() for visitor in leaving))
        return {"visitors": 0}

    def _visitor(self, url: str, cookie: str, direct: bool) -> Visitor:
        return DirectVisitor(self._client, url) if direct else SocketVisitor(self._client, url, cookie)


def _pack(reply: Reply) -> list[Any]:
    return [reply.sent, [round(frame, 5) for frame in reply.frames], reply.done, reply.chars]


async def serve() -> None:
    """Take orders until standard input ends."""
    lines = asyncio.StreamReader(limit=_LONGEST_ORDER_BYTES)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        connector=connector, timeout=aiohttp.ClientTimeout(total=None)
    ) as client:
        crowd = Crowd(client)
        while line := await lines.readline():
            print(json.dumps(await crowd.obey(json.loads(line))), flush=True)


def main() -> None:
    """Run on uvloop where there is one: the load must not be what is measured."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve())
    else:
        uvloop.run(serve())


if __name__ == "__main__":
    main()
