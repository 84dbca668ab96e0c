"""What the books have written, as it comes back; and what is forgotten while they write."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from holysheep import Attempt, Receipt
from holysheep.journal import AttemptStart
from ledger.books import Books
from ledger.conversations import delete_conversation, list_conversations, load_conversation
from ledger.database import Database
from ledger.entry import TurnEntry
from ledger.masking import mask_secrets
from ledger.privacy import forget
from ledger.rows import ConversationStart, MessageStart, TurnStart
from ledger.stored import StoredConversation

CHAT = str(uuid4())
CHOICES = {"model": "deepseek-v3.2", "temperature": 0.7, "language": "vi"}
RECEIPT = Receipt(
    provider="holysheep",
    model="deepseek-v3.2",
    finish_reason="stop",
    latency_ms=1234.5,
    served_model="deepseek-v3.2-exp",
    ttft_ms=180.25,
    tokens_per_second=61.2,
    prompt_tokens=10,
    cached_tokens=0,
    completion_tokens=20,
    reasoning_tokens=0,
    total_tokens=30,
    usage_source="reported",
    cost_usd=Decimal("0.00010458"),
    cost_bound="exact",
    price_version="2026-11-02",
    request_id="req-2",
    attempts=(
        Attempt(
            *("holysheep", "deepseek-v3.2", 30.5, None, 503, None, "overloaded", Decimal(0)),
            number=1,
            key_fingerprint="ab12",
        ),
        Attempt(
            *("holysheep", "deepseek-v3.2", 1200.0, 150.0, 200, "req-2", None, Decimal("0.00010458")),
            number=2,
            key_fingerprint="ab12",
        ),
    ),
    marks=("unproven_end", "other_model"),
    computed_cost_usd=Decimal("0.000104580001"),
)


class Clock:
    """A minute later whenever it is asked."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC) - timedelta(days=1)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The books' own."""
    return Clock()


@pytest_asyncio.fixture
async def books(database: Database, clock: Clock, tmp_path: Path) -> AsyncIterator[Books]:
    """Open books with masking, which know no prices."""
    opened = await Books.open(
        database, price_of=lambda *_: (None, None), spool=tmp_path / "spool", clock=clock, mask=mask_secrets
    )
    async with opened:
        yield opened


async def ask(books: Books, question: str, position: int = 0) -> TurnEntry:
    """A message whose request has left."""
    turn = str(uuid4())
    about = ConversationStart(CHAT, "lan", "visitor", "boutique", "vi", choices=CHOICES)
    await books.take(MessageStart(turn, str(uuid4()), CHAT, position, question), about)
    entry = books.open_turn(TurnStart(turn, CHAT, "boutique", 3, "deepseek-v3.2", "visitor"))
    for number in (1, 2):
        await entry.begin_attempt(AttemptStart(number, "holysheep", "deepseek-v3.2", "ab12"))
    return entry


async def loaded(database: Database) -> StoredConversation:
    """The conversation as its page would get it."""
    found = await load_conversation(database, CHAT, owner="lan")
    assert found is not None
    return found


async def test_what_was_settled_comes_back(books: Books, database: Database) -> None:
    """Every field of the receipt and its attempts, the texts, the choices, and the same totals."""
    await (await ask(books, "Còn váy đỏ không?")).settle(RECEIPT, "Dạ còn ạ.")
    found = await loaded(database)
    (turn,) = found.turns
    assert (turn.question, turn.reply, turn.demo, turn.demo_version) == (
        "Còn váy đỏ không?",
        "Dạ còn ạ.",
        "boutique",
        3,
    )
    assert turn.receipt == RECEIPT
    assert (found.choices, found.next_position) == (CHOICES, 1)
    assert found.totals == books.totals(CHAT)


async def test_masked_as_it_is_kept(books: Books, database: Database) -> None:
    """A card number is nowhere in what comes back, also where the model repeats it."""
    await (await ask(books, "Thẻ 4111 1111 1111 1111")).settle(RECEIPT, "Dạ thẻ 4111111111111111 ạ?")
    (turn,) = (await loaded(database)).turns
    assert (turn.question, turn.reply) == ("Thẻ ••••1111", "Dạ thẻ ••••1111 ạ?")


async def test_a_reply_does_not_bring_back_what_was_forgotten(books: Books, database: Database) -> None:
    """What is still being written when its conversation is forgotten ends without a text, with its receipt."""
    entry = await ask(books, "Còn váy đỏ không?")
    done = await forget(database, "conversation", CHAT, now=datetime.now(UTC))
    assert done.erased.turns == 1
    entry.said("Dạ còn")
    await entry.settle(RECEIPT, "Dạ còn ạ.")
    await books.flush()
    assert await load_conversation(database, CHAT) is None
    assert (await list_conversations(database)).conversations == ()
    assert books.totals(CHAT).replies == 1


async def test_whoever_goes_on_writing_is_heard(books: Books, database: Database, clock: Clock) -> None:
    """A page that was open when its conversation was deleted gets it back with the next message, and only that."""
    await (await ask(books, "cũ")).settle(RECEIPT, "Dạ.")
    assert await delete_conversation(database, CHAT, now=clock())
    await (await ask(books, "mới", 1)).settle(RECEIPT, "Dạ.")
    found = await loaded(database)
    assert [turn.question for turn in found.turns] == ["mới"] and found.totals.replies == 2
