"""Before and after, on both databases."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import orjson
import pytest
from comparing import DAY, NOVEMBER, OCTOBER, compared, days, line
from on_record import DAY_ONE, put, turn
from sqlalchemy import insert

from ledger.baseline import state
from ledger.comparison_sheets import comparison_picture, written
from ledger.database import Database
from ledger.formats import FORMATS
from ledger.question import read_window
from ledger.sides import read_side
from ledger.tables import demo_versions, demo_work

MINUTE = timedelta(minutes=1)


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


async def test_a_bill_with_an_unknown_part(database: Database) -> None:
    """It is at least so much, and nothing is claimed: not of the bill, and not of 1,000 turns."""
    await put(database, days(DAY_ONE - 32 * DAY, cost=Decimal("0.10")))
    unsure = turn(DAY_ONE, cost=None, cost_bound="unknown"), turn(DAY_ONE, cost_bound="at_least")
    await put(database, [*days(DAY_ONE, cost=Decimal("0.01")), *unsure])
    found = await compared(database, OCTOBER, NOVEMBER)
    for measure in ("cost_month_usd", "cost_1000_usd"):
        one = line(found, measure)
        assert (one.verdict, one.change) == ("no claim", None) and one.before and one.after
        assert (one.before.at_least, one.after.at_least, one.after.low) == (False, True, None)
    thousand = line(found, "cost_1000_usd").after
    assert thousand and thousand.size == 72
    assert thousand.value == pytest.approx(
        (0.70 + 0.000063) / 72 * 1000
    )  # what is not known counts as nothing
    assert line(found, "latency_ms").verdict == "no difference shown"
    table = written(found, "table")
    assert "$100.00 [" in table and "≥ $9.72, n=72 turns" in table and "no claim" in table
    assert f"{NOVEMBER}: the cost of 2 turns is not known" in table
    assert "≥ n=72 turns" in comparison_picture(found)
    told = orjson.loads(written(found, "json"))
    assert (told["before"]["unpriced"], told["after"]["unpriced"]) == (0, 2)
    assert [side["at_least"] for side in (told["lines"][2]["before"], told["lines"][2]["after"])] == [
        False,
        True,
    ]


async def test_a_bill_of_which_nothing_is_known(database: Database) -> None:
    """Is none; it is not $0."""
    await put(database, days(DAY_ONE - 32 * DAY))
    await put(database, [turn(DAY_ONE, cost=None, cost_bound="unknown") for _ in range(3)])
    found = await compared(database, OCTOBER, NOVEMBER)
    for measure in ("cost_month_usd", "cost_1000_usd"):
        one = line(found, measure)
        assert (one.after, one.verdict) == (None, "no data")
    assert "the cost of 3 turns is not known" in written(found, "table")


async def test_csv_for_programs(database: Database) -> None:
    """A value that is only stated, or a lower bound, is marked; the change has its interval."""
    await put(database, days(DAY_ONE - 32 * DAY, latency_ms=800))
    await put(database, [*days(DAY_ONE, latency_ms=400), turn(DAY_ONE, cost=None, cost_bound="unknown")])
    await state(database, "old", {"latency_ms": Decimal(420)})
    found = await compared(database, OCTOBER, NOVEMBER)
    latency, bill, *_ = csv.DictReader(io.StringIO(written(found, "csv")))
    change = line(found, "latency_ms").change
    assert change and (latency["change"], latency["change_low"], latency["change_high"]) == (
        str(change.value),
        str(change.low),
        str(change.high),
    )
    assert (latency["before_stated"], latency["after_at_least"], latency["verdict"]) == (
        "false",
        "false",
        "better",
    )
    assert (bill["before_at_least"], bill["after_at_least"], bill["change"]) == ("false", "true", "")
    stated, *_ = csv.DictReader(io.StringIO(written(await compared(database, "old", NOVEMBER), "csv")))
    assert (stated["before"], stated["before_stated"], stated["after_stated"]) == ("420.0", "true", "false")


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
    value = {"value": 420.0, "low": None, "high": None, "n": None, "stated": True, "at_least": False}
    assert told["before"] == value
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
