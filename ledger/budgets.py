"""Budgets: the most that may be spent in a scope, and the most turns that may be answered there.

``spent`` of a budget is always the sum of the receipts in its scope; ``turns``, where they are limited, the number of
its turns under way and of its receipts that count.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypedDict

from sqlalchemy import ColumnElement, delete, func, select, text, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from holysheep.journal import OutOfMoney
from ledger.database import Database
from ledger.tables import budgets, links, receipts, reservations

INSTALLATION = "installation"
#: In USD; what a column can hold, and more than any demo costs. A scope whose messages alone are limited has this one.
LARGEST_BUDGET = Decimal(9_000_000)
MOST_TURNS = 1_000_000_000

#: The ended turns that are counted (``counts`` is the same for one): a turn that failed, or that we ended before its
#: request left, has given its place back, since its visitor got nothing.
COUNTED: ColumnElement[bool] = (receipts.c.finish_reason != "failed") & (
    (receipts.c.finish_reason != "interrupted") | (receipts.c.attempts > 0)
)


def counts(finish_reason: str | None, attempts: int | None) -> bool:
    """Whether a turn that has ended so is counted; one that has not ended (None) is not."""
    if finish_reason in (None, "failed"):
        return False
    return finish_reason != "interrupted" or bool(attempts)


class BudgetReached(OutOfMoney):
    """A budget has no room for a turn; all in USD.

    wanted: the most the turn could have cost; None where its price is unknown.
    """

    def __init__(
        self, scope: str, *, allowed: Decimal, spent: Decimal, reserved: Decimal, wanted: Decimal | None
    ) -> None:
        self.scope = scope
        self.allowed = allowed
        self.spent = spent
        self.reserved = reserved
        self.wanted = wanted
        more = "a turn of unknown price" if wanted is None else f"${wanted:.4f} more"
        used = f"${spent:.4f} spent, ${reserved:.4f} set aside"
        super().__init__(f"the budget of ${allowed:.2f} for {scope} has no room for {more}: {used}")


class MessagesReached(OutOfMoney):
    """A scope has no room for another message. allowed: how many it may have answered; turns: how many it has."""

    kind, fault = "messages_used", "operator"

    def __init__(self, scope: str, *, allowed: int, turns: int) -> None:
        self.scope = scope
        self.allowed = allowed
        self.turns = turns
        super().__init__(f"the limit of {allowed:,} messages for {scope} is reached: {turns:,} are taken")


def scopes(asked_at: int, demo: str, link: str | None) -> tuple[str, ...]:
    """All scopes that a turn falls in. asked_at: microseconds; it counts for that day (UTC), whenever it ends."""
    own = (INSTALLATION, day_scope(asked_at), f"demo:{demo}")
    return own if link is None else (*own, f"link:{link}")


def day_scope(at: int) -> str:
    """The scope of the day (UTC) of an instant in microseconds."""
    return _day_scope(at // 86_400_000_000)


@lru_cache(maxsize=8)
def _day_scope(days: int) -> str:
    return f"day:{(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days)).date().isoformat()}"


def day_bounds(scope: str) -> tuple[datetime, datetime]:
    """The first instant of a ``day:`` scope, and of the day after. Raises ValueError."""
    day = scope.removeprefix("day:")
    with suppress(ValueError, OverflowError):
        begin = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
        if begin.date().isoformat() == day:  # 2026-1-5 is a day, and no turn's budget is ever called so
            return begin, begin + timedelta(days=1)
    raise ValueError(f"{day!r} is no day; a day's budget is called day:YYYY-MM-DD, such as day:2026-11-23")


def check_settable(scope: str, now: datetime) -> None:
    """Raises ValueError for a limit that the next start would set anew, as the settings say."""
    variable = None
    if scope == INSTALLATION:
        variable = "BUDGET_USD"
    elif scope.startswith("day:") and day_bounds(scope)[1] > now:
        variable = "BUDGET_USD_PER_DAY"
    if variable:
        raise ValueError(f"the budget {scope!r} is not set here: set {variable} in .env, and start anew")


class Limits(TypedDict, total=False):
    """What is to change of a scope's limits; None lifts one. usd: money. turns: the number of messages answered."""

    usd: Decimal | None
    turns: int | None


async def set_budget(database: Database, scope: str, usd: Decimal | None) -> None:
    """Set, change or (None) lift the limit of a scope, in USD. A new one counts what its receipts have cost so far.

    A limit below what is spent stops the next turns, not those under way. Raises ValueError for what is no scope or
    no amount, DatabaseUnusable.
    """
    await _set(database, scope, {"usd": usd})


async def set_turns(database: Database, scope: str, allowed: int | None) -> None:
    """Set, change or (None) lift the limit on the number of a scope's turns. A new one counts those that have ended.

    A limit below their number stops the next turns, not those under way. Raises ValueError for what is no scope or no
    number, DatabaseUnusable.
    """
    await _set(database, scope, {"turns": allowed})


async def _set(database: Database, scope: str, changes: Limits) -> None:
    with database.explained():
        async with database.writing() as connection:
            kind, _, id = scope.partition(":")
            if kind == "link":  # locked before any receipt, as where a link is changed
                changed = update(links).where(links.c.id == id).values(revision=links.c.revision + 1)
                await connection.execute(changed)
            await set_limits(connection, scope, changes)


async def set_limits(connection: AsyncConnection, scope: str, changes: Limits) -> None:
    """Inside a transaction that writes; what is not named stays. A scope without a limit has no budget.

    Raises ValueError.
    """
    check_limits(changes)
    matching = _receipts_of(scope)
    mine = budgets.c.scope == scope
    if connection.dialect.name == "postgresql":
        # Every turn's begin and end writes a receipt: none comes between the sums and the row that holds them.
        await connection.execute(text("LOCK TABLE receipts IN SHARE ROW EXCLUSIVE MODE"))
    query = select(budgets.c.allowed, budgets.c.allowed_turns).where(mine)
    before = (await connection.execute(query)).one_or_none()
    known: Limits = {} if before is None else {"usd": limited(before[0]), "turns": before[1]}
    after: Limits = {"usd": None, "turns": None, **known, **changes}
    if after["usd"] is None and after["turns"] is None:
        await connection.execute(delete(reservations).where(reservations.c.scope == scope))
        await connection.execute(delete(budgets).where(mine))
        return
    row = budget_row(after)
    if after["turns"] is not None and known.get("turns") is None:
        row["turns"] = await _count(connection, scope, matching)
    if before is not None:
        await connection.execute(update(budgets).where(mine).values(row))
        return
    spent = await connection.scalar(select(func.sum(receipts.c.cost)).where(matching)) or Decimal(0)
    await connection.execute(
        budgets.insert().values({"scope": scope, **row, "spent": spent, "reserved": Decimal(0)})
    )


def check_limits(limits: Limits) -> None:
    """Raises ValueError for what no column holds."""
    usd, turns = limits.get("usd"), limits.get("turns")
    if usd is not None and not 0 <= usd <= LARGEST_BUDGET:
        raise ValueError(f"a budget of {usd} USD; it can be 0 to {LARGEST_BUDGET:,}")
    if turns is not None and not 0 <= turns <= MOST_TURNS:
        raise ValueError(f"a limit of {turns} messages; it can be 0 to {MOST_TURNS:,}")


def budget_row(limits: Limits) -> dict[str, Any]:
    """The columns of ``budgets`` that say these limits."""
    usd = limits.get("usd")
    return {"allowed": LARGEST_BUDGET if usd is None else usd, "allowed_turns": limits.get("turns")}


def limited(allowed: Decimal) -> Decimal | None:
    """The limit that a budget's row says, in USD; None where it has none."""
    return None if allowed == LARGEST_BUDGET else allowed


async def _count(connection: AsyncConnection, scope: str, matching: ColumnElement[bool]) -> int:
    """The turns that a budget's row says: those under way that it holds money or a place for, and those that count."""
    ended = await connection.scalar(select(func.count()).select_from(receipts).where(matching, COUNTED))
    open_ones = select(func.count()).select_from(reservations)
    under_way = await connection.scalar(
        open_ones.where(reservations.c.scope == scope, reservations.c.settled_at.is_(None))
    )
    return int(ended or 0) + int(under_way or 0)


def _receipts_of(scope: str) -> ColumnElement[bool]:
    kind, _, name = scope.partition(":")
    if scope == INSTALLATION:
        return true()
    if kind == "demo" and name:
        return receipts.c.demo == name
    if kind == "link" and name:
        return receipts.c.link == name
    if kind == "day":
        begin, end = day_bounds(scope)
        return (receipts.c.asked_at >= begin) & (receipts.c.asked_at < end)
    raise ValueError(
        f"no budget is called {scope!r}; there are installation, day:YYYY-MM-DD, demo:NAME, link:ID"
    )
