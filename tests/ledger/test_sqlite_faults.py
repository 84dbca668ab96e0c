"""Whatever is wrong with the file, one clear line says so, and nothing is half started."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from small_disks import small_disk_of
from sqlalchemy import text
from starting import NOBODY, ONLY_SQLITE, as_a_stranger, refused, start

from ledger.database import Database
from ledger.migrations import upgrade
from ledger.unusable import DatabaseUnusable, Reason

pytestmark = pytest.mark.database


@pytest.fixture
async def house() -> AsyncIterator[Path]:
    """A folder that strangers can reach, with an up-to-date database in it that is theirs."""
    folder = Path(tempfile.mkdtemp())
    await start("", folder)
    for path in (folder, folder / "ledger.db"):
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


def _random_pages(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[100:4000] = b"\xff" * 3900
    file.write_bytes(content)


def _of_a_newer_program(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE ledger_version SET version_num = '9999'")
    connection.close()


def _a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


SPOILT: list[tuple[Reason, Callable[[Path], object]]] = [
    ("not_a_database", lambda file: file.write_text("Dear diary. " * 400)),
    ("not_a_database", _a_folder),
    ("damaged", _random_pages),
    ("newer", _of_a_newer_program),
    ("read_only", lambda file: file.chmod(0o400)),
    ("read_only", lambda file: file.chmod(0o000)),
    ("read_only", lambda file: file.parent.chmod(0o500)),
    ("read_only", lambda file: (file.unlink(), file.parent.chmod(0o500))),
]
NAMES = [
    "a letter",
    "a folder",
    "damaged",
    "newer",
    "read-only",
    "unreadable",
    "folder read-only",
    "folder read-only, new",
]


@pytest.mark.parametrize(("reason", "spoil"), SPOILT, ids=NAMES)
async def test_a_file_that_cannot_be_used(
    house: Path, reason: Reason, spoil: Callable[[Path], object]
) -> None:
    """The line names the file; the file is left as it was."""
    file = house / "ledger.db"
    spoil(file)
    before = file.read_bytes() if file.is_file() else b""
    with as_a_stranger():
        error = await refused("", house)
    assert (error.reason, str(file) in error.vi, str(file) in error.en) == (reason, True, True)
    assert (file.read_bytes() if file.is_file() else b"") == before


@pytest.mark.parametrize("place", ["missing/deep/ledger.db", "letter/ledger.db"])
async def test_a_place_that_is_not_there(tmp_path: Path, place: str) -> None:
    """A disk that is not mounted is not taken for a new, empty database."""
    (tmp_path / "letter").touch()
    assert (await refused(f"sqlite:///{tmp_path / place}", tmp_path)).reason == "missing"
    assert [path.name for path in tmp_path.iterdir()] == ["letter"]


async def test_a_command_that_only_reads_makes_no_database(tmp_path: Path) -> None:
    """A report of nothing says that nothing is there."""
    database = Database("", data_dir=tmp_path)
    with pytest.raises(DatabaseUnusable, match="is not there") as told:
        await database.connect(create=False)
    assert told.value.reason == "missing"
    assert list(tmp_path.iterdir()) == []


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
print("held", flush=True)
sys.stdin.readline()
"""


@asynccontextmanager
async def held(file: Path, statement: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another program in a transaction on the file."""
    pipe = subprocess.PIPE
    command = (sys.executable, "-c", HOLD, str(file), statement)
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert process.stdout and await process.stdout.readline() == b"held\n"
    yield process
    await process.communicate(b"\n")


@pytest.mark.parametrize("statement", ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE"])
@pytest.mark.parametrize("mode", ["wal", "delete"])
async def test_locked_by_another_program(tmp_path: Path, statement: str, mode: str) -> None:
    """Also where the file is not in our journal mode yet; waiting longer would have helped."""
    await start("", tmp_path)
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.close()
    async with held(tmp_path / "ledger.db", statement):
        error = await refused("", tmp_path)
    assert error.reason == "locked" and error.transient
    await start("", tmp_path)


async def test_a_lock_that_ends_in_time(tmp_path: Path) -> None:
    """A start waits for a backup program or a shell that is done in a moment."""
    await start("", tmp_path)
    async with held(tmp_path / "ledger.db", "BEGIN EXCLUSIVE") as process:
        starting = asyncio.create_task(start("", tmp_path, patience_s=30))
        await asyncio.sleep(0.3)
        assert not starting.done()
        await process.communicate(b"\n")
        await starting


@ONLY_SQLITE
async def test_no_room_in_the_file(database: Database) -> None:
    """The transaction that found no room leaves nothing; when there is room again all goes on."""
    async with database.writing() as connection:
        await connection.exec_driver_sql("CREATE TABLE big (x BLOB)")
    async with database.writing() as connection:
        pages = await connection.scalar(text("PRAGMA page_count")) or 0
        await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 5}")
        with pytest.raises(DatabaseUnusable) as told, database.explained():
            await connection.exec_driver_sql("INSERT INTO big VALUES (zeroblob(1000000))")
        await connection.rollback()
    assert told.value.reason == "full" and told.value.transient
    await database.close()
    async with database.writing() as connection:
        await connection.exec_driver_sql("INSERT INTO big VALUES (zeroblob(1000000))")
        assert await connection.scalar(text("SELECT count(*) FROM big")) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 600 KB."""
    with small_disk_of("600k", tmp_path) as disk:
        yield disk


def _fill(folder: Path) -> None:
    left = shutil.disk_usage(folder).free
    (folder / "other").write_bytes(bytes(left))
    assert shutil.disk_usage(folder).free == 0


async def test_a_full_disk(small_disk: Path) -> None:
    """A start on it is refused, a write is refused, and both go on when there is room again."""
    _fill(small_disk)
    assert (await refused("", small_disk)).reason == "full"
    (small_disk / "other").unlink()
    async with Database("", data_dir=small_disk) as database:
        await upgrade(database)
        async with database.writing() as connection:
            await connection.exec_driver_sql("CREATE TABLE big (x BLOB)")
        _fill(small_disk)
        with pytest.raises(DatabaseUnusable) as told, database.explained():
            async with database.writing() as connection:
                await connection.exec_driver_sql("INSERT INTO big VALUES (zeroblob(100000))")
        assert told.value.reason == "full"
        (small_disk / "other").unlink()
        async with database.writing() as connection:
            await connection.exec_driver_sql("INSERT INTO big VALUES (zeroblob(100000))")
            assert await connection.scalar(text("SELECT count(*) FROM big")) == 1
