"""A provider: an OpenAI-compatible endpoint with keys."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from holysheep.prices import CachedTokens

HOLYSHEEP_BASE_URL = "https://api.holysheep.ai/v1"


@dataclass(frozen=True)
class Provider:
    """Where requests go, and how long each kind of silence may last.

    name: ``holysheep``, ``openai``, ``local`` or ``rehearsal``.
    key_variable: the environment variable the key came from; errors name it, never the key.
    connect_s: TCP and TLS together; a host that takes longer is down.
    first_text_s: from the request to the first visible text.
    silence_s: the longest silence between two pieces of text (the original's "timeout 30");
        a healthy reply may last longer than this.
    reply_s: the whole reply.
    retries: repeats before the first visible text.
    free: what it answers costs nothing: rehearsal, and a server of one's own.
    model_names: our model id -> the provider's own name, where they differ.
    reports_usage: ask for usage in the stream (``stream_options.include_usage``).
    """

    name: str
    base_url: str
    api_key: str = field(default="", repr=False)
    key_variable: str = ""
    connect_s: float = 5.0
    first_text_s: float = 30.0
    silence_s: float = 30.0
    reply_s: float = 300.0
    retries: int = 3
    cached_tokens: CachedTokens = "inside"
    reports_usage: bool = True
    free: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    model_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def key_fingerprint(self) -> str | None:
        """Which key it is, for the books: the first 12 hex digits of its SHA-256; None without a key."""
        return hashlib.sha256(self.api_key.encode()).hexdigest()[:12] if self.api_key else None

    def name_of(self, model_id: str) -> str:
        """The provider's own name for one of our models."""
        return self.model_names.get(model_id, model_id)
