"""A desk whose pages remember what they were sent."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rooms import Rooms

from emulator import Emulator, Pace, running
from holysheep import Provider
from ledger import Database, upgrade


@pytest.fixture
async def emu() -> AsyncIterator[Emulator]:
    """A provider that answers twelve tokens at once; its slow faults are a hundred times faster."""
    async with running(Pace(first_token_s=0.01, tokens_per_second=0, tokens=12, fault_speed=100)) as emulator:
        yield emulator


@pytest.fixture
def provider(emu: Emulator) -> Provider:
    """How the desk asks ``emu``: without repeats."""
    return Provider(
        "holysheep",
        emu.base_url,
        api_key="hs-secret-of-the-shop",
        key_variable="HOLYSHEEP_API_KEY",
        retries=0,
    )


@pytest.fixture
async def rooms(emu: Emulator, provider: Provider, tmp_path: Path) -> AsyncIterator[Rooms]:
    """The rooms of a desk with one demo."""
    async with Database(data_dir=tmp_path / "data") as database:
        await upgrade(database)
        made = Rooms(emu, tmp_path, provider, database)
        await made.open()
        yield made
        await made.close()
