"""Thumbs and comments on replies. Only whose conversation it is may give them, change them and take them back."""

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, delete, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from ledger.columns import Instant
from ledger.database import Database
from ledger.plain import storable
from ledger.tables import conversations, feedback, turns

#: Characters of one comment; the rest is left out.
LONGEST_COMMENT = 2_000


async def give_feedback(
    database: Database,
    turn: str,
    owner: str,
    value: int,
    comment: str | None = None,
    *,
    now: datetime | None = None,
) -> str | None:
    """Keep what the owner thinks of a turn's reply, in the place of what they thought before.

    value: 1 or 0. Gives the feedback's id back; None where the turn is not theirs, or its text is gone.
    Raises ValueError for another value, DatabaseUnusable where it could not be kept.
    """
    if value not in (0, 1):
        raise ValueError(f"feedback is 0 or 1, not {value}")
    words = storable(comment or "").strip()[:LONGEST_COMMENT] or None
    given = select(
        literal(str(uuid4())),
        turns.c.id,
        literal(value),
        literal(words, feedback.c.comment.type),
        literal(now or datetime.now(UTC), Instant()),
    ).where(turns.c.id == storable(turn), turns.c.question.is_not(None), _theirs(owner))
    insert = sqlite.insert if database.dialect == "sqlite" else postgresql.insert
    kept = insert(feedback).from_select(["id", "turn", "value", "comment", "given_at"], given)
    changed = {name: kept.excluded[name] for name in ("value", "comment", "given_at")}
    kept = kept.on_conflict_do_update(index_elements=["turn"], set_=changed)
    with database.explained():
        async with database.writing() as connection:
            id: str | None = await connection.scalar(kept.returning(feedback.c.id))
    return id


async def take_feedback_back(database: Database, id: str, owner: str) -> str | None:
    """Delete it; gives its turn. None where there is none of this owner's."""
    theirs = select(turns.c.id).where(_theirs(owner)).scalar_subquery()
    with database.explained():
        async with database.writing() as connection:
            gone = delete(feedback).where(feedback.c.id == storable(id), feedback.c.turn.in_(theirs))
            turn: str | None = await connection.scalar(gone.returning(feedback.c.turn))
    return turn


def _theirs(owner: str) -> ColumnElement[bool]:
    """The turns of this owner's conversations."""
    return and_(
        turns.c.conversation == conversations.c.id,
        conversations.c.visitor == owner,
        conversations.c.deleted_at.is_(None),
    )
