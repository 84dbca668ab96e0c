"""A ledger's years in a minute: rows by the hundred thousand, past the books, into a database at rest."""

import asyncio
import random
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import asyncpg
from sqlalchemy import Table
from turns import QUESTION, WORD

from ledger import Database
from ledger.tables import attempts, conversations, links, receipts, replicas, turns

LONG = "00000000-0000-4000-8000-000000000001"
"""The conversation with many turns; its texts are as long as real ones."""

_SPAN_US = 180 * 86_400 * 1_000_000
_BEGIN_US = 1_780_000_000_000_000
_LINKS = 300
_DEMOS = ("fashion-shop", "bank", "travel", "clinic", "phones")
_MODELS = (("deepseek-v3.2", 420_000), ("gemini-2.5-flash", 2_500_000), ("gpt-4.1", 8_000_000))
_ENDS = ("stop",) * 96 + ("length", "stopped", "failed", "cut")
_LOT = 50_000

_COLUMNS: dict[Table, tuple[str, ...]] = {
    replicas: ("id", "started_at", "leased_until", "gone_at"),
    links: ("id", "demo", "created_at", "outcome"),
    conversations: (
        *("id", "visitor", "audience", "link", "demo", "language", "created_at", "touched_at"),
        "cleared_before",
    ),
    turns: (
        *("id", "message", "conversation", "position", "replica", "asked_at", "settled_at", "question"),
        *("reply", "replaced"),
    ),
    receipts: (
        *("turn", "conversation", "asked_at", "audience", "demo", "demo_version", "link", "cohort"),
        *("provider", "model", "served_model", "key_fingerprint", "finish_reason", "error", "ttft_ms"),
        *("latency_ms", "tokens_per_second", "prompt_tokens", "cached_tokens", "completion_tokens"),
        *("reasoning_tokens", "total_tokens", "usage_source", "cost", "cost_bound", "computed_cost"),
        *("price_version", "attempts", "request_id"),
    ),
    attempts: (
        *("turn", "number", "begun_at", "provider", "model", "key_fingerprint", "latency_ms", "ttft_ms"),
        *("status", "request_id", "error", "cost"),
    ),
}

Rows = dict[Table, list[tuple[Any, ...]]]


class Filler:
    """Fills one database, and goes on where it stopped. The same rows on every machine and database."""

    def __init__(self, database: Database, url: str, long_turns: int) -> None:
        self._database = database
        self._url = url
        self._random = random.Random(4)
        self._replica = self._id()
        self._long_left = long_turns
        self._turns = 0
        self._conversation = ""
        self._about: tuple[str, str, str, int] = ("", "", "", 0)
        self._left = self._position = 0

    async def fill(self, turns: int) -> None:
        """Up to so many turns, each with its receipt and attempt."""
        if self._database.file is not None:
            await asyncio.to_thread(self._fill_sqlite, turns)
        else:
            await self._fill_postgresql(turns)

    def _fill_sqlite(self, turns: int) -> None:
        """Unsafe and fast: it is the rows that are wanted, not how they came."""
        assert self._database.file
        with closing(sqlite3.connect(self._database.file, isolation_level=None)) as connection:
            for pragma in ("synchronous = OFF", "foreign_keys = OFF", "cache_size = -400000"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("BEGIN")
            for rows in self._lots(turns):
                for table, lines in rows.items():
                    names = ",".join(_COLUMNS[table])
                    marks = ",".join("?" * len(_COLUMNS[table]))
                    connection.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", lines)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def _fill_postgresql(self, turns: int) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            for rows in self._lots(turns):
                for table, lines in rows.items():
                    await connection.copy_records_to_table(table.name, records=lines, columns=_COLUMNS[table])
            await connection.execute("VACUUM ANALYZE")  # as the server does by itself, sooner or later
        finally:
            await connection.close()

    def _lots(self, turns: int) -> Iterator[Rows]:
        rows = self._first() if not self._turns else _empty()
        while self._turns < turns:
            self._turn(rows)
            self._turns += 1
            if len(rows[receipts]) >= _LOT or self._turns == turns:
                yield rows
                rows = _empty()

    def _first(self) -> Rows:
        rows = _empty()
        rows[replicas].append((self._replica, _BEGIN_US, _BEGIN_US, _BEGIN_US))
        for number in range(_LINKS):
            rows[links].append((f"L{number}", _DEMOS[number % len(_DEMOS)], _BEGIN_US, "open"))
        return rows

    def _turn(self, rows: Rows) -> None:
        """One more turn; in a new conversation where the last one has ended."""
        at = _BEGIN_US + self._turns * _SPAN_US // 1_000_000
        if not self._left:
            self._begin_conversation(rows, at)
        self._left -= 1
        id, audience, link, demo, (model, price) = self._id(), *self._about[:3], _MODELS[self._about[3]]
        ttft, latency = self._random.lognormvariate(5.2, 0.5), self._random.lognormvariate(7.4, 0.6)
        prompt, completion = self._random.randrange(100, 3000), self._random.randrange(20, 600)
        end = self._random.choice(_ENDS)
        cost, request, error = (prompt + completion) * price, f"req-{self._turns}", None
        if end == "failed":
            ttft, error = None, "server_error"
        long = self._conversation == LONG
        reply = WORD * 200 if long else "Dạ, sản phẩm này giá 250.000 đồng ạ."
        spoken = (QUESTION if long else "Giá bao nhiêu?", reply)
        done = at + int(latency * 1e3)
        rows[turns].append(
            (id, self._id(), self._conversation, self._position, self._replica, at, done, *spoken, False)
        )
        known = ("holysheep", model, model, "ab12cd34", end, error, ttft, latency, 61.2)
        tokens = (prompt, 0, completion, 0, prompt + completion, "reported")
        money = (cost, "exact", cost, f"{model}@2026-01-01")
        version = 1 + self._turns // 50_000
        rows[receipts].append(
            (
                *(id, self._conversation, at, audience, demo, version, link, "holysheep"),
                *(*known, *tokens, *money, 1, request),
            )
        )
        rows[attempts].append(
            (id, 1, at, "holysheep", model, "ab12cd34", latency, ttft, 200, request, error, cost)
        )
        self._position += 1

    def _begin_conversation(self, rows: Rows, at: int) -> None:
        number = self._random.randrange(_LINKS)
        audience = "visitor" if self._random.random() < 0.95 else "operator"
        model = self._random.choices(range(len(_MODELS)), (7, 2, 1))[0]
        self._conversation, self._left = self._id(), self._random.randrange(3, 18)
        if self._long_left:
            self._conversation, self._left, self._long_left = LONG, self._long_left, 0
        self._about = (audience, f"L{number}", _DEMOS[number % len(_DEMOS)], model)
        self._position = 0
        visitor = f"{self._random.getrandbits(256):064x}"
        about = (self._conversation, visitor, *self._about[:3], "vi", at, at, 0)
        rows[conversations].append(about)

    def _id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


def _empty() -> Rows:
    return {table: [] for table in _COLUMNS}
