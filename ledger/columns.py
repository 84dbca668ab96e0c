"""How money and time stand in the database: as whole numbers, on SQLite and PostgreSQL alike."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

#: One picodollar. A token at $0.42 a million costs 420,000 of them, so every price with up to six places is exact.
PICO = Decimal("1e-12")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Money(TypeDecorator[Decimal]):
    """USD as a ``Decimal``, stored in whole picodollars; what is finer is rounded half to even.

    64 bits hold nine million dollars. Sums stay exact on both databases.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """To picodollars."""
        return None if value is None else int((value / PICO).to_integral_value())

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        """To dollars. A sum comes back as a Decimal on PostgreSQL."""
        return None if value is None else Decimal(int(value)) * PICO


class Instant(TypeDecorator[datetime]):
    """An aware ``datetime``, stored in microseconds since 1970 in UTC; a naive one is refused (ValueError)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To microseconds."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """To a time in UTC."""
        return None if value is None else _EPOCH + int(value) * _MICROSECOND
