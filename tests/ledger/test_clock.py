"""A clock that goes back, as it does when a machine asks for the right time: order and sums do not hang on it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bookkeeping import CENT, begin, die, faults, keeping, open_books, receipt, rows, take

from ledger.conversations import load_conversation
from ledger.database import Database
from ledger.tables import attempts, receipts, turns

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
REPLIES = ["Một.", "Hai.", "Ba.", "Bốn."]


async def test_the_order_of_what_was_said(database: Database, tmp_path: Path) -> None:
    """A conversation is read in the order in which it was held, and its totals are those of all its rows."""
    now = NOON
    conversation = "7f3c1c1e-9d1f-4a53-8f0e-2d9b1b3f0a11"
    async with keeping(database, tmp_path, clock=lambda: now) as books:
        for position, reply in enumerate(REPLIES):
            entry = await begin(books, conversation, position)
            now -= timedelta(minutes=7)
            await entry.settle(receipt(), reply)
        seen = books.totals(conversation)
        assert await books.load_totals(conversation) == seen
    stored = await load_conversation(database, conversation)
    assert stored is not None and stored.next_position == len(REPLIES)
    assert [turn.reply for turn in stored.turns] == REPLIES
    assert (seen.replies, seen.cost_usd) == (len(REPLIES), len(REPLIES) * CENT)
    assert await faults(database) == []


async def test_a_crash_and_an_earlier_hour(database: Database, tmp_path: Path) -> None:
    """A program that starts again hours before it died ends what was open: nothing lasts less than no time."""
    books = await open_books(database, tmp_path, clock=lambda: NOON)
    entry = await begin(books)
    await take(books, entry.conversation, 1)
    await die(books)
    async with keeping(database, tmp_path, clock=lambda: NOON - timedelta(hours=5)):
        assert {row.finish_reason for row in await rows(database, receipts)} == {"interrupted"}
        assert all(row.settled_at is not None for row in await rows(database, turns))
        assert [row.latency_ms >= 0 for row in await rows(database, attempts)] == [True]
        assert await faults(database) == []
