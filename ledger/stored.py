"""Conversations as they come back from the database; rows leave this room as these."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from holysheep import Receipt
from holysheep.events import Attempt
from ledger.rows import Audience
from ledger.tables import attempts, conversations, feedback, receipts, turns
from ledger.totals import Totals


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a visitor thought of a reply. value: 1 or 0."""

    id: str
    value: int
    comment: str | None
    given_at: datetime


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One user message and the reply to it.

    message: the page's own id of it. question, reply: None once they were forgotten; reply also where none came.
    replaced: edited, or answered again. receipt: None while the reply is under way. demo_version: 0 before it began.
    replica: the program that took it. opened: it is or was being answered.
    """

    id: str
    message: str
    position: int
    asked_at: datetime
    question: str | None
    reply: str | None
    replaced: bool
    demo: str
    demo_version: int
    receipt: Receipt | None
    feedback: Feedback | None
    replica: str = ""
    opened: bool = True


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation that can be gone on with.

    visitor: whose it is. choices: as they were saved, None where nothing was. turns: those that its page shows, in
    order. totals: of all its receipts, also those of turns that are off the screen. next_position: of the next turn.
    """

    id: str
    visitor: str
    audience: Audience
    link: str | None
    demo: str
    language: str
    title: str | None
    choices: Mapping[str, Any] | None
    created_at: datetime
    touched_at: datetime
    turns: tuple[StoredTurn, ...]
    totals: Totals
    next_position: int


async def read_turns(connection: AsyncConnection, conversation: str) -> list[StoredTurn]:
    """Every turn of a conversation, in order; also those that are off the screen."""
    sent = select(attempts).join(turns).where(turns.c.conversation == conversation)
    rows = await connection.execute(sent.order_by(attempts.c.turn, attempts.c.number))
    attempted = {
        turn: tuple(_attempt(row) for row in found) for turn, found in groupby(rows, lambda row: row.turn)
    }
    return [_turn(row, attempted.get(row.id, ())) for row in await connection.execute(_turns(conversation))]


def _turns(conversation: str) -> Any:
    known = [column.label(f"receipt_{column.name}") for column in receipts.columns if column.name != "turn"]
    given = [column.label(f"feedback_{column.name}") for column in feedback.columns if column.name != "turn"]
    return (
        select(*turns.columns, conversations.c.demo, *known, *given)
        .join_from(turns, conversations, turns.c.conversation == conversations.c.id)
        .outerjoin(receipts, receipts.c.turn == turns.c.id)
        .outerjoin(feedback, feedback.c.turn == turns.c.id)
        .where(turns.c.conversation == conversation)
        .order_by(turns.c.position)
    )


def _turn(row: Row[Any], attempted: tuple[Attempt, ...]) -> StoredTurn:
    given = Feedback(row.feedback_id, row.feedback_value, row.feedback_comment, row.feedback_given_at)
    return StoredTurn(
        id=row.id,
        message=row.message,
        position=row.position,
        asked_at=row.asked_at,
        question=row.question,
        reply=row.reply,
        replaced=row.replaced,
        demo=row.receipt_demo or row.demo,
        demo_version=row.receipt_demo_version or 0,
        receipt=None if row.receipt_finish_reason is None else _receipt(row, attempted),
        feedback=None if row.feedback_id is None else given,
        replica=row.replica,
        opened=row.receipt_model is not None,
    )


def _receipt(row: Row[Any], attempted: tuple[Attempt, ...]) -> Receipt:
    return Receipt(
        provider=row.receipt_provider or "",  # nothing was sent
        model=row.receipt_model,
        finish_reason=row.receipt_finish_reason,
        latency_ms=row.receipt_latency_ms or 0.0,
        served_model=row.receipt_served_model,
        cohort=row.receipt_cohort,
        ttft_ms=row.receipt_ttft_ms,
        tokens_per_second=row.receipt_tokens_per_second,
        prompt_tokens=row.receipt_prompt_tokens,
        cached_tokens=row.receipt_cached_tokens,
        completion_tokens=row.receipt_completion_tokens,
        reasoning_tokens=row.receipt_reasoning_tokens,
        total_tokens=row.receipt_total_tokens,
        usage_source=row.receipt_usage_source or "none",
        cost_usd=row.receipt_cost,
        cost_bound=row.receipt_cost_bound or "unknown",
        price_version=row.receipt_price_version,
        request_id=row.receipt_request_id,
        error=row.receipt_error,
        attempts=attempted,
        computed_cost_usd=row.receipt_computed_cost,
        marks=tuple(row.receipt_marks.split(",")) if row.receipt_marks else (),
    )


def _attempt(row: Row[Any]) -> Attempt:
    return Attempt(
        provider=row.provider,
        model=row.model,
        latency_ms=row.latency_ms or 0.0,
        ttft_ms=row.ttft_ms,
        status=row.status,
        request_id=row.request_id,
        error=row.error,
        cost_usd=row.cost,
        number=row.number,
        key_fingerprint=row.key_fingerprint,
    )
