"""Turns as evidence: what is not told of one is ordinary."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from holysheep.rollout import Turn

DAY_ONE = datetime(2026, 12, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
_names = count()


def turn(at: datetime = DAY_ONE, **told: Any) -> Turn:
    """Answered at once, in a conversation of its own unless it is named."""
    ordinary = {
        "ok": True,
        "ttft_ms": 300.0,
        "latency_ms": 1500.0,
        "cost_usd": Decimal("0.001"),
        "conversation": f"c{next(_names)}",
    }
    return Turn(at, **{**ordinary, **told})


def turns(
    number: int, told: Callable[[int], dict[str, Any]] = lambda i: {}, at: datetime = DAY_ONE
) -> list[Turn]:
    """So many, a minute apart, with times that are spread a little; ``told``: what is special about the i-th."""
    return [
        turn(
            at + i * MINUTE, **{"ttft_ms": 300.0 + i % 20 * 10, "latency_ms": 1500.0 + i % 20 * 40, **told(i)}
        )
        for i in range(number)
    ]


def later(at: datetime = DAY_ONE) -> Iterator[datetime]:
    """A clock that a minute passes on, each time it is looked at."""
    for minutes in count():
        yield at + minutes * MINUTE
