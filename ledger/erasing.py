"""Taking texts out of the tables: what was said goes, that it was said and what it cost stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.columns import Instant
from ledger.tables import conversations, feedback, turns


@dataclass(frozen=True)
class Erased:
    """How much was taken out: conversations that are off the lists now, turns and comments that had text."""

    conversations: int = 0
    turns: int = 0
    comments: int = 0

    def __add__(self, other: "Erased") -> "Erased":
        return Erased(
            self.conversations + other.conversations,
            self.turns + other.turns,
            self.comments + other.comments,
        )


async def erase(connection: AsyncConnection, ids: Sequence[str], at: datetime) -> Erased:
    """Take all text out of these conversations, and them off every list."""
    # Locked in the order in which the writer locks them, so that neither waits for the other in a ring.
    theirs = conversations.c.id.in_(ids)
    await connection.execute(
        select(conversations.c.id).where(theirs).order_by(conversations.c.id).with_for_update()
    )
    said = turns.c.conversation.in_(ids)
    await connection.execute(select(turns.c.id).where(said).order_by(turns.c.id).with_for_update())
    off_the_lists = {
        "title": None,
        "deleted_at": func.coalesce(conversations.c.deleted_at, literal(at, Instant())),
        "forgotten_at": at,
    }
    await connection.execute(update(conversations).where(theirs).values(off_the_lists))
    return Erased(conversations=len(ids)) + await erase_turns(connection, said)


async def erase_turns(connection: AsyncConnection, which: ColumnElement[bool]) -> Erased:
    """Take the text out of these turns, and the comments on them. A reply that comes later finds its question gone,
    and is not kept."""
    worded = or_(turns.c.question.is_not(None), turns.c.reply.is_not(None))
    said = await connection.execute(update(turns).where(which, worded).values(question=None, reply=None))
    comments = (
        update(feedback)
        .where(feedback.c.turn.in_(select(turns.c.id).where(which)), feedback.c.comment.is_not(None))
        .values(comment=None)
    )
    commented = await connection.execute(comments)
    return Erased(turns=said.rowcount, comments=commented.rowcount)
