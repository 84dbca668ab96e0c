"""What turns came to, read from their rows, on both databases."""

import csv
import io
import random
from datetime import date, timedelta
from decimal import Decimal
from statistics import quantiles
from typing import Any

import orjson
import pytest
from on_record import DAY_ONE, SECOND, put, turn

from holysheep import Model, Price
from ledger import tallying
from ledger.database import Database
from ledger.formats import FORMATS, report_picture, written
from ledger.outcomes import NoSuchLink, set_outcome
from ledger.panels import plotly_data, report_panels
from ledger.question import WAYS, By, Question, read_window
from ledger.report import Report, report

DAY = timedelta(days=1)
SINCE = date(2026, 1, 1)
MODELS = (
    Model("flat", "Flat", "holysheep", 64_000, Price.flat(Decimal(8), SINCE)),
    Model("cached", "Cached", "holysheep", 64_000, Price(Decimal(2), Decimal("0.5"), Decimal(10), SINCE)),
    Model("free-of-price", "?", "local", 64_000, None),
)


async def asked(database: Database, by: By = "day", **more: Any) -> Report:
    return await report(database, Question(by=by, **more), MODELS)


async def test_nothing_on_record(database: Database) -> None:
    """A report over no turns is a report nevertheless, in every form."""
    made = await asked(database)
    assert (made.totals.turns, made.totals.cost_usd, made.totals.cost_bound, made.rows) == (0, 0, "exact", ())
    assert all(written(made, form) for form in FORMATS)
    assert "no data" in report_picture(made)


async def test_totals_are_the_sums_of_the_rows(database: Database) -> None:
    """Tokens, attempts and cost are added up exactly, by day and in all."""
    await put(database, [turn(), turn(attempts=2), turn(DAY_ONE + DAY, cost=Decimal("0.000000000001"))])
    made = await asked(database)
    assert [(row.key, row.figures.turns, row.figures.attempts) for row in made.rows] == [
        ("2026-11-02", 2, 3),
        ("2026-11-03", 1, 1),
    ]
    totals = made.totals
    assert (totals.prompt_tokens, totals.completion_tokens, totals.total_tokens) == (300, 150, 450)
    assert totals.cost_usd == Decimal("0.000126000001")


@pytest.mark.parametrize("by", WAYS)
async def test_each_way_to_tell_turns_apart(database: Database, by: By) -> None:
    """A row for each day, demo, link, model, provider, cohort or version; turns without one have a row too."""
    one = {"demo": "bank", "link": "L1", "model": "m", "provider": "p", "cohort": "legacy", "demo_version": 7}
    two = {"link": None, "cohort": None, "provider": None}
    await put(database, [turn(DAY_ONE - DAY, **one), turn(**two), turn(**two)])
    keys = {
        "day": ["2026-11-01", "2026-11-02"],
        "demo": ["shop", "bank"],
        "link": [None, "L1"],
        "model": ["deepseek-v3.2", "m"],
        "provider": [None, "p"],
        "cohort": [None, "legacy"],
        "version": ["shop@1", "bank@7"],
    }
    made = await asked(database, by)
    assert [row.key for row in made.rows] == keys[by]
    assert sum(row.figures.turns for row in made.rows) == made.totals.turns == 3


async def test_audiences_are_never_mixed(database: Database) -> None:
    """Only visitors' turns are counted; how many others there were is said, and they can be asked for."""
    await put(database, [turn(), turn(audience="operator"), *(turn(audience="rehearsal") for _ in range(2))])
    made = await asked(database)
    assert made.totals.turns == 1
    assert "Left out: 1 operators' turns and 2 rehearsal turns" in written(made, "table")
    assert (await asked(database, audience="rehearsal")).totals.turns == 2


@pytest.mark.parametrize(
    ("since", "until", "turns"),
    [
        (None, None, 3),
        ("2026-11-02", "2026-11-02", 1),
        ("2026-11-02", None, 2),
        (None, "2026-11-02", 2),
        ("2026-11-02T09:00", "2026-11-03T09:00", 1),
        ("2026-11-02T16:00+07:00", "2026-11-03", 2),
    ],
)
async def test_window(database: Database, since: str | None, until: str | None, turns: int) -> None:
    """Days are whole and in UTC, the last one inside; a time is where it says."""
    await put(database, [turn(DAY_ONE - DAY), turn(), turn(DAY_ONE + DAY)])
    assert (await asked(database, window=read_window(since, until))).totals.turns == turns


@pytest.mark.parametrize(
    ("since", "until"), [("2026-13-01", None), ("soon", None), ("2026-11-02", "2026-11-01")]
)
def test_no_window(since: str, until: str | None) -> None:
    """What is no day, or ends before it begins, is refused by name."""
    with pytest.raises(ValueError, match="2026-1"):
        read_window(since, until)


async def test_one_demo_one_link_one_cohort(database: Database) -> None:
    """The same report over less."""
    await put(database, [turn(link="L1"), turn(demo="bank"), turn(cohort="legacy")])
    for only in ({"link": "L1"}, {"demo": "bank"}, {"cohort": "legacy"}):
        assert (await asked(database, **only)).totals.turns == 1


async def test_percentiles_are_those_of_all_values(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the time is cut into pieces, a percentile is a value that occurred, nearest rank."""
    monkeypatch.setattr(tallying, "_PIECE", 7)
    dice = random.Random(4)
    times = [dice.lognormvariate(6, 1) for _ in range(400)]
    await put(
        database, [turn(DAY_ONE + n * 317 * SECOND, ttft_ms=t, demo=f"d{n % 3}") for n, t in enumerate(times)]
    )
    for by in ("day", "demo"):
        found = (await asked(database, by)).totals.ttft_ms
        ordered = sorted(int(t + 0.5) for t in times)
        assert found and (found.p50, found.p95, found.p99) == (ordered[199], ordered[379], ordered[395])
        assert abs(found.p50 - quantiles(times, n=2)[0]) < 5


async def test_endings(database: Database) -> None:
    """Failed, cut and interrupted turns are errors; a stop is the visitor's, a used-up budget nobody's fault."""
    silent = {"ttft_ms": None, "finish_reason": "failed"}
    await put(
        database,
        [
            turn(liked=True),
            turn(finish_reason="stopped", liked=False),
            turn(finish_reason="cut"),
            turn(finish_reason="interrupted", latency_ms=None),
            turn(**silent, error="server_error"),
            turn(**silent, error="out_of_money", attempts=0, cost=Decimal(0)),
            turn(finish_reason=None, latency_ms=None, attempts=None, cost=None),
        ],
    )
    totals = (await asked(database)).totals
    assert (totals.turns, totals.replies, totals.failed, totals.stopped, totals.refused) == (6, 4, 3, 1, 1)
    assert (totals.error_share, totals.liked, totals.disliked) == (0.5, 1, 1)


@pytest.mark.parametrize(
    ("costs", "cost", "bound"),
    [
        ([("0.1", "exact"), ("0.2", "exact")], "0.3", "exact"),
        ([("0.1", "exact"), (None, "unknown")], "0.1", "at_least"),
        ([("0.1", "at_least")], "0.1", "at_least"),
        ([(None, "unknown")], None, "unknown"),
    ],
)
async def test_unknown_is_not_zero(database: Database, costs: Any, cost: str | None, bound: str) -> None:
    """A cost that is not known makes the sum a lower bound, or unknown."""
    await put(database, [turn(cost=usd and Decimal(usd), cost_bound=bound_) for usd, bound_ in costs])
    totals = orjson.loads(written(await asked(database), "json"))["totals"]
    assert (totals["cost_usd"], totals["cost_bound"]) == (cost, bound)


async def test_what_if(database: Database) -> None:
    """The same tokens at each price; the cache where it is counted inside the prompt and where it is beside it."""
    inside = {"prompt_tokens": 1000, "cached_tokens": 400, "completion_tokens": 100, "total_tokens": 1100}
    beside = {"prompt_tokens": 600, "cached_tokens": 400, "completion_tokens": 100, "total_tokens": 1100}
    await put(database, [turn(**inside), turn(**beside)])
    made = await asked(database)
    assert made.what_if == {"flat": Decimal("0.0176"), "cached": Decimal("0.0048"), "free-of-price": None}
    assert made.rows[0].what_if == made.what_if


async def test_outcomes(database: Database) -> None:
    """All that was spent, over the demos shown and over the links won."""
    await put(database, [turn(link=f"L{n}", cost=Decimal("0.5")) for n in range(4)])
    await set_outcome(database, "L0", "won")
    await set_outcome(database, "L1", "lost")
    made = await asked(database, "link")
    assert {row.key: row.outcome for row in made.rows} == {
        "L0": "won",
        "L1": "lost",
        "L2": "open",
        "L3": "open",
    }
    assert (made.outcomes.links, made.cost_per_demo, made.cost_per_win) == (4, Decimal(2), Decimal(2))
    with pytest.raises(NoSuchLink, match="nowhere"):
        await set_outcome(database, "nowhere", "won")


async def test_json_keys(database: Database) -> None:
    """Programs rely on these."""
    await put(database, [turn()])
    told = orjson.loads(written(await asked(database, "model"), "json"))
    pinned = {
        "turns",
        "attempts",
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "cost_usd",
        "cost_bound",
    }
    assert pinned <= told["totals"].keys()
    assert pinned | {"model", "ttft_ms", "latency_ms", "what_if"} <= told["rows"][0].keys()
    assert told["totals"]["cost_usd"] == "0.000063"
    assert told["left_out"] == {"operator": 0, "rehearsal": 0}


async def test_csv(database: Database) -> None:
    """A line a row under one header; nothing that a spreadsheet takes for a formula."""
    await put(database, [turn(model="=1+1"), turn(model="b"), turn(model="b")])
    lines = list(csv.DictReader(io.StringIO(written(await asked(database, "model"), "csv"))))
    assert [(line["model"], line["turns"], line["ttft_ms_p50"]) for line in lines] == [
        ("b", "2", "200"),
        ("'=1+1", "1", "200"),
    ]


async def test_csv_by_link(database: Database) -> None:
    """What came of a link stands beside it, also in the header of an empty report."""
    assert "outcome" in written(await asked(database, "link"), "csv").splitlines()[0].split(",")
    await put(database, [turn(link="L1"), turn(link="L1"), turn()])
    await set_outcome(database, "L1", "won")
    lines = list(csv.DictReader(io.StringIO(written(await asked(database, "link"), "csv"))))
    assert [(line["link"], line["outcome"]) for line in lines] == [("L1", "won"), ("", "")]


async def test_no_name_breaks_a_page(database: Database) -> None:
    """A model's name is text in HTML, in the picture, and in a Markdown table."""
    await put(database, [turn(model="<b>|x\x1b")])
    made = await asked(database, "model")
    assert "<b>" not in written(made, "html") and "&lt;b&gt;" in report_picture(made)
    assert "<b>\\|x?" in written(made, "md")
    assert "\x1b" not in written(made, "table")


async def test_the_page_needs_nothing_else(database: Database) -> None:
    """No script, no address but the name of SVG's own language."""
    await put(database, [turn()])
    page = written(await asked(database), "html")
    assert "<svg" in page and "<script" not in page
    assert page.count("http") == page.count('xmlns="http://www.w3.org/2000/svg"')


async def test_charts_for_the_chat(database: Database) -> None:
    """The same panels as Plotly's plain data."""
    await put(database, [turn(), turn(DAY_ONE + DAY)])
    figures = [plotly_data(panel) for panel in report_panels(await asked(database))]
    assert [figure["layout"]["title"]["text"] for figure in figures][:2] == ["Turns", "Cost"]
    assert figures[0]["data"][0]["y"] == [1, 1]
