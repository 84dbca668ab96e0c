"""The conversations on record: listed, searched, opened again, renamed, deleted.

``owner`` is always who asks: a visitor finds their own conversations only, and cannot tell a foreign one from none.
None asks as the operator. Errors of the database leave as DatabaseUnusable.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, exists, func, or_, select, true, tuple_, update

from ledger.columns import Instant
from ledger.database import Database
from ledger.erasing import erase
from ledger.plain import storable
from ledger.rows import Audience
from ledger.searching import pattern
from ledger.stored import StoredConversation, read_turns
from ledger.tables import conversations, feedback, turns
from ledger.totals import Ledger

#: Characters of a conversation's name.
LONGEST_TITLE = 200
_TITLE_FROM_QUESTION = 80
#: Conversations of one page at the most.
LARGEST_PAGE = 100


@dataclass(frozen=True)
class Which:
    """The conversations that are wanted; what is None does not matter.

    searched: words as somebody typed them. thumbs: those with a reply that was given this feedback. prospects: only
    those that came by a link, and are no operator's.
    """

    id: str | None = None
    owner: str | None = None
    audience: Audience | None = None
    demo: str | None = None
    link: str | None = None
    searched: str = ""
    thumbs: int | None = None
    prospects: bool = False


@dataclass(frozen=True)
class ListedConversation:
    """One line of the list. title: as it was named, else how its first question begins; '' where nothing is left.

    device: phone, tablet, desktop or other; None: not known.
    """

    id: str
    visitor: str
    audience: Audience
    link: str | None
    demo: str
    language: str
    title: str
    created_at: datetime
    touched_at: datetime
    device: str | None = None


@dataclass(frozen=True)
class Page:
    """Conversations, the one touched last first. after: give it for the next page; None: this is the last."""

    conversations: tuple[ListedConversation, ...]
    after: str | None


async def list_conversations(
    database: Database, which: Which = Which(), *, first: int = 20, after: str | None = None
) -> Page:
    """A page of the conversations that are wanted. after: of the page before; one that is none is the beginning."""
    size = max(1, min(first, LARGEST_PAGE))
    shown = [
        getattr(conversations.c, name) for name in ListedConversation.__dataclass_fields__ if name != "title"
    ]
    query = (
        select(*shown, conversations.c.title, _first_question().label("question"))
        .where(_wanted(which), _behind(after))
        .order_by(conversations.c.touched_at.desc(), conversations.c.id.desc())
        .limit(size + 1)
    )
    with database.explained():
        async with database.reading() as connection:
            rows = (await connection.execute(query)).all()
    listed = tuple(_listed(row._asdict()) for row in rows[:size])
    return Page(listed, _cursor(listed[-1]) if len(rows) > size else None)


async def find_conversation(database: Database, id: str) -> ListedConversation | None:
    """Its line of the list, whosever it is; None where there is none, or no longer."""
    page = await list_conversations(database, Which(id=id), first=1)
    return page.conversations[0] if page.conversations else None


async def latest_of(
    database: Database, visitor: str, *, demo: str | None = None, link: str | None = None
) -> str | None:
    """The conversation that a visitor touched last, of this demo or link; None where there is none."""
    page = await list_conversations(database, Which(owner=visitor, demo=demo, link=link), first=1)
    return page.conversations[0].id if page.conversations else None


async def load_conversation(
    database: Database, id: str, *, owner: str | None = None
) -> StoredConversation | None:
    """A conversation with all that its page shows; None where there is none, or no longer, or not the owner's."""
    with database.explained():
        async with database.reading() as connection:
            query = select(conversations).where(_this(id, owner))
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                return None
            every = await read_turns(connection, row.id)
    ledger = Ledger()
    for turn in every:
        if turn.receipt is not None:
            ledger.record(id, turn.receipt)
    shown = [turn for turn in every if turn.position >= row.cleared_before and not turn.replaced]
    return StoredConversation(
        id=row.id,
        visitor=row.visitor,
        audience=row.audience,
        link=row.link,
        demo=row.demo,
        language=row.language,
        title=row.title,
        choices=row.choices,
        created_at=row.created_at,
        touched_at=row.touched_at,
        turns=tuple(turn for turn in shown if turn.question is not None),
        totals=ledger.totals(id),
        next_position=every[-1].position + 1 if every else 0,
    )


async def rename_conversation(database: Database, id: str, title: str, *, owner: str | None = None) -> bool:
    """Name it; a blank name takes its own away. False where there is no such conversation."""
    name = " ".join(storable(title).split())[:LONGEST_TITLE] or None
    with database.explained():
        async with database.writing() as connection:
            done = await connection.execute(update(conversations).where(_this(id, owner)).values(title=name))
    return done.rowcount > 0


async def delete_conversation(
    database: Database, id: str, *, owner: str | None = None, now: datetime | None = None
) -> bool:
    """Take it off every list, and its texts with it; receipts stay. False where there is no such conversation."""
    with database.explained():
        async with database.writing() as connection:
            query = select(conversations.c.id).where(_this(id, owner))
            found = await connection.scalar(query)
            if found is not None:
                await erase(connection, [id], now or datetime.now(UTC))
    return found is not None


def _this(id: str, owner: str | None) -> ColumnElement[bool]:
    there = and_(conversations.c.id == storable(id), conversations.c.deleted_at.is_(None))
    return there if owner is None else and_(there, conversations.c.visitor == owner)


def _wanted(which: Which) -> ColumnElement[bool]:
    columns = conversations.c
    terms: list[ColumnElement[bool]] = [columns.deleted_at.is_(None)]
    for column, value in (
        (columns.id, which.id),
        (columns.visitor, which.owner),
        (columns.audience, which.audience),
        (columns.demo, which.demo),
        (columns.link, which.link),
    ):
        if value is not None:
            terms.append(column == value)
    if which.prospects:
        terms += [columns.link.is_not(None), columns.audience != "operator"]
    if which.thumbs is not None:
        given = exists().where(_shown(), feedback.c.turn == turns.c.id, feedback.c.value == which.thumbs)
        terms.append(given)
    if words := pattern(which.searched):
        said = or_(turns.c.question.regexp_match(words), turns.c.reply.regexp_match(words))
        terms.append(or_(columns.title.regexp_match(words), exists().where(_shown(), said)))
    return and_(*terms)


def _shown() -> ColumnElement[bool]:
    """The turns of a conversation that its page shows."""
    return and_(
        turns.c.conversation == conversations.c.id,
        turns.c.position >= conversations.c.cleared_before,
        turns.c.replaced.is_(False),
    )


def _first_question() -> Any:
    return (
        select(func.substr(turns.c.question, 1, 4 * _TITLE_FROM_QUESTION))
        .where(_shown(), turns.c.question.is_not(None))
        .order_by(turns.c.position)
        .limit(1)
        .correlate(conversations)
        .scalar_subquery()
    )


def _listed(row: dict[str, Any]) -> ListedConversation:
    question = " ".join((row.pop("question") or "").split())
    if len(question) > _TITLE_FROM_QUESTION:
        question = question[: _TITLE_FROM_QUESTION - 1].rstrip() + "…"
    return ListedConversation(**{**row, "title": row["title"] or question})


def _cursor(last: ListedConversation) -> str:
    return f"{last.touched_at.isoformat()}~{last.id}"


def _behind(after: str | None) -> ColumnElement[bool]:
    """The conversations behind the one that the cursor was made of, wherever that one is today."""
    touched, _, id = storable(after or "").partition("~")
    try:
        at = datetime.fromisoformat(touched)
    except ValueError:
        return true()
    if at.tzinfo is None:
        return true()
    return tuple_(conversations.c.touched_at, conversations.c.id) < tuple_(
        at, id, types=(Instant(), String())
    )
