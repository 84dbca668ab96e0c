"""Visitors' turns by cohort of the canary, as the gates of a rollout want them (``holysheep.rollout``)."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from holysheep.rollout import DOCUMENT, RolloutPlan, RolloutState, Turn, Verdict, judge, step
from holysheep.rollout.turns import ANSWERED, left_out, weigh
from holysheep.store import Document, Store
from ledger.database import Database
from ledger.tables import attempts, receipts, turns

#: Who answers whose turns.
PROVIDERS: Mapping[str, str] = {"legacy": "openai", "holysheep": "holysheep"}

#: Of each cohort the last so many: more tell little that these do not, and they are read every minute.
MOST = 5_000


async def turns_by_cohort(
    database: Database,
    since: datetime,
    until: datetime,
    *,
    providers: Mapping[str, str] = PROVIDERS,
    most: int = MOST,
) -> Mapping[str, Sequence[Turn]]:
    """Those asked at ``since`` or later and before ``until`` that have ended, in the order of their ends.

    providers: the provider of each cohort; it decides what is a failure, see ``holysheep.rollout.turns``.
    most: of a cohort with more only the newest; then all cohorts begin where that one does, to be of the same time.
    Raises DatabaseUnusable.
    """
    found: dict[str, Sequence[Turn]] = {}
    with database.explained():
        async with database.reading() as connection:
            for cohort in providers:
                if since_here := await _begin(connection, cohort, since, until, most):
                    since = max(since, since_here)
            for cohort, own in providers.items():
                found[cohort] = await _turns(connection, cohort, own, since, until)
    return found


async def verdict_on(
    database: Database, plan: RolloutPlan, state: RolloutState, now: datetime
) -> Verdict | None:
    """What the books say of the present stage; None where it has nothing to be compared. Raises DatabaseUnusable."""
    if not plan.enabled or state.since is None or state.share == 0:
        return None
    providers = {"legacy": plan.legacy, "holysheep": plan.to}
    found = await turns_by_cohort(database, state.since, now, providers=providers)
    legacy = found["legacy"]
    if state.share == 100:
        legacy = ()
        if state.legacy_since and state.legacy_until:
            theirs = {"legacy": plan.legacy}
            old = await turns_by_cohort(database, state.legacy_since, state.legacy_until, providers=theirs)
            legacy = old["legacy"]
    # In a thread: it takes as long as a frame on the way to a visitor.
    return await asyncio.to_thread(
        judge, legacy, found["holysheep"], plan, same_time=state.share < 100, since=state.since
    )


async def take_step(database: Database, store: Store, plan: RolloutPlan, now: datetime) -> RolloutState:
    """Look at the books and move the rollout on, back, or not at all; for a program that does so every minute.

    Several may do so at once, and an operator's command in between: a verdict on a stage that is over moves nothing.
    Raises DatabaseUnusable, or OSError where the store cannot be read or kept; then nothing has been moved.
    """
    verdict = await verdict_on(database, plan, RolloutState.from_document(await store.read(DOCUMENT)), now)

    def how(document: Document) -> Document:
        return step(plan, RolloutState.from_document(document), verdict, now).to_document()

    return RolloutState.from_document(await store.change(DOCUMENT, how))


async def _begin(
    connection: AsyncConnection, cohort: str, since: datetime, until: datetime, most: int
) -> datetime | None:
    """When the ``most``-th turn from the end was asked; None where there are fewer."""
    statement = (
        select(receipts.c.asked_at)
        .where(_chosen(cohort, since, until))
        .order_by(receipts.c.asked_at.desc())
        .offset(most - 1)
        .limit(1)
    )
    return await connection.scalar(statement)


def _chosen(cohort: str, since: datetime, until: datetime) -> ColumnElement[bool]:
    r = receipts.c
    return and_(
        r.asked_at >= since,
        r.asked_at < until,
        r.audience == "visitor",
        r.cohort == cohort,
        r.finish_reason.is_not(None),
    )


async def _turns(
    connection: AsyncConnection, cohort: str, own: str, since: datetime, until: datetime
) -> Sequence[Turn]:
    r, chosen = receipts.c, _chosen(cohort, since, until)
    ended = func.coalesce(turns.c.settled_at, r.asked_at)
    columns = (r.turn, ended, r.conversation, r.finish_reason, r.error, r.provider)
    figures = (r.ttft_ms, r.latency_ms, r.cost, r.prompt_tokens)
    statement = select(*columns, *figures).join(turns, turns.c.id == r.turn).where(chosen)
    rows = (await connection.execute(statement)).all()
    errors = await _errors(connection, chosen, own)
    rows = sorted(rows, key=lambda row: row[1])
    return left_out([_turn(row, own, errors) for row in rows], [_not_asked(row, own, errors) for row in rows])


def _not_asked(row: Any, own: str, errors: Mapping[str, Sequence[str | None]]) -> bool:
    """Whether another provider answered without a request to the turn's own."""
    turn, _, _, finish_reason, _, provider, *_ = row
    return finish_reason in ANSWERED and provider != own and turn not in errors


async def _errors(
    connection: AsyncConnection, chosen: ColumnElement[bool], own: str
) -> Mapping[str, Sequence[str | None]]:
    """By turn, of those that their own provider did not answer: the errors of its attempts."""
    r = receipts.c
    unanswered = or_(r.finish_reason.not_in(ANSWERED), r.provider.is_(None), r.provider != own)
    statement = (
        select(attempts.c.turn, attempts.c.error)
        .join(receipts, r.turn == attempts.c.turn)
        .where(chosen, unanswered, attempts.c.provider == own)
    )
    found: dict[str, list[str | None]] = defaultdict(list)
    for turn, error in await connection.execute(statement):
        found[turn].append(error)
    return found


def _turn(row: Any, own: str, errors: Mapping[str, Sequence[str | None]]) -> Turn:
    turn, at, conversation, finish_reason, error, provider, ttft, latency, cost, prompt_tokens = row
    ok, counted = weigh(finish_reason, error, provider, own, errors.get(turn, ()))
    usd: Decimal | None = cost
    return Turn(at, ok, counted, ttft, latency, usd, prompt_tokens, conversation)
