"""The old system's log, brought in and compared, on both databases."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from comparing import DAY, NOVEMBER, OCTOBER, compared, days, line
from on_record import DAY_ONE, put
from sqlalchemy import insert

from ledger.baseline import BaselineFaults, import_baseline
from ledger.comparison_sheets import written
from ledger.database import Database
from ledger.tables import demo_work

AUGUST = datetime(2026, 8, 1, 10, tzinfo=UTC)
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
        # The line without a cost counts as nothing: it is at least so much.
        assert thousand and thousand.value == pytest.approx(4 / 3) and thousand.at_least
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
        (LOG + "2026-10-02,4_20,1,1,ok\n2026-10-02,1,1,0.0_1,ok\n", ["line 5: latency", "line 6: cost"]),
        ("time,time,latency,tokens,cost,ok\n", ["line 1: more than one column for time"]),
        ("time,latency,latency_s,tokens,cost,ok\n", ["line 1: more than one column for latency"]),
        ("timestamp,time,latency,tokens,tokens,cost,ok\n", ["more than one column for time, tokens"]),
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


async def test_lines_that_are_not_utf_8(database: Database, tmp_path: Path) -> None:
    """Each is named like any other bad line, and hides none; the numbers of the lines stay what they are."""
    file = tmp_path / "old.csv"
    bad = b"2026-10-02,1,1,1,\xf0\xfang\n"
    torn = b'"2026-\xff\n10-02",1,1,1,true\n'
    file.write_bytes(LOG.encode() + bad + b"never,1,1,1,true\n" + torn + b"2026-10-02,x,1,1,true\n")
    with pytest.raises(BaselineFaults) as caught:
        await import_baseline(database, file, "old")
    told = [fault.partition(" (")[0] for fault in caught.value.faults]
    assert told == [
        "line 5: not in UTF-8",
        "line 6: time 'never' is no time such as 2026-10-01T09:30:00",
        "line 7: not in UTF-8",
        "line 9: latency 'x' is no number",
    ]


async def test_a_log_of_nothing_but_faults(database: Database, tmp_path: Path) -> None:
    """A thousand are named."""
    file = tmp_path / "old.csv"
    file.write_text("time,latency,tokens,cost,ok\n" + "1,2\n" * 1500)
    with pytest.raises(BaselineFaults) as caught:
        await import_baseline(database, file, "old")
    assert len(caught.value.faults) == 1001 and caught.value.faults[-1] == "and so on; the rest was not read"


def old_log(folder: Path, first: datetime, count: int = 14) -> Path:
    """A line a day at one dollar."""
    file = folder / "old.csv"
    rows = (f"{(first + n * DAY).isoformat()},{400 + n},100,1.00,true" for n in range(count))
    file.write_text("\n".join(("time,latency,tokens,cost,ok", *rows)))
    return file


@pytest.mark.parametrize(("side", "count"), [("2026-08-01..", 14), ("legacy", 14), ("legacy", 3)])
async def test_a_log_and_receipts_on_one_side(
    database: Database, tmp_path: Path, side: str, count: int
) -> None:
    """The bill holds both, each on its own days: from the log's first day to the last receipt's."""
    await import_baseline(database, old_log(tmp_path, AUGUST, count), "legacy")
    first = AUGUST + 61 * DAY
    await put(database, days(first, each=1, cohort="legacy", cost=Decimal("0.50")))
    bill = line(await compared(database, side, "2026-11-02.."), "cost_month_usd").before
    assert bill and bill.size == 75
    assert bill.value == pytest.approx((count * 1.00 + 14 * 0.50) / 75 * 365.25 / 12)


async def test_an_imported_log_shares_no_traffic(database: Database, tmp_path: Path) -> None:
    """Its turns are of another time: each side has the bill of its own days, though both are cohorts as well."""
    await import_baseline(database, old_log(tmp_path, AUGUST), "legacy")
    await put(database, days(DAY_ONE, each=9, cohort="legacy", cost=Decimal("0.10")))
    await put(database, days(DAY_ONE, each=1, cohort="holysheep", cost=Decimal("0.05")))
    steps = (
        {"demo": "shop", "at": DAY_ONE + n * timedelta(minutes=1), "kind": k}
        for n, k in enumerate(("draft", "publish"))
    )
    async with database.writing() as connection:
        await connection.execute(insert(demo_work), [*steps])
    found = await compared(database, "legacy", "holysheep")
    bill = line(found, "cost_month_usd")
    assert not found.shared_traffic and found.imported == (14, 0) and bill.before and bill.after
    assert bill.after.value == pytest.approx(0.05 * 365.25 / 12) and bill.after.size == 14
    assert bill.before.size == 107
    assert bill.before.value == pytest.approx((14 + 14 * 9 * 0.10) / 107 * 365.25 / 12, rel=0.01)
    assert "a whole day (UTC) cost on average" in written(found, "table")
    assert line(found, "demo_minutes").verdict == "no data"  # one demo's work is not two systems'
