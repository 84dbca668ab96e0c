"""Chainlit's application folders, made for one run so that nothing is written beside the sources."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from bench.processes import ROOT, BenchError

_SESSION_TIMEOUT = re.compile(r"^session_timeout = (\d+)", re.MULTILINE)


def copy_house(folder: Path) -> None:
    """Fill `folder` with what Demo Desk's own application folder holds for Chainlit."""
    shutil.copytree(ROOT / ".chainlit", folder / ".chainlit", dirs_exist_ok=True)
    shutil.copytree(ROOT / "public", folder / "public", dirs_exist_ok=True)
    for page in ROOT.glob("chainlit*.md"):
        shutil.copy(page, folder)


def session_timeout_s(folder: Path) -> int:
    """For how many seconds Chainlit keeps a closed session, by the configuration in `folder`."""
    config = folder / ".chainlit" / "config.toml"
    found = _SESSION_TIMEOUT.search(config.read_text()) if config.exists() else None
    if not found:
        raise BenchError(f"no session_timeout in {config}")
    return int(found[1])


def set_session_timeout(folder: Path, seconds: int) -> None:
    """Keep closed sessions for `seconds` only."""
    config = folder / ".chainlit" / "config.toml"
    text, found = _SESSION_TIMEOUT.subn(f"session_timeout = {seconds}", config.read_text())
    if not found:
        raise BenchError(f"no session_timeout in {config}")
    config.write_text(text)
