"""The most a reply can cost, to be set aside before it is asked for."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from holysheep.prices import Model, Usage, cost
from holysheep.providers import Provider

#: Tokens that a provider's chat template puts around each message, with room to spare.
AROUND_A_MESSAGE = 16


def most_usd(
    model: Model, provider: Provider, messages: Sequence[Mapping[str, str]], max_tokens: int
) -> Decimal | None:
    """USD that a turn costs at worst; None where the model has no price.

    No tokenizer of these models makes more tokens of a text than it has bytes: they all begin from
    single bytes. Every attempt may be charged.
    """
    if provider.free:
        return Decimal(0)
    if model.price is None:
        return None
    prompt = sum(len(message["content"].encode()) + AROUND_A_MESSAGE for message in messages)
    return cost(Usage(prompt=prompt, completion=max_tokens), model.price) * (provider.retries + 1)
