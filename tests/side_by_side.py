"""Tests on several workers (``-n auto``): how many, and which test goes where."""

import os
from pathlib import PurePosixPath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

#: One server serves all tests of such a file: they stay together, on one worker.
_TOGETHER = ("test_app_conversation", "test_app_links", "test_app_walls", "test_prospects", "test_troubles")
#: Longest first, so that no worker is left alone with one at the end.
_FIRST = ("slow", "browser", "database")


def pytest_xdist_auto_num_workers() -> int:
    """Three for two cores: each worker has a browser, and what waits in one is made up for by the others."""
    return min((os.cpu_count() or 1) * 3 // 2 or 1, 6)


def pytest_xdist_setupnodes() -> None:
    """A worker starts its own coverage: not as any other program that is started from here, which would be twice."""
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


class _Dealing(LoadScopeScheduling):
    """Each test goes to the worker that is free next."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if PurePosixPath(file).stem in _TOGETHER else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Dealing:
    """Instead of the plugin's own ways."""
    return _Dealing(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order keeps every worker busy to the end."""

    def rank(item: pytest.Item) -> int:
        if item.path.stem in _TOGETHER:
            return -1
        return next(
            (number for number, mark in enumerate(_FIRST) if item.get_closest_marker(mark)), len(_FIRST)
        )

    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=rank)
