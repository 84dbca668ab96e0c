"""Turns before and after, and what is said of them, for the tests of the comparison."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from on_record import DAY_ONE, turn

from ledger.comparison import Comparison, Line, compare
from ledger.database import Database
from ledger.question import Question, Window
from ledger.sides import read_side

DAY = timedelta(days=1)
NOW = DAY_ONE + 30 * DAY
OCTOBER, NOVEMBER = "2026-10-01..2026-10-14", "2026-11-02..2026-11-15"


async def compared(database: Database, before: str, after: str, window: Window = Window()) -> Comparison:  # noqa: B008
    """Two sides, on a day when both are long over."""
    sides = read_side(before, window), read_side(after, window)
    return await compare(database, *sides, Question(window), now=NOW)


def line(comparison: Comparison, measure: str) -> Line:
    """The line of a measure."""
    return next(line for line in comparison.lines if line.measure == measure)


def days(first: datetime, count: int = 14, each: int = 5, **told: Any) -> Iterator[Mapping[str, Any]]:
    """Turns of so many days, their latency and cost going up and down a little."""
    for number in range(count * each):
        wave = Decimal(number % 7 - 3) / 100
        latency = float(told.get("latency_ms", 1000)) * float(1 + wave)
        cost = told.get("cost", Decimal("0.01")) * (1 + wave)
        yield turn(first + number // each * DAY, **{**told, "latency_ms": latency, "cost": cost})
