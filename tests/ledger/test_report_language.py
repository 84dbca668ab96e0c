"""The report and the comparison in Vietnamese and English, and the words they are asked for with."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from pathlib import Path

import orjson
import pytest
from on_record import DAY_ONE, put, turn

from holysheep import Model, Price
from ledger import comparison_sheets
from ledger.asked import read_words
from ledger.commands import Place, run
from ledger.comparison import compare
from ledger.database import Database
from ledger.formats import FORMATS, report_picture, written
from ledger.panels import Panel, plotly_data, report_panels
from ledger.question import WAYS, BadQuestion, By, Question, read_window
from ledger.report import report
from ledger.sides import read_side
from ledger.wording import LANGUAGES, change, count, day, money, share, texts

MODELS = (Model("flat", "Flat", "holysheep", 64_000, Price.flat(Decimal(8), date(2026, 1, 1))),)
#: In no Vietnamese sentence.
ENGLISH = re.compile(
    r"\b(turns|replies|cost|errors?|days?|latency|stated|won|lost|and|the|of|bill|data|min)\b"
)


def test_the_languages_have_the_same_texts() -> None:
    """The same keys and placeholders, in composed letters, and Vietnamese is Vietnamese."""
    vi, en = texts("vi"), texts("en")
    assert vi.keys() == en.keys()
    for key, text in vi.items():
        assert unicodedata.is_normalized("NFC", text)
        assert set(re.findall(r"{\w*}", text)) == set(re.findall(r"{\w*}", en[key])), key
        assert not ENGLISH.search(re.sub(r"{\w*}", "", text)), key


def test_numbers() -> None:
    """Counts and shares in the language's form, dollars as price lists write them."""
    shown = [
        (
            count(1_234_567, language),
            share(0.0153, language),
            change(-0.57, language),
            day("2026-11-02", language),
        )
        for language in LANGUAGES
    ]
    assert shown == [
        ("1.234.567", "1,53 %", "-57,0 %", "02/11/2026"),
        ("1,234,567", "1.53 %", "-57.0 %", "2026-11-02"),
    ]
    nearly = [change(part) for part in (-0.9994, -0.99973, -1.0, 9.0)]
    assert nearly == ["-99.9 %", "< -99.9 %", "-100.0 %", "+900.0 %"]
    assert change(-0.99973, "vi") == "< -99,9 %"
    assert money(Decimal("1234.5"), language="vi") == money(Decimal("1234.5")) == "$1,234.50"
    assert [money(None, language=language) for language in LANGUAGES] == ["chưa biết", "unknown"]


@pytest.mark.parametrize("by", WAYS)
async def test_a_report_in_vietnamese(database: Database, by: By) -> None:
    """No English word is left in tables, notes, page or picture; what programs read is the same in both."""
    await put(
        database,
        [
            turn(link="L1", usage_source="estimated"),
            turn(cost=None, cost_bound="unknown"),
            turn(finish_reason="failed", ttft_ms=None, error="out_of_money", latency_ms=None),
        ],
    )
    made = await report(database, Question(by=by), MODELS)
    for form in FORMATS:
        text = written(made, form, "vi")
        if form in ("json", "csv"):
            assert text == written(made, form)
        else:
            words = re.sub(r"<style>.*?</style>|<[^>]+>|--\w+", " ", text, flags=re.DOTALL)
            assert not ENGLISH.search(words), ENGLISH.search(words)
    assert '<html lang="vi">' in written(made, "html", "vi")
    assert "Thời gian đến chữ đầu tiên" in report_picture(made, "vi")


async def test_a_comparison_in_vietnamese(database: Database) -> None:
    """The same of the comparison, also where nothing is known."""
    await put(database, [turn(DAY_ONE, cohort="old", latency_ms=float(900 + n)) for n in range(40)])
    sides = read_side("old", read_window(None, None)), read_side("new", read_window(None, None))
    found = await compare(database, *sides, Question())
    for form in ("table", "md", "html"):
        text = comparison_sheets.written(found, form, "vi")  # type: ignore[arg-type]
        words = re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL)
        assert not ENGLISH.search(words), ENGLISH.search(words)
        assert "chưa có dữ liệu" in words and "n=40 câu trả lời" in words
    assert (
        orjson.loads(comparison_sheets.written(found, "json", "vi"))["lines"][0]["title"] == "average latency"
    )


@pytest.mark.parametrize("by", ["day", "model"])
async def test_charts_in_each_language(database: Database, by: By) -> None:
    """Titles, days and separators for Plotly; dollars keep theirs."""
    await put(database, [turn(), turn(DAY_ONE.replace(day=3), model="m")])
    made = await report(database, Question(by=by))
    vi, en = (
        [plotly_data(panel)["layout"] for panel in report_panels(made, language)] for language in LANGUAGES
    )
    assert [layout["separators"] for layout in vi] == [",.", ".,", ",.", ",.", ",."]
    assert {layout["separators"] for layout in en} == {".,"}
    assert all(one["title"]["text"] != two["title"]["text"] for one, two in zip(vi, en, strict=True))
    if by == "day":
        assert vi[0]["xaxis"]["hoverformat"] == "%d/%m/%Y"


def test_minutes_have_a_name() -> None:
    """Units that are words are in the panel's language."""
    panel = Panel("", "min", "rows", ["a"], {"value": [1.0]}, language="vi")
    assert plotly_data(panel)["layout"]["xaxis"]["ticksuffix"] == " phút"


async def test_the_command_line_speaks_both(
    database: Database, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--lang`` decides, else the terminal; a mistake is told in the same language."""
    await put(database, [turn()])

    async def said(terminal: str, *words: str) -> str:
        place = Place(database_url, tmp_path, MODELS, terminal)  # type: ignore[arg-type]
        await run(["report", *words], lambda: place)
        printed = capsys.readouterr()
        return printed.out + printed.err

    assert (await said("en")).startswith("Visitors' turns")
    assert (await said("vi")).startswith("Lượt hỏi của khách")
    assert (await said("en", "--lang", "vi")).startswith("Lượt hỏi của khách")
    assert (await said("vi", "--lang", "en", "--format", "md")).startswith("**Visitors'")
    assert "không phải ngày" in await said("vi", "--from", "soon")
    assert "chưa có dữ liệu" in await said("vi", "--compare", "a,b")


@pytest.mark.parametrize(
    "words",
    [
        "by demo from 2026-11-01 to 2026-11-20",
        "--by demo --from 2026-11-01 --to 2026-11-20",
        "—by demo —from 2026-11-01 —to=2026-11-20",
        "  BY Demo  from=2026-11-01  to 2026-11-20 ",
    ],
)
def test_words_of_the_chat(words: str) -> None:
    """The command line's options, with its dashes, with a phone's, or with none."""
    assert read_words(words).question == Question(read_window("2026-11-01", "2026-11-20"), "demo")


def test_words_for_sides() -> None:
    """Two windows or two names, and quotes around a name with a blank."""
    compared = read_words("compare legacy,holysheep from 2026-11-01")
    assert compared.sides and [side.name for side in compared.sides] == ["legacy", "holysheep"]
    windows = read_words("before 2026-10-01..2026-10-31 after 2026-11-01..").sides
    assert windows and [side.name for side in windows] == [None, None]
    assert read_words('demo "Cửa hàng A" audience rehearsal').question.demo == "Cửa hàng A"
    assert read_words("") == read_words("by day")


@pytest.mark.parametrize(
    "words", ["picture x.svg", "lang vi", "by --from", "link", "day", "demo 'x", "from \x1b[0m"]
)
def test_words_that_make_no_question(words: str) -> None:
    """Refused in both languages, without a control character, never by an exit of argparse."""
    with pytest.raises(BadQuestion) as caught:
        read_words(words)
    for language in LANGUAGES:
        text = caught.value.text(language)
        assert text.isprintable() and "{" not in text


@pytest.mark.parametrize("days", [1, 6, 7])
def test_a_chart_of_few_days(days: int) -> None:
    """Each is named once; of many days some are, as Plotly finds room."""
    labels = [f"2026-11-{day:02}" for day in range(1, days + 1)]
    drawn = plotly_data(Panel("Turns", "", "bars", labels, {"turns": [1.0] * days}))
    assert drawn["layout"]["xaxis"].get("tickvals") == (labels if days <= 6 else None)
