"""A provider, and a database, for programs that stand beside each other."""

from collections.abc import AsyncIterator, Callable

import pytest
from desk_program import KEY

from emulator import Emulator, Pace, running


@pytest.fixture
async def provider() -> AsyncIterator[Emulator]:
    """Whom the programs ask: a reply takes two seconds, so that something can happen in its middle."""
    async with running(Pace(first_token_s=0.05, tokens_per_second=30, tokens=60), keys={KEY}) as emulator:
        yield emulator


@pytest.fixture
def database_url(new_postgres: Callable[..., str]) -> str:
    """An up-to-date database of PostgreSQL with nothing in it."""
    return new_postgres("desk_template")
