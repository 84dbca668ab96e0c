"""What the database refused stands on disk for a person to look at, its texts no longer than those on record."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ledger.database import Database
from ledger.operations import without_texts
from ledger.plain import microseconds
from ledger.privacy import Retention
from ledger.spool import read_refused, rewrite_refused
from ledger.tables import conversations

_AT_ONCE = 500
# Where an operation says when it was; the first that is there counts.
_TIMES = (("row", "asked_at"), ("settled_at",), ("refused_at",))


async def expire_refused(
    database: Database, folder: Path, retention: Retention, *, now: datetime | None = None
) -> int:
    """Take texts that are older than their time out of what was refused; gives how many lines had some.

    folder: the spool's. A conversation that no table and no other line knows has the installation's time. Safe while
    a server runs. Raises DatabaseUnusable, OSError.
    """
    now = now or datetime.now(UTC)
    demos = await asyncio.to_thread(_demos, folder)
    demos |= await _on_record(database, [id for id, demo in demos.items() if demo is None])

    def change(operation: Mapping[str, Any]) -> Mapping[str, Any]:
        demo = demos.get(operation.get("conversation", ""))
        days = retention.demos.get(demo or "", retention.days)
        young = _time(operation) >= microseconds(now - timedelta(days=days))
        without: Mapping[str, Any] = operation if young else without_texts(operation)
        return without

    return await asyncio.to_thread(rewrite_refused, folder, change)


def _demos(folder: Path) -> dict[str, str | None]:
    """Of each conversation its demo, where a line says it."""
    found: dict[str, str | None] = {}
    for operation in read_refused(folder):
        if id := operation.get("conversation"):
            found[id] = (operation.get("about") or {}).get("demo") or found.get(id)
    return found


async def _on_record(database: Database, ids: list[str]) -> dict[str, str | None]:
    c = conversations.c
    found: dict[str, str | None] = {}
    for start in range(0, len(ids), _AT_ONCE):
        with database.explained():
            async with database.reading() as connection:
                query = select(c.id, c.demo).where(c.id.in_(ids[start : start + _AT_ONCE]))
                found |= {id: demo for id, demo in await connection.execute(query)}
    return found


def _time(operation: Mapping[str, Any]) -> int:
    """In microseconds; what does not say when it was is as old as can be."""
    return next((at for path in _TIMES if (at := _at(operation, path)) is not None), 0)


def _at(value: Any, path: Iterable[str]) -> int | None:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, int) else None
