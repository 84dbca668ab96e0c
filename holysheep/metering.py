"""From what an attempt used to what it cost, without I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from holysheep.events import CostBound, UsageSource
from holysheep.prices import Model, Usage, cost
from holysheep.providers import Provider


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


#: An attempt that was refused, or never sent: the provider counted nothing.
NOTHING = Metered(None, "none", Decimal(0), "exact")
#: An attempt that may have run unseen: what it cost is not known.
UNKNOWN = Metered(None, "none", None, "unknown")


#: So far from what we reckon a report may lie.
_FAR = 10


def meter(
    provider: Provider, model: Model | None, reported: Usage | None, estimate: Usage, whole: bool = True
) -> Metered:
    """What an attempt used and cost.

    model: the one that answered, whose price holds; None where it is not in the price list.
    reported: the provider's usage; where it is None, ``estimate`` stands for it.
    whole: False for a reply that broke off: the provider may have counted on after its last report.
    """
    usage = reported or estimate
    source: UsageSource = "reported" if reported else "estimated"
    if provider.free:
        return Metered(usage, source, Decimal(0), "exact", Decimal(0))
    price = model.price if model else None
    computed = cost(usage, price, provider.cached_tokens) if price else None
    paid = computed if usage.cost_usd is None else usage.cost_usd
    bound: CostBound = "unknown" if paid is None else ("exact" if reported and whole else "at_least")
    return Metered(usage, source, paid, bound, computed, model.price_version if model else None)


def is_disputed(usage: Usage, reckoned: int, max_tokens: int) -> bool:
    """Whether a report cannot be right: ten times what we reckon, or a reply twice as long as it may be."""
    tokens = usage.prompt + usage.completion - usage.reasoning
    return tokens > _FAR * reckoned or usage.completion - usage.reasoning > 2 * max_tokens


def total(attempts: Sequence[Metered]) -> tuple[Decimal | None, CostBound]:
    """The cost of a turn over its attempts: an unknown part makes the sum "at least"."""
    spent = sum((a.cost_usd for a in attempts if a.cost_usd is not None), Decimal(0))
    if not spent and any(a.cost_usd is None for a in attempts):
        return None, "unknown"  # "at least 0" says nothing
    return spent, "exact" if all(a.bound == "exact" for a in attempts) else "at_least"


def served(models: Iterable[Model], name: str | None, asked: Model, provider: Provider) -> Model | None:
    """The model of the price list that answered under ``name``; None where it is not in it.

    Providers answer to ``gpt-4.1`` as ``gpt-4.1-2025-04-14``: a dated name is the model's own.
    """
    if name is None or _is(asked, name, provider):
        return asked
    return next((m for m in models if provider.answers(m.id) == m.id and _is(m, name, provider)), None)


def _is(model: Model, name: str, provider: Provider) -> bool:
    return any(_dated(own, name) for own in (model.id, provider.name_of(model.id)))


def _dated(own: str, name: str) -> bool:
    """``name`` is ``own``, perhaps behind a vendor's name, perhaps with a date or number after it."""
    own, name = own.lower(), name.lower()
    if not name.startswith(own):
        name = name.rpartition("/")[2]
    rest = name.removeprefix(own)
    return rest == "" or (rest != name and rest[0] in "-@" and rest[1:].replace("-", "").isdigit())
