"""A copy of the shipped settings, for a test to break."""

import shutil
from pathlib import Path

import pytest

from settings.faults import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A settings folder like the shipped one."""
    copy = tmp_path / "settings"
    (copy / "demos").mkdir(parents=True)
    for name in ("models.toml", "providers.toml", "demos/boutique.toml", "demos/electronics.toml"):
        shutil.copy(ROOT / "settings" / name, copy / name)
    return copy


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    """The path of a ``.env`` that is not there yet."""
    return tmp_path / ".env"
