"""What is known of one request while it runs, and after."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from holysheep.answers import request_id
from holysheep.chunks import ReplyReader, named
from holysheep.errors import EngineError
from holysheep.events import Attempt
from holysheep.metering import Metered
from holysheep.prices import Model
from holysheep.providers import Key, Provider


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes. model: the one that this provider is asked for."""

    provider: Provider
    model: Model
    key: Key = field(default_factory=Key)


@dataclass
class Outcome:
    """One request: filled in by the leg, read by the receipt.

    number: from 1 within the turn. begun, first_text, last_text, ended: seconds on the monotonic clock.
    sent: the request has left, or is about to. ended_by: us or the visitor, before it was whole.
    overtaken: another attempt's text came first. prompt_tokens: what we reckon is sent.
    """

    route: Route
    number: int
    begun: float
    prompt_tokens: int = 0
    reader: ReplyReader = field(init=False)
    pieces: list[str] = field(default_factory=list)
    sent: bool = False
    first_text: float | None = None
    last_text: float | None = None
    ended: float | None = None
    status: int | None = None
    request_id: str | None = None
    error: EngineError | None = None
    ended_by: Literal["stopped", "interrupted"] | None = None
    overtaken: bool = False

    def __post_init__(self) -> None:
        self.reader = ReplyReader(self.route.key.value)

    @property
    def text(self) -> str:
        """All visible text so far."""
        return "".join(self.pieces)

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """The answer's head has come."""
        self.status = status
        id = request_id(headers)
        self.request_id = named(id, self.route.key.value) if id else None

    def took(self, text: str, now: float) -> None:
        """Visible text has come."""
        if self.first_text is None:
            self.first_text = now
        self.last_text = now
        self.pieces.append(text)

    def as_attempt(self, metered: Metered, now: float) -> Attempt:
        """The attempt as it goes on record."""
        ended = self.last_text or self.ended or now
        error = self.error.kind if self.error else None
        return Attempt(
            provider=self.route.provider.name,
            model=self.route.model.id,
            latency_ms=milliseconds(ended - self.begun),
            ttft_ms=None if self.first_text is None else milliseconds(self.first_text - self.begun),
            status=self.status or (self.error.status if self.error else None),
            request_id=self.request_id or (self.error.request_id if self.error else None),
            error="overtaken" if self.overtaken else error,
            cost_usd=metered.cost_usd,
            number=self.number,
            key_fingerprint=self.route.key.fingerprint or None,
        )


def milliseconds(seconds: float) -> float:
    """To a tenth of a millisecond, which is finer than any network."""
    return round(seconds * 1000, 1)
