"""A running emulator."""

from collections.abc import AsyncIterator

import pytest
from wire_client import TOKENS

import emulator


@pytest.fixture
async def emu() -> AsyncIterator[emulator.Emulator]:
    """An emulator that answers at once, in replies of a known length."""
    async with emulator.running(emulator.Pace(0.0, 0.0, TOKENS, fault_speed=100)) as running:
        yield running
