"""Turns that a program left open when it died are ended, with what is known of them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from types import MappingProxyType
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row, and_, exists, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from holysheep import Attempt, Model, Provider, Receipt, Usage
from holysheep.attempt import milliseconds
from holysheep.journal import AttemptStart
from holysheep.metering import NOTHING, UNKNOWN, Metered, meter, total
from holysheep.tokens import estimate, estimate_messages
from ledger.database import Database
from ledger.operations import OpenTurn, Operation, SettleTurn
from ledger.plain import microseconds
from ledger.replica import LEASE
from ledger.rows import TurnStart, begun_row, ended_row, opened_row, settled_row
from ledger.tables import attempts, conversations, receipts, replicas, turns

#: Of a provider's name and a model's id: what the settings say of them; None: nothing any more.
PriceOf: TypeAlias = Callable[[str, str], tuple[Provider | None, Model | None]]


@dataclass(frozen=True)
class Which:
    """Which open turns are to be ended. turns: these; None: all. waited_since: messages that were never answered only
    if they came before; those after are asked when their page comes."""

    turns: Collection[str] | None = None
    waited_since: datetime | None = None

    def terms(self) -> ColumnElement[bool]:
        """As a condition on ``turns``."""
        terms: list[ColumnElement[bool]] = [true()]
        if self.turns is not None:
            terms.append(turns.c.id.in_(self.turns))
        if self.waited_since is not None:
            begun = receipts.alias()
            opened = exists().where(begun.c.turn == turns.c.id)
            terms.append(or_(turns.c.asked_at < self.waited_since, opened))
        return and_(*terms)


async def endings(
    database: Database,
    dead: Sequence[str],
    me: str,
    price_of: PriceOf,
    now: datetime,
    said: Mapping[str, str] = MappingProxyType({}),
    only: Which = Which(),
) -> list[Operation]:
    """What ends the open turns of these replicas, and of those that are gone. Raises DatabaseUnusable.

    said: what was found of their replies on this machine's disk, by turn. The turns are ``interrupted``. Usage is
    estimated from what was sent and what is known of the reply, which the provider may have continued unseen: the cost
    is a lower bound.
    """
    left = (
        or_(replicas.c.id.in_(dead), replicas.c.gone_at.is_not(None)) & (replicas.c.id != me) & only.terms()
    )
    with database.explained():
        async with database.reading() as connection:
            open_turns = await _open_turns(connection, left)
            sent = await _attempts(connection, left)
    return [
        operation
        for row in open_turns
        for operation in _ending(row, _reply(row, said), sent.get(row.id, []), price_of, now)
    ]


def _reply(turn: Row[Any], said: Mapping[str, str]) -> str | None:
    """The reply as far as it is known; nothing is kept where its question was forgotten."""
    on_disk = said.get(turn.id, "") if turn.question is not None else ""
    return max(turn.reply or "", on_disk, key=len) or None


async def _open_turns(connection: AsyncConnection, left: ColumnElement[bool]) -> Sequence[Row[Any]]:
    columns = (
        *turns.c["id", "conversation", "asked_at", "question", "reply"],
        *conversations.c["demo", "audience", "link", "choices"],
        *receipts.c["model", "sent_tokens"],  # None: it was taken, and never opened
        replicas.c.leased_until,
    )
    found = (
        select(*columns)
        .join_from(turns, replicas, turns.c.replica == replicas.c.id)
        .join(conversations, turns.c.conversation == conversations.c.id)
        .outerjoin(receipts, receipts.c.turn == turns.c.id)
        .where(turns.c.settled_at.is_(None), left)
    )
    return (await connection.execute(found)).all()


async def _attempts(connection: AsyncConnection, left: ColumnElement[bool]) -> dict[str, Sequence[Row[Any]]]:
    """Of each open turn, in order."""
    found = (
        select(attempts)
        .join(turns, attempts.c.turn == turns.c.id)
        .join(replicas, turns.c.replica == replicas.c.id)
        .where(turns.c.settled_at.is_(None), left)
        .order_by(attempts.c.turn, attempts.c.number)
    )
    rows = await connection.execute(found)
    return {turn: list(sent) for turn, sent in groupby(rows, lambda row: row.turn)}


def _ending(
    turn: Row[Any], reply: str | None, sent: Sequence[Row[Any]], price_of: PriceOf, now: datetime
) -> Iterator[Operation]:
    if turn.model is None:
        yield OpenTurn(turn.conversation, opened_row(_never_opened(turn), microseconds(turn.asked_at)))
    receipt = _receipt(turn, reply or "", sent, price_of)
    begun = [begun_row(turn.id, _start(row), row.begun_at) for row in sent]
    # How long it had been going on is not known.
    outcome = {**settled_row(receipt, sent[-1].key_fingerprint if sent else None), "latency_ms": None}
    ended = tuple(ended_row(row, attempt) for row, attempt in zip(begun, receipt.attempts, strict=True))
    yield SettleTurn(turn.conversation, turn.id, reply, microseconds(now), outcome, ended, supposed=True)


def _never_opened(turn: Row[Any]) -> TurnStart:
    """A message that waited for its turn: nothing was decided about it yet."""
    model = str((turn.choices or {}).get("model", ""))
    return TurnStart(
        turn.id, turn.conversation, turn.demo, 0, model, turn.audience, turn.link, most_usd=Decimal(0)
    )


def _start(row: Row[Any]) -> AttemptStart:
    return AttemptStart(row.number, row.provider, row.model, row.key_fingerprint)


def _receipt(turn: Row[Any], reply: str, sent: Sequence[Row[Any]], price_of: PriceOf) -> Receipt:
    if not sent:
        return Receipt("", turn.model or "", "interrupted", 0.0, cost_usd=Decimal(0), cost_bound="exact")
    last = sent[-1]
    provider, model = price_of(last.provider, last.model)
    metered = _metered(provider, model, Usage(prompt=_sent(turn), completion=estimate(reply)))
    before = NOTHING if provider is not None and provider.free else UNKNOWN
    spent, bound = total([*(before for _ in sent[1:]), metered])
    usage = metered.usage or Usage()
    return Receipt(
        last.provider,
        turn.model,
        "interrupted",
        0.0,
        prompt_tokens=usage.prompt,
        completion_tokens=usage.completion,
        total_tokens=usage.total(),
        usage_source="estimated",
        cost_usd=spent,
        cost_bound=bound,
        price_version=metered.price_version,
        attempts=tuple(_ended(sent, turn.leased_until - LEASE, before.cost_usd, metered.cost_usd)),
        computed_cost_usd=metered.computed_usd,
    )


def _sent(turn: Row[Any]) -> int:
    """Tokens of the prompt. Turns from before they were kept: of the question alone."""
    question = [{"role": "user", "content": turn.question or ""}]
    return estimate_messages(question) if turn.sent_tokens is None else int(turn.sent_tokens)


def _metered(provider: Provider | None, model: Model | None, usage: Usage) -> Metered:
    if provider is None:
        return Metered(usage, "estimated", None, "unknown")
    return meter(provider, model, usage, usage, whole=False)


def _ended(
    sent: Sequence[Row[Any]], last_seen: datetime, before: Decimal | None, cost: Decimal | None
) -> Iterator[Attempt]:
    """Each ended when the next began; the last went on for as long as its program is known to have lived.

    before: what each but the last cost.
    """
    ends = [row.begun_at for row in sent[1:]] + [last_seen]
    costs = [before] * (len(sent) - 1) + [cost]
    for row, end, paid in zip(sent, ends, costs, strict=True):
        took = milliseconds(max(0.0, (end - row.begun_at).total_seconds()))
        yield Attempt(row.provider, row.model, took, error="interrupted", cost_usd=paid)
