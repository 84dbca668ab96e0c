"""What is backed up comes back, also into the other database."""

import asyncio
import gzip
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from databases import BOTH
from schema import fill, write_revision
from sqlalchemy import Connection, insert, select, text, update

from holysheep.lock import server_lock
from ledger.backup import Restored, backup, restore
from ledger.database import Database
from ledger.migrations import newest, revision_of
from ledger.tables import budgets, conversations, demo_versions, demo_work, metadata, replicas
from ledger.unusable import DatabaseUnusable

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.jsonl.gz"


def rows(connection: Connection) -> dict[str, list[Any]]:
    """Everything, as the tables' own types read it."""
    return {
        table.name: sorted(map(tuple, connection.execute(select(table))), key=str)
        for table in metadata.sorted_tables
    }


async def everything(database: Database) -> dict[str, list[Any]]:
    async with database.reading() as connection:
        return await connection.run_sync(rows)


async def filled(database: Database) -> dict[str, list[Any]]:
    async with database.writing() as connection:
        await connection.run_sync(fill)
        # In a backup these are said to be nobody's.
        await connection.execute(update(replicas).values(gone_at=NOON))
    return await everything(database)


@pytest.mark.parametrize("other", BOTH)
async def test_everything_comes_back(
    database: Database, file: Path, other: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Every row of every table, on the same kind of database or on the other, empty and without tables before."""
    before = await filled(database)
    made = await backup(database, file, now=lambda: NOON)
    url = (
        request.getfixturevalue("new_postgres")()
        if other == "postgresql"
        else f"sqlite:///{tmp_path / 'other.db'}"
    )
    async with Database(url, data_dir=tmp_path) as target:
        assert await restore(target, file) == Restored(made, None)
        assert await everything(target) == before
        async with target.reading() as connection:
            assert await revision_of(connection) == newest()
    assert made.rows == {name: len(found) for name, found in before.items()}
    assert (made.made_at, made.dialect) == (NOON, database.dialect)


async def test_values_at_their_edges(database: Database, file: Path) -> None:
    """Money to the picodollar, any character, nothing, and what a settings panel holds."""
    async with database.writing() as connection:
        await connection.execute(
            insert(budgets).values(
                scope="installation",
                allowed=Decimal("9000000.000000000001"),
                spent=Decimal("-0.000000000001"),
                reserved=0,
            )
        )
        await connection.execute(
            insert(conversations).values(
                id="c",
                visitor="v",
                audience="visitor",
                demo="d",
                language="vi",
                created_at=NOON,
                touched_at=NOON,
                title='Chào "bạn" \\ \n\r\t 👍 \u2028',
                choices={"temperature": 0.1, "model": None, "tên": ["ơ", 1]},
            )
        )
    before = await everything(database)
    await backup(database, file)
    await restore(database, file)
    assert await everything(database) == before


async def test_restoring_takes_the_place_of_what_is_there(
    database: Database, file: Path, tmp_path: Path
) -> None:
    """What came after the backup is gone from the database, and kept in a backup of its own."""
    before = await filled(database)
    await backup(database, file)
    async with database.writing() as connection:
        await connection.execute(insert(budgets).values(scope="later", allowed=1, spent=0, reserved=0))
    later = await everything(database)
    kept = tmp_path / "kept.jsonl.gz"
    assert (await restore(database, file, kept)).kept == kept
    assert await everything(database) == before
    await restore(database, kept)
    assert await everything(database) == later


async def test_counters_go_on_after_restoring(database: Database, file: Path) -> None:
    """A new row gets a number that no restored row has."""
    await filled(database)
    await backup(database, file)
    await restore(database, file)
    async with database.writing() as connection:
        await connection.execute(insert(demo_work).values(demo="new", at=NOON, kind="draft"))
    assert len(await everything(database)) == len(metadata.tables)


async def test_a_backup_is_of_one_instant(database: Database, file: Path) -> None:
    """Made while others write: of what a transaction wrote all is in it, or nothing."""
    done = asyncio.Event()

    async def write() -> int:
        number = 0
        while not done.is_set():
            number += 1
            async with database.writing() as connection:
                await connection.execute(insert(demo_work).values(demo="busy", at=NOON, kind="edit"))
                saved = {"demo": "busy", "version": number, "digest": "d", "saved_at": NOON}
                await connection.execute(insert(demo_versions).values(saved))
        return number

    writing = asyncio.create_task(write())
    found = []
    for _ in range(10):
        made = await backup(database, file)
        found.append(made.rows["demo_work"])
        assert made.rows["demo_versions"] == made.rows["demo_work"]
    done.set()
    assert 0 < await writing >= found[-1] > found[0]


async def test_an_older_backup_is_brought_forward(
    database: Database, file: Path, next_revision: Path
) -> None:
    """It is restored into the tables it was made from, which are then migrated."""
    before = await filled(database)
    await backup(database, file)
    write_revision(
        next_revision, "op.add_column('turns', sa.Column('mood', sa.Text(), server_default='calm'))"
    )
    await restore(database, file)
    async with database.reading() as connection:
        assert (await connection.scalars(text("SELECT mood FROM turns"))).all() == ["calm"] * 3
        assert await revision_of(connection) == "9999"
    assert await everything(database) == before


async def test_a_backup_of_a_newer_program_is_refused(database: Database, file: Path) -> None:
    """Before anything is touched."""
    before = await filled(database)
    await backup(database, file)
    content = gzip.decompress(file.read_bytes())
    file.write_bytes(
        gzip.compress(content.replace(f'"revision":"{newest()}"'.encode(), b'"revision":"9999"'))
    )
    with pytest.raises(DatabaseUnusable) as told:
        await restore(database, file)
    assert told.value.reason == "newer" and str(file) in told.value.en
    assert await everything(database) == before


async def test_a_database_of_a_newer_program_is_not_backed_up(
    database: Database, file: Path, tmp_path: Path
) -> None:
    """It may have tables that we know nothing of; nor is it replaced, for what is there could not be kept."""
    before = await filled(database)
    await backup(database, file)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE ledger_version SET version_num = '9999'"))
    other = tmp_path / "other.jsonl.gz"
    for work in (backup(database, other), restore(database, file, other)):
        with pytest.raises(DatabaseUnusable) as told:
            await work
        assert told.value.reason == "newer" and database.address.shown in told.value.en
    assert not other.exists() and await everything(database) == before


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def _one_byte_wrong(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _a_row_missing(file: Path) -> None:
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    file.write_bytes(
        gzip.compress(b"".join(line for line in lines if not line.startswith(b'["' + "ấ0".encode())))
    )


def _no_end(file: Path) -> None:
    file.write_bytes(
        gzip.compress(b"".join(gzip.decompress(file.read_bytes()).splitlines(keepends=True)[:-1]))
    )


def _of_the_future(file: Path) -> None:
    file.write_bytes(gzip.compress(b'{"demo_desk_backup": 2}\n'))


@pytest.mark.parametrize(
    "spoil",
    [
        _cut,
        _one_byte_wrong,
        _a_row_missing,
        _no_end,
        _of_the_future,
        lambda file: file.write_text("not a backup"),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(gzip.compress(b"[1, 2]\n")),
        lambda file: (file.unlink(), file.mkdir()),
    ],
    ids=[
        "cut",
        "one byte wrong",
        "a row missing",
        "no end",
        "of the future",
        "text",
        "empty",
        "other json",
        "a folder",
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_spoilt_backup_is_refused(
    database: Database, file: Path, spoil: Callable[[Path], object]
) -> None:
    """One line says why, and the database stays as it was."""
    before = await filled(database)
    await backup(database, file)
    spoil(file)
    with pytest.raises(DatabaseUnusable, match="is not a whole backup") as told:
        await restore(database, file)
    assert told.value.reason == "not_a_backup" and "\n" not in str(told.value)
    assert await everything(database) == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_backup_that_is_not_there(database: Database, file: Path) -> None:
    """That is said, without the system's number."""
    with pytest.raises(DatabaseUnusable, match="There is no file") as told:
        await restore(database, file)
    assert told.value.reason == "no_backup" and "Errno" not in str(told.value)


async def test_restoring_that_fails_half_way_changes_nothing(database: Database, file: Path) -> None:
    """A row that the tables refuse, deep in the file: all is as before."""
    before = await filled(database)
    await backup(database, file)
    content = gzip.decompress(file.read_bytes())
    # The last table's rows hold a text where a number belongs.
    file.write_bytes(gzip.compress(content.replace(b'"open"', b'"oops"').replace(b'"won"', b'"oops"')))
    with pytest.raises(Exception, match="ck_links_outcome"):
        await restore(database, file)
    assert await everything(database) == before


@asynccontextmanager
async def running(database: Database) -> AsyncIterator[None]:
    """As a server holds its database."""
    if database.file:
        lock = server_lock(database.file)
        assert lock.take()
        yield
        lock.release()
        return
    soon = datetime.now(UTC) + timedelta(seconds=25)
    async with database.writing() as connection:
        await connection.execute(insert(replicas).values(id="r", started_at=NOON, leased_until=soon))
    async with database.engine.connect() as connection:
        await connection.execute(text("SELECT pg_advisory_lock(hashtextextended('r', 0))"))
        yield
        await connection.execute(text("SELECT pg_advisory_unlock_all()"))  # as a killed process loses it


async def test_nothing_is_restored_under_a_running_server(database: Database, file: Path) -> None:
    """One that was killed a moment ago is no obstacle."""
    before = await filled(database)
    await backup(database, file)
    async with running(database):
        with pytest.raises(DatabaseUnusable, match="is in use by another Demo Desk") as told:
            await restore(database, file)
    assert told.value.reason == "in_use"
    await restore(database, file)
    assert await everything(database) == before


async def test_only_its_owner_reads_a_backup(database: Database, file: Path) -> None:
    """It holds what visitors wrote. It replaces an older backup, and nothing else stays beside it."""
    await backup(database, file)
    file.chmod(0o644)
    await backup(database, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir() if "backup" in path.name] == [file.name]


async def test_a_backup_never_overwrites_another_file(database: Database, tmp_path: Path) -> None:
    """Whoever names the database itself, or any other file, is told so."""
    other = database.file or tmp_path / "letter.txt"
    other.touch()
    before = other.read_bytes()
    with pytest.raises(DatabaseUnusable, match="another file of this name"):
        await backup(database, other)
    assert other.read_bytes() == before


async def test_a_backup_where_it_cannot_be_written(database: Database, tmp_path: Path) -> None:
    """The line names the file and the reason, and nothing half is left."""
    with pytest.raises(DatabaseUnusable, match="No such file or directory") as told:
        await backup(database, tmp_path / "missing" / "backup.gz")
    assert told.value.reason == "backup_not_written"


async def test_nothing_to_back_up(empty_database_url: str, tmp_path: Path, file: Path) -> None:
    """A database without our tables gives no backup."""
    async with Database(empty_database_url, data_dir=tmp_path) as database:
        with pytest.raises(DatabaseUnusable, match="holds nothing of Demo Desk yet"):
            await backup(database, file)
    assert not file.exists()
