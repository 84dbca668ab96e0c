"""Budgets: no limit is passed, whoever asks at the same time, and every cent comes back that was not spent."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from bookkeeping import CENT, begin, failed, faults, keeping, new_id, receipt, row, rows
from sqlalchemy import select

from holysheep.journal import AttemptStart
from ledger.books import Books
from ledger.budgets import BudgetReached, set_budget
from ledger.database import Database
from ledger.entry import TurnEntry
from ledger.tables import attempts, budgets, receipts, reservations

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ONLY_POSTGRESQL = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.database)], indirect=True
)


async def refused(books: Books, **options: object) -> BudgetReached:
    """Why a turn does not begin; it is settled as the chat would."""
    entry = await begin(books, attempt=False, **options)  # type: ignore[arg-type]
    with pytest.raises(BudgetReached) as told:
        await entry.begin_attempt(AttemptStart(1, "holysheep", "deepseek-v3.2"))
    await entry.settle(failed("out_of_money"), "")
    return told.value


async def used(database: Database, scope: str) -> tuple[Decimal, Decimal]:
    """What is spent and set aside."""
    async with database.reading() as connection:
        found = await connection.execute(
            select(budgets.c.spent, budgets.c.reserved).where(budgets.c.scope == scope)
        )
        return tuple(found.one())  # type: ignore[return-value]


async def test_money_is_set_aside_and_settled(database: Database, tmp_path: Path) -> None:
    """The most before the request leaves; what it really cost after."""
    async with keeping(database, tmp_path, budget_usd=Decimal(1)) as books:
        entry = await begin(books, most=CENT)
        assert await used(database, "installation") == (0, CENT)
        await entry.settle(receipt(CENT / 4), "Dạ.")
        assert await used(database, "installation") == (CENT / 4, 0)
        kept = await row(database, reservations)
        assert (kept.amount, kept.settled) == (CENT, CENT / 4)
        assert await faults(database) == []


async def test_the_evidence_of_a_refusal(database: Database, tmp_path: Path) -> None:
    """It names the scope and every figure, no request leaves, and the turn is on record as failed."""
    async with keeping(database, tmp_path) as books:
        await books.set_budget("demo:fashion", 3 * CENT)
        await (await begin(books)).settle(receipt(CENT), "Dạ.")
        await begin(books)
        told = await refused(books, most=CENT + CENT / 2)
        assert (told.scope, told.allowed, told.spent, told.reserved, told.wanted) == (
            "demo:fashion",
            3 * CENT,
            CENT,
            CENT,
            CENT + CENT / 2,
        )
        assert (told.kind, told.repeats) == ("out_of_money", 0)
        assert str(told) == (
            "the budget of $0.03 for demo:fashion has no room for $0.0150 more: $0.0100 spent, $0.0100 set aside"
        )
        assert len(await rows(database, attempts)) == 2
        errors = {one.error: one.cost for one in await rows(database, receipts)}
        assert errors["out_of_money"] == 0


async def test_a_turn_is_refused_in_all_scopes_or_none(database: Database, tmp_path: Path) -> None:
    """What one scope refuses is set aside in no other."""
    async with keeping(database, tmp_path, budget_usd=Decimal(1)) as books:
        await books.set_budget("demo:fashion", Decimal(0))
        assert (await refused(books)).scope == "demo:fashion"
        assert await used(database, "installation") == (0, 0)
        await begin(books, demo="books")
        assert await used(database, "installation") == (0, CENT)


async def test_exactly_what_is_left_fits(database: Database, tmp_path: Path) -> None:
    """A limit may be reached, not passed."""
    async with keeping(database, tmp_path, budget_usd=2 * CENT) as books:
        await begin(books)
        await begin(books)
        await refused(books, most=Decimal("1e-12"))


async def test_what_costs_nothing_needs_no_money(database: Database, tmp_path: Path) -> None:
    """A rehearsal goes on when the money is out; a turn of unknown price does not."""
    async with keeping(database, tmp_path, budget_usd=Decimal(0)) as books:
        await begin(books, most=Decimal(0), provider="rehearsal")
        assert (await refused(books, most=None)).wanted is None


async def test_an_unknown_price_asks_for_any_room(database: Database, tmp_path: Path) -> None:
    """As long as there is some it is asked; what it cost counts, as far as it is known."""
    async with keeping(database, tmp_path, budget_usd=CENT) as books:
        entry = await begin(books, most=None)
        await entry.settle(receipt(2 * CENT), "Dạ.")
        await refused(books, most=None)
        assert await used(database, "installation") == (2 * CENT, 0)


async def test_a_crowd_never_passes_the_limit(database: Database, tmp_path: Path) -> None:
    """Sixty messages of one instant, money for seven."""
    async with keeping(database, tmp_path, budget_usd=7 * CENT + CENT / 2) as books:
        found = await asyncio.gather(*(begin(books) for _ in range(60)), return_exceptions=True)
        assert sum(isinstance(one, TurnEntry) for one in found) == 7
        assert sum(isinstance(one, BudgetReached) for one in found) == 53
        assert await used(database, "installation") == (0, 7 * CENT)
        assert len(await rows(database, attempts)) == 7


@ONLY_POSTGRESQL
async def test_replicas_never_pass_the_limit_together(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """Three programs on one database, each with a crowd that comes and goes."""

    async def visitor(books: Books) -> Decimal:
        spent = Decimal(0)
        for position in range(4):
            try:
                entry = await begin(books, (room := new_id()), position)
            except BudgetReached:
                continue
            assert sum(await used(database, "installation")) <= 30 * CENT, room
            await entry.settle(receipt(CENT / 2), "Dạ.")
            spent += CENT / 2
        return spent

    async with AsyncExitStack() as stack:
        books = []
        for number in range(3):
            other = await stack.enter_async_context(Database(database_url, data_dir=tmp_path / str(number)))
            books.append(
                await stack.enter_async_context(keeping(other, tmp_path / str(number), budget_usd=30 * CENT))
            )
        spent = sum(await asyncio.gather(*(visitor(one) for one in books for _ in range(15))))
        assert await used(database, "installation") == (spent, 0)
        assert 0 < spent <= 30 * CENT
        assert await faults(database) == []


async def test_each_day_has_its_own(database: Database, tmp_path: Path) -> None:
    """A turn counts for the day it was asked on (UTC), also where it ends after midnight."""
    now = NOON.replace(hour=23, minute=59)
    async with keeping(database, tmp_path, clock=lambda: now, budget_usd_per_day=CENT) as books:
        late = await begin(books)
        assert (await refused(books)).scope == "day:2026-11-23"
        now += timedelta(minutes=2)
        await (await begin(books)).settle(receipt(CENT / 2), "Dạ.")
        await late.settle(receipt(CENT / 4), "Dạ.")
        assert await used(database, "day:2026-11-23") == (CENT / 4, 0)
        assert await used(database, "day:2026-11-24") == (CENT / 2, 0)
        assert await faults(database) == []


async def test_a_new_limit_knows_what_was_spent(database: Database, tmp_path: Path) -> None:
    """In its own scope only; and one that is lifted and set again has forgotten nothing."""
    async with keeping(database, tmp_path) as books:
        for demo in ("fashion", "fashion", "books"):
            await (await begin(books, demo=demo)).settle(receipt(CENT), "Dạ.")
        today = f"day:{(await rows(database, receipts))[0].asked_at.date()}"
        await books.set_budget("demo:fashion", 3 * CENT)
        await books.set_budget(today, Decimal(1))
        assert await used(database, "demo:fashion") == (2 * CENT, 0)
        assert await used(database, today) == (3 * CENT, 0)
        under_way = await begin(books)
        await books.set_budget("demo:fashion", None)
        await under_way.settle(receipt(CENT), "Dạ.")
        await books.set_budget("demo:fashion", 3 * CENT)
        assert await used(database, "demo:fashion") == (3 * CENT, 0)
        assert await faults(database) == []


async def test_a_limit_set_while_turns_end(database: Database, tmp_path: Path) -> None:
    """Not one receipt is missed or counted twice."""
    async with keeping(database, tmp_path) as books:
        entries = await asyncio.gather(*(begin(books) for _ in range(40)))
        ends = [entry.settle(receipt(CENT), "Dạ.") for entry in entries[:20]]
        setting = asyncio.create_task(books.set_budget("installation", Decimal(5)))
        for entry in entries[20:]:
            ends.append(entry.settle(receipt(CENT), "Dạ."))
            await asyncio.sleep(0.001)
        await setting
        await asyncio.gather(*ends)
        assert await used(database, "installation") == (40 * CENT, 0)


async def test_a_lowered_limit_stops_the_next_turn(database: Database, tmp_path: Path) -> None:
    """What is under way goes on, and is settled."""
    async with keeping(database, tmp_path, budget_usd=Decimal(1)) as books:
        entry = await begin(books)
        await books.set_budget("installation", CENT / 2)
        await refused(books)
        await entry.settle(receipt(CENT), "Dạ.")
        assert await used(database, "installation") == (CENT, 0)


async def test_the_settings_lift_what_they_set(database: Database, tmp_path: Path) -> None:
    """A start without limits has none left of the start before; those of demos stay."""
    async with keeping(database, tmp_path, budget_usd=CENT, budget_usd_per_day=CENT) as books:
        await books.set_budget("demo:fashion", CENT)
    async with keeping(database, tmp_path):
        assert [budget.scope for budget in await rows(database, budgets)] == ["demo:fashion"]


@pytest.mark.parametrize(
    ("scope", "usd"),
    [
        ("planet", CENT),
        ("demo:", CENT),
        ("day:yesterday", CENT),
        ("day:2026-13-40", CENT),
        ("day:2026-1-5", CENT),
        ("day:9999-12-31", CENT),
        ("installation", Decimal(-1)),
        ("installation", Decimal(10) ** 9),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_such_budget(database: Database, scope: str, usd: Decimal) -> None:
    """A scope nobody knows, or an amount no column holds, is refused and says what there is."""
    with pytest.raises(ValueError, match=r"day|budget of"):
        await set_budget(database, scope, usd)
