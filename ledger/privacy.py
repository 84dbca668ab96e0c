"""How long texts are kept, and how they are made to be gone. Receipts, and what replies cost, always stay."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger import under_way
from ledger.database import Database
from ledger.erasing import Erased, erase, erase_turns
from ledger.operations import without_texts
from ledger.spool import rewrite
from ledger.tables import conversations, feedback, links, turns

#: Turns of one transaction, or conversations: others wait for milliseconds.
_TURNS = 500
_CONVERSATIONS = 50

#: What is forgotten: a conversation, all of a link's, or all of a visitor's.
Whose = Literal["conversation", "link", "visitor"]

_COLUMNS: Mapping[Whose, ColumnElement[Any]] = {
    "conversation": conversations.c.id,
    "link": conversations.c.link,
    "visitor": conversations.c.visitor,
}


@dataclass(frozen=True)
class Retention:
    """How many days texts are kept. demos: those with a time of their own."""

    days: int = 90
    demos: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Forgotten:
    """What was taken out. spooled: operations that were still waiting on disk. found: whether there was anything of
    that id at all.

    traces: SQLite's journal could not be emptied, since another program kept reading; it still holds the old pages
    until that is done. Forgetting again does it.
    """

    erased: Erased
    spooled: int
    traces: bool
    found: bool = True


async def expire(database: Database, retention: Retention, *, now: datetime | None = None) -> Erased:
    """Take out all texts that are older than their time; what has none left goes off the lists.

    It can be done at any time, also by several replicas at once. Raises DatabaseUnusable.
    """
    now = now or datetime.now(UTC)
    others = not_(conversations.c.demo.in_(retention.demos)) if retention.demos else true()
    rules = [(days, conversations.c.demo == demo) for demo, days in retention.demos.items()]
    erased = Erased()
    with database.explained():
        for days, whose in (*rules, (retention.days, others)):
            until = now - timedelta(days=days)
            erased += await _expire_turns(database, and_(turns.c.asked_at < until, whose))
            erased += await _expire_conversations(
                database, and_(conversations.c.touched_at < until, whose), now
            )
        erased += await _expire_late_comments(database)
        if erased != Erased():
            await _scrub(database)
    return erased


async def forget(
    database: Database, whose: Whose, id: str, *, spool: Path | None = None, now: datetime | None = None
) -> Forgotten:
    """Take every text out: of the tables, of the spool (its folder, where there is one), of SQLite's free pages and
    journal, and on PostgreSQL of dead rows.

    A link's customer, its note and what it shows instead of the demo's own go too, and a visitor's id. Done again, it
    finishes what was broken off. Raises ValueError for a blank id, DatabaseUnusable, and OSError where the spool cannot
    be rewritten; backups are not touched.
    """
    check_id(whose, id)
    now = now or datetime.now(UTC)
    with database.explained():
        async with database.reading() as connection:
            query = select(conversations.c.id).where(_COLUMNS[whose] == id)
            ids = list((await connection.execute(query)).scalars())
            open_turns = await _open_turns(connection, ids)
    # The spool first: what the server takes out of it later would bring words back.
    spooled = (
        0 if spool is None else await asyncio.to_thread(_forget_spooled, spool, whose, id, ids, open_turns)
    )
    erased, found = Erased(), bool(ids or spooled)
    with database.explained():
        for start in range(0, len(ids), _CONVERSATIONS):
            some = ids[start : start + _CONVERSATIONS]
            async with database.writing() as connection:
                erased += await erase(connection, some, now)
                if whose == "visitor":
                    unknown = update(conversations).where(conversations.c.id.in_(some)).values(visitor="")
                    await connection.execute(unknown)
        if whose == "link":
            async with database.writing() as connection:
                change = update(links).where(links.c.id == id)
                blank = {"customer": None, "note": None, "overrides": None, "revision": links.c.revision + 1}
                gone = await connection.execute(change.values(blank))
                found = found or gone.rowcount > 0
        clean = await _scrub(database)
    return Forgotten(erased, spooled, not clean, found)


def check_id(whose: Whose, id: str) -> None:
    """Raises ValueError for a blank one: that is what visitors have who were forgotten, all of them."""
    if not id.strip():
        raise ValueError(f"the {whose}'s id is blank")


async def _expire_turns(database: Database, old: ColumnElement[bool]) -> Erased:
    worded = or_(turns.c.question.is_not(None), turns.c.reply.is_not(None))
    query = select(turns.c.id).join(conversations).where(worded, old).limit(_TURNS)
    erased = Erased()
    while ids := await _ids(database, query):
        async with database.writing() as connection:
            erased += await erase_turns(connection, turns.c.id.in_(ids))
    return erased


async def _expire_conversations(database: Database, old: ColumnElement[bool], now: datetime) -> Erased:
    listed = and_(conversations.c.deleted_at.is_(None), old)
    erased = Erased()
    while ids := await _ids(database, select(conversations.c.id).where(listed).limit(_TURNS)):
        async with database.writing() as connection:
            # Asked again here: somebody may have written in one of them since.
            these = update(conversations).where(conversations.c.id.in_(ids), listed)
            gone = await connection.execute(these.values(title=None, deleted_at=now))
            erased += Erased(conversations=gone.rowcount)
    return erased


async def _expire_late_comments(database: Database) -> Erased:
    """Those that were given at the very moment when their turn's text went."""
    wordless = select(turns.c.id).where(turns.c.question.is_(None))
    late = and_(feedback.c.comment.is_not(None), feedback.c.turn.in_(wordless))
    async with database.writing() as connection:
        gone = await connection.execute(update(feedback).where(late).values(comment=None))
    return Erased(comments=gone.rowcount)


async def _ids(database: Database, query: Select[Any]) -> list[str]:
    async with database.reading() as connection:
        return list((await connection.execute(query)).scalars())


async def _open_turns(connection: AsyncConnection, ids: Sequence[str]) -> set[str]:
    """The turns of these conversations that are under way."""
    found: set[str] = set()
    for start in range(0, len(ids), _TURNS):
        theirs = turns.c.conversation.in_(ids[start : start + _TURNS])
        found.update(await connection.scalars(select(turns.c.id).where(theirs, turns.c.settled_at.is_(None))))
    return found


def _forget_spooled(folder: Path, whose: Whose, id: str, ids: list[str], open_turns: set[str]) -> int:
    """Take the words out of what is said of these conversations, also of those that the database never saw."""
    concerned = set(ids)

    # First whose each conversation is: in another file what is said of it may stand before that.
    def look(operation: Mapping[str, Any]) -> Mapping[str, Any]:
        if (operation.get("about") or {}).get("id" if whose == "conversation" else whose) == id:
            concerned.add(operation["conversation"])
        return operation

    def change(operation: Mapping[str, Any]) -> Mapping[str, Any]:
        if operation.get("conversation") not in concerned:
            return operation
        if operation["kind"] == "message":
            open_turns.add(operation["row"]["id"])
        without: dict[str, Any] = without_texts(operation)
        if whose == "visitor" and without.get("about"):
            without["about"]["visitor"] = ""
        return without

    spooled = rewrite(folder, look) + rewrite(folder, change)
    under_way.forget(folder, open_turns)
    return spooled


async def _scrub(database: Database) -> bool:
    """Let nothing be found of what was overwritten; False where a reader kept SQLite's journal from being emptied."""
    if database.dialect == "postgresql":
        engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.exec_driver_sql("VACUUM (SKIP_LOCKED) turns, conversations, feedback, links")
        return True
    # Free pages were overwritten already: every connection has secure_delete. No transaction may be open here.
    engine = database.engine.execution_options(sqlite_begin="")
    async with engine.connect() as connection:
        busy = (await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]
    return not busy
