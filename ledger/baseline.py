"""The system that stood here before: its log, or what is only said of it."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, insert, select

from ledger.database import Database
from ledger.tables import baseline_turns, stated_figures

COLUMNS = ("time", "latency", "tokens", "cost", "ok")
#: Measures that may be stated, and the largest that makes sense.
MEASURES: Mapping[str, Decimal] = {
    "latency_ms": Decimal(10_000_000),
    "cost_month_usd": Decimal(1_000_000_000),
    "uptime_percent": Decimal(100),
    "demo_minutes": Decimal(1_000_000),
    "edit_s": Decimal(100_000_000),
}

# What other systems call the same columns. Latency is in milliseconds unless the name says seconds.
_NAMES = {
    "timestamp": "time",
    "latency_ms": "latency",
    "latency_s": "latency_s",
    "total_tokens": "tokens",
    "cost_usd": "cost",
    "success": "ok",
}
_YES, _NO = (
    frozenset(("1", "true", "yes", "ok", "y")),
    frozenset(("0", "false", "no", "error", "failed", "n")),
)
_SOURCE = re.compile(r"[\w.-]{1,64}")
_AT_ONCE = 1000
_MOST_FAULTS = 1000


class BaselineFaults(ValueError):
    """A log that cannot be imported. faults: one line each, "line 12: ..."; nothing was imported."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


@dataclass(frozen=True)
class Imported:
    """turns: rows of the log. replaced: rows of an earlier import under the same name, which they stand for now."""

    source: str
    turns: int
    replaced: int


async def import_baseline(database: Database, file: Path, source: str) -> Imported:
    """Bring in a log with the columns time, latency, tokens, cost and ok; all of it or, where a line is bad, nothing.

    time: ISO 8601, in UTC unless it says otherwise, or seconds since 1970. latency: milliseconds (``latency_s``:
    seconds). latency, tokens and cost (USD) may be blank where they are not known. Raises BaselineFaults,
    OSError, DatabaseUnusable.
    """
    rows = read_log(file, check_source(source))
    with database.explained():
        async with database.writing() as connection:
            mine = baseline_turns.c.source == source
            before = await connection.scalar(select(func.count()).where(mine)) or 0
            await connection.execute(delete(baseline_turns).where(mine))
            for start in range(0, len(rows), _AT_ONCE):
                await connection.execute(insert(baseline_turns), rows[start : start + _AT_ONCE])
    return Imported(source, len(rows), before)


async def state(database: Database, source: str, figures: Mapping[str, Decimal | None]) -> None:
    """Put down what is said of a system; None takes it back. Raises ValueError, DatabaseUnusable."""
    check_source(source)
    for measure, value in figures.items():
        most = MEASURES.get(measure)
        if most is None:
            raise ValueError(f"{measure!r} cannot be stated; there are {', '.join(MEASURES)}")
        if value is not None and not 0 <= value <= most:
            raise ValueError(f"{measure}={value}: it can be 0 to {most:,}")
    with database.explained():
        async with database.writing() as connection:
            for measure, value in figures.items():
                mine = (stated_figures.c.source == source) & (stated_figures.c.measure == measure)
                await connection.execute(delete(stated_figures).where(mine))
                if value is not None:
                    row = {"source": source, "measure": measure, "value": format(value, "f")}
                    await connection.execute(insert(stated_figures), [row])


def check_source(source: str) -> str:
    """The name of a system. Raises ValueError."""
    if not _SOURCE.fullmatch(source) or ".." in source:
        raise ValueError(f"{source!r} is no name: letters, digits, -, _ and ., at most 64")
    return source


def read_log(file: Path, source: str) -> list[dict[str, Any]]:
    """The rows of a log. Raises BaselineFaults with every bad line, OSError."""
    faults: list[str] = []
    rows: list[dict[str, Any]] = []
    try:
        # What is not UTF-8 is named by its line, and hides no other.
        with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
            for number, cells in _records(_decoded(lines, faults), faults):
                try:
                    rows.append({"source": source, **_row(cells)})
                except ValueError as error:
                    faults.append(f"line {number}: {error}")
    except csv.Error as error:
        faults.append(f"{file.name} is no CSV file: {error}")
    if not rows and not faults:
        faults.append(f"{file.name} has no lines")
    if faults:
        raise BaselineFaults(faults)
    return rows


def _decoded(lines: Iterable[str], faults: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        try:
            line.encode()
        except UnicodeEncodeError as error:
            byte = ord(line[error.start]) - 0xDC00
            faults.append(
                f"line {number}: not in UTF-8 (the byte {byte:#04x} after {error.start} characters)"
            )
        yield line


def _records(lines: Iterator[str], faults: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each good record with the number of its line; commas or semicolons."""
    head = next(lines, "")
    delimiter = ";" if head.count(";") > head.count(",") else ","
    names = [
        _NAMES.get(name.strip().lower(), name.strip().lower())
        for name in next(csv.reader([head], delimiter=delimiter), [])
    ]
    if wrong := _wrong(names):
        faults.append(f"line 1: {wrong}")
        return
    reader = csv.reader(lines, delimiter=delimiter)
    while len(faults) < _MOST_FAULTS:
        known = len(faults)
        if (cells := next(reader, None)) is None:
            return
        if not cells or len(faults) > known:  # a line of it is no text
            continue
        number = reader.line_num + 1
        if len(cells) != len(names):
            faults.append(f"line {number}: {len(cells)} values where the first line has {len(names)}")
            continue
        yield number, {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
    faults.append("and so on; the rest was not read")


def _wrong(names: Sequence[str]) -> str | None:
    """What the first line lacks, or names twice."""
    told = ["latency" if name == "latency_s" else name for name in names]
    if missing := [name for name in COLUMNS if name not in told]:
        return f"no column {', '.join(missing)}; wanted are {', '.join(COLUMNS)}"
    if twice := [name for name in COLUMNS if told.count(name) > 1]:
        return f"more than one column for {', '.join(twice)}"
    return None


def _row(cells: Mapping[str, str]) -> dict[str, Any]:
    seconds = "latency_s" in cells
    latency = _number(
        cells, "latency_s" if seconds else "latency", Decimal(86_400 if seconds else 86_400_000)
    )
    tokens = _number(cells, "tokens", Decimal(100_000_000))
    if tokens is not None and tokens != tokens.to_integral_value():
        raise ValueError(f"tokens {cells['tokens']!r} is no whole number")
    return {
        "at": _time(cells["time"]),
        "latency_ms": None if latency is None else float(latency * 1000 if seconds else latency),
        "total_tokens": None if tokens is None else int(tokens),
        "cost": _number(cells, "cost", Decimal(1_000_000)),
        "ok": _ok(cells["ok"]),
    }


def _number(cells: Mapping[str, str], name: str, most: Decimal) -> Decimal | None:
    text = cells[name]
    if not text:
        return None
    try:
        number = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        raise ValueError(f"{name} {text!r} is no number") from None
    if "_" in text:  # Python would read 4_20 as 420
        raise ValueError(f"{name} {text!r} is no number")
    if not number.is_finite() or not 0 <= number <= most:
        raise ValueError(f"{name} {text!r} is not between 0 and {most:,}")
    return number


def _time(text: str) -> datetime:
    try:
        at = (
            datetime.fromtimestamp(float(text), UTC)
            if re.fullmatch(r"\d{9,10}(\.\d+)?", text)
            else datetime.fromisoformat(text)
        )
    except ValueError:
        raise ValueError(f"time {text!r} is no time such as 2026-10-01T09:30:00") from None
    at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    if not 2000 <= at.year < 2100:
        raise ValueError(f"time {text!r} is not in this century")
    return at


def _ok(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise ValueError(f"ok {text!r} is neither true nor false")
