"""Two providers, and a terminal whose settings lead to them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from terminal import AT_ONCE, OURS, THEIRS, Terminal

import emulator


@pytest.fixture
async def ours() -> AsyncIterator[emulator.Emulator]:
    """In the place of HolySheep."""
    async with emulator.running(AT_ONCE) as running:
        yield running


@pytest.fixture
async def theirs() -> AsyncIterator[emulator.Emulator]:
    """In the place of the legacy provider."""
    async with emulator.running(AT_ONCE) as running:
        yield running


@pytest.fixture
def bare(tmp_path: Path) -> Terminal:
    """No provider has a key."""
    return Terminal({"DATA_DIR": str(tmp_path / "data"), "LC_ALL": "C"})


@pytest.fixture
def alone(bare: Terminal, ours: emulator.Emulator) -> Terminal:
    """HolySheep has a key."""
    return bare.with_(HOLYSHEEP_BASE_URL=ours.base_url, HOLYSHEEP_API_KEYS=OURS)


@pytest.fixture
def both(alone: Terminal, theirs: emulator.Emulator) -> Terminal:
    """The legacy provider has one, too."""
    return alone.with_(OPENAI_BASE_URL=theirs.base_url, OPENAI_API_KEY=THEIRS)
