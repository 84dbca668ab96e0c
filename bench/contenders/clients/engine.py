"""Demo Desk's engine, as a library."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal

from asking import MESSAGES, MODEL, Ask

from holysheep import Delta, Engine, EngineSettings, Model, Price, Provider


@asynccontextmanager
async def client(url: str, key: str) -> AsyncIterator[Ask]:
    """One engine with one provider; its events as they come."""
    provider = Provider("holysheep", url, (key,))
    model = Model(MODEL, MODEL, provider.name, 65_536, Price.flat(Decimal(1), date(2026, 1, 1)))
    async with Engine(EngineSettings.of([provider], [model])) as engine:

        async def ask() -> AsyncGenerator[str, None]:
            async for event in engine.stream(MESSAGES, model=MODEL):
                if isinstance(event, Delta):
                    yield event.text

        yield ask
