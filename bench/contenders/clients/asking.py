"""What a client adds to a stream: the same questions through any of them, in a process of its own.

Order: client (the name of a file beside this one), url (of the provider), key, and either
{streams, replies, spread_s, shares}: so many at once, each asking again as its reply ends, the first replies not
counted; or {in_flight, seconds}: so many whole replies at once, over and over, for as long. Prints first_ns and
chunk_ns, the percentile of each share of the times of replies and chunks, how many they were, and busy, the share of a
core; or replies_per_s and cpu_us of each reply.

A reply carries the time (see emulator/stamps.py). A chunk is counted from its leaving the provider until its text is
in the caller's hands; a reply's first one from the call, less the time for which the provider held it.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from importlib import import_module
from typing import Any

import uvloop

from bench.figures import percentile

MODEL = "deepseek-v3.2"
MESSAGES = [
    {"role": "system", "content": "Bạn là Mai, trợ lý của cửa hàng Hoa Sữa. " * 10},
    {"role": "user", "content": "Shop còn áo sơ mi trắng cỡ M không ạ?"},
]

Ask = Callable[[], AsyncGenerator[str, None]]
"""One question: the pieces of its reply's text as they come."""


async def reply(ask: Ask, first_ns: list[int], chunk_ns: list[int]) -> None:
    """One reply, with its times added to the two lists."""
    first, count = True, 0
    asked = time.monotonic_ns()
    async with aclosing(ask()) as pieces:
        async for text in pieces:
            now = time.monotonic_ns()
            stamps = text.split()
            if first and stamps:
                came, sent = int(stamps.pop(0)), int(stamps[0])
                first_ns.append(now - asked - (sent - came))
                first = False
            count += len(stamps)
            chunk_ns.extend(now - int(stamp) for stamp in stamps)
    if count < 2:
        raise RuntimeError(f"a reply of {count} chunks")


async def visitor(ask: Ask, after_s: float, replies: int) -> tuple[list[int], list[int]]:
    """One who asks again and again; the first reply, which opens the connection, does not count."""
    await asyncio.sleep(after_s)
    await reply(ask, [], [])
    first_ns: list[int] = []
    chunk_ns: list[int] = []
    for _ in range(replies):
        await reply(ask, first_ns, chunk_ns)
    return first_ns, chunk_ns


async def crowd(ask: Ask, streams: int, replies: int, spread_s: float, shares: list[float]) -> dict[str, Any]:
    """Many at once, their first questions spread evenly over ``spread_s`` seconds."""
    for _ in range(3):
        await reply(ask, [], [])
    # As a server does once it is up: no client pays again and again for what was loaded with it.
    gc.collect()
    gc.freeze()
    used, began = time.process_time(), time.monotonic()
    heard = await asyncio.gather(*(visitor(ask, spread_s * n / streams, replies) for n in range(streams)))
    busy = (time.process_time() - used) / (time.monotonic() - began)
    first_ns = [each for first_ns, _ in heard for each in first_ns]
    chunk_ns = [each for _, chunk_ns in heard for each in chunk_ns]
    return {
        "first_ns": [percentile(first_ns, share) for share in shares],
        "chunk_ns": [percentile(chunk_ns, share) for share in shares],
        "replies": len(first_ns),
        "chunks": len(chunk_ns),
        "busy": busy,
    }


async def short(ask: Ask, in_flight: int, seconds: float) -> dict[str, Any]:
    """Whole replies, one after the other, so many at a time."""
    for _ in range(in_flight):
        await reply(ask, [], [])
    used, began = time.process_time(), time.monotonic()
    until, count = began + seconds, 0

    async def worker() -> None:
        nonlocal count
        while time.monotonic() < until:
            await reply(ask, [], [])
            count += 1

    await asyncio.gather(*(worker() for _ in range(in_flight)))
    lasted = time.monotonic() - began
    return {"replies_per_s": count / lasted, "cpu_us": (time.process_time() - used) / count * 1e6}


async def main(order: dict[str, Any]) -> dict[str, Any]:
    """Open the client, and do what is ordered."""
    client: Callable[[str, str], AbstractAsyncContextManager[Ask]] = import_module(order["client"]).client
    async with client(order["url"], order["key"]) as ask:
        if "streams" in order:
            return await crowd(ask, order["streams"], order["replies"], order["spread_s"], order["shares"])
        return await short(ask, order["in_flight"], order["seconds"])


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(json.load(sys.stdin)))))
