"""Whatever is wrong with the server, one clear line says so, and nothing is half started."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from databases import Postgres, own_server
from ports import free_port
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starting import ONLY_POSTGRESQL, PASSWORD, refused, start

from ledger.database import Database
from ledger.migrations import migrating, newest, revision_of, upgrade
from ledger.unusable import DatabaseUnusable, Reason


@asynccontextmanager
async def answering(said: Sequence[bytes] | None) -> AsyncIterator[int]:
    """A server that is none of PostgreSQL's: what it says each time it hears something, before it hangs up; None: it
    says nothing for ever. Gives its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for words in said or ():
            await reader.read(100)
            writer.write(words)
        if said is None:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


ANSWERS: list[tuple[Sequence[bytes] | None, str, Reason]] = [
    ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], "", "refused"),
    ([], "", "refused"),
    (None, "", "timeout"),
    ([b"N"], "?sslmode=require", "refused"),
    ([b"S", b"no handshake"], "?sslmode=require", "encryption"),
    ([], "?sslmode=sometimes", "address"),
]


@pytest.mark.parametrize(
    ("said", "query", "reason"),
    ANSWERS,
    ids=["a web server", "hangs up", "silence", "no encryption", "broken encryption", "unknown word"],
)
async def test_another_server_answers(
    tmp_path: Path, said: Sequence[bytes] | None, query: str, reason: Reason
) -> None:
    """A wrong port is found out by what is heard there; so is a server that does not encrypt."""
    async with answering(said) as port:
        error = await refused(f"postgresql://desk:{PASSWORD}@127.0.0.1:{port}/desk{query}", tmp_path)
    assert error.reason == reason
    assert f"127.0.0.1:{port}" in error.en or reason == "address"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "no-such-host.invalid"])
async def test_no_server_answers(tmp_path: Path, host: str) -> None:
    """Nobody listens there, or the host is not known."""
    port = free_port()
    error = await refused(f"postgres://desk:{PASSWORD}@{host}:{port}/desk", tmp_path)
    assert (error.reason, f"{host}:{port}/desk" in error.en, error.transient) == ("refused", True, True)


def _address(postgres: Postgres, name: str = "postgres", user: str = "desk", password: str = PASSWORD) -> str:
    host = postgres.address.rpartition("@")[2]
    return f"postgresql://{user}:{password}@{host}/{name}"


@pytest.mark.database
@pytest.mark.parametrize("user", ["desk", "stranger"])
async def test_a_wrong_password(postgres: Postgres, tmp_path: Path, user: str) -> None:
    """Or an unknown user; what was tried is not repeated."""
    error = await refused(_address(postgres, user=user), tmp_path)
    assert error.reason == "password" and not error.transient


@pytest.mark.database
async def test_no_such_database_on_the_server(postgres: Postgres, tmp_path: Path) -> None:
    """The server is right, the name is not."""
    assert (await refused(postgres.url("nowhere"), tmp_path)).reason == "missing"


@pytest.mark.database
async def test_another_encoding(postgres: Postgres, tmp_path: Path) -> None:
    """A database that cannot hold Vietnamese is refused at the start, not at the first word."""
    await postgres.execute("CREATE DATABASE desk_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    error = await refused(postgres.url("desk_latin"), tmp_path)
    await postgres.execute("DROP DATABASE desk_latin")
    assert error.reason == "encoding" and "LATIN1" in error.en


@ONLY_POSTGRESQL
async def test_a_server_that_only_reads(postgres: Postgres, database_url: str, tmp_path: Path) -> None:
    """A standby, for instance."""
    name = database_url.rpartition("/")[2]
    await postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert (await refused(database_url, tmp_path)).reason == "read_only"


@pytest.mark.database
@pytest.mark.parametrize(("limit", "reason"), [(-1, "rights"), (0, "busy")])
async def test_a_user_that_may_too_little(
    postgres: Postgres, new_postgres: Callable[[], str], tmp_path: Path, limit: int, reason: Reason
) -> None:
    """May make no tables, or has no connection left."""
    name = new_postgres().rpartition("/")[2]
    await postgres.execute(f"CREATE ROLE desk_visitor LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT {limit}")
    await postgres.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database=name)
    error = await refused(_address(postgres, name, "desk_visitor"), tmp_path)
    await postgres.execute("DROP ROLE desk_visitor")
    assert error.reason == reason


@pytest.mark.database
async def test_a_migration_that_never_ends_elsewhere(
    new_postgres: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start does not wait for another replica's for ever."""
    url = new_postgres()
    monkeypatch.setattr("ledger.migrations.apply.LOCK_TIMEOUT_S", 0.2)
    async with Database(url, data_dir=tmp_path) as other, migrating(other):
        assert (await refused(url, tmp_path)).reason == "locked"
    await start(url, tmp_path)


# A code of the server, as it sends it, and what it is taken for.
CODES: list[tuple[str, Reason | None]] = [
    ("53100", "full"),
    ("53200", "other"),
    ("53300", "busy"),
    ("55P03", "locked"),
    ("40P01", "locked"),
    ("40001", "locked"),
    ("57014", "timeout"),
    ("25006", "read_only"),
    ("42501", "rights"),
    ("XX001", "damaged"),
    ("58030", "other"),
    ("23505", None),
    ("22003", None),
    ("42P01", None),
]


@ONLY_POSTGRESQL
@pytest.mark.parametrize(("code", "reason"), CODES)
async def test_what_the_server_says(database: Database, code: str, reason: Reason | None) -> None:
    """Its state is told from faults of ours, which stay what they are."""
    with pytest.raises(DBAPIError) as raised:
        async with database.writing() as connection:
            await connection.exec_driver_sql(
                f"DO $$ BEGIN RAISE EXCEPTION 'so' USING ERRCODE = '{code}'; END $$"
            )
    meant = database.explain(raised.value)
    assert (meant and meant.reason) == reason


@ONLY_POSTGRESQL
async def test_a_connection_that_was_cut(database: Database, database_url: str, postgres: Postgres) -> None:
    """The statement under way fails with a line; the next one has a new connection."""
    name = database_url.rpartition("/")[2]
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    async with database.engine.connect() as connection:
        await connection.scalar(text("SELECT 1"))
        await postgres.execute(cut)
        with pytest.raises(DatabaseUnusable) as told, database.explained():
            await connection.scalar(text("SELECT 2"))
    assert told.value.reason == "lost" and told.value.transient
    async with database.engine.connect() as connection:
        assert await connection.scalar(text("SELECT 3")) == 3


@pytest.mark.database
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
async def test_a_server_that_comes_back(postgres: Postgres, tmp_path: Path, how: signal.Signals) -> None:
    """While it is away each use says so; afterwards the same object works, and what was committed is there."""
    with own_server() as server:
        await server.execute("CREATE DATABASE desk")
        async with Database(server.url("desk"), data_dir=tmp_path, patience_s=2) as database:
            await upgrade(database)
            server.stop(how)
            with pytest.raises(DatabaseUnusable) as told, database.explained():
                async with database.reading():
                    pass
            assert told.value.transient
            server.start()
            async with database.reading() as connection:
                assert await revision_of(connection) == newest()
