"""Two providers, each an emulator, and an engine that may ask both."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from asking import AT_ONCE, DEEPSEEK, GPT, KEY, provider

import emulator
from holysheep import Engine, EngineSettings, Store
from holysheep.rollout import RolloutPlan

OTHER_KEY = "sk-other-9876543210"


@dataclass(frozen=True)
class Two:
    """first: holysheep, which is asked first; second: openai, which has GPT-4.1 and puts it in the others' place."""

    first: emulator.Emulator
    second: emulator.Emulator
    engine: Engine

    @property
    def asked(self) -> tuple[int, int]:
        """How many requests each has seen."""
        return len(self.first.requests), len(self.second.requests)


@asynccontextmanager
async def two(
    *,
    pace: emulator.Pace = AT_ONCE,
    keys: tuple[str, ...] = (KEY,),
    store: Store | None = None,
    rollout: RolloutPlan | None = None,
    second: dict[str, Any] | None = None,
    **changes: Any,
) -> AsyncIterator[Two]:
    """changes: of the first provider."""
    async with emulator.running(pace) as one, emulator.running(pace) as other:
        usual = {"restart": "always", "first_text_elsewhere_s": 0.3, "silence_elsewhere_s": 0.3}
        holysheep = provider(one.base_url, **{**usual, "api_keys": keys, **changes})
        legacy = {"name": "openai", "api_keys": (OTHER_KEY,), "models": (GPT.id,), "stand_in": GPT.id}
        openai = provider(other.base_url, **{**usual, **legacy, **(second or {})})
        settings = EngineSettings({"holysheep": holysheep, "openai": openai}, (DEEPSEEK, GPT), rollout)
        async with Engine(settings, store=store, draw=lambda: 0.0) as engine:
            yield Two(one, other, engine)
