"""The engine beside others: what is counted, how it is judged, and that the clients still run."""

from __future__ import annotations

from pathlib import Path

import pytest
from ports import free_port

from bench.__main__ import options
from bench.added import WHICH, above, added
from bench.measures.beside import _count
from bench.pace import Pace
from bench.processes import Cores
from bench.publish import has_place, publish_part
from bench.roster import CLIENTS, ENGINE, RAW, ROUTER, SDK
from bench.rows import Tally, medians
from bench.scripts import CLIENTS as SCRIPTS
from bench.scripts import run_script
from bench.stage import Stage
from bench.targets import TARGETS, HalfOfSdk

TOKENS = 5


@pytest.mark.parametrize(
    ("ours", "theirs", "met"),
    [(40.0, 100.0, True), (50.0, 100.0, True), (60.0, 100.0, False), (-1.0, 9.0, True), (1.0, -9.0, False)],
)
def test_half_of_the_sdk(ours: float, theirs: float, met: bool) -> None:
    """What stands above the raw client is compared; the whole figures stand beside it."""
    which = WHICH[4]
    target = HalfOfSdk(added(*which), above(*which))
    whole = {(added(*which).key, name): 200.0 for name in (RAW, ENGINE, SDK)}
    both = {(above(*which).key, ENGINE): ours, (above(*which).key, SDK): theirs}
    verdict = target.judge({**whole, **both})
    assert verdict.met is met
    assert "raw, ours, SDK: 200, 200, 200" in verdict.reached
    assert target.judge({}).met is None


def test_every_target_is_measured() -> None:
    """First token and chunks, one stream and a hundred, the typical and the unlucky one."""
    heard = {
        name: {"first_ns": [3_000_000, 4_000_000], "chunk_ns": [6_000, 7_000], "busy": 0.5}
        for name in CLIENTS
    }
    heard[RAW] = {"first_ns": [1_000_000, 2_000_000], "chunk_ns": [5_000, 5_000], "busy": 0.1}
    tally = Tally()
    for crowd in (1, 100):
        _count(tally, crowd, heard)
    figures = medians(tally.rows())
    targets = [target for target in TARGETS if isinstance(target, HalfOfSdk)]
    assert len(targets) == len(WHICH) == 8
    assert all(target.judge(figures).met is False for target in targets)
    assert figures["beside_first_p50_1", ENGINE] == 3.0
    assert figures["beside_first_p50_1_above", ENGINE] == 2.0
    assert figures["beside_chunk_p99_100_above", ROUTER] == 2.0
    assert figures["beside_busy", SDK] == 50.0


def test_every_client_has_a_file() -> None:
    """A column's name is that of the file that fills it."""
    assert all((SCRIPTS / f"{name}.py").exists() for name in CLIENTS)


def test_a_part_has_its_own_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The figures of one measurement never replace those of all; without a place nothing is measured in vain."""
    page = tmp_path / "performance.md"
    marks = "<!-- figures: begin -->\nall\n<!-- figures: end -->\n"
    page.write_text(f"{marks}<!-- figures of o: begin -->\n<!-- figures of o: end -->\n")
    assert has_place("o", tmp_path) and has_place("", tmp_path) and not has_place("a", tmp_path)
    publish_part("o", "### Targets\n", tmp_path)
    assert (
        page.read_text() == f"{marks}<!-- figures of o: begin -->\n#### Targets\n<!-- figures of o: end -->\n"
    )
    assert options(["--only", "o", "--publish"]).only == ["o"]
    with pytest.raises(SystemExit):
        options(["--only", "a", "--publish"])
    assert "no place for a alone" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("name", [RAW, ENGINE, SDK])
async def test_clients_run(name: str, tmp_path: Path, unmeasured: None) -> None:
    """Each client counts each reply and each token of it; LiteLLM's is in the benchmark's own environment only."""
    stage = Stage(tmp_path, Cores(None, None), free_port(), [])
    whole = {"client": name, "url": f"{stage.upstream}/v1", "key": "bench"}
    async with stage.emulator():
        await stage.pace(Pace(0.01, 500, TOKENS, stamped=True))
        crowd = {"streams": 3, "replies": 2, "spread_s": 0.01, "shares": [0.5, 0.99]}
        heard = await run_script(stage, "asking", {**whole, **crowd}, 60, SCRIPTS)
        short = await run_script(stage, "asking", {**whole, "in_flight": 2, "seconds": 0.1}, 60, SCRIPTS)
    assert (heard["replies"], heard["chunks"]) == (6, 6 * TOKENS)
    assert 0 < heard["first_ns"][0] <= heard["first_ns"][1]
    assert 0 < heard["chunk_ns"][0] <= heard["chunk_ns"][1]
    assert short["replies_per_s"] > 0 and short["cpu_us"] > 0
