"""What stands at the door of the books: values of the program as plain values of a row."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import overload

from ledger.columns import PICO

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# PostgreSQL has no NUL in a text.
_NUL = "\x00"


@overload
def picodollars(usd: Decimal) -> int: ...
@overload
def picodollars(usd: None) -> None: ...
def picodollars(usd: Decimal | None) -> int | None:
    """As ``ledger.columns.Money`` stores it."""
    return None if usd is None else int((usd / PICO).to_integral_value())


def microseconds(at: datetime) -> int:
    """As ``ledger.columns.Instant`` stores it."""
    return (at - _EPOCH) // _MICROSECOND


def storable(text: str) -> str:
    """The text as both databases can hold it: no NUL, and half a character is a "?"."""
    if _NUL in text:
        text = text.replace(_NUL, "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
