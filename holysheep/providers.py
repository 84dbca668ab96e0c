"""A provider: an OpenAI-compatible endpoint with keys."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from holysheep.prices import CachedTokens

HOLYSHEEP_BASE_URL = "https://api.holysheep.ai/v1"


#: Whether a reply that broke off is asked for once more, to take the place of what came of it: always, only while
#: little was shown, or not before the visitor says so.
Restart = Literal["always", "short", "ask"]


@dataclass(frozen=True)
class Key:
    """One key of a provider; only its fingerprint is ever shown.

    fingerprint: the first 12 hex digits of its SHA-256; "" where the provider asks for no key.
    """

    value: str = field(default="", repr=False)

    @cached_property
    def fingerprint(self) -> str:
        """What stands for the key wherever it is named."""
        return hashlib.sha256(self.value.encode()).hexdigest()[:12] if self.value else ""


@dataclass(frozen=True)
class Provider:
    """Where requests go, and how long each kind of silence may last (seconds, on a clock that never goes back).

    name: ``holysheep``, ``openai``, ``local`` or ``rehearsal``.
    api_keys: its ring. key_variable: the environment variable they came from; errors name it, never a key.
    connect_s: TCP and TLS together; a host that takes longer is down.
    first_text_s: from the request to the first visible text, on the last route left.
    first_text_elsewhere_s: the same where another route exists: a second request goes there, the first one runs on.
    byte_idle_s: the longest time without a single byte, once the answer has begun.
    silence_s: the longest time between two pieces of text (the original's "timeout"); a healthy reply may last longer.
    silence_elsewhere_s: the same where another route exists.
    reply_s: the whole reply. turn_s: all attempts of a turn together, before its first visible text.
    retries: repeats before the first visible text. restart: what becomes of a reply that broke off.
    key_tokens: after so many tokens in its window the ring goes on to the next key.
    proxy: an HTTP proxy's address; proxies of the environment are never used.
    models: ids of our models that it has; None: all. stand_in: the id it answers with in the place of the others.
    free: what it answers costs nothing: rehearsal, and a server of one's own.
    model_names: our model id -> the provider's own name, where they differ.
    reports_usage: ask for usage in the stream (``stream_options.include_usage``).
    """

    name: str
    base_url: str
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    key_variable: str = ""
    connect_s: float = 5.0
    first_text_s: float = 30.0
    first_text_elsewhere_s: float = 12.0
    byte_idle_s: float = 30.0
    silence_s: float = 30.0
    silence_elsewhere_s: float = 20.0
    reply_s: float = 300.0
    turn_s: float = 45.0
    retries: int = 3
    restart: Restart = "always"
    key_tokens: int = 1_000_000
    proxy: str = field(default="", repr=False)  # it may hold a password
    cached_tokens: CachedTokens = "inside"
    reports_usage: bool = True
    free: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    model_names: Mapping[str, str] = field(default_factory=dict)
    models: tuple[str, ...] | None = None
    stand_in: str | None = None

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """The ring; where no key is needed, the one blank key."""
        return tuple(map(Key, self.api_keys)) or (Key(),)

    def name_of(self, model_id: str) -> str:
        """The provider's own name for one of our models."""
        return self.model_names.get(model_id, model_id)

    def answers(self, model_id: str) -> str | None:
        """The id of the model it answers with where ``model_id`` is asked for; None where it does not answer."""
        if self.models is None or model_id in self.models:
            return model_id
        return self.stand_in
