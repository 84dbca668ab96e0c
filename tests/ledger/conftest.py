"""The databases of these tests come from tests/databases.py."""

import shutil
from pathlib import Path

import pytest

from ledger.migrations import apply, revisions


@pytest.fixture
def next_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a test writes a revision after the newest one."""
    folder = tmp_path / "migrations"
    shutil.copytree(apply._FOLDER, folder)
    monkeypatch.setattr(apply, "_FOLDER", folder)
    for module in ("ledger.migrations.apply", "ledger.backup"):
        monkeypatch.setattr(f"{module}.revisions", revisions.__wrapped__)
    return folder / "versions" / "9999_next.py"
