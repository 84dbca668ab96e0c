"""Conversations that were forgotten elsewhere, by a command or another replica, while we have them in memory."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from ledger.database import Database
from ledger.tables import conversations

#: Whoever forgets writes down when, by their own clock; clocks may differ by this much.
CLOCKS_DIFFER = timedelta(minutes=10)


class Forgotten:
    """Tells of each once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._told: set[tuple[str, datetime]] | None = None

    async def news(self) -> list[str]:
        """The conversations that were forgotten since the last call; none the first time. Raises DatabaseUnusable."""
        latest = await self._latest()
        before, self._told = self._told, latest
        return [] if before is None else sorted({id for id, _ in latest - before})

    async def _latest(self) -> set[tuple[str, datetime]]:
        at = conversations.c.forgotten_at
        with self._database.explained():
            async with self._database.reading() as connection:
                last = await connection.scalar(select(func.max(at)).where(at.is_not(None)))
                if last is None:
                    return set()
                rows = await connection.execute(
                    select(conversations.c.id, at).where(at.is_not(None), at >= last - CLOCKS_DIFFER)
                )
                return {(id, when) for id, when in rows}
