"""The books: what is on record at each moment of a turn."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from bookkeeping import (
    CENT,
    MODEL,
    QUESTION,
    about,
    begin,
    failed,
    faults,
    keeping,
    new_id,
    receipt,
    row,
    rows,
    take,
)

from holysheep import Attempt
from holysheep.journal import AttemptStart
from ledger.database import Database
from ledger.drafts import EVERY_S
from ledger.rows import MessageStart, TurnStart
from ledger.tables import attempts, conversations, receipts, replicas, turns
from ledger.totals import Totals

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_a_message_is_on_record_when_it_is_taken(database: Database, tmp_path: Path) -> None:
    """With the conversation it begins, and no receipt yet."""
    async with keeping(database, tmp_path) as books:
        conversation = new_id()
        turn = await take(books, conversation)
        kept, where = await row(database, turns), await row(database, conversations)
        assert (kept.id, kept.question, kept.reply, kept.settled_at) == (turn, QUESTION, None, None)
        assert (where.id, where.visitor, where.choices) == (conversation, "f" * 64, {"model": MODEL})
        assert where.touched_at == kept.asked_at
        assert await rows(database, receipts) == []


async def test_an_attempt_is_on_record_before_its_request(database: Database, tmp_path: Path) -> None:
    """With what is known of the receipt by then: demo version, model, and that it has not ended."""
    async with keeping(database, tmp_path) as books:
        await begin(books)
        begun, known = await row(database, attempts), await row(database, receipts)
        assert (begun.number, begun.provider, begun.key_fingerprint, begun.latency_ms) == (
            1,
            "holysheep",
            "0123456789ab",
            None,
        )
        assert (known.demo, known.demo_version, known.model, known.finish_reason) == (
            "fashion",
            3,
            MODEL,
            None,
        )


async def test_a_settled_turn(database: Database, tmp_path: Path) -> None:
    """Reply, receipt and attempts are whole, the money to the last picodollar."""
    cost = Decimal("0.000104580001")
    async with keeping(database, tmp_path) as books:
        entry = await begin(books)
        await entry.begin_attempt(AttemptStart(2, "holysheep", MODEL, "ba9876543210"))
        await entry.settle(receipt(cost, attempts=2), "Dạ còn ạ.")
        ended, known = await row(database, turns), await row(database, receipts)
        assert (ended.reply, known.cost, known.attempts, known.finish_reason) == (
            "Dạ còn ạ.",
            cost,
            2,
            "stop",
        )
        assert known.key_fingerprint == "ba9876543210"
        assert ended.settled_at >= ended.asked_at
        assert [(one.number, one.latency_ms, one.status) for one in await rows(database, attempts)] == [
            (1, 900.0, 200),
            (2, 900.0, 200),
        ]
        assert await faults(database) == []


async def test_an_attempt_that_never_left_is_no_attempt(database: Database, tmp_path: Path) -> None:
    """The visitor stopped while it was put on record."""
    async with keeping(database, tmp_path) as books:
        entry = await begin(books)
        await entry.settle(receipt(Decimal(0), attempts=0, finish_reason="stopped"), "")
        assert await rows(database, attempts) == []
        assert (await row(database, receipts)).attempts == 0


async def test_attempts_that_overlap(database: Database, tmp_path: Path) -> None:
    """One in the middle never left, the first one won: each outcome is its own attempt's, by number, and the key on
    record is the one that the reply came by."""
    async with keeping(database, tmp_path) as books:
        entry = await begin(books)
        for number, key in ((2, "222222222222"), (3, "333333333333")):
            await entry.begin_attempt(AttemptStart(number, "openai", MODEL, key))
        won = Attempt("holysheep", MODEL, 900.0, 100.0, 200, number=1, key_fingerprint="0123456789ab")
        lost = Attempt("openai", MODEL, 300.0, error="silent", number=3, key_fingerprint="333333333333")
        await entry.settle(replace(receipt(), attempts=(won, lost)), "Dạ còn ạ.")
        found = [(one.number, one.provider, one.error) for one in await rows(database, attempts)]
        assert found == [(1, "holysheep", None), (3, "openai", "silent")]
        known = await row(database, receipts)
        assert (known.attempts, known.key_fingerprint) == (2, "0123456789ab")


async def test_the_first_settlement_holds(database: Database, tmp_path: Path) -> None:
    """Whoever settles again changes nothing, neither rows nor totals."""
    async with keeping(database, tmp_path) as books:
        entry = await begin(books)
        await entry.settle(receipt(), "Dạ còn ạ.")
        await entry.settle(failed("failed"), "")
        assert (await row(database, turns)).reply == "Dạ còn ạ."
        assert books.totals(entry.conversation).cost_usd == CENT


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.database)], indirect=True
)
async def test_half_a_reply_is_on_record_soon(database: Database, tmp_path: Path) -> None:
    """Where another machine may have to finish the turn, most of its words are there; the end overwrites them."""
    async with keeping(database, tmp_path) as books:
        entry = await begin(books)
        entry.said("Dạ ")
        entry.said("Dạ còn")
        async with asyncio.timeout(10):
            while (await row(database, turns)).reply is None:
                await asyncio.sleep(EVERY_S / 3)
        assert (await row(database, turns)).reply == "Dạ còn"
        entry.said("Dạ còn h")
        await entry.settle(receipt(), "Dạ còn hàng.")
        entry.said("Dạ")
        await asyncio.sleep(EVERY_S * 1.5)
        await books.flush()
        assert (await row(database, turns)).reply == "Dạ còn hàng."


async def test_a_crowd_is_written_together(database: Database, tmp_path: Path) -> None:
    """All messages of an instant are on record, each in its own conversation."""
    async with keeping(database, tmp_path) as books:
        entries = await asyncio.gather(*(begin(books) for _ in range(60)))
        await asyncio.gather(*(entry.settle(receipt(), "Dạ.") for entry in entries))
        assert len(await rows(database, conversations)) == 60
        assert [one.finish_reason for one in await rows(database, receipts)] == ["stop"] * 60
        assert await faults(database) == []


async def test_what_is_given_last_is_written_at_the_end(database: Database, tmp_path: Path) -> None:
    """Closing the books writes all that waits, and says that the program is gone."""
    async with keeping(database, tmp_path) as books:
        entry = await begin(books)
        entry.settle(receipt(), "Dạ còn ạ.")
    assert (await row(database, turns)).reply == "Dạ còn ạ."
    assert (await row(database, replicas)).gone_at is not None


async def test_a_conversation_changes(database: Database, tmp_path: Path) -> None:
    """Title, choices and what is cleared are kept, the last word of each; unknown words are a fault of ours."""
    async with keeping(database, tmp_path) as books:
        conversation = new_id()
        await take(books, conversation)
        books.save_conversation(conversation, title="Váy", language="en")
        books.save_conversation(conversation, title="Váy lụa", choices={"model": "gpt-4.1"}, cleared_before=1)
        await books.flush()
        kept = await row(database, conversations)
        assert (kept.title, kept.language, kept.cleared_before) == ("Váy lụa", "en", 1)
        assert kept.choices == {"model": "gpt-4.1"}
        with pytest.raises(TypeError, match="colour"):
            books.save_conversation(conversation, colour="red")


async def test_replaced_and_withdrawn(database: Database, tmp_path: Path) -> None:
    """A replaced turn stays on record with its receipt; a withdrawn message has ended without one."""
    async with keeping(database, tmp_path) as books:
        entry = await begin(books)
        await entry.settle(receipt(), "Dạ.")
        waiting = await take(books, entry.conversation, 1)
        books.replace(entry.conversation, [entry.turn])
        books.withdraw(entry.conversation, [waiting])
        await books.flush()
        kept = {turn.id: turn for turn in await rows(database, turns)}
        assert kept[entry.turn].replaced and kept[waiting].replaced
        assert kept[waiting].settled_at is not None
        assert len(await rows(database, receipts)) == 1


async def test_totals_are_those_of_the_rows(database: Database, tmp_path: Path) -> None:
    """They know a receipt at once, and are the same when another program loads them."""
    async with keeping(database, tmp_path) as books:
        first = await begin(books)
        await first.settle(receipt(), "Dạ.")
        second = await begin(books, first.conversation, 1)
        second.settle(receipt(None, ttft_ms=None), "")
        here = books.totals(first.conversation)
        assert (here.replies, here.cost_usd, here.cost_bound, here.total_tokens) == (1, CENT, "at_least", 60)
    async with keeping(database, tmp_path) as books:
        assert books.totals(first.conversation) == Totals()
        assert await books.load_totals(first.conversation) == here == books.totals(first.conversation)
        books.forget_totals(first.conversation)
        assert books.totals(first.conversation) == Totals()


async def test_totals_loaded_while_a_turn_ends(database: Database, tmp_path: Path) -> None:
    """Each receipt counts once, whether it is in the database by then or not."""
    async with keeping(database, tmp_path) as books:
        entries = [await begin(books, (conversation := new_id()))]
        entries += [await begin(books, conversation, position) for position in range(1, 8)]
        loading = asyncio.gather(*(books.load_totals(conversation) for _ in range(3)))
        for entry in entries:
            entry.settle(receipt(), "Dạ.")
            await asyncio.sleep(0.002)
        await loading
        assert books.totals(conversation).cost_usd == 8 * CENT


async def test_what_no_database_can_hold(database: Database, tmp_path: Path) -> None:
    """NUL, half an emoji, names and counts beyond any column: the turn is kept all the same."""
    odd = receipt(
        Decimal(10) ** 9,
        served_model="m\x00" * 200,
        request_id="r" * 500,
        total_tokens=10**15,
        error="e" * 90,
    )
    async with keeping(database, tmp_path) as books:
        conversation = new_id()
        turn = await take(books, conversation, question="a\x00b\ud83dc")
        entry = books.open_turn(TurnStart(turn, conversation, "fashion", 1, "m" * 99, "visitor"))
        await entry.begin_attempt(AttemptStart(1, "local", "m" * 99))
        await entry.settle(odd, "\ud83d\x00")
        kept, known = await row(database, turns), await row(database, receipts)
        assert (kept.question, kept.reply) == ("ab?c", "?")
        assert (known.served_model, known.total_tokens) == ("m" * 128, 2**31 - 1)


async def test_masked_before_it_is_kept(database: Database, tmp_path: Path) -> None:
    """Questions, replies under way and whole ones, and titles."""
    async with keeping(database, tmp_path, mask=lambda text: text.replace("4111", "····")) as books:
        conversation = new_id()
        turn = await take(books, conversation, question="thẻ 4111")
        entry = books.open_turn(TurnStart(turn, conversation, "fashion", 1, MODEL, "visitor"))
        books.save_conversation(conversation, title="4111")
        entry.settle(receipt(attempts=0), "số 4111")
        await books.flush()
        kept = await row(database, turns)
        assert (kept.question, kept.reply) == ("thẻ ····", "số ····")
        assert (await row(database, conversations)).title == "····"


async def test_a_forgotten_turn_takes_no_words_back(database: Database, tmp_path: Path) -> None:
    """Its texts were removed while it was answered; the receipt stays."""
    async with keeping(database, tmp_path) as books:
        entry = await begin(books)
        async with database.writing() as connection:
            await connection.execute(turns.update().values(question=None))
        await entry.settle(receipt(), "Dạ còn ạ.")
        assert (await row(database, turns)).reply is None
        assert (await row(database, receipts)).cost == CENT


async def test_a_message_brings_a_deleted_conversation_back(database: Database, tmp_path: Path) -> None:
    """Somebody deleted it while its page was open, and the visitor goes on."""
    async with keeping(database, tmp_path) as books:
        conversation = new_id()
        await take(books, conversation)
        first = await row(database, conversations)
        async with database.writing() as connection:
            await connection.execute(conversations.update().values(deleted_at=first.touched_at))
        await books.take(MessageStart(new_id(), new_id(), conversation, 1, QUESTION), about(conversation))
        assert (await row(database, conversations)).deleted_at is None


async def test_the_clock_goes_back(database: Database, tmp_path: Path) -> None:
    """To the day before: nothing is refused, and each turn counts for the day it was asked on."""
    now = NOON
    async with keeping(database, tmp_path, clock=lambda: now, budget_usd_per_day=Decimal(1)) as books:
        first = await begin(books)
        now -= timedelta(hours=13)
        await first.settle(receipt(), "Dạ.")
        second = await begin(books, first.conversation, 1)
        await second.settle(receipt(), "Dạ.")
        assert (await row(database, conversations)).touched_at == NOON
        assert await faults(database) == []
