"""The program while its database is away, its disk full, or its file somebody else's."""

import asyncio
import shutil
import signal
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from databases import Postgres, own_server
from desk_program import (
    KEY,
    ROOT,
    Browser,
    Program,
    WirePage,
    browsing,
    copied_settings,
    refused,
    started,
    variables,
)
from ports import free_port
from small_disks import small_disk_of
from started_desk import CHAINLIT, PYTHON

from emulator import Emulator, Pace, running
from ledger import Database, latest_versions, upgrade
from scripts.crash_books import Record, read

pytestmark = pytest.mark.slow

COMMANDS = pytest.mark.parametrize("command", [PYTHON, CHAINLIT], ids=["python app.py", "chainlit run"])
FORGET = (*PYTHON[:1], "-m", "ledger", "forget")
PASSWORD = "hs-very-hidden"  # not a secret

AWAY = "the ledger is spooled: "
NOWHERE = "the ledger is kept: "
BACK = "the ledger is written: "


@pytest.fixture
async def provider() -> AsyncIterator[Emulator]:
    """Whom the program asks: slow enough to lose the database in mid-reply."""
    async with running(Pace(first_token_s=0.02, tokens_per_second=60, tokens=40), keys={KEY}) as emulator:
        yield emulator


def environment(provider: Emulator, **more: str) -> dict[str, str]:
    """The program's."""
    return {"HOLYSHEEP_API_KEY": KEY, "HOLYSHEEP_BASE_URL": provider.base_url, **more}


async def logged(program: Program, words: str) -> None:
    """Wait until the log says so."""
    async with asyncio.timeout(30):
        while words not in program.printed:
            await asyncio.sleep(0.05)


async def record_of(url: str, folder: Path) -> Record:
    """All rows, once the program has ended."""
    async with Database(url, data_dir=folder) as database:
        return await read(database)


async def come_back(browser: Browser, page: WirePage, tab: str) -> WirePage:
    """The page's connection breaks, and it makes another one."""
    await page.drop()
    return await browser.open(page.session, tab, page.told("resume_thread")[-1]["id"])


class Locked:
    """SQLite's file, which another program has locked."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'ledger.db'}"
        self._file = folder / "ledger.db"
        self._other: sqlite3.Connection | None = None

    def leave(self) -> None:
        """Lock it."""
        self._other = sqlite3.connect(self._file, isolation_level=None)
        self._other.execute("BEGIN IMMEDIATE")

    def come_back(self) -> None:
        """Let it go."""
        assert self._other is not None
        self._other.close()


class Stopped:
    """A PostgreSQL server that ends in order, or crashes."""

    def __init__(self, server: Postgres, how: signal.Signals) -> None:
        self.url = server.url("postgres")
        self._server, self._how = server, how

    def leave(self) -> None:
        """Stop it."""
        self._server.stop(self._how)

    def come_back(self) -> None:
        """Start it."""
        self._server.start()


@pytest.fixture(
    params=[
        "locked",
        pytest.param(signal.SIGINT, marks=pytest.mark.database, id="stopped"),
        pytest.param(signal.SIGQUIT, marks=pytest.mark.database, id="crashed"),
    ]
)
def outage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Locked | Stopped]:
    """A database that leaves, and comes back."""
    if request.param == "locked":
        yield Locked(tmp_path)
        return
    request.getfixturevalue("postgres")  # where there is none the test is left out
    with own_server() as server:
        yield Stopped(server, request.param)


async def test_the_database_leaves_in_mid_chat(
    outage: Locked | Stopped, provider: Emulator, tmp_path: Path
) -> None:
    """The chat goes on, for new pages and for those that come back; afterwards everything is on record, in order, and
    the log has told both once."""
    async with (
        started(tmp_path, environment(provider, DATABASE_URL=outage.url)) as program,
        browsing(program.url) as browser,
        browsing(program.url) as other,
    ):
        page = await browser.open(tab="one")
        await page.ask("Một")
        await page.say("Hai")
        await page.until(lambda: len(page.replies) == 2)
        outage.leave()
        await page.until(lambda: len(page.receipts) == 2 and not page.busy)
        await page.ask("Ba")
        await logged(program, AWAY)
        page = await come_back(browser, page, "one")
        assert page.outputs("user_message") == ["Một", "Hai", "Ba"]
        id = await page.ask("Bốn")
        assert {"kept": [id]} in page.told("desk")
        stranger = await other.open(tab="two")
        await stranger.ask("Xin chào")
        outage.come_back()
        await logged(program, BACK)
        await page.ask("Năm")
        assert [receipt["error"] for receipt in page.receipts] == [None] * 5
        assert page.desk["totals"].startswith("5 câu trả lời")
        printed = program.printed
    assert (printed.count(AWAY), printed.count(BACK), "Traceback" in printed) == (1, 1, False)
    record = await record_of(outage.url, tmp_path)
    assert [turn.question for turn in record.turns] == ["Một", "Hai", "Ba", "Bốn", "Xin chào", "Năm"]
    assert record.faults == [] and len(record.receipts) == 6
    assert {row.finish_reason for row in record.receipts.values()} == {"stop"}
    assert list((tmp_path / "spool").glob("*.jsonl")) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    with small_disk_of("1m", tmp_path) as disk:
        yield disk


def fill(disk: Path) -> None:
    """Leave no room on it."""
    with (disk / "other").open("ab") as other:
        other.write(bytes(shutil.disk_usage(disk).free))


async def test_the_disk_is_full(small_disk: Path, provider: Emulator, tmp_path: Path) -> None:
    """What cannot be kept is not asked, and the visitor is told; when there is room again the same message goes
    through, and the reply that ended meanwhile is on record."""
    async with (
        started(tmp_path, environment(provider, DATA_DIR=str(small_disk))) as program,
        browsing(program.url) as browser,
    ):
        page = await browser.open()
        await page.ask("Một")
        await page.say("Hai")
        await page.until(lambda: len(page.replies) == 2)
        fill(small_disk)
        await page.until(lambda: len(page.receipts) == 2 and not page.busy)
        id = await page.ask("Ba")
        assert page.receipts[2]["error"] == "not_recorded" and {"kept": [id]} not in page.told("desk")
        assert len(provider.requests) == 2 and page.notices != [] and page.buttons == ["regenerate"]
        (small_disk / "other").unlink()
        await logged(program, BACK)
        await browser.click(page, "regenerate")
        await page.until(lambda: len(page.replies) == 3 and not page.busy)
        assert {"kept": [id]} in page.told("desk")
        printed = program.printed
    assert (printed.count(NOWHERE), printed.count(BACK), "Traceback" in printed) == (1, 1, False)
    record = await record_of("", small_disk)
    assert record.faults == []
    assert [turn.question for turn in record.turns if not turn.replaced] == ["Một", "Hai", "Ba"]
    assert [turn.reply for turn in record.turns if turn.reply] == page.replies


async def made(folder: Path) -> Path:
    """A database of ours; gives its file."""
    async with Database(data_dir=folder) as database:
        await upgrade(database)
    return folder / "ledger.db"


async def of_a_newer_program(folder: Path) -> dict[str, str]:
    """Its revision is not known here."""
    with closing(sqlite3.connect(await made(folder))) as connection:
        connection.execute("UPDATE ledger_version SET version_num = '9999'")
        connection.commit()
    return {}


async def a_letter(folder: Path) -> dict[str, str]:
    """Something else under the database's name."""
    (folder / "ledger.db").write_text("Dear diary. " * 400)
    return {}


async def nobody_there(folder: Path) -> dict[str, str]:
    """No server answers."""
    return {"DATABASE_URL": f"postgresql://desk:{PASSWORD}@127.0.0.1:{free_port()}/desk"}


@contextmanager
def busy_port() -> Iterator[int]:
    """A port that cannot be had: who wants it says so."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@COMMANDS
@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (of_a_newer_program, "is newer than this program (revision 9999)"),
        (a_letter, "is not a database"),
        (nobody_there, "does not answer"),
    ],
)
async def test_a_database_that_cannot_be_used(
    spoil: Callable[[Path], object], told: str, command: Sequence[str], tmp_path: Path
) -> None:
    """One line in both languages says why, before the port is asked for."""
    variables = await spoil(tmp_path)
    with busy_port() as port:
        code, output = await refused(tmp_path, copied_settings(tmp_path), port, command, **variables)
    (line,) = output.splitlines()
    assert code == 1 and line.startswith("Demo Desk: ") and told in line and " / " in line
    assert PASSWORD not in line


@COMMANDS
async def test_a_second_server_on_one_file(
    command: Sequence[str], provider: Emulator, tmp_path: Path
) -> None:
    """It says so in one line and ends; the first one goes on."""
    async with (
        started(tmp_path, environment(provider)) as program,
        browsing(program.url) as browser,
    ):
        page = await browser.open()
        await page.ask("Một")
        code, output = await refused(tmp_path, program.settings, free_port(), command)
        (line,) = output.splitlines()
        assert code == 1 and line.startswith("Demo Desk: ") and "is in use by another Demo Desk" in line
        await page.ask("Hai")
    record = await record_of("", tmp_path)
    assert record.faults == [] and {row.finish_reason for row in record.receipts.values()} == {"stop"}


async def test_forgotten_while_the_program_runs(provider: Emulator, tmp_path: Path) -> None:
    """The command takes the texts out, the page is emptied soon after, and no model is told of them again."""
    async with (
        started(tmp_path, environment(provider)) as program,
        browsing(program.url) as browser,
    ):
        page = await browser.open()
        await page.ask("Số của chị là 0901 234 567")
        (conversation,) = {step["threadId"] for step in page.steps.values() if step["type"] == "user_message"}
        command = (*FORGET, "--conversation", conversation)
        forgotten = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=variables(tmp_path, 1, {}), stdout=asyncio.subprocess.PIPE
        )
        said, _ = await forgotten.communicate()
        assert forgotten.returncode == 0, said
        await page.until(lambda: page.outputs("user_message") == [])
        await page.ask("Còn váy không?")
        assert [message.role for message in provider.requests[-1].messages] == ["system", "user"]
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files and not [file for file in files if b"0901 234 567" in file.read_bytes()]


async def test_versions_after_a_restart(provider: Emulator, tmp_path: Path) -> None:
    """A demo's numbers go on; what was saved while no program ran is one more."""
    settings = copied_settings(tmp_path)
    numbers = []
    for change in ((), ("Bạn là Gió", "Bạn là Mưa"), ()):
        async with (
            started(tmp_path, environment(provider), settings=settings) as program,
            browsing(program.url) as browser,
        ):
            page = await browser.open()
            await page.ask("Một")
            if not numbers:
                program.edit_demo("Bạn là Mây", "Bạn là Gió")
                await page.ask("Hai")
            numbers.append([receipt["demo_version"] for receipt in page.receipts][-2:])
        if change:
            program.edit_demo(*change)
    assert [shown[-1] for shown in numbers] == [2, 2, 3]
    async with Database(data_dir=tmp_path) as database:
        saved = (await latest_versions(database))["boutique"]
    assert saved.version == 3
