"""The versions of demos on record."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bookkeeping import keeping

from ledger.database import Database
from ledger.versions import DemoVersion, latest_versions

FIRST = DemoVersion("fashion", 1, "a" * 64, datetime(2026, 11, 1, tzinfo=UTC))


async def test_the_latest_of_each_demo(database: Database, tmp_path: Path) -> None:
    """The next start finds the newest; a number that is taken stays as it is."""
    async with keeping(database, tmp_path) as books:
        assert await latest_versions(database) == {}
        second = replace(FIRST, version=2, digest="b" * 64)
        other = replace(FIRST, demo="electronics")
        for saved in (FIRST, second, other, replace(second, digest="c" * 64)):
            books.save_version(saved)
        await books.flush()
        assert await latest_versions(database) == {"fashion": second, "electronics": other}
