"""What a program that died left behind is ended by the next one, or by another one."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from bookkeeping import (
    CENT,
    MODEL,
    PRICE,
    QUESTION,
    begin,
    die,
    faults,
    keeping,
    new_id,
    open_books,
    price_of,
    receipt,
    row,
    rows,
    take,
)

from holysheep import Usage, cost
from holysheep.journal import AttemptStart
from holysheep.lock import held
from holysheep.tokens import estimate, estimate_messages
from ledger.books import Books
from ledger.budgets import set_budget
from ledger.database import Database
from ledger.recovery import endings
from ledger.replica import LEASE_S
from ledger.tables import attempts, budgets, receipts, replicas, reservations, turns
from ledger.unusable import DatabaseUnusable

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ONLY_POSTGRESQL = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.database)], indirect=True
)


async def said(books: Books, text: str, provider: str = "holysheep") -> None:
    """A turn under way, with this much of its reply on record."""
    entry = await begin(books, provider=provider)
    entry.said(text)
    books._drafts.flush()
    await books.flush()


async def test_a_reply_under_way(database: Database, tmp_path: Path) -> None:
    """It is interrupted: what was said stays, usage and cost are estimated from it and marked, its money is free."""
    books = await open_books(database, tmp_path, budget_usd=Decimal(1))
    await said(books, "Dạ còn hàng, em gửi chị")
    await die(books)
    async with keeping(database, tmp_path, budget_usd=Decimal(1)) as books:
        known, ended = await row(database, receipts), await row(database, turns)
        usage = Usage(estimate_messages([{"content": QUESTION}]), completion=estimate(ended.reply))
        assert (known.finish_reason, known.usage_source, known.cost_bound) == (
            "interrupted",
            "estimated",
            "at_least",
        )
        assert (known.prompt_tokens, known.completion_tokens) == (usage.prompt, usage.completion)
        assert known.cost == cost(usage, PRICE) and known.price_version == f"{MODEL}@2026-01-01"
        assert ended.reply == "Dạ còn hàng, em gửi chị" and ended.settled_at is not None
        sent = await row(database, attempts)
        assert (sent.error, sent.cost) == ("interrupted", known.cost)
        held_back, budget = await row(database, reservations), await row(database, budgets)
        assert (held_back.settled, budget.spent, budget.reserved) == (known.cost, known.cost, 0)
        totals = await books.load_totals(ended.conversation)
        assert (totals.cost_usd, totals.estimated, totals.replies) == (known.cost, True, 0)
        assert await faults(database) == []


async def test_all_that_was_sent_counts(database: Database, tmp_path: Path) -> None:
    """Persona, facts and the conversation before are most of what a reply costs: a crash does not make them free."""
    books = await open_books(database, tmp_path)
    entry = await begin(books, prompt_tokens=957)
    entry.said("Dạ còn hàng")
    await die(books)
    async with keeping(database, tmp_path):
        known = await row(database, receipts)
        usage = Usage(957, completion=estimate("Dạ còn hàng"))
        assert (known.prompt_tokens, known.total_tokens) == (957, usage.total())
        assert (known.usage_source, known.cost_bound) == ("estimated", "at_least")
        assert known.cost == cost(usage, PRICE)
        assert await faults(database) == []


async def test_the_last_words(database: Database, tmp_path: Path) -> None:
    """Whatever a reader may have seen when the program was killed is there again, and nothing stays behind."""
    books = await open_books(database, tmp_path)
    entry = await begin(books)
    for text in ("Dạ còn", "Dạ còn hàng, em gửi", "Dạ còn hàng, em gửi chị ạ"):
        entry.said(text)
    await die(books)
    async with keeping(database, tmp_path):
        assert (await row(database, turns)).reply == "Dạ còn hàng, em gửi chị ạ"
    assert [one.name for one in (tmp_path / "spool").iterdir()] == []


async def test_a_program_that_left_in_mid_reply(database: Database, tmp_path: Path) -> None:
    """One that went in order, and could not end its turn, leaves its words to the next one as well."""
    async with keeping(database, tmp_path) as books:
        (await begin(books)).said("Dạ còn hàng")
    async with keeping(database, tmp_path):
        assert (await row(database, turns)).reply == "Dạ còn hàng"
    assert list((tmp_path / "spool").iterdir()) == []


async def test_another_machine_finishes_the_turn(database: Database, tmp_path: Path) -> None:
    """It has the words that the database has."""
    books = await open_books(database, tmp_path / "one")
    await said(books, "Dạ còn hàng")
    await die(books)
    async with keeping(database, tmp_path / "another"):
        there = "Dạ còn hàng" if database.dialect == "postgresql" else None
        assert (await row(database, turns)).reply == there


@pytest.mark.parametrize(
    ("provider", "cost_usd", "bound"), [("rehearsal", Decimal(0), "exact"), ("gone", None, "unknown")]
)
async def test_what_it_cost(
    database: Database, tmp_path: Path, provider: str, cost_usd: Decimal | None, bound: str
) -> None:
    """Nothing where the provider is free; unknown where the settings know it no more."""
    books = await open_books(database, tmp_path)
    await said(books, "Dạ", provider)
    await die(books)
    async with keeping(database, tmp_path):
        known = await row(database, receipts)
        assert (known.cost, known.cost_bound, known.usage_source) == (cost_usd, bound, "estimated")


async def test_a_message_that_waited(database: Database, tmp_path: Path) -> None:
    """It was taken and never answered: interrupted, for nothing, with the model its conversation had chosen."""
    books = await open_books(database, tmp_path)
    await take(books, new_id())
    await die(books)
    async with keeping(database, tmp_path):
        known = await row(database, receipts)
        assert (known.finish_reason, known.cost, known.attempts, known.model) == ("interrupted", 0, 0, MODEL)
        assert (known.demo, known.demo_version, known.provider) == ("fashion", 0, None)
        assert await faults(database) == []


async def test_several_attempts(database: Database, tmp_path: Path) -> None:
    """All are ended; what the earlier ones cost is not known."""
    books = await open_books(database, tmp_path)
    entry = await begin(books)
    await entry.begin_attempt(AttemptStart(2, "holysheep", MODEL))
    await die(books)
    async with keeping(database, tmp_path):
        assert [(one.error, one.cost is None) for one in await rows(database, attempts)] == [
            ("interrupted", True),
            ("interrupted", False),
        ]
        known = await row(database, receipts)
        assert (known.attempts, known.cost_bound) == (2, "at_least")
        assert await faults(database) == []


async def test_what_had_ended_stays_as_it_was(database: Database, tmp_path: Path) -> None:
    """The dead program's replica is gone, and its settled turns are not touched, however often one starts."""
    books = await open_books(database, tmp_path)
    await (await begin(books)).settle(receipt(), "Dạ còn ạ.")
    await die(books)
    for _ in range(2):
        async with keeping(database, tmp_path):
            known = await row(database, receipts)
            assert (known.finish_reason, known.cost) == ("stop", CENT)
    assert all(one.gone_at is not None for one in await rows(database, replicas))


async def test_left_open_by_a_program_that_closed(database: Database, tmp_path: Path) -> None:
    """It said goodbye, and had forgotten a turn: the next one ends it."""
    async with keeping(database, tmp_path) as books:
        await begin(books)
    async with keeping(database, tmp_path):
        assert (await row(database, receipts)).finish_reason == "interrupted"
        assert await faults(database) == []


@ONLY_SQLITE
async def test_two_servers_on_one_file(database: Database, tmp_path: Path) -> None:
    """The second does not start, in one line, and has left nothing; it may once the first has ended."""
    assert database.file is not None
    async with keeping(database, tmp_path):
        assert held(database.file)
        with pytest.raises(DatabaseUnusable) as told:
            await open_books(database, tmp_path)
        assert told.value.reason == "in_use" and "\n" not in str(told.value)
        assert len(await rows(database, replicas)) == 1
    assert not held(database.file)
    async with keeping(database, tmp_path):
        pass


@ONLY_POSTGRESQL
async def test_a_living_replica_is_left_alone(database: Database, database_url: str, tmp_path: Path) -> None:
    """A second program starts, and looks again and again: the first one's turns are its own."""
    async with keeping(database, tmp_path) as first, Database(database_url, data_dir=tmp_path) as other:
        entry = await begin(first)
        async with keeping(other, tmp_path / "other") as second:
            await second.others.tidy()
            assert (await row(database, receipts)).finish_reason is None
            await entry.settle(receipt(), "Dạ.")
            assert (await row(database, receipts)).finish_reason == "stop"


@ONLY_POSTGRESQL
async def test_a_lease_that_is_over(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replica that hangs, or whose network does, is taken for dead once its lease has stood still for a while: not at
    once, for the database's clock may have jumped. If it comes back, what it knows holds."""
    async with keeping(database, tmp_path) as hanging, Database(database_url, data_dir=tmp_path) as other:
        entry = await begin(hanging)
        async with keeping(other, tmp_path / "other", budget_usd=Decimal(1)) as second:
            await second.others.tidy()
            assert (await row(database, receipts)).finish_reason is None
            async with database.writing() as connection:
                past = datetime.now(UTC) - timedelta(seconds=1)
                mine = replicas.c.id == hanging.replica
                await connection.execute(replicas.update().where(mine).values(leased_until=past))
            await second.others.tidy()
            assert (await row(database, receipts)).finish_reason is None
            monkeypatch.setattr("ledger.replica.MISSED_S", 0.0)
            await second.others.tidy()
            guessed = await row(database, receipts)
            assert guessed.finish_reason == "interrupted"
            assert (await row(database, budgets)).spent == guessed.cost
            await entry.settle(receipt(), "Dạ còn ạ.")
            known = await row(database, receipts)
            assert (known.finish_reason, known.cost, known.cost_bound) == ("stop", CENT, "exact")
            assert (await row(database, turns)).reply == "Dạ còn ạ."
            assert (await row(database, budgets)).spent == CENT
            await hanging._replica.renew()
            assert all(one.gone_at is None for one in await rows(database, replicas))
            assert await faults(database) == []


async def test_a_program_says_that_it_lives(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Again and again, and it learns of limits that were set elsewhere; a failure only means that it tries again."""
    monkeypatch.setattr("ledger.books.RENEW_S", 0.02)
    async with keeping(database, tmp_path) as books:
        renewed = books._replica.renew
        failures = iter([DatabaseUnusable("locked", "vi", "en"), RuntimeError("a fault of ours")])

        async def failing() -> None:
            for failure in failures:
                raise failure
            await renewed()

        monkeypatch.setattr(books._replica, "renew", failing)
        before = (await row(database, replicas)).leased_until
        await set_budget(database, "demo:fashion", CENT)
        async with asyncio.timeout(10):
            while (await row(database, replicas)).leased_until == before or not books._writer.limited:
                await asyncio.sleep(0.01)
        assert books._writer.limited == {"demo:fashion"}


@ONLY_POSTGRESQL
async def test_a_guess_gives_way(database: Database, database_url: str, tmp_path: Path) -> None:
    """A turn's own end and a guess at it, by another replica, at one instant and in either order: its own holds."""
    async with (
        keeping(database, tmp_path, budget_usd=Decimal(9)) as first,
        Database(database_url, data_dir=tmp_path) as other,
        keeping(other, tmp_path / "other", budget_usd=Decimal(9)) as second,
    ):
        entries = [await begin(first) for _ in range(24)]
        guesses = await endings(other, [first.replica], second.replica, price_of, datetime.now(UTC))
        assert len(guesses) == 24
        for number, entry in enumerate(entries):
            guess = next(one for one in guesses if getattr(one, "turn", None) == entry.turn)
            ends = [entry.settle(receipt(), "Dạ.")]
            if number % 3:
                await asyncio.sleep(0.001 * (number % 3))
            ends.append(second._writer.put(guess))
            await asyncio.gather(*ends)
        assert {(one.finish_reason, one.cost) for one in await rows(database, receipts)} == {("stop", CENT)}
        assert await faults(database) == []


@ONLY_POSTGRESQL
async def test_a_crash_is_seen_before_the_lease_is_over(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """Its session has ended: at once for a start, and for others once it has missed a renewal."""
    async with (
        Database(database_url, data_dir=tmp_path) as other,
        keeping(other, tmp_path / "other") as second,
    ):
        first = await open_books(database, tmp_path)
        await begin(first)
        await die(first)
        await second.others.tidy()
        assert (await row(database, receipts)).finish_reason is None
        async with database.writing() as connection:
            missed = datetime.now(UTC) + timedelta(seconds=LEASE_S * 0.4)
            await connection.execute(replicas.update().values(leased_until=missed))
        await second.others.tidy()
        assert (await row(database, receipts)).finish_reason == "interrupted"
    async with keeping(database, tmp_path):
        assert await faults(database) == []


@ONLY_POSTGRESQL
async def test_two_find_the_same_dead(database: Database, database_url: str, tmp_path: Path) -> None:
    """Both end its turns; each turn is ended once."""
    books = await open_books(database, tmp_path, budget_usd=Decimal(1))
    for _ in range(10):
        await begin(books)
    await die(books)
    async with Database(database_url, data_dir=tmp_path) as other:
        found = await asyncio.gather(
            open_books(database, tmp_path / "a", budget_usd=Decimal(1)),
            open_books(other, tmp_path / "b", budget_usd=Decimal(1)),
        )
        for books in found:
            with suppress(Exception):
                await books.close()
    assert [one.finish_reason for one in await rows(database, receipts)] == ["interrupted"] * 10
    assert await faults(database) == []
