"""Budgets: no limit is passed, whoever asks at the same time, and every cent comes back that was not spent."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from bookkeeping import (
    CENT,
    begin,
    die,
    failed,
    faults,
    keeping,
    new_id,
    open_books,
    receipt,
    row,
    rows,
    take,
)
from sqlalchemy import select

from holysheep.journal import AttemptStart
from ledger.books import Books
from ledger.budgets import BudgetReached, MessagesReached, set_budget, set_turns
from ledger.database import Database
from ledger.entry import TurnEntry
from ledger.links import Link, create_link, find_links
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


async def turns_of(database: Database, scope: str) -> int:
    """How many are counted."""
    async with database.reading() as connection:
        return int(await connection.scalar(select(budgets.c.turns).where(budgets.c.scope == scope)) or 0)


async def full(books: Books, **options: object) -> MessagesReached:
    """Why a turn is not answered; it is settled as the chat would."""
    entry = await begin(books, attempt=False, **options)  # type: ignore[arg-type]
    with pytest.raises(MessagesReached) as told:
        await entry.begin_attempt(AttemptStart(1, "holysheep", "deepseek-v3.2"))
    await entry.settle(failed("out_of_money"), "")
    return told.value


async def test_messages_are_counted(database: Database, tmp_path: Path) -> None:
    """Also those that cost nothing; the refusal says both numbers, and takes no place."""
    async with keeping(database, tmp_path) as books:
        await books.set_turns("demo:fashion", 2)
        await (await begin(books)).settle(receipt(CENT), "Dạ.")
        rehearsal = await begin(books, most=Decimal(0), provider="rehearsal")
        told = await full(books, most=Decimal(0))
        assert (told.scope, told.allowed, told.turns, told.kind) == ("demo:fashion", 2, 2, "messages_used")
        assert str(told) == "the limit of 2 messages for demo:fashion is reached: 2 are taken"
        await rehearsal.settle(receipt(Decimal(0)), "Dạ.")
        assert await turns_of(database, "demo:fashion") == 2
        assert [(one.amount, one.settled) for one in await rows(database, reservations)] in (
            [(CENT, CENT), (0, 0)],
            [(0, 0), (CENT, CENT)],
        )
        await begin(books, demo="books")
        assert await faults(database) == []


async def test_a_failed_turn_gives_its_place_back(database: Database, tmp_path: Path) -> None:
    """Its visitor got nothing; who stops a reply has had it."""
    async with keeping(database, tmp_path) as books:
        await books.set_turns("demo:fashion", 2)
        first = await begin(books)
        stopped = await begin(books)
        await full(books)
        await first.settle(receipt(Decimal(0), finish_reason="failed", error="overloaded"), "")
        await stopped.settle(receipt(CENT, finish_reason="stopped"), "Dạ")
        assert await turns_of(database, "demo:fashion") == 1
        await begin(books)
        await full(books)


async def test_a_crowd_gets_as_many_replies_as_are_left(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """A hundred messages of one instant, on two replicas where there can be two, on a link with room for seven; a third
    of them cost nothing."""
    await create_link(database, Link("shop", "fashion", NOON, messages=7))
    async with AsyncExitStack() as stack:
        books = []
        for number in range(1 if database.dialect == "sqlite" else 2):
            folder = tmp_path / str(number)
            other = await stack.enter_async_context(Database(database_url, data_dir=folder))
            books.append(await stack.enter_async_context(keeping(other, folder)))
        crowd = (
            begin(books[n % len(books)], link="shop", most=CENT if n % 3 else Decimal(0)) for n in range(100)
        )
        found = await asyncio.gather(*crowd, return_exceptions=True)
        answered = [one for one in found if isinstance(one, TurnEntry)]
        assert len(answered) == 7
        assert sum(isinstance(one, MessagesReached) for one in found) == 93
        assert len(await rows(database, attempts)) == 7
        await asyncio.gather(*(entry.settle(receipt(Decimal(0)), "Dạ.") for entry in answered))
        assert (await find_links(database, ["shop"]))["shop"].used == 7


@ONLY_POSTGRESQL
async def test_places_that_come_and_go_on_replicas(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """Three programs on one database: of the places that failed turns give back none is lost, and none given twice."""
    await create_link(database, Link("shop", "fashion", NOON, messages=20, budget_usd=Decimal(5)))

    async def visitor(books: Books, number: int) -> int:
        had = 0
        for _ in range(4):
            try:
                entry = await begin(books, link="shop")
            except MessagesReached:
                continue
            went_wrong = bool(number % 3)
            await entry.settle(receipt(CENT, finish_reason="failed" if went_wrong else "stop"), "Dạ.")
            had += not went_wrong
        return had

    async with AsyncExitStack() as stack:
        books = []
        for number in range(3):
            folder = tmp_path / str(number)
            other = await stack.enter_async_context(Database(database_url, data_dir=folder))
            books.append(await stack.enter_async_context(keeping(other, folder)))
        had = sum(await asyncio.gather(*(visitor(books[n % 3], n) for n in range(45))))
        assert (await find_links(database, ["shop"]))["shop"].used == had <= 20
        assert await faults(database) == []


async def test_a_new_limit_knows_what_was_answered(database: Database, tmp_path: Path) -> None:
    """Those that have ended, and those under way that money is set aside for; money's own limit stays what it was."""
    async with keeping(database, tmp_path) as books:
        await books.set_budget("demo:fashion", Decimal(1))
        for kind in ("stop", "failed", "stopped"):
            await (await begin(books)).settle(receipt(CENT, finish_reason=kind), "Dạ.")
        under_way = await begin(books)
        await books.set_turns("demo:fashion", 3)
        assert await turns_of(database, "demo:fashion") == 3
        await full(books)
        await under_way.settle(receipt(CENT), "Dạ.")
        await books.set_budget("demo:fashion", None)
        assert await turns_of(database, "demo:fashion") == 3
        await full(books, most=Decimal(5))
        await books.set_turns("demo:fashion", 4)
        await (await begin(books, most=Decimal(5))).settle(receipt(CENT), "Dạ.")
        assert await faults(database) == []
        await books.set_turns("demo:fashion", None)
        assert await rows(database, budgets) == [] and await rows(database, reservations) == []


async def test_places_after_a_crash(database: Database, tmp_path: Path) -> None:
    """What was sent stays counted; what never was gives its place back, and so does what was never opened."""
    books = await open_books(database, tmp_path)
    await books.set_turns("demo:fashion", 3)
    await begin(books)
    await begin(books, attempt=False)
    await take(books, new_id())
    await books.flush()
    assert await turns_of(database, "demo:fashion") == 2
    await die(books)
    async with keeping(database, tmp_path):
        assert await turns_of(database, "demo:fashion") == 1
        assert await faults(database) == []


@pytest.mark.parametrize("allowed", [-1, 10**12])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_such_number_of_messages(database: Database, allowed: int) -> None:
    """What no column holds is refused."""
    with pytest.raises(ValueError, match="a limit of"):
        await set_turns(database, "demo:fashion", allowed)
