"""What several programs have in hand of one conversation: whose memory of it is the newest, and which of its turns
another one answers."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, exists, select, update

from ledger.database import Database
from ledger.plain import microseconds
from ledger.tables import conversations, receipts, turns


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A turn that another program has taken. opened: it is being answered. reply: as far as it is on record."""

    turn: str
    replica: str
    opened: bool
    settled: bool
    reply: str


async def claim(database: Database, conversation: str, owner: str, replica: str) -> bool:
    """This program has the owner's conversation in memory from now on; whether anybody else has had it meanwhile.

    Raises DatabaseUnusable.
    """
    c = conversations.c
    taken = (
        update(conversations)
        .where(c.id == conversation, c.visitor == owner, c.replica.is_distinct_from(replica))
        .values(replica=replica)
    )
    # A statement by itself: every page that comes waits for it.
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with database.explained():
        async with engine.connect() as connection:
            return (await connection.execute(taken)).rowcount > 0


async def disown(database: Database, turn: str, replica: str) -> None:
    """Somebody else has that turn's conversation in memory, and must read it anew. Raises DatabaseUnusable."""
    its = select(turns.c.conversation).where(turns.c.id == turn).scalar_subquery()
    c = conversations.c
    with database.explained():
        async with database.writing() as connection:
            known = and_(c.id == its, c.replica.is_not(None), c.replica != replica)
            await connection.execute(update(conversations).where(known).values(replica=None))


async def holder(database: Database, conversation: str) -> str | None:
    """Who has it in memory, as far as anybody said. Raises DatabaseUnusable."""
    with database.explained():
        async with database.reading() as connection:
            found: str | None = await connection.scalar(
                select(conversations.c.replica).where(conversations.c.id == conversation)
            )
            return found


async def look(database: Database, wanted: Collection[str]) -> dict[str, Elsewhere]:
    """How these turns stand. Raises DatabaseUnusable."""
    columns = (*turns.c["id", "replica", "settled_at", "reply"], receipts.c.turn)
    found = select(*columns).outerjoin(receipts, receipts.c.turn == turns.c.id).where(turns.c.id.in_(wanted))
    with database.explained():
        async with database.reading() as connection:
            return {
                row.id: Elsewhere(
                    row.id, row.replica, row.turn is not None, row.settled_at is not None, row.reply or ""
                )
                for row in await connection.execute(found)
            }


async def adopt(
    database: Database, wanted: Collection[str], dead: Collection[str], replica: str
) -> dict[str, int]:
    """Take over those of these messages that dead programs had taken and never answered; gives when each came, in
    microseconds. Whoever else wants them, too, gets none. Raises DatabaseUnusable."""
    waits = and_(turns.c.settled_at.is_(None), ~exists().where(receipts.c.turn == turns.c.id))
    ours = (
        update(turns)
        .where(turns.c.id.in_(wanted), turns.c.replica.in_(dead), waits)
        .values(replica=replica)
        .returning(turns.c.id, turns.c.asked_at)
    )
    with database.explained():
        async with database.writing() as connection:
            return {row.id: microseconds(row.asked_at) for row in await connection.execute(ours)}
