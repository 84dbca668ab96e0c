"""Where the processes of a run are kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.processes import Cores
from bench.stage import Stage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="no other system has a way")


@pytest.fixture
def cores() -> Iterator[list[int]]:
    """Those that this process may use, given back at the end."""
    usable = os.sched_getaffinity(0)
    if len(usable) < 2:
        pytest.skip("one core only")
    yield sorted(usable)
    os.sched_setaffinity(0, usable)


def test_everywhere(cores: list[int], tmp_path: Path) -> None:
    """What is started in the meantime may use both cores; afterwards this process is back on its own."""
    first, second, *_ = cores
    stage = Stage(tmp_path, Cores(first, second), 9700, [])
    with stage.everywhere() as free:
        assert os.sched_getaffinity(0) == {first, second}
        assert free.cores == Cores(frozenset({first, second}), frozenset({first, second}))
    assert os.sched_getaffinity(0) == {second}
    assert stage.cores == Cores(first, second)
