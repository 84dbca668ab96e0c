"""What the database refused keeps its texts no longer than what is on record, on both databases."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from past import DAY, NOON, Past

from ledger.database import Database
from ledger.operations import SaySoFar
from ledger.plain import microseconds
from ledger.privacy import Retention
from ledger.refused import expire_refused
from ledger.spool import Spool

NOW = NOON + 400 * DAY
RETENTION = Retention(90, {"cosmetics": 1, "electronics": 365})


def message(conversation: str, demo: str, days: int, question: str) -> dict[str, Any]:
    """A message of so many days ago."""
    about = {"id": conversation, "demo": demo, "title": None}
    row = {"id": f"{conversation}-0", "asked_at": ago(days), "question": question}
    return {"kind": "message", "conversation": conversation, "about": about, "row": row, "why": "full"}


def settled(conversation: str, days: int, reply: str) -> dict[str, Any]:
    """A reply of so many days ago."""
    return {"kind": "settled", "conversation": conversation, "settled_at": ago(days), "reply": reply}


def ago(days: int) -> int:
    return microseconds(NOW - timedelta(days=days))


def write(file: Path, *lines: Mapping[str, Any]) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))


def read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


async def test_old_texts_go(database: Database, folder: Path) -> None:
    """Line by line; what a line says beside its words stays, and what waits to be written is left alone."""
    old = [message("a", "boutique", 91, "cũ"), settled("a", 91, "cũ")]
    titled = {"kind": "saved", "conversation": "a", "changes": {"title": "cũ"}, "refused_at": ago(91)}
    timeless = {"kind": "said", "conversation": "a", "turn": "a-1", "reply": "cũ"}
    new = [message("a", "boutique", 89, "mới"), settled("a", 89, "mới")]
    write(folder / "refused-1.jsonl", *old, timeless)
    write(folder / "refused-2.jsonl", *new, titled)
    write(folder / "3.jsonl", *old)
    assert await expire_refused(database, folder, RETENTION, now=NOW) == 4
    assert [line["kind"] for line in read(folder / "refused-1.jsonl")] == ["message", "settled", "said"]
    left = "".join(json.dumps(read(folder / f"refused-{n}.jsonl"), ensure_ascii=False) for n in (1, 2))
    assert "cũ" not in left and left.count("mới") == 2 and '"why": "full"' in left
    assert read(folder / "3.jsonl") == old
    assert await expire_refused(database, folder, RETENTION, now=NOW) == 0


async def test_a_demo_has_its_own_time(database: Database, folder: Path) -> None:
    """As its first message says, or the conversation on record; of any other holds that of the installation."""
    await Past(database).conversation("e", "xin chào", demo="electronics")
    lines = (
        message("c", "cosmetics", 2, "một"),
        settled("c", 2, "hai"),
        settled("e", 364, "ba"),
        settled("e", 366, "bốn"),
        settled("nobody", 89, "năm"),
        settled("nobody", 91, "sáu"),
    )
    write(folder / "refused-1.jsonl", *lines)
    assert await expire_refused(database, folder, RETENTION, now=NOW) == 4
    replies = [line["reply"] for line in read(folder / "refused-1.jsonl")[1:]]
    assert replies == [None, "ba", None, "năm", None]


async def test_what_says_no_time_has_that_of_its_refusal(database: Database, folder: Path) -> None:
    """A piece of a reply, say."""
    Spool(folder, "me").refuse(SaySoFar("a", "a-0", "Dạ còn"), "no room")
    now = datetime.now(UTC)
    assert await expire_refused(database, folder, Retention(1), now=now) == 0
    assert await expire_refused(database, folder, Retention(1), now=now + 2 * DAY) == 1
    assert read(folder / "refused-me.jsonl")[0]["reply"] is None


async def test_nothing_was_refused(database: Database, folder: Path) -> None:
    """There may be no spool at all."""
    assert await expire_refused(database, folder, RETENTION, now=NOW) == 0
    assert not folder.exists()
