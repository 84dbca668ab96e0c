"""A running emulator, and an engine that asks it."""

from collections.abc import AsyncIterator

import pytest
from asking import AT_ONCE, asking

import emulator
from holysheep import Engine


@pytest.fixture
async def emu() -> AsyncIterator[emulator.Emulator]:
    """An emulator that answers at once."""
    async with emulator.running(AT_ONCE) as running:
        yield running


@pytest.fixture
async def engine(emu: emulator.Emulator) -> AsyncIterator[Engine]:
    """An engine whose only provider is the emulator."""
    async with asking(emu.base_url) as engine:
        yield engine
