"""Links on record: made, found, changed, and the wrong passcodes that were tried on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Select,
    String,
    any_,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.budgets import COUNTED, Limits, budget_row, check_limits, limited, set_limits
from ledger.database import Database
from ledger.outcomes import NoSuchLink, Outcome
from ledger.plain import storable
from ledger.tables import budgets, conversations, links, receipts
from ledger.versions import put_work


@dataclass(frozen=True, slots=True)
class Link:
    """An address of one demo for one prospect, as it stood when it was read; times in UTC, None: not so.

    passcode: its hash. passcode_failures: wrong ones in a row; locked_until: after too many of them. origins: sites
    that may frame it. overrides: what it shows instead of the demo's own. revision: grows with every change.
    budget_usd, messages: what it may spend, and how many messages it may answer; None: no limit. spent_usd and
    reserved_usd: of the money; used: messages that were answered, and where they are limited also those under way.
    """

    id: str
    demo: str
    created_at: datetime
    customer: str | None = None
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    paused_at: datetime | None = None
    revoked_at: datetime | None = None
    passcode: str | None = None
    passcode_failures: int = 0
    locked_until: datetime | None = None
    origins: tuple[str, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 1
    author: str | None = None
    note: str | None = None
    outcome: Outcome = "open"
    budget_usd: Decimal | None = None
    spent_usd: Decimal = Decimal(0)
    reserved_usd: Decimal = Decimal(0)
    messages: int | None = None
    used: int = 0


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A link and who used it, rehearsals too; operators who look in use its limits up, and are no visitors of it.

    last_seen: when the last message came; None: nobody wrote. own_messages, own_usd: of operators.
    """

    link: Link
    visitors: int
    conversations: int
    last_seen: datetime | None
    own_messages: int = 0
    own_usd: Decimal = Decimal(0)

    @property
    def messages(self) -> int:
        """The visitors' that were answered, or are about to be."""
        return max(0, self.link.used - self.own_messages)

    @property
    def spent_usd(self) -> Decimal:
        """What the replies to visitors have cost, as far as it is known."""
        return max(Decimal(0), self.link.spent_usd - self.own_usd)


_MONEY_AND_MESSAGES = {"budget_usd": "usd", "messages": "turns"}
_CHANGEABLE = frozenset(
    (
        *("starts_at", "expires_at", "paused_at", "revoked_at"),
        *("passcode", "origins", "overrides", "customer", "note"),
    )
)
_COLUMNS = tuple(part.name for part in fields(Link) if part.name in links.c)


async def create_link(database: Database, link: Link) -> None:
    """Put a new link on record, with its limits, and that its demo was published.

    What is spent and used counts from nothing. Raises ValueError for an id that is taken, or what no column holds;
    DatabaseUnusable.
    """
    row = _row({name: getattr(link, name) for name in _COLUMNS})
    limits: Limits = {"usd": link.budget_usd, "turns": link.messages}
    check_limits(limits)
    with database.explained():
        async with database.writing() as connection:
            try:
                await connection.execute(insert(links).values(row))
            except IntegrityError as error:
                raise ValueError(f"there is a link {link.id!r} already") from error
            await _begin_budget(connection, link.id, limits)
            await put_work(connection, link.demo, "publish", link.created_at, link.id)


async def find_links(database: Database, ids: Sequence[str]) -> dict[str, Link]:
    """Id -> link, of those that there are. Raises DatabaseUnusable."""
    with database.explained():
        async with database.reading() as connection:
            return await _find(connection, ids)


async def revisions(database: Database, ids: Sequence[str]) -> dict[str, int]:
    """Id -> the revision of its link, for whoever looks often. Raises DatabaseUnusable."""
    with database.explained():
        async with database.reading() as connection:
            query = select(links.c.id, links.c.revision).where(_among(connection, ids))
            return {id: revision for id, revision in await connection.execute(query)}


async def list_links(database: Database, demo: str | None = None) -> list[ListedLink]:
    """All links, or a demo's, the newest first. Raises DatabaseUnusable."""
    c = conversations.c
    query = _links().order_by(links.c.created_at.desc(), links.c.id)
    used = select(c.link, func.count(func.distinct(c.visitor)), func.count(), func.max(c.touched_at))
    used = used.where(c.link.is_not(None), c.audience != "operator").group_by(c.link)
    own = select(c.link, func.count().filter(COUNTED), func.coalesce(func.sum(receipts.c.cost), 0))
    own = own.join_from(conversations, receipts, receipts.c.conversation == c.id)
    own = own.where(c.link.is_not(None), c.audience == "operator").group_by(c.link)
    if demo is not None:
        query = query.where(links.c.demo == demo)
        used = used.join(links, links.c.id == c.link).where(links.c.demo == demo)
    with database.explained():
        async with database.reading() as connection:
            found = [_link(row) for row in await connection.execute(query)]
            known = {row[0]: tuple(row[1:]) for row in await connection.execute(used)}
            ours = {row[0]: tuple(row[1:]) for row in await connection.execute(own)}
    return [
        ListedLink(link, *known.get(link.id, (0, 0, None)), *ours.get(link.id, (0, Decimal(0))))
        for link in found
    ]


async def change_link(database: Database, id: str, **changes: Any) -> Link:
    """Change what is named: starts_at, expires_at, paused_at, revoked_at, passcode (a hash; the wrong tries are
    forgotten with it), origins, overrides, customer, note, and the limits budget_usd and messages. Gives the link as it
    is then.

    Raises NoSuchLink, TypeError for any other word, ValueError for what no column holds, DatabaseUnusable.
    """
    if unknown := changes.keys() - _CHANGEABLE - _MONEY_AND_MESSAGES.keys():
        raise TypeError(f"a link has no {', '.join(sorted(unknown))} to change")
    row = _row({name: value for name, value in changes.items() if name in _CHANGEABLE})
    if "passcode" in row:
        row |= {"passcode_failures": 0, "locked_until": None}
    limits = cast(
        Limits, {limit: changes[name] for name, limit in _MONEY_AND_MESSAGES.items() if name in changes}
    )
    check_limits(limits)
    with database.explained():
        async with database.writing() as connection:
            if changes:
                row["revision"] = links.c.revision + 1
                await connection.execute(update(links).where(links.c.id == id).values(row))
            if id not in (found := await _find(connection, [id])):
                raise NoSuchLink(id)
            if not limits:
                return found[id]
            await set_limits(connection, f"link:{id}", limits)
            return (await _find(connection, [id]))[id]


async def count_passcode_failure(
    database: Database, id: str, *, now: datetime, most: int, lock_for: timedelta
) -> datetime | None:
    """A wrong passcode was given; the ``most``-th in a row locks the link. Gives until when it is locked; None: it is
    not.

    While it is locked nothing is counted, and the count begins anew after. Where each try is counted before it is
    looked at, and cleared if it was right, ``most`` - 1 are let through, however many come at once. Raises NoSuchLink,
    DatabaseUnusable.
    """
    mine = links.c.id == id
    with database.explained():
        async with database.writing() as connection:
            query = select(links.c.passcode_failures, links.c.locked_until).where(mine).with_for_update()
            found = (await connection.execute(query)).one_or_none()
            if found is None:
                raise NoSuchLink(id)
            if found.locked_until is not None and found.locked_until > now:
                return cast(datetime, found.locked_until)
            failures = found.passcode_failures + 1
            locked_until = now + lock_for if failures >= most else None
            counted: dict[str, Any] = {"passcode_failures": failures, "locked_until": None}
            if locked_until is not None:
                counted = {"passcode_failures": 0, "locked_until": locked_until}
                counted["revision"] = links.c.revision + 1
            await connection.execute(update(links).where(mine).values(counted))
            return locked_until


async def clear_passcode_failures(database: Database, id: str) -> None:
    """The right passcode was given, or the operator opens the lock. Raises DatabaseUnusable."""
    tried = or_(links.c.passcode_failures > 0, links.c.locked_until.is_not(None))
    cleared = {"passcode_failures": 0, "locked_until": None, "revision": links.c.revision + 1}
    with database.explained():
        async with database.writing() as connection:
            await connection.execute(update(links).where(links.c.id == id, tried).values(cleared))


def _row(values: Mapping[str, Any]) -> dict[str, Any]:
    """As the columns take it. Raises ValueError for a text that is longer than its column."""
    row: dict[str, Any] = {
        name: storable(one) if isinstance(one, str) else one for name, one in values.items()
    }
    for name, value in row.items():
        kind = links.c[name].type
        if isinstance(kind, String) and kind.length and value is not None and len(value) > kind.length:
            raise ValueError(f"{name} has {len(value)} characters; it can have {kind.length}")
    if "origins" in row:
        row["origins"] = list(row["origins"] or ()) or None
    if "overrides" in row:
        row["overrides"] = dict(row["overrides"] or {}) or None
    return row


async def _begin_budget(connection: AsyncConnection, id: str, limits: Limits) -> None:
    """No turn was ever asked on it: nothing is to be summed up. Without a limit it needs no budget, and its turns go on
    where the database is away."""
    if limits["usd"] is None and limits["turns"] is None:
        return
    scope, row = f"link:{id}", budget_row(limits)
    if (await connection.execute(update(budgets).where(budgets.c.scope == scope).values(row))).rowcount:
        return  # somebody had set one before there was such a link
    nothing = {"spent": Decimal(0), "reserved": Decimal(0), "turns": 0}
    await connection.execute(insert(budgets).values(scope=scope, **row, **nothing))


async def _find(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, Link]:
    rows = await connection.execute(_links().where(_among(connection, ids)))
    return {row.id: _link(row) for row in rows}


def _among(connection: AsyncConnection, ids: Sequence[str]) -> ColumnElement[bool]:
    """One parameter, however many they are: thousands of them are looked at twice a second."""
    if connection.dialect.name == "postgresql":
        return links.c.id == any_(literal(list(ids), ARRAY(String)))
    listed = func.json_each(orjson.dumps(list(ids)).decode()).table_valued("value")
    return links.c.id.in_(select(listed.c.value))


def _links() -> Select[Any]:
    """What a link without a budget has spent, and what one has used whose messages nobody counts, say its receipts."""
    b = budgets.c
    own = (conversations.c.link == links.c.id) & (receipts.c.conversation == conversations.c.id)
    spent = select(func.sum(receipts.c.cost)).where(own).correlate(links).scalar_subquery()
    used = select(func.count()).where(own, COUNTED).correlate(links).scalar_subquery()
    return select(
        *(links.c[name] for name in _COLUMNS),
        b.allowed,
        b.allowed_turns,
        case((b.scope.is_(None), spent), else_=b.spent).label("spent"),
        b.reserved,
        case((b.allowed_turns.is_(None), used), else_=b.turns).label("used"),
    ).join_from(links, budgets, b.scope == literal("link:") + links.c.id, isouter=True)


def _link(row: Row[Any]) -> Link:
    known = {name: getattr(row, name) for name in _COLUMNS}
    known["origins"] = tuple(row.origins or ())
    known["overrides"] = row.overrides or {}
    return Link(
        **known,
        budget_usd=None if row.allowed is None else limited(row.allowed),
        spent_usd=row.spent or Decimal(0),
        reserved_usd=row.reserved or Decimal(0),
        messages=row.allowed_turns,
        used=row.used,
    )
