"""An engine whose streams say what a test tells them to, when it does: for what no provider does on demand."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from holysheep import Engine, Receipt
from holysheep.events import Event

WHOLE = Receipt("holysheep", "deepseek-v3.2", "stop", 900.0, ttft_ms=100.0, total_tokens=10)


class ScriptedStream:
    """As a ``ReplyStream``, played by hand: ``say(event)``, and ``end(...)`` with the receipt."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.asked = asked
        self.receipt: Receipt | None = None
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._play()

    async def _play(self) -> AsyncIterator[Event]:
        while True:
            event = await self._events.get()
            if isinstance(event, Receipt):
                self.receipt = event
            yield event
            if self.receipt is not None:
                return

    def say(self, *events: Event) -> None:
        for event in events:
            self._events.put_nowait(event)

    def end(self, **more: Any) -> None:
        self.say(replace(WHOLE, **more))

    def stop(self) -> None:
        self.end(finish_reason="stopped")

    def interrupt(self) -> None:
        self.end(finish_reason="interrupted")

    async def aclose(self) -> None:
        self.receipt = self.receipt or replace(WHOLE, finish_reason="interrupted")


class ScriptedEngine(Engine):
    """The price list is the real one; ``streams`` are those that were asked for."""

    streams: list[ScriptedStream]

    def stream(self, messages: Any, **asked: Any) -> Any:
        played = ScriptedStream({"messages": messages, **asked})
        self.__dict__.setdefault("streams", []).append(played)
        return played
