"""Texts whose time is over, taken out while the program runs."""

import asyncio
import json
from pathlib import Path

from assembly.books import SPOOL, keep_tidy
from demos import Demo, Shelf
from ledger import Database
from settings import Environment


def no_file(file: Path) -> Demo:
    raise NotImplementedError


async def test_what_was_refused_expires_too(database: Database, tmp_path: Path) -> None:
    """Not in the tables only: what the database would not take stands on disk."""
    refused = tmp_path / SPOOL / "refused-r.jsonl"
    refused.parent.mkdir()
    refused.write_text(json.dumps({"kind": "said", "conversation": "a", "reply": "bí mật", "refused_at": 1}))
    environment = Environment(data_dir=tmp_path, retention_days=30)
    tidying = asyncio.create_task(keep_tidy(database, Shelf(tmp_path, no_file, {}), environment))
    try:
        async with asyncio.timeout(60):  # rather than for ever
            while json.loads(refused.read_text())["reply"]:
                await asyncio.sleep(0.01)
    finally:
        tidying.cancel()
        await asyncio.wait([tidying])
