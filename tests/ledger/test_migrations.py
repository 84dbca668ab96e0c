"""Any earlier state of the database becomes today's, on both databases, with what is in it."""

import asyncio
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from schema import counts, fill, shape, write_revision
from sqlalchemy import Column, Connection, MetaData, Text, text

from ledger.database import Database
from ledger.links import find_links
from ledger.migrations import (
    VERSION_TABLE,
    apply,
    migrating,
    newest,
    revision_of,
    revisions,
    upgrade,
    upgrade_within,
)
from ledger.migrations import __main__ as command_line
from ledger.tables import metadata
from ledger.unusable import DatabaseUnusable
from ledger.versions import latest_versions

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def empty(empty_database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with no tables, connected."""
    async with Database(empty_database_url, data_dir=tmp_path) as made:
        yield made


async def test_alembic_finds_no_difference(database: Database) -> None:
    """tables.py has nothing that the migrations have not, nor the other way round."""
    options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
    async with database.reading() as connection:
        differences = await connection.run_sync(
            lambda plain: compare_metadata(MigrationContext.configure(plain, opts=options), metadata)
        )
    assert differences == []


async def test_tables_are_those_of_the_program_in_every_detail(empty: Database) -> None:
    """Checks, names and conditions of indexes too, which Alembic does not compare."""
    async with empty.writing() as connection:
        await connection.run_sync(metadata.create_all)
        wanted = await connection.run_sync(shape)
        await connection.run_sync(metadata.drop_all)
    await upgrade(empty)
    async with empty.reading() as connection:
        assert await connection.run_sync(lambda plain: shape(plain, without=VERSION_TABLE)) == wanted


def test_files_are_numbered_as_alembic_orders_them() -> None:
    """A start reads the newest revision from the files' names, without loading Alembic."""
    config = Config()
    config.set_main_option("script_location", str(apply._FOLDER))
    script = ScriptDirectory.from_config(config)
    assert [found.revision for found in script.walk_revisions()] == list(reversed(revisions()))
    assert script.get_current_head() == newest()


@pytest.mark.parametrize("revision", revisions())
async def test_forward_from_every_revision_with_rows(empty: Database, revision: str) -> None:
    """Whatever version of the program a database comes from, its rows are all there afterwards."""
    async with migrating(empty) as connection:
        await upgrade_within(connection, "", revision)
        before = await connection.run_sync(fill)
    await upgrade(empty)
    async with empty.reading() as connection:
        after = await connection.run_sync(counts)
        assert await revision_of(connection) == newest()
    assert {name: after[name] for name in before if name in after} == before


async def test_links_and_budgets_from_before_they_had_limits(empty: Database) -> None:
    """A link that was there is open, its first revision; a budget that was there counts no turns."""
    async with migrating(empty) as connection:
        await upgrade_within(connection, "", "0003")
        await connection.execute(text("INSERT INTO links (id, demo, created_at) VALUES ('old', 'shop', 1)"))
        await connection.execute(text("INSERT INTO budgets VALUES ('link:old', 1000000000000, 5, 0)"))
        await connection.execute(text("INSERT INTO demo_versions VALUES ('shop', 1, 'a', 1, NULL, NULL)"))
    await upgrade(empty)
    link = (await find_links(empty, ["old"]))["old"]
    assert (link.revision, link.origins, link.overrides, link.revoked_at) == (1, (), {}, None)
    assert (link.budget_usd, link.spent_usd, link.messages) == (1, Decimal("5e-12"), None)
    assert (await latest_versions(empty))["shop"].content is None


async def test_a_second_start_changes_nothing(database: Database) -> None:
    """Migrating what is up to date leaves the rows alone."""
    async with database.writing() as connection:
        before = await connection.run_sync(fill)
    await upgrade(database)
    async with database.reading() as connection:
        assert await connection.run_sync(counts) == before


async def test_a_table_that_others_refer_to_can_change(database: Database, next_revision: Path) -> None:
    """SQLite makes such a table anew; what refers to its rows still does."""
    async with database.writing() as connection:
        before = await connection.run_sync(fill)
    write_revision(
        next_revision,
        "with op.batch_alter_table('turns') as turns:",
        "    turns.add_column(sa.Column('mood', sa.Text(), nullable=False, server_default='calm'))",
        "    turns.alter_column('message', type_=sa.String(40))",
    )
    await upgrade(database)
    async with database.reading() as connection:
        assert await connection.run_sync(counts) == before
        assert (await connection.scalars(text("SELECT DISTINCT mood FROM turns"))).all() == ["calm"]
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        async with database.writing() as connection:
            await connection.execute(
                text(
                    "INSERT INTO attempts SELECT 'nobody', number, begun_at, provider, model, "
                    "key_fingerprint, latency_ms, ttft_ms, status, request_id, error, cost FROM attempts"
                )
            )


async def test_a_migration_that_fails_leaves_nothing_behind(database: Database, next_revision: Path) -> None:
    """No half start: tables and revision are as before."""
    async with database.reading() as connection:
        before = await connection.run_sync(shape)
    write_revision(next_revision, "op.create_table('half', sa.Column('id', sa.Integer))", "1 / 0")
    with pytest.raises(ZeroDivisionError):
        await upgrade(database)
    async with database.reading() as connection:
        assert await connection.run_sync(shape) == before
        assert await revision_of(connection) != "9999"


async def test_rows_that_a_migration_orphans_stop_it(database: Database, next_revision: Path) -> None:
    """On neither database does a migration leave a row that refers to nothing."""
    async with database.writing() as connection:
        before = await connection.run_sync(fill)
    write_revision(next_revision, "op.execute('DELETE FROM conversations')")
    with pytest.raises(Exception, match=r"violates foreign key|refer to others"):
        await upgrade(database)
    async with database.reading() as connection:
        assert await connection.run_sync(counts) == before


async def test_the_next_revision_is_written_from_the_tables(
    next_revision: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever changes tables.py gets the migration from one command, and it leads to those tables."""
    changed = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.tables.values():
        table.to_metadata(changed)
    changed.tables["turns"].append_column(Column("mood", Text, nullable=False, server_default="calm"))
    monkeypatch.setattr("ledger.tables.metadata", changed)
    before = newest()
    await command_line.write_revision("mood of a turn")
    assert next_revision.with_name(f"{int(before) + 1:04}_mood_of_a_turn.py").exists()
    async with Database(data_dir=tmp_path) as database:
        await upgrade(database)
        async with database.writing() as connection:
            await connection.run_sync(fill)
            assert (await connection.scalars(text("SELECT DISTINCT mood FROM turns"))).all() == [
                "ấ0",
                "ấ1",
                "ấ2",
            ]


async def test_a_database_of_a_newer_program_is_refused(database: Database) -> None:
    """One line names its revision, and nothing is changed."""
    async with database.writing() as connection:
        await connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0815'"))
    with pytest.raises(DatabaseUnusable, match=r"is newer than this program.*0815") as told:
        await upgrade(database)
    assert told.value.reason == "newer" and not told.value.transient


async def test_tables_of_another_program_are_refused(empty: Database) -> None:
    """A table with a name of ours is not taken over."""
    async with empty.writing() as connection:
        await connection.execute(text("CREATE TABLE feedback (id INTEGER)"))
    with pytest.raises(DatabaseUnusable, match=r"tables of another program \(feedback\)") as told:
        await upgrade(empty)
    assert told.value.reason == "foreign"


async def test_strange_tables_do_not_disturb(empty: Database) -> None:
    """A database may be shared with a program whose tables have other names, and which uses Alembic too."""
    async with empty.writing() as connection:
        await connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        await connection.execute(text("INSERT INTO alembic_version VALUES ('of-another')"))
    await upgrade(empty)
    async with empty.reading() as connection:
        assert await revision_of(connection) == newest()


START = """
import asyncio, sys
from pathlib import Path
from ledger.database import Database
from ledger.migrations import upgrade

async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    async with Database(sys.argv[1], data_dir=Path()) as database:
        await upgrade(database)

asyncio.run(main())
"""


async def test_replicas_that_start_at_once(empty: Database, empty_database_url: str) -> None:
    """Several processes migrate the same new database together: one does it, the others wait, none fails."""
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-c", START, empty_database_url]
    starts = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe)
        for _ in range(3)
    ]
    for start in starts:
        assert start.stdout and await start.stdout.readline() == b"ready\n"
    said = await asyncio.gather(*(start.communicate(b"go\n") for start in starts))
    assert {(start.returncode, stderr) for start, (_, stderr) in zip(starts, said, strict=True)} == {(0, b"")}
    async with empty.reading() as connection:
        assert await revision_of(connection) == newest()
        assert set(metadata.tables) < set(await connection.run_sync(_names))


def _names(connection: Connection) -> list[str]:
    return list(shape(connection))
