"""A database of its own for each test, on SQLite and on a PostgreSQL server that ends with the tests.

``DEMO_DESK_TEST_POSTGRES`` names a server to use instead: an address without a database's name, whose user may create
databases. The programs of a server are installed by ``scripts/postgres.sh``. Where there is no server its tests are
left out, and the summary says so; with ``CI`` set they fail.
"""

import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from postgres_server import NoServer, Postgres, own_server, run

from ledger.database import Database
from ledger.migrations import upgrade

__all__ = ["BOTH", "Postgres", "own_server"]

BOTH = [pytest.param(name, marks=pytest.mark.database) for name in ("sqlite", "postgresql")]

_TEMPLATE = "desk_template"
_left_out: list[str] = []


async def _migrate(url: str, folder: Path) -> None:
    async with Database(url, data_dir=folder) as database:
        await upgrade(database)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server of this test run, with an up-to-date template; ours unless an address is given."""
    given = os.environ.get("DEMO_DESK_TEST_POSTGRES", "").rstrip("/")
    try:
        if given:
            server = Postgres(given)
            run(_make_template(server))
            yield server
        else:
            with own_server() as server:
                run(_make_template(server))
                yield server
    except NoServer as error:
        if os.environ.get("CI"):
            pytest.fail(f"PostgreSQL is missing: {error}")
        _left_out.append(str(error))
        pytest.skip(f"PostgreSQL left out: {error}")


async def _make_template(server: Postgres) -> None:
    await server.execute(
        f"DROP DATABASE IF EXISTS {_TEMPLATE}", f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0"
    )
    await _migrate(server.url(_TEMPLATE), Path())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An up-to-date SQLite file with nothing in it."""
    folder = tmp_path_factory.mktemp("template")
    run(_migrate("", folder))
    return folder / "ledger.db"


@pytest.fixture
def new_postgres(postgres: Postgres) -> Iterator[Callable[..., str]]:
    """Makes databases on the server, empty or up to date; gives their addresses. They go when the test ends."""
    made: list[str] = []

    def make(template: str = "template0") -> str:
        name = f"desk_{secrets.token_hex(6)}"
        run(postgres.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"))
        made.append(name)
        return postgres.url(name)

    yield make
    if made and (postgres.process or not postgres.data):
        run(postgres.execute(*(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in made)))


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The ``DATABASE_URL`` of a database with no tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return str(request.getfixturevalue("new_postgres")())


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The ``DATABASE_URL`` of an up-to-date database with nothing in it."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "ledger.db")
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return str(request.getfixturevalue("new_postgres")(_TEMPLATE))


@pytest.fixture
async def database(database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """An up-to-date database with nothing in it, connected."""
    async with Database(database_url, data_dir=tmp_path) as made:
        yield made


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Also a test that has chosen one of them needs a database."""
    for item in items:
        if not {"database_url", "empty_database_url"}.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say it where everybody looks."""
    if _left_out:
        terminalreporter.write_line(f"LEFT OUT: the tests on PostgreSQL; {_left_out[0]}", yellow=True)
