"""The engine: providers, their models, and the streams of replies."""

import random
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self
from weakref import WeakSet

from holysheep import client
from holysheep.errors import NoKey, UnknownModel
from holysheep.events import Completion
from holysheep.journal import Journal
from holysheep.prices import Model
from holysheep.providers import Provider
from holysheep.request import Messages, Request
from holysheep.stream import ReplyStream
from holysheep.transport import Transport


class Engine:
    """The async client of OpenAI-compatible providers; use it as an async context manager.

    providers: only those that have what they need (a key, an address).
    models: the price list; each names the provider that answers it.
    clock: seconds, never going back. draw: a number in [0, 1), the chance in a backoff.
    """

    def __init__(
        self,
        providers: Iterable[Provider],
        models: Iterable[Model],
        *,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.providers = {provider.name: provider for provider in providers}
        self.models = {model.id: model for model in models}
        self._clock = clock
        self._draw = draw
        self._transport = Transport()
        self._streams: WeakSet[ReplyStream] = WeakSet()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the replies under way, as interrupted, and close all connections."""
        for stream in tuple(self._streams):
            stream.interrupt()
        await self._transport.close()

    def stream(
        self,
        messages: Messages,
        *,
        model: str,
        temperature: float = 0.7,
        max_tokens: int = 1024,
        cadence_s: float = 0.0,
        journal: Journal | None = None,
    ) -> ReplyStream:
        """One turn's events, ending with exactly one receipt; see ``ReplyStream``.

        model: an id of the price list. Raises UnknownModel or NoKey where there is no route; all
        that goes wrong later is in the receipt.
        """
        chosen, provider = self.route(model)
        request = Request(messages, chosen, temperature, max_tokens)
        stream = ReplyStream(
            self._transport,
            provider,
            request,
            tuple(self.models.values()),
            cadence_s=cadence_s,
            journal=journal,
            clock=self._clock,
            draw=self._draw,
        )
        self._streams.add(stream)
        return stream

    async def complete(
        self, messages: Messages, *, model: str, temperature: float = 0.7, max_tokens: int = 1024
    ) -> Completion:
        """A whole reply and its receipt, for scripts; raises EngineError."""
        chosen, provider = self.route(model)
        request = Request(messages, chosen, temperature, max_tokens)
        models = tuple(self.models.values())
        return await client.complete(provider, models, request, clock=self._clock, draw=self._draw)

    async def list_models(self, provider: str) -> list[client.ListedModel]:
        """The models that a provider's ``/v1/models`` lists; raises EngineError."""
        return await client.list_models(self._provider(provider))

    def add_provider(self, provider: Provider) -> None:
        """Add a provider, or put it in the place of the one with its name."""
        self.providers[provider.name] = provider

    def add_models(self, models: Iterable[Model]) -> None:
        """Put more models on the price list, such as those discovered on a local server."""
        self.models.update((model.id, model) for model in models)

    def route(self, model: str) -> tuple[Model, Provider]:
        """The model of that id and the provider that answers it; raises UnknownModel or NoKey."""
        chosen = self.models.get(model)
        if chosen is None:
            raise UnknownModel(f"no model '{model}' in the price list")
        return chosen, self._provider(chosen.provider)

    def _provider(self, name: str) -> Provider:
        provider = self.providers.get(name)
        if provider is None:
            raise NoKey(f"no key for provider '{name}'")
        return provider
