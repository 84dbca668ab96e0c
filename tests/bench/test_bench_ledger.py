"""The ledger's measurements: what they ask for, what they count, and that their scripts still run."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ports import free_port

from bench.growth_picture import CURVES, decades, draw_growth, points
from bench.machine import Machine
from bench.measures import durable, growth, links, recording, replicas
from bench.plan import FULL_PLAN, QUICK_PLAN, Plan
from bench.postgres import NoPostgres, server_programs
from bench.processes import BenchError, Cores
from bench.roster import STORES
from bench.scripts import run_script
from bench.stage import Stage
from bench.stores import Stores, file_system, stores
from bench.targets import TARGETS, AtLeast, AtMost


def measured(plan: Plan) -> set[str]:
    """The keys that the ledger's measurements fill."""
    keys = {recording.wait_quantity(crowd, 0.5).key for crowd in ("1", "40", "burst")}
    keys |= {durable.rate(crowd).key for crowd in (1, 40, 200)}
    keys |= {replicas.rate(2, how).key for how in ("free", "shared")}
    for size in plan.growth_sizes:
        keys |= {quantity.key for quantity in growth.quantities(size, plan.long_turns).values()}
    return keys | {quantity.key for quantity in (links.RESOLVE, links.ADDED, links.EDIT, links.NEW)}


def test_every_target_of_the_ledger_is_measured() -> None:
    """A target whose figure nobody fills would stay "not measured" for ever."""
    targets = [target for target in TARGETS if isinstance(target, AtMost | AtLeast)]
    wanted = {target.key for target in targets if target.contender in STORES}
    assert len(wanted) == 17
    assert wanted <= measured(FULL_PLAN)


@pytest.mark.parametrize("plan", [FULL_PLAN, QUICK_PLAN], ids=["full", "quick"])
def test_sizes_ascend(plan: Plan) -> None:
    """A ledger is only ever filled up, and the long conversation is in it from the first size on."""
    assert list(plan.growth_sizes) == sorted(set(plan.growth_sizes))
    assert plan.growth_sizes[0] >= plan.long_turns


def test_a_crowd_asks_for_the_same_turns_in_all() -> None:
    """Few who ask often or many who ask seldom; one alone, who waits for every sync, asks for less."""
    assert [(each["crowd"], each["turns"]) for each in durable.orders(4000)] == [
        (1, 400),
        (40, 100),
        (200, 20),
    ]


FIGURES = {
    ("report_day_100000", "sqlite"): 200.0,
    ("report_day_10000", "sqlite"): 20.0,
    ("report_day_10000", "postgresql"): 30.0,
    ("report_link_10000", "sqlite"): 40.0,
}


def test_points_of_a_curve() -> None:
    """A curve takes its own figures of its own database, in order of size."""
    assert points(CURVES[0], FIGURES, "sqlite") == [(10_000, 20.0), (100_000, 200.0)]
    assert points(CURVES[0], FIGURES, "postgresql") == [(10_000, 30.0)]


@pytest.mark.parametrize(
    ("values", "ends"), [([20.0, 2000.0], (10.0, 10_000.0)), ([1.7, 2.0], (1.0, 10.0)), ([0.4], (0.1, 1.0))]
)
def test_decades(values: list[float], ends: tuple[float, float]) -> None:
    """An axis begins and ends at a power of ten."""
    assert decades(values) == pytest.approx(ends)


def test_no_picture_without_growth(tmp_path: Path) -> None:
    """A run that did not measure growth leaves no empty picture."""
    machine = Machine("2026-11-23", "CPU", 2, 24.0, "Linux", "3.11", "", "", "0.1")
    assert not draw_growth({("report_day_10000", "sqlite"): 20.0}, machine, tmp_path / "growth.png")
    assert not (tmp_path / "growth.png").exists()


def test_server_programs(tmp_path: Path) -> None:
    """The first folder with both programs is taken; where there is none the reason says what to do."""
    with pytest.raises(NoPostgres, match=r"scripts/postgres\.sh"):
        server_programs([tmp_path])
    for name in ("initdb", "postgres"):
        (tmp_path / name).touch()
    assert server_programs([tmp_path / "nowhere", tmp_path]) == tmp_path


def test_the_file_system_is_named(tmp_path: Path) -> None:
    """A reader can see whether "durable" meant a disk."""
    assert file_system(tmp_path)


@pytest.fixture
async def databases(tmp_path: Path) -> AsyncIterator[tuple[Stage, Stores]]:
    """A stage on any core, and every database there is. The server gets the first port that the stage gives away."""
    stage = Stage(tmp_path, Cores(None, None), free_port() - 1, ["ours", "bare"])
    async with stores(stage) as found:
        yield stage, found


@pytest.mark.slow
@pytest.mark.database
@pytest.mark.usefixtures("unmeasured")
async def test_scripts_run(databases: tuple[Stage, Stores]) -> None:
    """Every script does its order on every database, and its figures have the names that the measures read."""
    stage, found = databases
    lots = durable.orders(40, (1, 4))
    for name in found.names:
        recorded = await run_script(
            stage, "recording", (await found.fresh(name)).order(recorded=True, lots=lots), 60
        )
        assert [len(lot["waits_ms"]) for lot in recorded["lots"]] == [4, 16]
        order = (await found.fresh(name)).order(sizes=[100, 300], long_turns=50)
        grown = await run_script(stage, "growth", order, 60)
        assert [each["size"] for each in grown["sizes"]] == [100, 300]
        assert all(each[key] for each in grown["sizes"] for key in growth.quantities(100, 50))
        order = (await found.fresh(name)).order(lots=lots, long_turns=20)
        theirs = await run_script(stage, "data_layer", order, 60)
        assert [lot["asked"] for lot in theirs["lots"]] == [4, 16]
        assert theirs["lots"][0]["lost"] == 0
        order = (await found.fresh(name)).order()
        made = await run_script(stage, "beside", {**order, "make": 1}, 60)
        writing = {"begin_at": time.monotonic(), "seconds": 0.2, "crowd": 3, **made}
        beside = await run_script(stage, "beside", {**order, **writing}, 60)
        assert beside["all"] == len(beside["waits_ms"]) >= 3 and beside["cpu_s"] > 0


@pytest.mark.slow
async def test_a_script_that_fails_is_heard(tmp_path: Path) -> None:
    """What a script said at its end is in the error."""
    stage = Stage(tmp_path, Cores(None, None), 0, ["ours"])
    with pytest.raises(BenchError, match="KeyError: 'recorded'"):
        await run_script(stage, "recording", {}, 60)
