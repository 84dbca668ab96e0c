"""A start of the program that fails, and what it says then."""

import os
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.database import Database
from ledger.migrations import upgrade
from ledger.unusable import DatabaseUnusable

NOBODY = 65534
PASSWORD = "hs-very-hidden"  # not a secret
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ONLY_POSTGRESQL = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.database)], indirect=True
)


async def start(url: str, folder: Path, patience_s: float = 0.3) -> None:
    """As the program starts."""
    async with Database(url, data_dir=folder, patience_s=patience_s) as database:
        await upgrade(database)


async def refused(url: str, folder: Path) -> DatabaseUnusable:
    """Why a start failed; what it said is fit for a terminal."""
    with pytest.raises(DatabaseUnusable) as told:
        await start(url, folder)
    said = str(told.value)
    assert re.fullmatch(r".+[.)] / .+[.)]", said), said  # one line, both languages
    assert PASSWORD not in "".join(traceback.format_exception(told.value))
    return told.value


@contextmanager
def as_a_stranger() -> Iterator[None]:
    """Root may write anywhere: for these tests it is somebody else for a moment."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(was)
