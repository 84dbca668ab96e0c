"""Turns for the tests of the books, and a program that dies."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from holysheep import Attempt, Model, Price, Provider, Receipt
from holysheep.journal import AttemptStart
from ledger.books import Books
from ledger.database import Database
from ledger.entry import TurnEntry
from ledger.rows import ConversationStart, MessageStart, TurnStart
from ledger.tables import attempts, budgets, receipts, reservations, turns

MODEL = "deepseek-v3.2"
PRICE = Price.flat(Decimal("0.42"), date(2026, 1, 1))
QUESTION = "Còn váy lụa cỡ M không?"
CENT = Decimal("0.01")


def price_of(provider: str, model: str) -> tuple[Provider | None, Model | None]:
    """The rehearsal is free; nobody knows ``gone``."""
    if provider == "gone":
        return None, None
    free = provider == "rehearsal"
    return Provider(provider, "http://127.0.0.1/v1", free=free), Model(
        model, "DeepSeek", provider, 64_000, PRICE
    )


@asynccontextmanager
async def keeping(database: Database, folder: Path, **options: Any) -> AsyncIterator[Books]:
    """Open books, closed after."""
    books = await open_books(database, folder, **options)
    try:
        yield books
    finally:
        await books.close()


async def open_books(database: Database, folder: Path, **options: Any) -> Books:
    """As the program starts."""
    return await Books.open(database, price_of=price_of, spool=folder / "spool", **options)


async def die(books: Books) -> None:
    """The program ends in the middle of whatever it does: nothing is flushed, nobody says goodbye."""
    tasks = [task for task in (books._life, books._writer._task) if task is not None]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for timer in (books._writer._lazy, books._drafts._timer):
        if timer is not None:
            timer.cancel()
    with suppress(Exception):
        await books._writer._pen.close()
    await books._replica.release()


def new_id() -> str:
    """A uuid."""
    return str(uuid.uuid4())


def about(conversation: str, link: str | None = None) -> ConversationStart:
    """A visitor's conversation."""
    return ConversationStart(conversation, "f" * 64, "visitor", "fashion", "vi", link, {"model": MODEL})


async def take(
    books: Books, conversation: str, position: int = 0, question: str = QUESTION, link: str | None = None
) -> str:
    """A message comes; gives the turn's id."""
    message = MessageStart(new_id(), new_id(), conversation, position, question)
    await books.take(message, about(conversation, link))
    return message.id


async def begin(
    books: Books,
    conversation: str = "",
    position: int = 0,
    *,
    most: Decimal | None = CENT,
    demo: str = "fashion",
    link: str | None = None,
    provider: str = "holysheep",
    attempt: bool = True,
    prompt_tokens: int | None = None,
) -> TurnEntry:
    """A message comes, it is its turn, and its first request leaves."""
    conversation = conversation or new_id()
    turn = await take(books, conversation, position, link=link)
    start = TurnStart(
        turn, conversation, demo, 3, MODEL, "visitor", link, most_usd=most, prompt_tokens=prompt_tokens
    )
    entry = books.open_turn(start)
    if attempt:
        await entry.begin_attempt(AttemptStart(1, provider, MODEL, "0123456789ab"))
    return entry


def receipt(cost: Decimal | None = CENT, attempts: int = 1, **more: Any) -> Receipt:
    """A reply that went well."""
    sent = tuple(
        Attempt("holysheep", MODEL, 900.0, 100.0, 200, "req", cost_usd=cost) for _ in range(attempts)
    )
    known: dict[str, Any] = {
        "ttft_ms": 100.0,
        "prompt_tokens": 10,
        "completion_tokens": 20,
        "total_tokens": 30,
        "usage_source": "reported",
        "cost_usd": cost,
        "cost_bound": "unknown" if cost is None else "exact",
        "served_model": MODEL,
        "attempts": sent,
    }
    return Receipt("holysheep", MODEL, **{"finish_reason": "stop", "latency_ms": 900.0, **known, **more})


def failed(error: str) -> Receipt:
    """A turn whose request never left."""
    return Receipt("none", MODEL, "failed", 0.0, error=error, cost_usd=Decimal(0), cost_bound="exact")


async def rows(database: Database, table: Table) -> list[Any]:
    """Everything in a table."""
    async with database.reading() as connection:
        return list((await connection.execute(select(table).order_by(*table.primary_key.columns))).all())


async def row(database: Database, table: Table) -> Any:
    """The only row of a table."""
    (only,) = await rows(database, table)
    return only


async def faults(database: Database) -> list[str]:
    """What is wrong with the books where nothing is under way; nothing, one hopes."""
    found: list[str] = []
    spent = {budget.scope: Decimal(0) for budget in await rows(database, budgets)}
    held = dict.fromkeys(spent, Decimal(0))
    counted = dict.fromkeys(spent, 0)
    settled = {turn.id for turn in await rows(database, turns) if turn.settled_at is not None}
    for one in await rows(database, receipts):
        day = f"day:{one.asked_at.date()}"
        for scope in {"installation", day, f"demo:{one.demo}", f"link:{one.link}"} & spent.keys():
            spent[scope] += one.cost or 0
            counted[scope] += got_something(one)
        if (one.finish_reason is not None) != (one.turn in settled):
            found.append(f"receipt and turn {one.turn} differ")
    for one in await rows(database, reservations):
        if (one.settled_at is not None) != (one.turn in settled):
            found.append(f"the reservation of turn {one.turn} in {one.scope} has not the turn's end")
        held[one.scope] += one.amount if one.settled_at is None else 0
        counted[one.scope] += one.settled_at is None
    for budget in await rows(database, budgets):
        if (budget.spent, budget.reserved) != (spent[budget.scope], held[budget.scope]):
            found.append(f"{budget}, but its rows say {spent[budget.scope]} and {held[budget.scope]}")
        if budget.allowed_turns is not None and budget.turns != counted[budget.scope]:
            found.append(f"{budget}, but its rows say {counted[budget.scope]} turns")
    for one in await rows(database, attempts):
        if (one.latency_ms is not None) != (one.turn in settled):
            found.append(f"attempt {one.number} of turn {one.turn} has not the turn's end")
    return found


def got_something(receipt: Any) -> bool:
    """Whether a turn has ended, and not without anything for its visitor."""
    unsent = receipt.finish_reason == "interrupted" and not receipt.attempts
    return receipt.finish_reason not in (None, "failed") and not unsent
