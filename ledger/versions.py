"""The versions of demos that are on record, and the work that was done on them."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import Database
from ledger.plain import storable
from ledger.tables import demo_versions, demo_work

Work = Literal["draft", "edit", "publish"]

#: Each of them finds the number taken by somebody else's save: so many at the same instant nobody makes.
TRIES = 100

_LONGEST_AUTHOR = 100


@dataclass(frozen=True)
class DemoVersion:
    """One saved change of a demo. digest: of all that it says, in hexadecimal. saved_at: in UTC.

    content: the demo as TOML; None for those from before it was kept. author: who saved it, "file" for a file.
    """

    demo: str
    version: int
    digest: str
    saved_at: datetime
    content: str | None = None
    author: str | None = None
    note: str | None = None


class VersionMoved(Exception):
    """Somebody else has saved the demo since ``after`` was read."""

    def __init__(self, demo: str, after: int) -> None:
        self.demo, self.after = demo, after
        super().__init__(f"demo {demo!r} has a newer version than {after}")


async def latest_versions(database: Database) -> dict[str, DemoVersion]:
    """The newest version of each demo, by name. Raises DatabaseUnusable."""
    v = demo_versions.c
    newest = select(v.demo, func.max(v.version).label("version")).group_by(v.demo).subquery()
    query = _versions().join(newest, (v.demo == newest.c.demo) & (v.version == newest.c.version))
    return {found.demo: found for found in await _read(database, query)}


async def newest_numbers(database: Database) -> dict[str, int]:
    """Demo -> the number of its newest version, for whoever looks often. Raises DatabaseUnusable."""
    v = demo_versions.c
    with database.explained():
        async with database.reading() as connection:
            rows = await connection.execute(select(v.demo, func.max(v.version)).group_by(v.demo))
            return {demo: number for demo, number in rows}


async def versions_of(database: Database, demo: str) -> list[DemoVersion]:
    """All versions of a demo, the newest first. Raises DatabaseUnusable."""
    v = demo_versions.c
    return await _read(database, _versions().where(v.demo == demo).order_by(v.version.desc()))


async def version_of(database: Database, demo: str, number: int) -> DemoVersion | None:
    """One version; None where there is none of that number. Raises DatabaseUnusable."""
    v = demo_versions.c
    found = await _read(database, _versions().where(v.demo == demo, v.version == number))
    return found[0] if found else None


async def save_version(
    database: Database,
    *,
    demo: str,
    digest: str,
    content: str,
    author: str | None,
    note: str | None,
    saved_at: datetime,
    after: int | None = None,
) -> DemoVersion:
    """Put a change of a demo on record under the next number, and the work on it: its first draft, or an edit.

    Who saves at the same time, on whatever replica, gets another number. Where the newest version has the same digest
    that one is given back, and nothing is written. after: the version that was changed; None: whichever is the newest.
    Raises VersionMoved where another one is the newest by now, DatabaseUnusable.
    """
    author = None if author is None else storable(author)[:_LONGEST_AUTHOR]
    note = None if note is None else storable(note)
    saved = DemoVersion(demo, 1, digest, saved_at, storable(content), author, note)
    with database.explained():
        for tried in range(1, TRIES + 1):
            try:
                async with database.writing() as connection:
                    return await _save(connection, saved, after)
            except IntegrityError:
                # Another one was faster: PostgreSQL lets both look at the same newest number.
                if tried == TRIES:
                    raise
    raise AssertionError("never reached")


async def note_work(database: Database, demo: str, kind: Work, at: datetime, link: str | None = None) -> None:
    """Something was done to a demo: the time to a demo is told from it. link: the public id of one that was published.

    ``save_version`` and ``create_link`` say so themselves. Raises DatabaseUnusable.
    """
    with database.explained():
        async with database.writing() as connection:
            await put_work(connection, demo, kind, at, link)


async def put_work(
    connection: AsyncConnection, demo: str, kind: Work, at: datetime, link: str | None = None
) -> None:
    """The same inside a transaction that writes."""
    await connection.execute(insert(demo_work).values(demo=demo, at=at, kind=kind, link=link))


async def _save(connection: AsyncConnection, new: DemoVersion, after: int | None) -> DemoVersion:
    v = demo_versions.c
    mine = _versions().where(v.demo == new.demo).order_by(v.version.desc()).limit(1)
    newest = (await connection.execute(mine)).one_or_none()
    if newest is not None and newest.digest == new.digest:
        return DemoVersion(*newest)
    if after is not None and (newest is None or newest.version != after):
        raise VersionMoved(new.demo, after)
    row = asdict(new) if newest is None else {**asdict(new), "version": newest.version + 1}
    await connection.execute(insert(demo_versions).values(row))
    await put_work(connection, new.demo, "draft" if newest is None else "edit", new.saved_at)
    return DemoVersion(**row)


def _versions() -> Select[Any]:
    v = demo_versions.c
    return select(v.demo, v.version, v.digest, v.saved_at, v.content, v.author, v.note)


async def _read(database: Database, query: Select[Any]) -> list[DemoVersion]:
    with database.explained():
        async with database.reading() as connection:
            return [DemoVersion(*row) for row in await connection.execute(query)]
