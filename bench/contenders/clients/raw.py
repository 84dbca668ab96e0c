"""aiohttp, a split and orjson: the least that reads such a stream. It knows of no fault."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import orjson
from asking import MESSAGES, MODEL, Ask


@asynccontextmanager
async def client(url: str, key: str) -> AsyncIterator[Ask]:
    """One session; the body's bytes as they come."""
    body = {"model": MODEL, "messages": MESSAGES, "stream": True, "stream_options": {"include_usage": True}}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask() -> AsyncGenerator[str, None]:
            rest = b""
            async with session.post(
                f"{url}/chat/completions", data=orjson.dumps(body), headers=headers
            ) as answer:
                async for data in answer.content.iter_any():
                    *events, rest = (rest + data).split(b"\n\n")
                    for event in events:
                        if event == b"data: [DONE]":
                            continue
                        choices = orjson.loads(event[6:])["choices"]
                        if choices and (text := choices[0]["delta"].get("content")):
                            yield text

        yield ask
