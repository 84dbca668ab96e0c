"""Providers, models and questions of the tests, and a turn with all its events kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import emulator
from holysheep import (
    Delta,
    Engine,
    EngineSettings,
    Event,
    Model,
    Price,
    Provider,
    Receipt,
    ReplyStream,
    Retrying,
)

KEY = "sk-tests-0123456789"
QUESTION = [
    {"role": "system", "content": "Bạn là Mai, trợ lý của cửa hàng Hoa Sữa."},
    {"role": "user", "content": "Áo khoác giá bao nhiêu?"},
]
TOKENS = 40
#: Everything at once, replies of a known length, slow faults some hundred times faster.
AT_ONCE = emulator.Pace(0.0, 0.0, TOKENS, fault_speed=400)
#: About half a second for a reply: slow enough to be stopped in the middle.
SLOWLY = emulator.Pace(0.02, 80.0, TOKENS)

PRICE = Price(Decimal("0.28"), Decimal("0.028"), Decimal("0.42"), date(2026, 1, 1))
DEEPSEEK = Model("deepseek-v3.2", "DeepSeek V3.2", "holysheep", 65_536, PRICE)
GPT = Model("gpt-4.1", "GPT-4.1", "holysheep", 1_000_000, Price.flat(Decimal(8), date(2026, 1, 1)))


def provider(base_url: str, **changes: Any) -> Provider:
    """A provider as the settings make it, with limits short enough for tests, which sees to each reply but once."""
    usual = {"name": "holysheep", "api_keys": (KEY,), "key_variable": "HOLYSHEEP_API_KEY", "restart": "ask"}
    limits = {"connect_s": 1.0, "first_text_s": 5.0, "silence_s": 5.0, "reply_s": 20.0}
    return Provider(base_url=base_url, **{**usual, **limits, **changes})


@asynccontextmanager
async def asking(base_url: str, *models: Model, **changes: Any) -> AsyncIterator[Engine]:
    """An engine with one provider, whose backoff never waits of itself."""
    settings = EngineSettings.of([provider(base_url, **changes)], models or (DEEPSEEK, GPT))
    engine = Engine(settings, draw=lambda: 0.0)
    async with engine:
        yield engine


@dataclass(frozen=True)
class Turn:
    """All that a turn gave."""

    events: tuple[Event, ...]

    @property
    def text(self) -> str:
        """What the visitor read."""
        return "".join(event.text for event in self.events if isinstance(event, Delta))

    @property
    def receipt(self) -> Receipt:
        """The one receipt, which is the last event."""
        *before, last = self.events
        assert isinstance(last, Receipt)
        assert not any(isinstance(event, Receipt) for event in before)
        return last

    @property
    def retries(self) -> list[str]:
        """Why the request was sent again."""
        return [event.reason for event in self.events if isinstance(event, Retrying)]


async def ask(engine: Engine, question: str = "", **options: Any) -> Turn:
    """One turn from beginning to end."""
    messages = [QUESTION[0], {"role": "user", "content": question}] if question else QUESTION
    return await read(engine.stream(messages, **{"model": DEEPSEEK.id, **options}))


async def read(stream: ReplyStream) -> Turn:
    """What is left of a turn."""
    turn = Turn(tuple([event async for event in stream]))
    assert stream.receipt is turn.receipt
    return turn
