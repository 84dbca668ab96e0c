"""The openai SDK with its own transport, as its documentation streams."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asking import MESSAGES, MODEL, Ask
from openai import AsyncOpenAI


@asynccontextmanager
async def client(url: str, key: str) -> AsyncIterator[Ask]:
    """One client; its typed chunks as they come."""
    messages: Any = MESSAGES
    async with AsyncOpenAI(base_url=url, api_key=key) as openai:

        async def ask() -> AsyncGenerator[str, None]:
            stream = await openai.chat.completions.create(
                model=MODEL, messages=messages, stream=True, stream_options={"include_usage": True}
            )
            async for chunk in stream:
                if chunk.choices and (text := chunk.choices[0].delta.content):
                    yield text

        yield ask
