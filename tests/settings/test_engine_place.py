"""The engine's shared state is where the books are: files beside SQLite, tables in PostgreSQL."""

from pathlib import Path

import pytest
from databases import BOTH

from settings.engine_place import opened_store
from settings.environment import Environment


@pytest.mark.parametrize("database_url", BOTH, indirect=True)
async def test_where_it_is(database_url: str, tmp_path: Path) -> None:
    """What one command leaves the next one finds; only for SQLite there are files."""
    environment = Environment(data_dir=tmp_path / "data", database_url=database_url)
    async with opened_store(environment) as store:
        assert await store.read("switch") == {}
        await store.change("switch", lambda before: {**before, "to": "openai"})
    async with opened_store(environment) as store:
        assert await store.read("switch") == {"to": "openai"}
    files = [file.name for file in tmp_path.glob("data/engine/*.json")]
    assert files == (["switch.json"] if database_url.startswith("sqlite") else [])


async def test_a_database_that_is_out_of_reach(tmp_path: Path) -> None:
    """A command is told in one line, without the password."""
    url = "postgresql://desk:secret123@127.0.0.1:9/desk"  # not a secret
    with pytest.raises(OSError, match=r"127\.0\.0\.1") as told:
        async with opened_store(Environment(data_dir=tmp_path, database_url=url)):
            pass
    assert "secret123" not in str(told.value)
