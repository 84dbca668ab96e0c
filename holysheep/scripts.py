"""One call for scripts and notebooks, which have no settings of their own."""

import os
from collections.abc import Mapping, Sequence

from dotenv import dotenv_values, find_dotenv

from holysheep.engine import Engine
from holysheep.errors import NoKey
from holysheep.events import Completion
from holysheep.prices import Model
from holysheep.providers import HOLYSHEEP_BASE_URL, Provider


async def complete(
    messages: Sequence[Mapping[str, str]],
    *,
    model: str = "deepseek-v3.2",
    temperature: float = 0.7,
    max_tokens: int = 1024,
    api_key: str | None = None,
    base_url: str | None = None,
) -> Completion:
    """A whole reply: ``(await holysheep.complete(messages, model=...)).text``.

    Key and address come from ``HOLYSHEEP_API_KEY`` and ``HOLYSHEEP_BASE_URL`` (the environment,
    else ``.env``) where they are not given, as with the openai SDK. The cost on its receipt is
    unknown: the price list belongs to the application. Raises EngineError.
    """
    found = {**dotenv_values(find_dotenv(usecwd=True)), **os.environ}
    key = (api_key or found.get("HOLYSHEEP_API_KEY") or "").strip()
    if not key:
        raise NoKey("set HOLYSHEEP_API_KEY in the environment or in .env")
    url = base_url or found.get("HOLYSHEEP_BASE_URL") or HOLYSHEEP_BASE_URL
    provider = Provider("holysheep", url, api_key=key, key_variable="HOLYSHEEP_API_KEY")
    async with Engine([provider], [Model(model, model, "holysheep", 128_000)]) as engine:
        return await engine.complete(messages, model=model, temperature=temperature, max_tokens=max_tokens)
