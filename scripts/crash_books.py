"""What must be on record after a crash run: everything that any page was told, and sums that are those of the rows."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select

from chat.receipt_line import totals_line
from holysheep import Receipt
from holysheep.events import plain
from ledger import Database
from ledger.check import check
from ledger.tables import attempts, receipts, replicas, reservations, turns
from ledger.totals import Ledger
from scripts.crash_page import FIGURES, Told


@dataclass(frozen=True)
class Record:
    """The rows that a run is judged by."""

    turns: list[Any]
    receipts: dict[str, Any]
    faults: list[str]


async def count_turns(database: Database, where: ColumnElement[bool] | None = None) -> int:
    """How many turns there are; where: of which kind."""
    counted = select(func.count()).select_from(turns)
    async with database.reading() as connection:
        found = await connection.scalar(counted if where is None else counted.where(where))
    return int(found or 0)


async def count_open(database: Database) -> int:
    """How many turns have not ended."""
    return await count_turns(database, turns.c.settled_at.is_(None))


async def read(database: Database) -> Record:
    """The rows, and what is wrong among themselves."""
    async with database.reading() as connection:
        said = list(await connection.execute(select(turns).order_by(turns.c.asked_at)))
        paid = {row.turn: row for row in await connection.execute(select(receipts))}
        sent = list(await connection.execute(select(attempts)))
        aside = list(await connection.execute(select(reservations)))
        known = set(await connection.scalars(select(replicas.c.id)))
    faults = [f"turn {row.id} is open" for row in said if row.settled_at is None]
    faults += [f"turn {row.id} belongs to no program" for row in said if row.replica not in known]
    faults += [
        f"the receipt of turn {turn} is open" for turn, row in paid.items() if row.finish_reason is None
    ]
    faults += [f"attempt {row.number} of turn {row.turn} is open" for row in sent if row.latency_ms is None]
    faults += [f"the reservation of turn {row.turn} is open" for row in aside if row.settled_at is None]
    found = await check(database)
    faults += [f"{one.what}: {one.count}, as {one.examples}" for one in found if one.kind == "wrong"]
    return Record(said, paid, faults)


def missing(told: Told, record: Record) -> list[str]:
    """What a page was told and the record does not say."""
    faults: list[str] = []
    said = {(row.message, row.question) for row in record.turns}
    faults += [
        f"message {id} was acknowledged and is lost: {text!r}" for id, text in sorted(told.kept - said)
    ]
    for turn, shown in told.receipts.items():
        row = record.receipts.get(turn)
        written = None if row is None else _figures(row)
        if written != shown:
            faults.append(f"the receipt of turn {turn} was shown as {shown}, on record is {written}")
    replies = {row.id: row.reply or "" for row in record.turns}
    for turn, read_so_far in told.replies.items():
        reply = replies.get(turn, "")
        if not reply.startswith(read_so_far):
            faults.append(f"turn {turn}: a page read {read_so_far!r}, on record is {reply!r}")
    return faults


def _figures(row: Any) -> dict[str, Any]:
    cost = None if row.cost is None else plain(row.cost)
    return {name: cost if name == "cost_usd" else getattr(row, name) for name in FIGURES}


def cut(record: Record) -> set[str]:
    """The turns that a kill ended."""
    return {turn for turn, row in record.receipts.items() if row.finish_reason == "interrupted"}


def totals_of(conversation: str, record: Record, vnd_per_usd: Decimal | None) -> str:
    """The line that a page must show: the sums over all receipts of its conversation."""
    sums = Ledger()
    for row in record.receipts.values():
        if row.conversation == conversation:
            sums.record(conversation, _receipt(row))
    return totals_line("vi", sums.totals(conversation), vnd_per_usd)


def _receipt(row: Any) -> Receipt:
    return Receipt(
        row.provider or "",
        row.model,
        row.finish_reason,
        row.latency_ms or 0.0,
        ttft_ms=row.ttft_ms,
        prompt_tokens=row.prompt_tokens,
        completion_tokens=row.completion_tokens,
        total_tokens=row.total_tokens,
        usage_source=row.usage_source,
        cost_usd=row.cost,
        cost_bound=row.cost_bound,
    )
