"""The desk of a program without its sockets."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from operators import Desk, place

import backstage.watching
from demos.on_record import Tools
from demos.place import Workshop
from emulator import Emulator, Pace, running
from holysheep import Engine, EngineSettings, Provider
from ledger import Books
from settings import load_settings
from settings.demo_reader import DemoReader
from settings.faults import ROOT


@pytest.fixture
async def emu() -> AsyncIterator[Emulator]:
    """A provider that answers at once."""
    pace = Pace(first_token_s=0.001, tokens_per_second=0, tokens=12, fault_speed=100)
    async with running(pace) as emulator:
        yield emulator


@pytest.fixture
async def desk(
    emu: Emulator, tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """The shipped demos, an empty database; whoever watches looks often."""
    monkeypatch.setattr(backstage.watching, "EVERY_S", 0.01)
    shutil.copy(sqlite_template, tmp_path / "ledger.db")
    folder = tmp_path / "settings"
    shutil.copytree(ROOT / "settings", folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    settings = load_settings(folder, {}, tmp_path / ".env")
    reader = DemoReader([model.id for model in settings.models])
    readers = (reader.file, reader.text)
    async with Workshop(place(tmp_path, dict(settings.demos), readers, settings.demos_folder)) as shop:
        books = await Books.open(shop.database, price_of=lambda *_: (None, None), spool=tmp_path / "spool")
        provider = Provider("holysheep", emu.base_url, api_keys=("hs-key",), retries=0)
        async with Engine(EngineSettings.of([provider], settings.models)) as engine:
            made = Desk(shop, Tools(engine, books, settings.default_model))
            yield made
            await made.backstage.close()
        await books.close()
