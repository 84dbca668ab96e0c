"""Turns as the chat puts them on record, and how long each was kept waiting."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from holysheep import Attempt, Receipt
from holysheep.journal import AttemptStart
from ledger import Books, ConversationStart, Database, MessageStart, TurnStart, upgrade

QUESTION = "Cửa hàng còn váy lụa màu xanh cỡ M không, giao về Đà Nẵng mất mấy ngày? " * 2
WORD = "dạ còn "
START = AttemptStart(1, "holysheep", "deepseek-v3.2", "0123456789ab")
RECEIPT = Receipt(
    "holysheep",
    "deepseek-v3.2",
    "stop",
    1234.5,
    served_model="deepseek-v3.2",
    ttft_ms=180.2,
    tokens_per_second=61.2,
    prompt_tokens=412,
    cached_tokens=0,
    completion_tokens=200,
    reasoning_tokens=0,
    total_tokens=612,
    usage_source="reported",
    cost_usd=Decimal("0.00010458"),
    cost_bound="exact",
    price_version="deepseek-v3.2@2026-01-01",
    request_id="req-1",
    attempts=(Attempt("holysheep", "deepseek-v3.2", 1234.5, 180.2, 200, "req-1"),),
)


@dataclass(frozen=True)
class Reply:
    """first_token_s: the model's silence. word_s: between two words; 0: all of them at once."""

    first_token_s: float
    word_s: float
    words: int

    @property
    def lasts_s(self) -> float:
        """The whole of it."""
        return self.first_token_s + self.word_s * self.words


class NoEntry:
    """A turn of which nothing is kept."""

    async def begin_attempt(self, start: AttemptStart) -> None:
        """At once."""

    def said(self, text_so_far: str) -> None:
        """Nothing."""

    async def settle(self, receipt: Receipt, reply: str) -> None:
        """At once."""


class NoBooks:
    """Keeps nothing: what the turns cost by themselves."""

    def take(self, message: MessageStart, conversation: ConversationStart) -> None:
        """Nothing."""

    def open_turn(self, start: TurnStart) -> NoEntry:
        """A turn of which nothing is kept."""
        return NoEntry()


@asynccontextmanager
async def open_books(database: Database, folder: Path) -> AsyncIterator[Books]:
    """The books of a server over a connected database."""
    await upgrade(database)
    books = await Books.open(database, price_of=lambda provider, model: (None, None), spool=folder / "spool")
    async with books:
        yield books


async def turn(
    books: Books | NoBooks, conversation: str, position: int, reply: Reply, link: str | None = None
) -> float:
    """One turn from its message to the durable receipt; returns the milliseconds its request had to wait."""
    id = str(uuid.uuid4())
    about = ConversationStart(conversation, "v" * 64, "visitor", "fashion-shop", "vi", link)
    most = Decimal("0.002")
    start = TurnStart(id, conversation, "fashion-shop", 3, "deepseek-v3.2", "visitor", link, most_usd=most)
    came = time.perf_counter()
    books.take(MessageStart(id, str(uuid.uuid4()), conversation, position, QUESTION), about)
    await asyncio.sleep(0)  # the chat answers in a task of its own
    entry: Any = books.open_turn(start)
    await entry.begin_attempt(START)
    waited = time.perf_counter() - came
    text = await _say(entry, reply)
    await entry.settle(RECEIPT, text)
    return waited * 1e3


async def _say(entry: Any, reply: Reply) -> str:
    """The reply's words as they come, each shown to the books."""
    if not reply.word_s:
        if reply.first_token_s:
            await asyncio.sleep(reply.first_token_s)
        return WORD * reply.words
    clock = asyncio.get_running_loop().time
    due, text = clock() + reply.first_token_s, ""
    for _ in range(reply.words):
        await asyncio.sleep(due - clock())
        text += WORD
        entry.said(text)
        due += reply.word_s
    return text


async def conversation(
    books: Books | NoBooks,
    turns: int,
    reply: Reply,
    *,
    after_s: float = 0.0,
    id: str | None = None,
    link: str | None = None,
) -> list[float]:
    """Turn after turn; begins `after_s` seconds from now."""
    room = id or str(uuid.uuid4())
    await asyncio.sleep(after_s)
    return [await turn(books, room, position, reply, link) for position in range(turns)]
