"""The engine: providers, their models, and the streams of replies."""

from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Self

from holysheep import client
from holysheep.errors import NoKey, UnknownModel
from holysheep.events import Completion
from holysheep.prices import Model
from holysheep.providers import Provider
from holysheep.stream import ReplyStream, Request
from holysheep.transport import Transport

Messages = Sequence[Mapping[str, str]]


class Engine:
    """The async client of OpenAI-compatible providers; use it as an async context manager.

    providers: only those that have what they need (a key, an address).
    models: the price list; each names the provider that answers it.
    """

    def __init__(self, providers: Iterable[Provider], models: Iterable[Model]) -> None:
        self.providers = {provider.name: provider for provider in providers}
        self.models = {model.id: model for model in models}
        self._transport = Transport()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

    def stream(
        self,
        messages: Messages,
        *,
        model: str,
        temperature: float = 0.7,
        max_tokens: int = 1024,
        cadence_s: float = 0.0,
    ) -> ReplyStream:
        """One turn's events, ending with exactly one receipt; see ``ReplyStream``.

        model: an id of the price list. Raises UnknownModel or NoKey where there is no route; all
        that goes wrong later is in the receipt.
        """
        chosen, provider = self.route(model)
        request = Request(messages, chosen, temperature, max_tokens)
        return ReplyStream(
            self._transport, provider, request, tuple(self.models.values()), cadence_s=cadence_s
        )

    async def complete(
        self, messages: Messages, *, model: str, temperature: float = 0.7, max_tokens: int = 1024
    ) -> Completion:
        """A whole reply and its receipt, for scripts; raises EngineError."""
        chosen, provider = self.route(model)
        return await client.complete(
            provider, tuple(self.models.values()), messages, chosen, temperature, max_tokens
        )

    async def list_models(self, provider: str) -> list[str]:
        """The names that a provider's ``/v1/models`` lists; raises EngineError."""
        return await client.list_models(self.providers[provider])

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
        provider = self.providers.get(chosen.provider)
        if provider is None:
            raise NoKey(f"no key for provider '{chosen.provider}'")
        return chosen, provider
