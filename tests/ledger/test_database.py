"""One database behind one address, on SQLite and PostgreSQL."""

import asyncio
import stat
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from databases import Postgres
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from ledger.database import Database
from ledger.migrations import upgrade
from ledger.tables import budgets, demo_versions, turns
from ledger.unusable import DatabaseUnusable


async def test_nothing_to_install_for_sqlite(tmp_path: Path) -> None:
    """With a blank DATABASE_URL the database is a file in DATA_DIR, which is made when it is not there."""
    async with Database("", data_dir=tmp_path / "data") as database:
        await upgrade(database)
    assert (tmp_path / "data" / "ledger.db").stat().st_size > 0


async def test_only_the_owner_reads_the_files(tmp_path: Path) -> None:
    """The database, its journals, and the folder that was made for them; also where they stood open before."""
    folder = tmp_path / "data"
    async with Database("", data_dir=folder) as database, database.engine.connect() as connection:
        await upgrade(database)
        await connection.execute(select(budgets))
        files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        assert files == {"ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / "ledger.db").chmod(0o644)
    async with Database("", data_dir=folder):
        assert stat.S_IMODE((folder / "ledger.db").stat().st_mode) == 0o600


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_every_connection_to_sqlite_is_told(database: Database) -> None:
    """A journal that readers do not wait for; foreign keys; commits that outlive a power cut; nothing readable left."""
    wanted = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "secure_delete": 1, "temp_store": 2}
    async with database.engine.connect() as one, database.engine.connect() as two:
        for connection in (one, two):
            found = {name: await connection.scalar(text(f"PRAGMA {name}")) for name in wanted}
            assert found == wanted


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
@pytest.mark.parametrize(
    "query", ["", "?sslmode=disable", "?sslmode=prefer&channel_binding=prefer&application_name=x"]
)
@pytest.mark.database
async def test_every_spelling_of_postgresql(postgres: Postgres, scheme: str, query: str) -> None:
    """Hosts hand out `postgres://`, and libpq's own words after the question mark."""
    url = postgres.url("postgres").replace("postgresql", scheme, 1) + query
    async with Database(url, data_dir=Path()) as database:
        assert database.dialect == "postgresql"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:hidden@host/db",
        "host/db",
        "postgres",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///ledger.db?mode=ro",
        "postgresql://user:hid/den@host/db",
        "postgresql://user:hid?den@host/db",
        "postgresql://user:hid#den@host/db",
        "postgresql://user:hid[den@host/db",
        "postgresql://user:hidden@host:port/db",
        "postgresql://user:hid den@ho st/db",
    ],
)
def test_an_address_that_cannot_be_read(url: str, tmp_path: Path) -> None:
    """One line with examples, and nothing of the password."""
    with pytest.raises(DatabaseUnusable, match="cannot be read") as told:
        Database(url, data_dir=tmp_path)
    assert told.value.reason == "address"
    assert "hid" not in str(told.value) and "den" not in str(told.value)


def test_the_address_for_eyes_has_no_password(tmp_path: Path) -> None:
    """Neither as text nor in the object."""
    database = Database("postgres://desk:p%40ss-word@db.example:5432/desk?password=other", data_dir=tmp_path)
    assert database.address.shown == "postgresql://desk@db.example:5432/desk"
    assert "word" not in repr(database.address) + repr(database.engine) and "other" not in repr(
        database.address
    )


async def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    """What was written before a failure is not there afterwards."""
    row = {"scope": "installation", "allowed": Decimal(1), "spent": Decimal(0), "reserved": Decimal(0)}

    async def fail() -> None:
        async with database.writing() as connection:
            await connection.execute(insert(budgets).values(row))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(budgets)) == 0


async def test_a_reader_sees_one_instant(database: Database) -> None:
    """What others write while a report reads does not change it, and neither waits for the other."""
    row = {"scope": "installation", "allowed": Decimal(1), "spent": Decimal(0), "reserved": Decimal(0)}
    count = select(func.count()).select_from(budgets)
    async with database.reading() as reader:
        assert await reader.scalar(count) == 0
        async with database.writing() as writer:
            await writer.execute(insert(budgets).values(row))
        assert await reader.scalar(count) == 0
    async with database.reading() as reader:
        assert await reader.scalar(count) == 1


async def test_many_write_at_once(database: Database) -> None:
    """Transactions that read before they write wait for each other; none fails and none is lost."""
    row = {"scope": "installation", "allowed": Decimal(100), "spent": Decimal(0), "reserved": Decimal(0)}
    async with database.writing() as connection:
        await connection.execute(insert(budgets).values(row))

    async def spend() -> None:
        async with database.writing() as connection:
            spent = await connection.scalar(select(budgets.c.spent).with_for_update())
            assert spent is not None
            await connection.execute(budgets.update().values(spent=spent + Decimal("0.01")))

    await asyncio.gather(*(spend() for _ in range(30)))
    async with database.reading() as connection:
        assert await connection.scalar(select(budgets.c.spent)) == Decimal("0.30")


async def test_rows_refer_to_rows(database: Database) -> None:
    """A turn of no conversation is refused; that is no fault of the database's state."""
    row = {"id": "t", "message": "m", "conversation": "none", "position": 0, "replica": "none"}
    with database.explained():
        async with database.writing() as connection:
            with pytest.raises(IntegrityError) as refused:
                await connection.execute(insert(turns).values({**row, "asked_at": datetime.now(UTC)}))
            await connection.rollback()
    assert database.explain(refused.value) is None


@pytest.mark.parametrize(
    "amount", ["0.000000000001", "-0.000000000001", "9000000", "0.1", "123456.789012345678"]
)
async def test_money_is_exact(database: Database, amount: str) -> None:
    """Also as a sum that the database makes."""
    async with database.writing() as connection:
        for scope in "abc":
            row = {"scope": scope, "allowed": Decimal(amount), "spent": Decimal(0), "reserved": Decimal(0)}
            await connection.execute(insert(budgets).values(row))
        assert await connection.scalar(select(budgets.c.allowed).limit(1)) == Decimal(amount)
        if abs(Decimal(amount)) < 3_000_000:
            assert await connection.scalar(select(func.sum(budgets.c.allowed))) == 3 * Decimal(amount)


async def test_times_are_utc_to_the_microsecond(database: Database) -> None:
    """Whatever zone they were given in; one without a zone is refused."""
    east = datetime.fromisoformat("2026-11-24T03:04:05.678901+07:00")
    row = {"demo": "d", "version": 1, "digest": "x"}
    async with database.writing() as connection:
        await connection.execute(insert(demo_versions).values({**row, "saved_at": east}))
        found = await connection.scalar(select(demo_versions.c.saved_at))
        with pytest.raises(Exception, match="a time without a zone"):
            await connection.execute(insert(demo_versions).values({**row, "saved_at": datetime(2026, 1, 1)}))
    assert found == east and found.tzinfo is UTC


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_that_was_exchanged_is_noticed(database: Database, tmp_path: Path) -> None:
    """Deleted or replaced under a running program: what is written from then on could not be found again."""
    assert database.file and not database.replaced()
    database.file.rename(tmp_path / "moved")
    assert database.replaced()
    database.file.touch()
    assert database.replaced()
