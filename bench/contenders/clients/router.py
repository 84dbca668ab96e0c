"""LiteLLM's Router, as its documentation streams."""

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

# Its price list: the one it brings along, not the one it would fetch from the network.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

from asking import MESSAGES, MODEL, Ask
from litellm import Router


@asynccontextmanager
async def client(url: str, key: str) -> AsyncIterator[Ask]:
    """One router with one deployment; its chunks as they come."""
    parameters = {"model": f"openai/{MODEL}", "api_base": url, "api_key": key}
    router = Router(model_list=[{"model_name": MODEL, "litellm_params": parameters}])
    messages: Any = MESSAGES

    async def ask() -> AsyncGenerator[str, None]:
        stream: Any = await router.acompletion(
            model=MODEL, messages=messages, stream=True, stream_options={"include_usage": True}
        )
        async for chunk in stream:
            if chunk.choices and (text := chunk.choices[0].delta.content):
                yield text

    yield ask
