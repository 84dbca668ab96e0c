"""The soak itself, for half a minute: proxy, two replicas, PostgreSQL and the provider as processes of their own."""

from pathlib import Path

import pytest

from bench.postgres import NoPostgres, known_folders, server_programs
from scripts.proxy import NoProxy, program
from scripts.soak.picture import draw
from scripts.soak.run import Order, soak
from scripts.soak.table import told

pytestmark = [pytest.mark.slow, pytest.mark.database]


@pytest.fixture
def parts() -> None:
    """Where a part cannot be had there is nothing to try."""
    try:
        program()
        server_programs(known_folders())
    except (NoProxy, NoPostgres) as missing:
        pytest.skip(str(missing))


@pytest.mark.usefixtures("unmeasured", "parts")
async def test_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path) -> None:
    """A replica killed, another one too, the database restarted and a bad provider between: all is answered once."""
    order = Order(seconds=24, visitors=6, every_s=8, hurry=3, seed="half a minute")
    outcome = await soak(tmp_path, order)
    assert (outcome.verdict.lost, outcome.verdict.double, outcome.verdict.faults) == ([], [], []), told(
        outcome
    )
    assert outcome.checked[0], told(outcome)
    assert {trouble.kind for trouble in outcome.troubles} == {"kill", "postgres", "outage"}
    assert outcome.verdict.answered > 0 and outcome.memory.seen.keys() == {0, 1}
    draw(tmp_path / "soak.png", outcome.begin, outcome.end, outcome.memory, outcome.told, outcome.troubles)
    assert (tmp_path / "soak.png").stat().st_size > 1000
