"""Who is meant where an operator names a visitor, whose own id stands in no page."""

from sqlalchemy import select

from ledger.database import Database
from ledger.privacy import Whose, check_id
from ledger.tables import conversations


async def look_up(database: Database, id: str) -> tuple[Whose, str]:
    """The visitor of this id, or the one whose conversation has it: the page's address ends in that.

    Of a conversation whose visitor was forgotten only the conversation is known. An id that is in no table is given
    back as a visitor's: the spool may know it. Raises ValueError for a blank one, DatabaseUnusable.
    """
    check_id("visitor", id)
    c = conversations.c
    with database.explained():
        async with database.reading() as connection:
            if await connection.scalar(select(c.id).where(c.visitor == id).limit(1)) is not None:
                return "visitor", id
            visitor = await connection.scalar(select(c.visitor).where(c.id == id))
    if visitor is None:
        return "visitor", id
    return ("visitor", str(visitor)) if visitor else ("conversation", id)
