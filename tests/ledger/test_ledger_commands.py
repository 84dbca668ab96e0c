"""``python -m ledger``, as an operator types it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import pytest
from on_record import DAY_ONE, put, turn
from sqlalchemy import insert, select

from holysheep import Model, Price
from ledger.budgets import set_turns
from ledger.commands import Place, run
from ledger.database import Database
from ledger.tables import links
from ledger.unusable import DatabaseUnusable

MODELS = (Model("flat", "Flat", "holysheep", 64_000, Price.flat(Decimal(8), date(2026, 1, 1))),)


class Terminal:
    """Types commands; each gives its exit code, what it printed, and its errors."""

    def __init__(self, url: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.place = Place(url, folder, MODELS)
        self.capsys = capsys

    async def type(self, *words: str) -> tuple[int, str, str]:
        code = await run(words, lambda: self.place)
        said = self.capsys.readouterr()
        return code, said.out, said.err


@pytest.fixture
def terminal(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(database_url, tmp_path, capsys)


async def test_report(database: Database, terminal: Terminal, tmp_path: Path) -> None:
    """In each form, with its picture beside it."""
    await put(database, [turn(), turn(demo="bank")])
    code, out, _ = await terminal.type("report", "--by", "demo", "--format", "json", "--from", "2026-11-01")
    assert code == 0 and [row["demo"] for row in orjson.loads(out)["rows"]] == ["bank", "shop"]
    picture = tmp_path / "report.svg"
    for form, begin in (
        ("table", "Visitors' turns"),
        ("csv", "day,"),
        ("md", "**Vis"),
        ("html", "<!doctype"),
    ):
        code, out, _ = await terminal.type("report", "--format", form, "--picture", str(picture))
        assert code == 0 and out.startswith(begin)
    assert picture.read_text().startswith("<svg")


async def test_before_and_after(database: Database, terminal: Terminal) -> None:
    """Two windows, or two names."""
    await put(database, [turn()])
    assert (await terminal.type("state", "legacy", "latency_ms=420", "uptime_percent=99.2"))[0] == 0
    code, out, _ = await terminal.type("report", "--compare", "legacy,holysheep")
    assert code == 0 and "420 ms (stated)" in out and "1,000 ms, n=1 replies" in out
    days = ("--before", "2026-10-01..2026-10-31", "--after", "2026-11-01..2026-11-30")
    code, out, _ = await terminal.type("report", *days, "--format", "json")
    assert code == 0 and orjson.loads(out)["after"]["turns"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("report", "--before", "2026-10-01.."), "--before and --after go together"),
        (("report", "--compare", "legacy"), "--compare takes two names"),
        (("report", "--from", "soon"), "'soon' is no day"),
        (("state", "old", "latency_ms"), "is not MEASURE=VALUE"),
        (("state", "old", "latency_ms=NaN"), "'NaN' is no number"),
        (("state", "no name!", "latency_ms=1"), "is no name"),
        (("outcome", "nowhere", "won"), "there is no link 'nowhere'"),
        (("budget", "everything", "5"), "no budget is called 'everything'"),
        (("budget", "installation"), "an amount in USD is missing"),
        (
            ("budget", "installation", "50"),
            "the budget 'installation' is not set here: set BUDGET_USD in .env",
        ),
        (
            ("budget", "installation", "none"),
            "the budget 'installation' is not set here: set BUDGET_USD in .env",
        ),
        (("budget", f"day:{datetime.now(UTC).date()}", "5"), "set BUDGET_USD_PER_DAY in .env"),
        (("budget", "day:2099-01-01", "5"), "set BUDGET_USD_PER_DAY in .env"),
        (
            ("budget", "day:2026-13-40", "1"),
            "'2026-13-40' is no day; a day's budget is called day:YYYY-MM-DD",
        ),
        (("budget", "demo:shop", "1_0"), "'1_0' is no number"),
        (("import-baseline", "nowhere.csv"), "nowhere.csv: there is no such file or folder"),
        (("import-baseline", "."), ".: Is a directory"),
        (("forget", "--visitor", ""), "the visitor's id is blank"),
        (("forget", "--conversation", " "), "the conversation's id is blank"),
        (("forget", "--link", ""), "the link's id is blank"),
        (("forget", "--visitor", "nobody"), "Nothing is on record of visitor 'nobody'"),
        (("forget", "--conversation", "nosuch"), "Nothing is on record of conversation 'nosuch'."),
        (("forget", "--link", "nosuch"), "Nothing is on record of link 'nosuch'."),
        (("export", "--visitor", ""), "the visitor's id is blank"),
    ],
)
async def test_wrong_words(database: Database, terminal: Terminal, words: Sequence[str], said: str) -> None:
    """One line says what is wrong; the exit code is 1."""
    code, out, error = await terminal.type(*words)
    assert (code, out) == (1, "") and said in error and error.count("\n") == 1


async def test_bad_log(database: Database, terminal: Terminal, tmp_path: Path) -> None:
    """Every bad line is named."""
    file = tmp_path / "old.csv"
    file.write_text("time,latency,tokens,cost,ok\nx,1,1,1,1\n2026-10-01,1,1,1,1\ny,1,1,1,1\n")
    code, _, error = await terminal.type("import-baseline", str(file))
    assert code == 1 and "line 2: time 'x'" in error and "line 4: time 'y'" in error
    file.write_text("time,latency,tokens,cost,ok\n2026-10-01,1,1,1,1\n")
    assert (await terminal.type("import-baseline", str(file)))[:2] == (0, "legacy: 1 turns imported.\n")


async def test_outcome_and_budget(database: Database, terminal: Terminal) -> None:
    """A link is won; a budget is set, listed and lifted."""
    await put(database, [turn(link="L1", cost=Decimal("0.25"))])
    assert (await terminal.type("outcome", "L1", "won"))[:2] == (0, "L1: won.\n")
    code, out, _ = await terminal.type("budget", "link:L1", "5")
    assert code == 0 and out.splitlines()[-1].split() == ["link:L1", "$5.00", "$0.2500", "$0.0000"]
    await set_turns(database, "link:L1", 1200)
    code, out, _ = await terminal.type("budget", "link:L1", "none")
    assert code == 0 and out.splitlines()[-1].split(maxsplit=3) == [
        "link:L1",
        "$0.2500",
        "$0.0000",
        "1 of 1,200",
    ]
    await set_turns(database, "link:L1", None)
    assert (await terminal.type("budget"))[1] == "No budgets.\n"


async def test_check(database: Database, terminal: Terminal) -> None:
    """Exit code 1 where the books do not agree."""
    await put(database, [turn(total_tokens=1)])
    code, out, _ = await terminal.type("check")
    assert code == 1 and out.startswith("WRONG: 1 receipts have totals")


async def test_backup_and_restore(database: Database, terminal: Terminal, tmp_path: Path) -> None:
    """What is backed up comes back; what was there meanwhile is kept."""
    await put(database, [turn()])
    file = str(tmp_path / "copy.jsonl.gz")
    assert (await terminal.type("backup", file))[0] == 0
    await put(database, [turn(DAY_ONE, "other")])
    await database.close()
    code, out, _ = await terminal.type("restore", file)
    assert code == 0 and "before-restore-" in out
    assert '"turns": 1' in (await terminal.type("report", "--format", "json"))[1]


async def test_forget_and_export(database: Database, terminal: Terminal) -> None:
    """A visitor's data can be had, and made to be gone."""
    await put(database, [turn(conversation="talk")])
    code, out, _ = await terminal.type("export", "--visitor", "v")
    assert code == 0 and orjson.loads(out)["conversations"][0]["id"] == "talk"
    code, out, _ = await terminal.type("forget", "--conversation", "talk")
    assert code == 0 and "1 conversations" in out


async def test_a_visitor_by_one_of_their_conversations(database: Database, terminal: Terminal) -> None:
    """No page shows a visitor's id; every page's address ends in its conversation's."""
    await put(database, [turn(conversation="one"), turn(conversation="two")])
    code, out, _ = await terminal.type("export", "--visitor", "two")
    told = orjson.loads(out)
    assert (code, told["visitor"], len(told["conversations"])) == (0, "v", 2)
    code, out, _ = await terminal.type("forget", "--visitor", "two")
    assert code == 0 and "two is a conversation of visitor v." in out and "; 2 conversations" in out
    code, out, error = await terminal.type("export", "--visitor", "two")
    assert (code, out) == (1, "") and "the visitor of conversation 'two' was forgotten" in error
    code, out, _ = await terminal.type("forget", "--visitor", "two")
    assert code == 0 and "; 1 conversations" in out


async def test_a_link_without_conversations(database: Database, terminal: Terminal) -> None:
    """It is there, with its customer's name."""
    async with database.writing() as connection:
        await connection.execute(
            insert(links).values(id="L1", demo="shop", customer="Lan", created_at=DAY_ONE)
        )
    assert (await terminal.type("forget", "--link", "L1"))[0] == 0
    async with database.reading() as connection:
        assert await connection.scalar(select(links.c.customer)) is None


async def test_a_budget_of_a_day_that_is_over(database: Database, terminal: Terminal) -> None:
    """No start sets it anew."""
    assert (await terminal.type("budget", "day:2026-11-02", "5"))[0] == 0


async def test_restore_of_a_file_that_is_not_there(database: Database, terminal: Terminal) -> None:
    """That is said, and not that it is no whole backup."""
    with pytest.raises(DatabaseUnusable, match=r"There is no file /nope\.gz") as told:
        await terminal.type("restore", "/nope.gz")
    assert "Errno" not in str(told.value)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", ["report", "check"])
async def test_reading_makes_no_file(terminal: Terminal, tmp_path: Path, command: str) -> None:
    """A wrong address is said, not turned into an empty database."""
    terminal.place = Place("", tmp_path / "elsewhere", MODELS)
    with pytest.raises(DatabaseUnusable, match="is not there"):
        await terminal.type(command)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.slow
def test_as_a_program(tmp_path: Path) -> None:
    """With the shipped settings and a folder of its own: a start error is one line in both languages."""
    environ = {**os.environ, "DATA_DIR": str(tmp_path), "DATABASE_URL": ""}

    def typed(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ledger", *words]
        return subprocess.run(command, env=environ, capture_output=True, text=True, encoding="utf-8")

    missing = typed("report")
    assert missing.returncode == 1 and missing.stderr.count("\n") == 1 and " / " in missing.stderr
    assert typed("state", "legacy", "latency_ms=420").returncode == 0
    assert '"deepseek-v3.2"' in typed("report", "--format", "json").stdout
    assert typed("report", "--by", "weekday").returncode == 2
