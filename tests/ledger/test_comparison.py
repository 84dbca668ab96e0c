"""Before and after, on both databases."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from on_record import DAY_ONE, put, turn
from sqlalchemy import insert

from ledger.baseline import BaselineFaults, import_baseline, state
from ledger.comparison import Comparison, Line, compare
from ledger.comparison_sheets import comparison_picture, written
from ledger.database import Database
from ledger.formats import FORMATS
from ledger.question import Question, Window, read_window
from ledger.sides import read_side
from ledger.tables import demo_versions, demo_work

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
NOW = DAY_ONE + 30 * DAY
OCTOBER, NOVEMBER = "2026-10-01..2026-10-14", "2026-11-02..2026-11-15"


async def compared(database: Database, before: str, after: str, window: Window = Window()) -> Comparison:  # noqa: B008
    sides = read_side(before, window), read_side(after, window)
    return await compare(database, *sides, Question(window), now=NOW)


def line(comparison: Comparison, measure: str) -> Line:
    return next(line for line in comparison.lines if line.measure == measure)


def days(first: datetime, count: int = 14, each: int = 5, **told: Any) -> Iterator[Mapping[str, Any]]:
    """Turns of so many days, their latency and cost going up and down a little."""
    for number in range(count * each):
        wave = Decimal(number % 7 - 3) / 100
        latency = float(told.get("latency_ms", 1000)) * float(1 + wave)
        cost = told.get("cost", Decimal("0.01")) * (1 + wave)
        yield turn(first + number // each * DAY, **{**told, "latency_ms": latency, "cost": cost})


async def test_what_is_better_is_said_with_its_interval(database: Database) -> None:
    """Half the latency and a tenth of the bill show, each with an interval around the change."""
    await put(database, days(DAY_ONE - 32 * DAY, latency_ms=800, cost=Decimal("0.10")))
    await put(database, days(DAY_ONE, latency_ms=400, cost=Decimal("0.01")))
    found = await compared(database, OCTOBER, NOVEMBER)
    for measure, moved in (("latency_ms", -0.5), ("cost_month_usd", -0.9), ("cost_1000_usd", -0.9)):
        one = line(found, measure)
        assert one.verdict == "better" and one.change and one.change.low and one.change.high
        assert one.change.value == pytest.approx(moved, abs=0.01)
        assert one.change.low < moved < one.change.high < 0
    bill, thousand = (line(found, measure).after for measure in ("cost_month_usd", "cost_1000_usd"))
    assert bill and bill.value == pytest.approx(0.05 * 365.25 / 12, rel=0.02) and bill.size == 14
    assert thousand and thousand.value == pytest.approx(10, rel=0.02) and thousand.size == 70


async def test_the_same_shows_no_difference(database: Database) -> None:
    """Two samples of the same carry no claim."""
    await put(database, [*days(DAY_ONE - 32 * DAY), *days(DAY_ONE)])
    found = await compared(database, OCTOBER, NOVEMBER)
    said = {line(found, measure).verdict for measure in ("latency_ms", "cost_1000_usd", "uptime_percent")}
    assert said == {"no difference shown"}


async def test_a_bill_falls_with_traffic(database: Database) -> None:
    """Fewer turns make a smaller bill; 1,000 turns cost what they cost."""
    await put(database, [*days(DAY_ONE - 32 * DAY, each=20), *days(DAY_ONE, each=5)])
    found = await compared(database, OCTOBER, NOVEMBER)
    assert line(found, "cost_month_usd").verdict == "better"
    assert line(found, "cost_1000_usd").verdict == "no difference shown"


async def test_too_little_data_makes_no_claim(database: Database) -> None:
    """Five turns on either side have an average, and nothing is said of its change."""
    await put(database, [*days(DAY_ONE - 32 * DAY, count=1), *days(DAY_ONE, count=1, latency_ms=100)])
    one = line(await compared(database, OCTOBER, NOVEMBER), "latency_ms")
    assert one.verdict == "too little data"
    assert one.before and one.before.low is None and one.change and one.change.low is None


async def test_nothing_is_no_data(database: Database) -> None:
    """An empty side is told as such, in every form."""
    found = await compared(database, OCTOBER, NOVEMBER)
    assert {line.verdict for line in found.lines} == {"no data"}
    assert all(written(found, form) for form in FORMATS)
    assert comparison_picture(found).startswith("<svg")


async def test_uptime(database: Database) -> None:
    """Answered of those that count: a stop before the first word and a refusal by a budget do not."""
    ends = [
        {"finish_reason": "stopped"},
        {"finish_reason": "stopped", "ttft_ms": None},
        {"finish_reason": "failed", "ttft_ms": None, "error": "out_of_money"},
        {"finish_reason": "failed", "ttft_ms": None, "error": "timeout"},
        {"finish_reason": "cut"},
    ]
    await put(database, [*days(DAY_ONE, count=7), *(turn(DAY_ONE, **end) for end in ends)])
    found = line(await compared(database, OCTOBER, NOVEMBER), "uptime_percent").after
    assert found and found.size == 38 and found.value == pytest.approx(100 * 36 / 38)
    assert found.low and found.high and found.low < found.value < found.high < 100


async def test_cohorts_of_the_same_time(database: Database) -> None:
    """A canary's small share is no small bill: both sides are told as if all turns had gone there."""
    await put(database, days(DAY_ONE, each=9, cohort="legacy", cost=Decimal("0.10")))
    await put(database, days(DAY_ONE, each=1, cohort="holysheep", cost=Decimal("0.05")))
    found = await compared(database, "legacy", "holysheep")
    bill = line(found, "cost_month_usd")
    assert found.shared_traffic and bill.before and bill.after and bill.change
    assert bill.before.value == pytest.approx(10 * 0.10 * 365.25 / 12, rel=0.02)
    assert bill.change.value == pytest.approx(-0.5, abs=0.02)
    assert line(found, "demo_minutes").verdict == "no data"


async def test_stated_figures_are_marked_and_carry_no_interval(database: Database) -> None:
    """What is only said stands beside what was measured, and proves nothing."""
    said = {"latency_ms": "420", "cost_month_usd": "4200", "uptime_percent": "99.2"}
    await state(database, "old", {measure: Decimal(value) for measure, value in said.items()})
    await put(database, days(DAY_ONE, latency_ms=210))
    found = await compared(database, "old", NOVEMBER)
    for measure, value in said.items():
        one = line(found, measure)
        assert one.verdict == "stated, not measured" and one.before
        assert (one.before.value, one.before.stated, one.before.low) == (float(value), True, None)
        assert one.change and one.change.low is None
    assert "420 ms (stated)" in written(found, "table") and "$4,200.00 (stated)" in written(found, "md")
    told = orjson.loads(written(found, "json"))["lines"][0]
    assert told["before"] == {"value": 420.0, "low": None, "high": None, "n": None, "stated": True}
    await state(database, "old", {"latency_ms": None})
    assert line(await compared(database, "old", NOVEMBER), "latency_ms").before is None


@pytest.mark.parametrize(
    "figures", [{"speed": Decimal(1)}, {"uptime_percent": Decimal(101)}, {"edit_s": Decimal(-1)}]
)
async def test_what_cannot_be_stated(database: Database, figures: dict[str, Decimal | None]) -> None:
    """Only these measures, and only what they can be."""
    with pytest.raises(ValueError, match=next(iter(figures))):
        await state(database, "old", figures)


async def test_time_to_a_demo(database: Database) -> None:
    """Minutes from the first draft to the first published link; a long pause is left out, what comes after too."""
    steps = [(0, "draft"), (5, "edit"), (12, "edit"), (72, "edit"), (75, "publish"), (80, "publish")]
    rows = [{"demo": "shop", "at": DAY_ONE + at * MINUTE, "kind": kind} for at, kind in steps]
    rows.append({"demo": "never", "at": DAY_ONE, "kind": "draft"})
    async with database.writing() as connection:
        await connection.execute(insert(demo_work), rows)
    found = line(await compared(database, OCTOBER, NOVEMBER), "demo_minutes")
    assert found.after and (found.after.value, found.after.size, found.after.low) == (15, 1, None)
    assert found.before is None


async def test_edit_to_first_reply(database: Database) -> None:
    """From the save to the first words of the first reply of a visitor that used it; a first version is no edit."""
    saved = [{"demo": "shop", "version": n, "digest": str(n), "saved_at": DAY_ONE} for n in (1, 2)]
    async with database.writing() as connection:
        await connection.execute(insert(demo_versions), saved)
    at = {"demo_version": 2, "ttft_ms": 500.0}
    asked = (DAY_ONE + timedelta(seconds=s) for s in (9, 30))
    await put(database, [turn(DAY_ONE, audience="operator", **at), *(turn(a, **at) for a in asked), turn()])
    found = line(await compared(database, OCTOBER, NOVEMBER), "edit_s").after
    assert found and (found.value, found.size) == (9.5, 1)


LOG = """time,latency,tokens,cost,ok
2026-10-01T10:00:00,410,150,0.0021,true
2026-10-01T17:00:05+07:00,430.5,,$0.0019,1
1790848800,,,,false
"""


async def test_a_log_is_imported(database: Database, tmp_path: Path) -> None:
    """Its turns are a side by the log's name, and in their days; a second import takes the place of the first."""
    file = tmp_path / "old.csv"
    file.write_text("\ufeff" + LOG, encoding="utf-8")
    assert (await import_baseline(database, file, "old")).turns == 3
    assert (await import_baseline(database, file, "old")).replaced == 3
    for side in ("old", OCTOBER):
        found = await compared(database, side, NOVEMBER)
        latency, thousand = (line(found, measure).before for measure in ("latency_ms", "cost_1000_usd"))
        assert latency and (latency.value, latency.size) == (420.25, 2)
        assert thousand and thousand.value == pytest.approx(2)
        assert found.turns[0] == found.imported[0] == 3
    assert "3 turns come from an imported log" in written(found, "table")


async def test_an_imported_log_carries_intervals(database: Database, tmp_path: Path) -> None:
    """Enough lines of the old log, against enough turns of ours, make a claim."""
    file = tmp_path / "old.csv"
    rows = [
        f"2026-10-{1 + n // 5:02d}T10:00:00,{400 + n % 7 * 10},100,0.0{1 + n % 2},true" for n in range(70)
    ]
    file.write_text("time;latency;tokens;cost;ok\n" + "\n".join(rows).replace(",", ";"))
    await import_baseline(database, file, "old")
    await put(database, days(DAY_ONE, latency_ms=180, cost=Decimal("0.001")))
    found = await compared(database, "old", NOVEMBER)
    assert [line(found, m).verdict for m in ("latency_ms", "cost_month_usd", "cost_1000_usd")] == [
        "better"
    ] * 3
    assert line(found, "uptime_percent").verdict == "no difference shown"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (LOG + "yesterday,1,1,1,true\n2026-10-02,-5,1,1,true\n", ["line 5: time", "line 6: latency"]),
        (LOG + "2026-10-02,1,1.5,1,true\n2026-10-02,1,1,x,no\n", ["line 5: tokens", "line 6: cost"]),
        (LOG + "2026-10-02,1,1,1,perhaps\n1,2\n", ["line 5: ok", "line 6: 2 values"]),
        (LOG + "2026-10-02,nan,1,1,ok\n", ["line 5: latency"]),
        ("time,latency,ok\n", ["line 1: no column tokens, cost"]),
        ("", ["line 1: no column"]),
        ("time,latency,tokens,cost,ok\n", ["has no lines"]),
    ],
)
async def test_a_bad_line_keeps_all_out(
    database: Database, tmp_path: Path, text: str, faults: list[str]
) -> None:
    """Every bad line is named, and nothing is imported."""
    file = tmp_path / "old.csv"
    file.write_text(text)
    with pytest.raises(BaselineFaults) as caught:
        await import_baseline(database, file, "old")
    assert len(caught.value.faults) == len(faults)
    assert all(part in fault for part, fault in zip(faults, caught.value.faults, strict=True))
    assert (await compared(database, "old", NOVEMBER)).turns == (0, 0)


async def test_operators_turns_are_not_compared(database: Database) -> None:
    """Visitors' turns only."""
    await put(database, days(DAY_ONE, audience="operator"))
    assert (await compared(database, OCTOBER, NOVEMBER)).turns == (0, 0)


def test_a_side_is_a_range_or_a_name() -> None:
    """A range has its own window; a name takes the question's."""
    window = read_window("2026-11-01", None)
    assert str(read_side("2026-10-01..2026-10-31", window).window) == "2026-10-01..2026-10-31"
    assert read_side("legacy", window).window == window
    for nonsense in ("", "..", "2026-10-31..2026-10-01"):
        with pytest.raises(ValueError, match=r"name|range|begins"):
            read_side(nonsense, window)
