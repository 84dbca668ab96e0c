"""Models, their prices, and what a reply costs."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

MILLION = Decimal(1_000_000)

CachedTokens = Literal["inside", "beside"]


@dataclass(frozen=True)
class Price:
    """USD per million tokens, valid from a date."""

    input: Decimal
    cached_input: Decimal
    output: Decimal
    valid_from: date

    @classmethod
    def flat(cls, usd: Decimal, valid_from: date) -> "Price":
        """One price on all tokens, as the original system charged."""
        return cls(usd, usd, usd, valid_from)


@dataclass(frozen=True)
class Model:
    """What a person picks.

    id: the name the visitor's choice is stored under, e.g. ``deepseek-v3.2``.
    provider: the name of the provider that is asked first.
    fallbacks: where else it may be answered, in this order: ``provider`` or ``provider/model id``; None: every other
        provider that has it or something in its place, in the order of the providers.
    price: None where no price is known; the cost of a reply is then unknown, never 0.
    context_window: tokens the prompt and the reply share.
    """

    id: str
    label: str
    provider: str
    context_window: int
    price: Price | None = None
    fallbacks: tuple[str, ...] | None = None

    @property
    def price_version(self) -> str | None:
        """Which price a receipt was computed with, e.g. ``deepseek-v3.2@2026-01-01``."""
        return f"{self.id}@{self.price.valid_from.isoformat()}" if self.price else None


@dataclass(frozen=True)
class Usage:
    """Tokens as the provider reported them, or as we estimated them.

    cached: prompt tokens the provider had in its cache; counted inside ``prompt`` or beside
        it, by provider (see ``Provider.cached_tokens``).
    reasoning: thinking tokens, always counted inside ``completion``.
    cost_usd: what the provider says the request cost, where it says so.
    """

    prompt: int = 0
    cached: int = 0
    completion: int = 0
    reasoning: int = 0
    cost_usd: Decimal | None = None

    def total(self, cached_tokens: CachedTokens = "inside") -> int:
        """All tokens of the request."""
        beside = self.cached if cached_tokens == "beside" else 0
        return self.prompt + self.completion + beside


def cost(usage: Usage, price: Price, cached_tokens: CachedTokens = "inside") -> Decimal:
    """USD for ``usage`` at ``price``, unrounded.

    The formula is the price lists' own: each kind of token times its price per million.
    """
    cached = min(usage.cached, usage.prompt) if cached_tokens == "inside" else usage.cached
    fresh = usage.prompt - cached if cached_tokens == "inside" else usage.prompt
    return (fresh * price.input + cached * price.cached_input + usage.completion * price.output) / MILLION
