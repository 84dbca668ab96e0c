"""Numbers as a report shows them."""

from decimal import Decimal

from holysheep.events import CostBound

NONE = "-"


def count(number: int) -> str:
    """12,345."""
    return f"{number:,}"


def money(usd: Decimal | None, bound: CostBound = "exact") -> str:
    """Dollars: to the cent from one dollar on, finer below; ">= " where it is at least that."""
    if usd is None:
        return "unknown"
    places = 2 if abs(usd) >= 1 else 4 if abs(usd) >= Decimal("0.01") or not usd else 6
    return f"{'≥ ' if bound == 'at_least' else ''}${usd:,.{places}f}"


def share(part: float | None) -> str:
    """0.0153 -> 1.53 %."""
    return NONE if part is None else f"{part * 100:.2f} %"


def change(part: float | None) -> str:
    """-0.57 -> -57.0 %."""
    return NONE if part is None else f"{part * 100:+.1f} %"


def milliseconds(time: int | None) -> str:
    """12,345."""
    return NONE if time is None else f"{time:,}"
