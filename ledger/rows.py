"""What comes in at the door of the books: turns, attempts and receipts as rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import orjson
from sqlalchemy import String

from holysheep import Attempt, Receipt
from holysheep.journal import AttemptStart
from ledger.operations import Row
from ledger.plain import microseconds, picodollars, storable
from ledger.statements import SETTLED
from ledger.tables import attempts, receipts

Audience = Literal["visitor", "operator", "rehearsal"]

# What providers send: counts that no column holds, names longer than any column.
_LARGEST_COUNT = 2**31 - 1
_LARGEST_SUM = 2**63 - 1
_WIDTHS = {
    (table.name, column.name): column.type.length
    for table in (receipts, attempts)
    for column in table.columns
    if isinstance(column.type, String) and column.type.length is not None
}


@dataclass(frozen=True, slots=True)
class ConversationStart:
    """Where a message belongs: a conversation that is new, or has been there before.

    visitor: the browser's secret, hashed. link: None for the operator's own. device: ``phone``, ``tablet``,
    ``desktop`` or ``other``. referring_host: the site whose page led there; None: not known.
    """

    id: str
    visitor: str
    audience: Audience
    demo: str
    language: str
    link: str | None = None
    choices: Mapping[str, Any] | None = None
    device: str | None = None
    referring_host: str | None = None


@dataclass(frozen=True, slots=True)
class MessageStart:
    """A message that has come, before it is its turn.

    id: the turn's, a uuid. message: the page's own id of it. position: from 0 in the conversation.
    """

    id: str
    message: str
    conversation: str
    position: int
    question: str


@dataclass(frozen=True, slots=True)
class TurnStart:
    """A message whose turn has come. id: as in its MessageStart.

    most_usd: the most this reply can cost, over all its attempts; None where the price is not known.
    prompt_tokens: an estimate of all that is sent, for a turn that ends without a receipt of its own.
    """

    id: str
    conversation: str
    demo: str
    demo_version: int
    model: str
    audience: Audience
    link: str | None = None
    cohort: str | None = None
    most_usd: Decimal | None = None
    prompt_tokens: int | None = None


def conversation_row(start: ConversationStart, replica: str, at: datetime) -> Row:
    """Of ``conversations``, as it begins in the memory of a replica."""
    return {
        "id": start.id,
        "visitor": start.visitor,
        "audience": start.audience,
        "link": start.link,
        "demo": start.demo,
        "language": start.language,
        "title": None,
        "choices": json_cell(start.choices),
        "created_at": microseconds(at),
        "touched_at": microseconds(at),
        "device": start.device,
        "referring_host": start.referring_host,
        "replica": replica,
    }


def json_cell(value: Mapping[str, Any] | None) -> str | None:
    """As a JSON column holds it."""
    return None if value is None else orjson.dumps(value).decode()


def message_row(start: MessageStart, replica: str, at: datetime, clean: Callable[[str], str]) -> Row:
    """Of ``turns``, before any reply."""
    return {
        "id": start.id,
        "message": start.message,
        "conversation": start.conversation,
        "position": start.position,
        "replica": replica,
        "asked_at": microseconds(at),
        "question": clean(start.question),
    }


def opened_row(start: TurnStart, asked_at: int) -> Row:
    """Of ``receipts``, what is known when a turn begins. asked_at: microseconds."""
    return {
        "turn": start.id,
        "conversation": start.conversation,
        "asked_at": asked_at,
        "audience": start.audience,
        "demo": start.demo,
        "demo_version": start.demo_version,
        "link": start.link,
        "cohort": start.cohort,
        "model": _name("receipts", "model", start.model),
        "sent_tokens": start.prompt_tokens,
    }


def settled_row(receipt: Receipt, key_fingerprint: str | None) -> Row:
    """Of ``receipts``, what is known when a turn has ended."""
    row: dict[str, Any] = dict.fromkeys(SETTLED)
    row |= {
        "cohort": receipt.cohort,
        "key_fingerprint": key_fingerprint,
        "finish_reason": receipt.finish_reason,
        "ttft_ms": receipt.ttft_ms,
        "latency_ms": receipt.latency_ms,
        "tokens_per_second": receipt.tokens_per_second,
        "usage_source": receipt.usage_source,
        "cost": money(receipt.cost_usd),
        "cost_bound": receipt.cost_bound,
        "computed_cost": money(receipt.computed_cost_usd),
        "attempts": len(receipt.attempts),
        "marks": ",".join(receipt.marks) or None,
    }
    for name in ("provider", "served_model", "price_version", "request_id", "error"):
        row[name] = _name("receipts", name, getattr(receipt, name) or None)
    for name in ("prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens", "total_tokens"):
        count = getattr(receipt, name)
        row[name] = None if count is None else min(count, _LARGEST_COUNT)
    return row


def begun_row(turn: str, start: AttemptStart, at: datetime) -> Row:
    """Of ``attempts``, before its request leaves."""
    return {
        "turn": turn,
        "number": start.number,
        "begun_at": microseconds(at),
        "provider": start.provider,
        "model": _name("attempts", "model", start.model),
        "key_fingerprint": start.key_fingerprint,
    }


def ended_row(begun: Row, attempt: Attempt) -> Row:
    """Of ``attempts``, after all."""
    return {
        **begun,
        "latency_ms": attempt.latency_ms,
        "ttft_ms": attempt.ttft_ms,
        "status": attempt.status,
        "request_id": _name("attempts", "request_id", attempt.request_id),
        "error": _name("attempts", "error", attempt.error),
        "cost": money(attempt.cost_usd),
    }


def _name(table: str, column: str, text: str | None) -> str | None:
    """Cut where its column ends: a name that is too long must not cost a whole receipt."""
    return None if text is None else storable(text)[: _WIDTHS[table, column]]


def money(usd: Decimal | None) -> int | None:
    """In picodollars; no more than a column holds."""
    return None if usd is None else min(picodollars(usd), _LARGEST_SUM)
