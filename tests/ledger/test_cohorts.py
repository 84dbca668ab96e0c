"""Visitors' turns by cohort, out of the books, and the gate over them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from on_record import DAY_ONE, SECOND, put, turn
from sqlalchemy import insert, update

from holysheep.rollout import DOCUMENT, RolloutPlan, RolloutState, set_share
from holysheep.store import Change, Document, MemoryStore
from ledger.cohorts import take_step, turns_by_cohort, verdict_on
from ledger.database import Database
from ledger.tables import attempts, turns

DAY = timedelta(days=1)
PLAN = RolloutPlan(enabled=True, starts_on=date(2026, 11, 2))


@dataclass(frozen=True)
class Case:
    """A turn of holysheep's cohort, and what it is evidence of. errors: of holysheep's own attempts."""

    id: str
    told: dict[str, Any]
    ok: bool
    counted: bool
    errors: tuple[str | None, ...] = field(default=())


def failed(error: str, **told: Any) -> dict[str, Any]:
    """A turn that was not answered."""
    return {"finish_reason": "failed", "error": error, "ttft_ms": None, "cost": None, **told}


CASES = [
    Case("answered", {}, True, True),
    Case("as far as it was allowed to", {"finish_reason": "length"}, True, True),
    Case("answered at the second try", {"attempts": 2}, True, True),
    Case("stopped by the visitor", {"finish_reason": "stopped"}, False, False),
    Case("interrupted by us", {"finish_reason": "interrupted"}, False, False),
    Case("down", failed("provider_down"), False, True, ("provider_down", "provider_down")),
    Case("cut", {"finish_reason": "cut", "error": "cut"}, False, True, ("cut",)),
    Case("its certificate is not valid", failed("bad_certificate"), False, True, ("bad_certificate",)),
    Case("too many at once", failed("rate_limited"), False, True, ("rate_limited",)),
    Case("bad request", failed("bad_request"), False, False, ("bad_request",)),
    Case("key refused", failed("bad_key"), False, False, ("bad_key",)),
    Case("no money at the provider", failed("no_credit"), False, False, ("no_credit",)),
    Case("our own budget", failed("out_of_money", provider=None, attempts=0), False, False),
    Case("too long a conversation", failed("context_too_long"), False, False, ("context_too_long",)),
    Case("refused for what was asked", failed("content_filter"), False, False, ("content_filter",)),
    Case("down, and another one answered", {"provider": "openai"}, False, True, ("overloaded",)),
    Case("too slow, and another one answered", {"provider": "openai"}, False, True, (None,)),
    Case("key refused, and another one answered", {"provider": "openai"}, False, False, ("bad_key",)),
    Case("not even asked", {"provider": "openai"}, False, False),
    Case("down, and the other one without a key", failed("bad_key", provider="openai"), False, True, ("unreachable",)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
async def test_what_a_turn_is_evidence_of(database: Database, case: Case) -> None:
    """A provider's failures count, whoever helped out; what is ours or the visitor's doing does not."""
    (id,) = await put(database, [turn(**{"attempts": 0, **case.told})])
    rows = [
        {"turn": id, "number": n, "begun_at": DAY_ONE, "provider": "holysheep", "model": "m", "error": error}
        for n, error in enumerate(case.errors, 1)
    ]
    async with database.writing() as connection:
        if rows:
            await connection.execute(insert(attempts), rows)
    (found,) = (await turns_by_cohort(database, DAY_ONE, DAY_ONE + DAY))["holysheep"]
    assert (found.ok, found.counted) == (case.ok, case.counted)


@pytest.mark.parametrize(("error", "counted"), [("provider_down", True), ("bad_key", False)])
async def test_while_a_breaker_is_open(database: Database, error: str, counted: bool) -> None:
    """Turns that another provider answers at once fail with the last one that was asked of their own, for a while."""
    told = [
        turn(DAY_ONE, provider="openai", attempts=0, conversation="asked"),
        turn(DAY_ONE + SECOND, provider="openai", attempts=0, conversation="not asked"),
        turn(DAY_ONE + 600 * SECOND, provider="openai", attempts=0, conversation="long after"),
    ]
    asked, *_ = await put(database, told)
    row = {
        "turn": asked,
        "number": 1,
        "begun_at": DAY_ONE,
        "provider": "holysheep",
        "model": "m",
        "error": error,
    }
    async with database.writing() as connection:
        await connection.execute(insert(attempts), [row])
    found = (await turns_by_cohort(database, DAY_ONE, DAY_ONE + DAY))["holysheep"]
    assert [(t.conversation, t.ok, t.counted) for t in found] == [
        ("asked", False, counted),
        ("not asked", False, counted),
        ("long after", False, False),
    ]


async def test_only_visitors_turns_of_the_time_that_have_ended(database: Database) -> None:
    """Operators and rehearsals are not asked, nor are turns under way; the end of the time is outside."""
    await put(
        database,
        [
            turn(cohort="legacy", provider="openai", conversation="a"),
            turn(cohort="legacy", provider="openai", audience="operator"),
            turn(cohort="holysheep", audience="rehearsal"),
            turn(cohort=None),
            turn(finish_reason=None, ttft_ms=None),
            turn(DAY_ONE - SECOND),
            turn(DAY_ONE + DAY),
            turn(conversation="b", ttft_ms=150.5, latency_ms=900.0, prompt_tokens=77),
        ],
    )
    found = await turns_by_cohort(database, DAY_ONE, DAY_ONE + DAY)
    assert [t.conversation for t in found["legacy"]] == ["a"]
    (one,) = found["holysheep"]
    assert (one.conversation, one.at, one.ttft_ms, one.latency_ms) == ("b", DAY_ONE, 150.5, 900.0)
    assert (str(one.cost_usd), one.prompt_tokens) == ("0.000063000000", 77)


async def test_in_the_order_of_their_ends(database: Database) -> None:
    """A slow turn that was asked first comes last, so that what was looked at once never changes."""
    slow, quick = await put(
        database, [turn(conversation="slow"), turn(DAY_ONE + SECOND, conversation="quick")]
    )
    async with database.writing() as connection:
        ended = {slow: DAY_ONE + 60 * SECOND, quick: DAY_ONE + 2 * SECOND}
        for id, at in ended.items():
            await connection.execute(update(turns).where(turns.c.id == id).values(settled_at=at))
    found = await turns_by_cohort(database, DAY_ONE, DAY_ONE + DAY)
    assert [t.conversation for t in found["holysheep"]] == ["quick", "slow"]


async def test_the_newest_where_there_are_too_many(database: Database) -> None:
    """The last so many, and of the other cohort those of the same time."""
    await put(database, [turn(DAY_ONE + n * SECOND, conversation=f"n{n}") for n in range(5)])
    theirs = {"cohort": "legacy", "provider": "openai"}
    await put(database, [turn(DAY_ONE + n * SECOND, conversation=f"l{n}", **theirs) for n in (1, 4)])
    found = await turns_by_cohort(database, DAY_ONE, DAY_ONE + DAY, most=3)
    assert [t.conversation for t in found["holysheep"]] == ["n2", "n3", "n4"]
    assert [t.conversation for t in found["legacy"]] == ["l4"]


def crowd(number: int, cohort: str, **told: Any) -> list[dict[str, Any]]:
    """So many turns a minute apart from a second after the first day began."""
    provider = "openai" if cohort == "legacy" else "holysheep"
    return [
        turn(DAY_ONE + n * 60 * SECOND + SECOND, cohort=cohort, provider=provider, **told)
        for n in range(number)
    ]


async def test_from_the_books_to_a_rollback(database: Database) -> None:
    """A stage whose provider fails goes back to 0 %, says by which figures, and stays there."""
    store, now = MemoryStore(), DAY_ONE + DAY
    begun = await take_step(database, store, PLAN, DAY_ONE)
    assert (begun.share, begun.history[-1].what) == (10, "begun")
    await put(database, crowd(90, "legacy") + crowd(20, "holysheep", **failed("provider_down")))
    verdict = await verdict_on(database, PLAN, begun, now)
    assert verdict and (verdict.says, verdict.legacy, verdict.holysheep) == ("worse", 90, 20)
    back = await take_step(database, store, PLAN, now)
    assert (back.share, back.held_by, back.history[-1].what) == (0, "rollout", "back")
    assert await verdict_on(database, PLAN, back, now) is None
    assert await take_step(database, store, PLAN, now + 9 * DAY) == back


async def test_an_operator_who_comes_in_between_is_not_overruled(database: Database) -> None:
    """A verdict on the stage that was there before the command moves nothing."""

    class Slow(MemoryStore):
        async def change(self, name: str, how: Change) -> Document:
            if name == DOCUMENT and (document := await self.read(name)):
                by_hand = set_share(RolloutState.from_document(document), 5, by="mai", now=DAY_ONE + SECOND)
                await super().change(name, lambda _: by_hand.to_document())
            return await super().change(name, how)

    store = Slow()
    await take_step(database, store, PLAN, DAY_ONE)
    await put(database, crowd(90, "legacy") + crowd(20, "holysheep", **failed("provider_down")))
    state = await take_step(database, store, PLAN, DAY_ONE + DAY)
    assert (state.share, state.held_by, state.verdict) == (5, "mai", None)


async def test_at_the_end_legacy_is_that_of_the_last_stage(database: Database) -> None:
    """There is no legacy cohort at 100 %, and what it was like is on record."""
    half = set_share(RolloutState(), 50, by="mai", now=DAY_ONE)
    await put(database, crowd(60, "legacy") + crowd(60, "holysheep"))
    now = DAY_ONE + DAY
    whole = set_share(half, 100, by="mai", now=now)
    await put(database, [turn(now + n * SECOND) for n in range(70)])
    verdict = await verdict_on(database, PLAN, whole, now + DAY)
    assert verdict and (verdict.legacy, verdict.holysheep, verdict.same_time) == (60, 70, False)
    unknown = set_share(RolloutState(), 100, by="mai", now=now)
    verdict = await verdict_on(database, PLAN, unknown, now + DAY)
    assert verdict and verdict.says == "undecided" and {m.why for m in verdict.measures} == {"no_legacy"}


@pytest.mark.parametrize("plan", [RolloutPlan(), PLAN])
async def test_where_nothing_has_begun_nothing_is_read(database: Database, plan: RolloutPlan) -> None:
    """Off, or before its first day."""
    assert await verdict_on(database, plan, RolloutState(), DAY_ONE) is None
