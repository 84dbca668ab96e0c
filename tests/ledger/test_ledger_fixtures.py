"""Each test has a database of its own."""

import pytest
from sqlalchemy import func, insert, select

from ledger.database import Database
from ledger.tables import budgets, metadata


@pytest.mark.parametrize("again", [1, 2])
async def test_a_database_is_fresh(database: Database, again: int) -> None:
    """What one test wrote the next one does not find."""
    async with database.writing() as connection:
        for table in metadata.sorted_tables:
            assert await connection.scalar(select(func.count()).select_from(table)) == 0
        await connection.execute(insert(budgets).values(scope="installation", allowed=1, spent=0, reserved=0))
