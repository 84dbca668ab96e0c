"""What makes the program ready, part by part, on both databases."""

import pytest
from sqlalchemy import text

from assembly.readiness import readiness_of
from holysheep import Engine, EngineSettings, Provider
from ledger import Database
from ledger.migrations import VERSION_TABLE, newest, revisions

ONE = Provider("rehearsal", "http://127.0.0.1:1/v1")


async def parts(database: Database, *providers: Provider, writes: bool = True) -> dict[str, bool]:
    """How they are."""
    engine = Engine(EngineSettings.of(providers, ()))
    return dict(await readiness_of(database, engine, lambda: writes).check())


async def test_all_is_well(database: Database) -> None:
    """A database at the newest revision, and somebody to ask."""
    assert await parts(database, ONE) == {
        "database": True,
        "migrations": True,
        "provider": True,
        "draining": False,
    }


async def test_nobody_to_ask(database: Database) -> None:
    """No key, no server of one's own and no rehearsal."""
    assert not (await parts(database))["provider"]


async def test_entries_go_to_the_disk(database: Database) -> None:
    """A database that can be read and takes nothing is away."""
    found = await parts(database, ONE, writes=False)
    assert (found["database"], found["migrations"]) == (False, True)


@pytest.mark.parametrize(
    ("revision", "current"), [(revisions()[-2], False), (newest(), True), ("9999", True)]
)
async def test_migrations(database: Database, revision: str, current: bool) -> None:
    """One that is older than the program lacks something; one that a newer program has taken further does not."""
    async with database.writing() as connection:
        await connection.execute(
            text(f"UPDATE {VERSION_TABLE} SET version_num = :revision"), {"revision": revision}
        )
    found = await parts(database, ONE)
    assert (found["database"], found["migrations"]) == (True, current)


async def test_no_tables(empty_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Somebody has emptied it."""
    async with Database(empty_database_url, data_dir=tmp_path_factory.mktemp("empty")) as database:
        found = await parts(database, ONE)
        assert not found["migrations"]
