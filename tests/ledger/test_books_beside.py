"""The books of a command, beside a server's on the same database."""

import shutil
from pathlib import Path

import pytest
from bookkeeping import begin, faults, keeping, open_books, receipt, rows, take
from sqlalchemy import select

from ledger.budgets import INSTALLATION
from ledger.database import Database
from ledger.tables import budgets, receipts, turns
from ledger.unusable import DatabaseUnusable


async def test_a_server_that_starts_meanwhile(database: Database, tmp_path: Path) -> None:
    """Where it takes the command for dead it ends the command's turn; what the command then says of it holds."""
    async with keeping(database, tmp_path, beside=True) as command:
        entry = await begin(command, most=None)
        await command.flush()
        async with keeping(database, tmp_path):
            settled = entry.settle(receipt(), "Dạ còn.")
            assert await settled is None
    (turn,) = await rows(database, turns)
    (kept,) = await rows(database, receipts)
    assert (turn.reply, kept.finish_reason) == ("Dạ còn.", "stop")
    assert await faults(database) == []


async def test_a_command_ends_nobodys_turns(database: Database, tmp_path: Path) -> None:
    """Neither a running server's nor a dead one's: whoever starts next as a server does that."""
    async with keeping(database, tmp_path) as server:
        await take(server, "c1")
        await server.flush()
        async with keeping(database, tmp_path, beside=True) as command:
            await command.flush()
        async with database.reading() as connection:
            assert list(await connection.scalars(select(turns.c.settled_at))) == [None]


async def test_a_command_sets_no_limits(database: Database, tmp_path: Path) -> None:
    """Those of the installation are the server's."""
    async with keeping(database, tmp_path, beside=True):
        pass
    assert [one for one in await rows(database, budgets) if one.scope == INSTALLATION] == []


async def test_a_file_has_one_server(sqlite_template: Path, tmp_path: Path) -> None:
    """A command takes no lock of SQLite's file, and loosens none."""
    shutil.copy(sqlite_template, tmp_path / "ledger.db")
    async with (
        Database(data_dir=tmp_path) as database,
        keeping(database, tmp_path),
        keeping(database, tmp_path, beside=True),
    ):
        with pytest.raises(DatabaseUnusable) as refused:
            await open_books(database, tmp_path)
        assert refused.value.reason == "in_use"
