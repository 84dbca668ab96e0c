"""A program's own disk is full, and its database is elsewhere."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_disks import small_disk_of
from two_replicas import house, record_of, tab

from emulator import Emulator

pytestmark = [pytest.mark.slow, pytest.mark.database, pytest.mark.usefixtures("unmeasured")]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    with small_disk_of("1m", tmp_path) as disk:
        yield disk


async def test_chats_go_on(small_disk: Path, provider: Emulator, database_url: str, tmp_path: Path) -> None:
    """Only the last words of a reply are in danger if it dies now: the log says so once, and all is on record."""
    async with (
        house(tmp_path, database_url, provider, count=1, DATA_DIR=str(small_disk)) as desk,
        tab(desk.url) as reader,
    ):
        await reader.ask("Một")
        (small_disk / "other").write_bytes(bytes(shutil.disk_usage(small_disk).free))
        await reader.ask("Hai")
        await reader.ask("Ba")
        assert reader.notices == [] and len(reader.replies) == 3
        printed = desk.replicas[0].printed
        assert printed.count("are not kept in") == 1 and "Traceback" not in printed
    record = await record_of(database_url)
    assert record.faults == [] and {row.finish_reason for row in record.receipts.values()} == {"stop"}
