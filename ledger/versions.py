"""The versions of demos that are on record."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ledger.database import Database
from ledger.tables import demo_versions


@dataclass(frozen=True)
class DemoVersion:
    """One saved change of a demo. digest: of all that it says, in hexadecimal. saved_at: in UTC."""

    demo: str
    version: int
    digest: str
    saved_at: datetime


async def latest_versions(database: Database) -> dict[str, DemoVersion]:
    """The newest version of each demo, by name. Raises DatabaseUnusable."""
    v = demo_versions.c
    newest = select(v.demo, func.max(v.version).label("version")).group_by(v.demo).subquery()
    query = select(v.demo, v.version, v.digest, v.saved_at).join(
        newest, (v.demo == newest.c.demo) & (v.version == newest.c.version)
    )
    with database.explained():
        async with database.reading() as connection:
            rows = await connection.execute(query)
            return {row.demo: DemoVersion(*row) for row in rows}
