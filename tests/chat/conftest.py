"""A desk whose pages remember what they were sent."""

import asyncio
import shutil
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
    """How the desk asks ``emu``: without repeats, and each reply but once."""
    return Provider(
        "holysheep",
        emu.base_url,
        api_keys=("hs-secret-of-the-shop",),
        key_variable="HOLYSHEEP_API_KEY",
        retries=0,
        restart="ask",
    )


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all its tables, to be copied."""
    folder = tmp_path_factory.mktemp("ledger")

    async def make() -> None:
        async with Database(data_dir=folder) as database:
            await upgrade(database)

    asyncio.run(make())
    return folder / "ledger.db"


@pytest.fixture
async def rooms(
    emu: Emulator, provider: Provider, tmp_path: Path, empty_ledger: Path
) -> AsyncIterator[Rooms]:
    """The rooms of a desk with one demo."""
    (tmp_path / "data").mkdir()
    shutil.copy(empty_ledger, tmp_path / "data")
    async with Database(data_dir=tmp_path / "data") as database:
        made = Rooms(emu, tmp_path, provider, database)
        await made.open()
        yield made
        await made.close()
