"""What the same turns would have cost with each model of the price list."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from holysheep.prices import MILLION, Model, Price
from ledger.figures import Figures


def what_if(figures: Figures, models: Iterable[Model]) -> dict[str, Decimal | None]:
    """Model id -> USD for the same tokens, as the price list says it now; None where it has no price.

    Each model counts tokens in its own way, and writes as much as it likes: this is what the same counts would cost.
    What failed attempts cost is not in it.
    """
    # Where the cache is counted inside the prompt and where it is beside it, this is what was read afresh.
    fresh = max(0, figures.total_tokens - figures.completion_tokens - figures.cached_tokens)
    return {model.id: _cost(fresh, figures, model.price) for model in models}


def _cost(fresh: int, figures: Figures, price: Price | None) -> Decimal | None:
    if price is None:
        return None
    read = fresh * price.input + figures.cached_tokens * price.cached_input
    return (read + figures.completion_tokens * price.output) / MILLION


def change(usd: Decimal | None, actual: Decimal | None) -> float | None:
    """How much more or less than what was paid, as a share; None where that is not known, or nothing."""
    if usd is None or not actual:
        return None
    return float(usd / actual - 1)


WhatIf = Mapping[str, Decimal | None]
