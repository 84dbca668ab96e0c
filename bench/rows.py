"""What a measurement hands back: one row for each quantity and contender."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.figures import Spread, spread


@dataclass(frozen=True)
class Quantity:
    """Something measured: `key` names it in files and targets, `title` to readers."""

    key: str
    title: str
    unit: str
    digits: int = 0


@dataclass(frozen=True)
class Row:
    """One quantity of one contender, one value for each round."""

    quantity: Quantity
    contender: str
    values: tuple[float, ...]
    note: str = ""

    @property
    def spread(self) -> Spread:
        """Median, lowest and highest over the rounds."""
        return spread(self.values)


@dataclass
class Tally:
    """Collects values while contenders take turns, and becomes rows when all rounds are over."""

    _values: dict[tuple[Quantity, str], list[float]] = field(default_factory=dict)
    _notes: dict[tuple[Quantity, str], str] = field(default_factory=dict)

    def add(self, quantity: Quantity, contender: str, value: float, note: str = "") -> None:
        """Add one round's value."""
        self._values.setdefault((quantity, contender), []).append(value)
        if note:
            self._notes[quantity, contender] = note

    def last(self, quantity: Quantity, contender: str) -> float:
        """The value added last."""
        return self._values[quantity, contender][-1]

    def rows(self) -> list[Row]:
        """One row for each quantity and contender, in the order they were first met."""
        return [
            Row(quantity, contender, tuple(values), self._notes.get((quantity, contender), ""))
            for (quantity, contender), values in self._values.items()
        ]


def medians(rows: Iterable[Row]) -> dict[tuple[str, str], float]:
    """The median by quantity key and contender."""
    return {(row.quantity.key, row.contender): row.spread.median for row in rows}
