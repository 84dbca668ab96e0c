"""From what an attempt used to what it cost, without I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from holysheep.events import CostBound, UsageSource
from holysheep.prices import Model, Usage, cost
from holysheep.providers import Provider
from holysheep.tokens import estimate, estimate_messages


@dataclass(frozen=True, slots=True)
class Metered:
    """Usage and cost of one attempt.

    cost_usd: None where unknown. computed_usd: ours, where the provider's own was trusted.
    """

    usage: Usage | None
    source: UsageSource
    cost_usd: Decimal | None
    bound: CostBound
    computed_usd: Decimal | None = None
    price_version: str | None = None


#: An attempt that failed before any text: the provider counted nothing.
NOTHING = Metered(None, "none", Decimal(0), "exact")
#: An attempt that fell silent: what it cost is not known.
UNKNOWN = Metered(None, "none", None, "unknown")


def meter(
    provider: Provider,
    model: Model | None,
    reported: Usage | None,
    messages: Sequence[Mapping[str, str]],
    text: str,
) -> Metered:
    """What an attempt that gave ``text`` used and cost.

    model: the one that answered, whose price holds; None where it is not in the price list.
    reported: the provider's usage; where it is None, prompt and text are estimated.
    """
    usage = reported or Usage(prompt=estimate_messages(messages), completion=estimate(text))
    source: UsageSource = "reported" if reported else "estimated"
    price = model.price if model else None
    computed = Decimal(0) if provider.free else (cost(usage, price, provider.cached_tokens) if price else None)
    paid = computed if usage.cost_usd is None else usage.cost_usd
    bound: CostBound = "unknown" if paid is None else ("exact" if reported or provider.free else "at_least")
    version = model.price_version if model and not provider.free else None
    return Metered(usage, source, paid, bound, computed, version)


def total(attempts: Sequence[Metered]) -> tuple[Decimal | None, CostBound]:
    """The cost of a turn over its attempts: an unknown part makes the sum "at least"."""
    known = [a.cost_usd for a in attempts if a.cost_usd is not None]
    if not known or (attempts and attempts[-1].cost_usd is None and not any(known)):
        return None, "unknown"
    exact = all(a.bound == "exact" for a in attempts)
    return sum(known, Decimal(0)), "exact" if exact else "at_least"


def served(models: Sequence[Model], name: str | None, asked: Model, provider: Provider) -> Model | None:
    """The model of the price list that answered under ``name``; None where it is not in it.

    Providers answer to ``gpt-4.1`` as ``gpt-4.1-2025-04-14``: a dated name is the model's own.
    """
    if name is None or name == provider.name_of(asked.id) or _is(asked, name):
        return asked
    return next((m for m in models if _is(m, name)), None)


def _is(model: Model, name: str) -> bool:
    name = name.rpartition("/")[2]
    rest = name.removeprefix(model.id)
    return rest == "" or (rest != name and rest[:1] in "-@" and rest[1:].replace("-", "").isdigit())


