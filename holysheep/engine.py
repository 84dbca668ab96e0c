"""The engine: providers, their models, and the streams of replies."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self
from weakref import WeakSet

from holysheep.attempts import Means, Turn
from holysheep.errors import EngineError, NoKey, UnknownModel
from holysheep.events import Completion
from holysheep.health import Health, Standing, standing_of, status_of
from holysheep.journal import Journal
from holysheep.prices import Model
from holysheep.probing import Probe, probe
from holysheep.providers import Provider
from holysheep.request import Messages, Request, plain
from holysheep.rollout import RolloutPlan
from holysheep.routes import REHEARSAL, Candidate, candidates
from holysheep.shared import Shared
from holysheep.store import MemoryStore, Store
from holysheep.stream import ReplyStream
from holysheep.tokenizer import Counter
from holysheep.transport import Transport
from holysheep.worst import most_usd

if TYPE_CHECKING:
    from holysheep.client import ListedModel


#: Hundredths of a second that replies under way have to end when the engine is closed.
CLOSING_TICKS = 50


class Offer(Protocol):
    """What an engine is made of: the settings of the application, or ``EngineSettings``.

    It may have a ``rollout`` (RolloutPlan), too: how conversations move from one provider to another.
    """

    @property
    def providers(self) -> Mapping[str, Provider]:
        """By name: only those that have what they need (a key, an address)."""

    @property
    def models(self) -> Sequence[Model]:
        """The price list; each names the provider that is asked first."""


@dataclass(frozen=True)
class EngineSettings:
    """See ``Offer``."""

    providers: Mapping[str, Provider]
    models: Sequence[Model]
    rollout: RolloutPlan | None = field(default=None)

    @classmethod
    def of(cls, providers: Iterable[Provider], models: Iterable[Model]) -> "EngineSettings":
        """From the providers and models alone."""
        return cls({provider.name: provider for provider in providers}, tuple(models))


class Engine:
    """The async client of OpenAI-compatible providers; use it as an async context manager.

    store: what it shares with other programs, and keeps (see ``holysheep.store``); None: nothing.
    clock: seconds, never going back. draw: a number in [0, 1), the chance in a backoff. now: the wall's clock, in UTC.
    """

    def __init__(
        self,
        settings: Offer,
        *,
        store: Store | None = None,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.providers = dict(settings.providers)
        self.models = {model.id: model for model in settings.models}
        self._clock = clock
        self._draw = draw
        self._now = now
        self._transport = Transport()
        self._health = Health(clock)
        self._shared = Shared(
            store or MemoryStore(),
            self._health,
            self.providers,
            getattr(settings, "rollout", None),
            clock,
            now,
        )
        self._shared.status = self.status
        self._shared.probe = self._try_key
        self._count = Counter()
        self._is_ready = False
        self._streams: WeakSet[ReplyStream] = WeakSet()
        self._means = Means(
            self._transport,
            self._health,
            self.models,
            clock,
            draw,
            now,
            self._count,
            self._ready,
            self._shared.changed,
        )

    async def __aenter__(self) -> Self:
        await self._ready()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the replies under way, as interrupted, tell the others what is known, and close all connections."""
        streams = tuple(self._streams)
        for stream in streams:
            stream.interrupt()
        for _ in range(CLOSING_TICKS):  # those that somebody reads end by themselves, and are accounted for
            if all(stream.receipt is not None or not stream.is_read for stream in streams):
                break
            await asyncio.sleep(0.01)
        await self._shared.close()
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
        conversation: str | None = None,
        stand_in: bool = True,
        provider: str | None = None,
    ) -> ReplyStream:
        """One turn's events, ending with exactly one receipt; see ``ReplyStream``.

        model: an id of the price list. conversation: of which the canary's cohort is drawn; None: never in the canary.
        stand_in: whether another model may answer in its place. provider: ask this one and no other. cadence_s:
        once text flows, bytes are taken from the connection this often rather than as each chunk comes, which saves a
        wake-up per token; 0 takes them as they come. journal: is told of each attempt before its request leaves.

        Raises UnknownModel or NoKey where there is no route; all that goes wrong later is in the receipt.
        """

        def routes() -> Sequence[Candidate]:
            return self.routes(model, conversation=conversation, stand_in=stand_in, provider=provider)

        self._require(model, provider)
        turn = Turn(
            Request(plain(messages), self.models[model], temperature, max_tokens),
            routes,
            lambda: self._shared.cohort(conversation),
            cadence_s,
            journal,
        )
        stream = ReplyStream(self._means, turn)
        self._streams.add(stream)
        return stream

    async def complete(
        self, messages: Messages, *, model: str, temperature: float = 0.7, max_tokens: int = 1024
    ) -> Completion:
        """A whole reply and its receipt, for scripts; raises EngineError."""
        stream = self.stream(messages, model=model, temperature=temperature, max_tokens=max_tokens)
        async for _ in stream:
            pass
        if stream.error is not None:
            raise stream.error
        assert stream.receipt is not None
        if stream.receipt.finish_reason in ("stopped", "interrupted"):
            raise EngineError("the engine was closed")
        return Completion(stream.text, stream.receipt)

    def routes(
        self,
        model: str,
        *,
        conversation: str | None = None,
        stand_in: bool = True,
        provider: str | None = None,
    ) -> tuple[Candidate, ...]:
        """Who would be asked for a model now, the best first; () where nobody can be, or the model is not known."""
        chosen = self.models.get(model)
        if chosen is None:
            return ()
        preference = self._shared.preference(conversation)
        found = candidates(chosen, self.models, self.providers, preference, stand_in=stand_in)
        if provider is None:
            return found
        if provider in self.providers and all(c.provider.name != provider for c in found):
            found = candidates(chosen, self.models, {provider: self.providers[provider]}, stand_in=stand_in)
        return tuple(c for c in found if c.provider.name == provider)

    def rehearses(self, model: str) -> bool:
        """Whether a model is answered by the rehearsal, because no provider can be asked."""
        return [c.provider.name for c in self.routes(model)] == [REHEARSAL]

    def most_usd(self, messages: Messages, model: str, max_tokens: int) -> Decimal | None:
        """USD that a turn costs at worst, over all its attempts; None where a price is not known."""
        return most_usd(self.routes(model), messages, max_tokens)

    async def probe(self, provider: str, key_fingerprint: str, model: str) -> Probe:
        """One small real question over exactly that route; see ``Probe``. Raises NoKey, UnknownModel."""
        chosen = self._provider(provider)
        key = next((key for key in chosen.keys if key.fingerprint == key_fingerprint), None)
        if key is None:
            raise NoKey(f"provider '{provider}' has no key {key_fingerprint}")
        if model not in self.models:
            raise UnknownModel(f"no model '{model}' in the price list")
        found = await probe(self._means, chosen, key, self.models[model])
        self._shared.changed()
        return found

    async def _ready(self) -> None:
        if not self._is_ready:
            self._is_ready = True
            self._count.load()
        await self._shared.ready()

    async def _try_key(self, provider: str, key_fingerprint: str) -> None:
        """Look whether a key that was set aside is accepted by now."""
        model = next((m for m in self.models if self._provider(provider).answers(m) == m), None)
        if model is not None:
            await self.probe(provider, key_fingerprint, model)

    async def list_models(self, provider: str) -> "list[ListedModel]":
        """The models that a provider's ``/v1/models`` lists; raises EngineError."""
        # Here, for the SDK takes half a second to load, which a question at a terminal need not wait for.
        from holysheep.client import list_models

        return await list_models(self._provider(provider))

    def status(self) -> dict[str, Any]:
        """The providers' and keys' state and the last attempts, JSON-ready."""
        now, wall = self._clock(), self._now()

        def when(at: float) -> str:
            return (wall + timedelta(seconds=at - now)).isoformat(timespec="seconds")

        preference = self._shared.preference(None)
        return {
            "at": wall.isoformat(timespec="seconds"),
            "first": preference.first if preference else None,
            "providers": status_of(self._health, self.providers, when, now),
        }

    def standing(self) -> dict[str, Standing]:
        """How each provider's keys and breakers stand, by its name: for whoever looks every second."""
        now = self._clock()
        return {name: standing_of(self._health.of(one), now) for name, one in self.providers.items()}

    def add_provider(self, provider: Provider) -> None:
        """Add a provider, or put it in the place of the one with its name."""
        self.providers[provider.name] = provider

    def add_models(self, models: Iterable[Model]) -> None:
        """Put more models on the price list, such as those discovered on a local server."""
        self.models.update((model.id, model) for model in models)

    def _require(self, model: str, provider: str | None) -> None:
        if model not in self.models:
            raise UnknownModel(f"no model '{model}' in the price list")
        own = provider is None and self.models[model].provider in self.providers
        if not own and not self.routes(model, provider=provider):
            raise NoKey(f"no key for provider '{self.models[model].provider}'")

    def _provider(self, name: str) -> Provider:
        provider = self.providers.get(name)
        if provider is None:
            raise NoKey(f"no key for provider '{name}'")
        return provider
