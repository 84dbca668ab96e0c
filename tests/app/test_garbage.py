"""Full looks for garbage fall between replies."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from assembly import garbage

pytestmark = pytest.mark.slow


class Ring:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = gc.get_threshold()
    monkeypatch.setattr(garbage, "QUIET_S", 0.01)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def old_ring() -> weakref.ref[Ring]:
    """A ring that has outlived the young looks."""
    garbage.begin()
    ring = Ring()
    gc.collect(1)
    gc.collect(1)
    return weakref.ref(ring)


async def test_the_interpreter_makes_no_full_look_of_its_own() -> None:
    ring = old_ring()
    looks = gc.get_stats()[2]["collections"]
    kept = [[Ring()] for _ in range(300_000)]
    assert gc.get_stats()[2]["collections"] == looks and len(kept) == 300_000
    gc.collect()
    assert ring() is None


async def test_a_quiet_moment_is_used() -> None:
    ring = old_ring()
    looking = asyncio.create_task(garbage.collect_when_quiet(lambda: False))
    while ring() is not None:
        await asyncio.sleep(0.01)
    looking.cancel()


async def test_while_a_reply_runs_there_is_no_look_until_there_is_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ring = old_ring()
    asked: list[None] = []

    def busy() -> bool:
        asked.append(None)
        return True

    looking = asyncio.create_task(garbage.collect_when_quiet(busy))
    while len(asked) < 5:
        await asyncio.sleep(0.01)
    assert ring() is not None
    monkeypatch.setattr(garbage, "MANY", 1)
    while ring() is not None:
        await asyncio.sleep(0.01)
    looking.cancel()
