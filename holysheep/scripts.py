"""One call for scripts and notebooks, which have no settings of their own."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from dotenv import dotenv_values, find_dotenv

from holysheep.engine import Engine, EngineSettings
from holysheep.errors import NoKey
from holysheep.events import Completion
from holysheep.prices import Model
from holysheep.providers import HOLYSHEEP_BASE_URL, Provider

_VARIABLE = "HOLYSHEEP_API_KEY"
#: Where a key may stand, the winning place first.
_SPELLINGS = (f"{_VARIABLE}S", f"{_VARIABLE}S_FILE", _VARIABLE, f"{_VARIABLE}_FILE")


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

    Key and address come from ``HOLYSHEEP_API_KEY`` (or ``HOLYSHEEP_API_KEYS``, a ring; each also as
    ``..._FILE``) and ``HOLYSHEEP_BASE_URL`` (the environment, else ``.env``) where they are not given, as with the
    openai SDK. The cost on its receipt is unknown: the price list belongs to the application. Raises EngineError.
    """
    found = {**dotenv_values(find_dotenv(usecwd=True)), **os.environ}
    keys = _given(api_key) or _keys(found)
    url = base_url or found.get("HOLYSHEEP_BASE_URL") or HOLYSHEEP_BASE_URL
    provider = Provider("holysheep", url, api_keys=keys, key_variable=_VARIABLE)
    async with Engine(EngineSettings.of([provider], [Model(model, model, "holysheep", 128_000)])) as engine:
        return await engine.complete(messages, model=model, temperature=temperature, max_tokens=max_tokens)


def _given(key: str | None) -> tuple[str, ...]:
    return (key.strip(),) if key and key.strip() else ()


def _keys(found: Mapping[str, str | None]) -> tuple[str, ...]:
    for name in _SPELLINGS:
        value = (found.get(name) or "").strip()
        if value and name.endswith("_FILE"):
            value = _file(value)
        keys = tuple(key.strip() for key in re.split(r"[,\n]", value) if key.strip())
        if keys:
            return keys
    raise NoKey(f"set {_VARIABLE} in the environment or in .env")


def _file(path: str) -> str:
    """What the file says. Its name is not repeated: it may be a key put into the wrong variable."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        raise NoKey(f"{_VARIABLE}: its ..._FILE must be the path of a file that holds the key") from None
