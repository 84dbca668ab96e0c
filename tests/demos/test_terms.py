"""What is said of a link on the command line."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from demos.terms import BadTerm, read_count, read_instant, read_origin, read_passcode, read_usd

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


def instant(field: str, text: str) -> datetime:
    """Read at a fixed time."""
    return read_instant(field, text, NOW)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (instant, "7d", NOW + timedelta(days=7)),
        (instant, "30m", NOW + timedelta(minutes=30)),
        (instant, "2w", NOW + timedelta(weeks=2)),
        (instant, "2026-12-01T09:00+07:00", datetime(2026, 12, 1, 2, tzinfo=UTC)),
        (instant, "2026-12-01", datetime(2026, 12, 1, tzinfo=UTC)),
        (read_usd, "0.50", Decimal("0.50")),
        (read_usd, "$1", Decimal(1)),
        (read_usd, "0,5", Decimal("0.5")),
        (read_usd, "$12,50", Decimal("12.50")),
        (read_count, "200", 200),
        (read_passcode, " 4711 ", "4711"),
        (read_origin, "https://Shop.example/", "https://shop.example"),
        (read_origin, "https://*.shop.example:8443", "https://*.shop.example:8443"),
        (read_origin, "http://localhost:3000", "http://localhost:3000"),
    ],
)
def test_what_is_understood(read: Callable[[str, str], Any], text: str, value: object) -> None:
    """Times are UTC, money is exact."""
    assert read("--field", text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (instant, "7"),
        (instant, "soon"),
        (instant, "0d"),
        (instant, "2020-01-01"),
        (instant, "9999d"),
        (read_usd, "viel"),
        (read_usd, "-1"),
        (read_usd, "NaN"),
        (read_usd, "1,000"),
        (read_usd, "1e9"),
        (read_count, "0"),
        (read_count, "1.5"),
        (read_count, "1000000"),
        (read_origin, "shop.example"),
        (read_origin, "https://shop.example/path"),
        (read_origin, "javascript://x"),
        (read_origin, "https://*"),
        (read_origin, "https://a.example; script-src *"),
    ],
)
def test_what_is_not(read: Callable[[str, str], Any], text: str) -> None:
    """The error names the field, what was found and the mend."""
    with pytest.raises(BadTerm, match=r"--field: found .*, expected "):
        read("--field", text)


@pytest.mark.parametrize("code", ["471", "x" * 65, "a\nbcd"])
def test_a_passcode_is_never_repeated(code: str) -> None:
    """Neither in the error nor anywhere else."""
    with pytest.raises(BadTerm) as wrong:
        read_passcode("--passcode", code)
    assert code not in str(wrong.value)
