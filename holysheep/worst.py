"""The most a reply can cost, to be set aside before it is asked for."""

from collections.abc import Sequence
from decimal import Decimal

from holysheep.prices import Usage, cost
from holysheep.request import Messages
from holysheep.routes import Candidate

#: Tokens that a provider's chat template puts around each message, with room to spare.
AROUND_A_MESSAGE = 16


def most_usd(routes: Sequence[Candidate], messages: Messages, max_tokens: int) -> Decimal | None:
    """USD that a turn costs at worst over these routes; None where one of them has no price.

    No tokenizer of these models makes more tokens of a text than it has bytes: they all begin from
    single bytes. Every attempt may be charged: the repeats of each provider, and one more in the place of a reply that
    broke off.
    """
    most = Decimal(0)
    prompt = sum(len(message["content"].encode(errors="replace")) + AROUND_A_MESSAGE for message in messages)
    for route in routes:
        if route.provider.free:
            continue
        if route.model.price is None:
            return None
        most += cost(Usage(prompt=prompt, completion=max_tokens), route.model.price) * (
            route.provider.retries + 1
        )
    return most
