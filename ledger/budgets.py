"""Budgets: the most that may be spent in a scope.

``spent`` of a budget is always the sum of the receipts in its scope.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from sqlalchemy import ColumnElement, delete, func, select, text, true, update

from holysheep.journal import OutOfMoney
from ledger.database import Database
from ledger.tables import budgets, receipts, reservations

INSTALLATION = "installation"
#: In USD; what a column can hold, and more than any demo costs.
LARGEST_BUDGET = Decimal(9_000_000)


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


async def set_budget(database: Database, scope: str, usd: Decimal | None) -> None:
    """Set, change or (None) lift the limit of a scope, in USD. A new one counts what its receipts have cost so far.

    A limit below what is spent stops the next turns, not those under way. Raises ValueError for what is no scope or
    no amount, DatabaseUnusable.
    """
    if usd is not None and not 0 <= usd <= LARGEST_BUDGET:
        raise ValueError(f"a budget of {usd} USD; it can be 0 to {LARGEST_BUDGET:,}")
    matching = _receipts_of(scope)
    mine = budgets.c.scope == scope
    with database.explained():
        async with database.writing() as connection:
            if database.dialect == "postgresql":
                # Every turn's begin and end writes a receipt: none comes between the sum and the row that holds it.
                await connection.execute(text("LOCK TABLE receipts IN SHARE ROW EXCLUSIVE MODE"))
            if usd is None:
                await connection.execute(delete(reservations).where(reservations.c.scope == scope))
                await connection.execute(delete(budgets).where(mine))
                return
            if (await connection.execute(update(budgets).where(mine).values(allowed=usd))).rowcount:
                return
            spent = await connection.scalar(select(func.sum(receipts.c.cost)).where(matching)) or Decimal(0)
            row = {"scope": scope, "allowed": usd, "spent": spent, "reserved": Decimal(0)}
            await connection.execute(budgets.insert().values(row))


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
