"""The program is killed while pages chat; ``make crash`` does it for longer."""

from pathlib import Path

import pytest

from scripts.crash import crash

pytestmark = pytest.mark.slow

KILLS = 3
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.database)]


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("kind", BOTH)
async def test_a_kill_loses_nothing(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """What pages were told is on record after every kill: messages, receipts, replies, totals."""
    url = "" if kind == "sqlite" else request.getfixturevalue("new_postgres")()
    figures = await crash(tmp_path, kills=KILLS, database_url=url)
    assert figures.faults == [], figures
    assert figures.kills >= KILLS and figures.kept > 0 and figures.receipts > 0
