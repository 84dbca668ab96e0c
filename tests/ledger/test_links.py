"""Links on record, on both databases."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bookkeeping import CENT, begin, failed, faults, keeping, receipt, rows
from on_record import put, turn

from holysheep.journal import AttemptStart
from ledger.backup import backup, restore
from ledger.books import Books
from ledger.budgets import MessagesReached, set_budget, set_turns
from ledger.database import Database
from ledger.links import (
    Link,
    change_link,
    clear_passcode_failures,
    count_passcode_failure,
    create_link,
    find_links,
    list_links,
    revisions,
)
from ledger.outcomes import NoSuchLink, set_outcome
from ledger.privacy import forget
from ledger.tables import budgets, demo_work, links

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SHOP = Link(
    "abc",
    "fashion",
    NOON,
    "Shop Áo Dài",
    starts_at=NOON,
    expires_at=NOON + 7 * DAY,
    passcode="scrypt$1$2",
    origins=("https://shop.example", "https://www.shop.example"),
    overrides={"title": "Lụa Hà Đông", "greeting": {"vi": "Chào chị", "en": "Hello"}},
    author="Linh",
    note="gặp ở hội chợ",
    budget_usd=Decimal("0.50"),
    messages=200,
)
BARE = Link("bare", "fashion", NOON - DAY)


async def found(database: Database, id: str = "abc") -> Link:
    """As it stands now."""
    return (await find_links(database, [id]))[id]


@pytest.mark.parametrize("link", [SHOP, BARE], ids=["everything", "nothing"])
async def test_a_link_comes_back_as_it_was_made(database: Database, link: Link) -> None:
    """With its limits, and the work that was done: its demo was published."""
    await create_link(database, link)
    assert await find_links(database, [link.id, "other"]) == {link.id: link}
    (work,) = await rows(database, demo_work)
    assert (work.demo, work.kind, work.at, work.link) == ("fashion", "publish", link.created_at, link.id)


async def test_an_id_that_is_taken(database: Database) -> None:
    """Nothing of the second one is kept."""
    await create_link(database, SHOP)
    with pytest.raises(ValueError, match="a link 'abc' already"):
        await create_link(database, replace(BARE, id="abc", messages=3))
    assert await found(database) == SHOP
    assert len(await rows(database, demo_work)) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"customer": "ơ" * 201}, "customer has 201 characters; it can have 200"),
        ({"budget_usd": Decimal(-1)}, "a budget of -1 USD"),
        ({"messages": -1}, "a limit of -1 messages"),
    ],
    ids=["long", "debt", "negative"],
)
async def test_what_no_column_holds(database: Database, wrong: dict[str, Any], said: str) -> None:
    """It is refused when a link is made, and when it is changed; nothing is written."""
    with pytest.raises(ValueError, match=said):
        await create_link(database, replace(SHOP, **wrong))
    assert await rows(database, links) == []
    await create_link(database, SHOP)
    with pytest.raises(ValueError, match=said):
        await change_link(database, "abc", **wrong)
    assert await found(database) == SHOP


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_at": None, "starts_at": NOON + DAY},
        {"paused_at": NOON},
        {"revoked_at": NOON},
        {"passcode": None},
        {"origins": ()},
        {"overrides": {"color": "#a40000"}},
        {"customer": None, "note": "đã ký"},
        {"budget_usd": Decimal(2)},
        {"budget_usd": None},
        {"messages": 7},
        {"messages": None},
        {"budget_usd": None, "messages": None},
        {"revoked_at": NOON, "messages": 0},
    ],
    ids=lambda changes: "-".join(f"{name}={str(value)[:6]}" for name, value in changes.items()),
)
async def test_a_change(database: Database, changes: dict[str, Any]) -> None:
    """What is named is so from then on, the rest stays, and caches see that something is new."""
    await create_link(database, SHOP)
    changed = replace(SHOP, revision=2, **changes)
    assert await change_link(database, "abc", **changes) == changed
    assert await found(database) == changed
    assert await revisions(database, ["abc", "other"]) == {"abc": 2}


async def test_what_cannot_be_changed(database: Database) -> None:
    """No such word, no such link; no change at all is none."""
    await create_link(database, SHOP)
    with pytest.raises(TypeError, match="no demo, used to change"):
        await change_link(database, "abc", demo="books", used=3, note="x")
    with pytest.raises(NoSuchLink, match="'nowhere'"):
        await change_link(database, "nowhere", note="x")
    with pytest.raises(NoSuchLink, match="'nowhere'"):
        await change_link(database, "nowhere", messages=3)
    assert await change_link(database, "abc") == SHOP
    assert [budget.scope for budget in await rows(database, budgets)] == ["link:abc"]


async def test_what_else_caches_must_see(database: Database) -> None:
    """A limit that is set by its budget's name, and what came of the link."""
    await create_link(database, SHOP)
    await set_budget(database, "link:abc", Decimal(3))
    await set_turns(database, "link:abc", 9)
    await set_outcome(database, "abc", "won")
    link = await found(database)
    assert (link.budget_usd, link.messages, link.outcome, link.revision) == (Decimal(3), 9, "won", 4)


async def test_what_a_link_has_used(database: Database, tmp_path: Path) -> None:
    """To the picodollar and the message, with limits and without; what is under way is set aside."""
    await create_link(database, SHOP)
    await create_link(database, BARE)
    async with keeping(database, tmp_path) as books:
        for id in ("abc", "bare"):
            await (await begin(books, link=id)).settle(receipt(Decimal("0.001")), "Dạ.")
            await (await begin(books, link=id)).settle(failed("overloaded"), "")
        await begin(books, link="abc")
    link, bare = await found(database), await found(database, "bare")
    assert (link.spent_usd, link.reserved_usd, link.used) == (Decimal("0.001"), CENT, 2)
    assert (bare.spent_usd, bare.reserved_usd, bare.used) == (Decimal("0.001"), Decimal(0), 1)
    assert (bare.budget_usd, bare.messages) == (None, None)
    limited = await change_link(database, "bare", messages=1)
    assert (limited.used, limited.messages, limited.spent_usd) == (1, 1, Decimal("0.001"))


async def test_a_lower_limit_stops_the_next_message(database: Database, tmp_path: Path) -> None:
    """Of a link that is open, on the spot."""
    await create_link(database, BARE)
    async with keeping(database, tmp_path) as books:
        await (await begin(books, link="bare")).settle(receipt(CENT), "Dạ.")
        await change_link(database, "bare", messages=1)
        entry = await begin(books, link="bare", attempt=False)
        with pytest.raises(MessagesReached, match="the limit of 1 messages for link:bare is reached: 1 are"):
            await entry.begin_attempt(AttemptStart(1, "holysheep", "deepseek-v3.2"))


async def test_the_list(database: Database) -> None:
    """The newest first, each with who used it; operators' own tries are no visitors."""
    for link in (BARE, SHOP, replace(BARE, id="new", demo="books", created_at=NOON + DAY)):
        await create_link(database, link)
    seen = {"link": "bare", "demo": "fashion"}
    await put(
        database,
        [
            turn(NOON, "c1", **seen),
            turn(NOON + DAY, "c2", **seen),
            turn(NOON + 2 * DAY, "c3", audience="operator", **seen),
        ],
    )
    new, shop, bare = await list_links(database)
    assert [listed.link.id for listed in (new, shop, bare)] == ["new", "abc", "bare"]
    assert (bare.visitors, bare.conversations, bare.last_seen) == (1, 2, NOON + DAY)
    assert (bare.messages, bare.spent_usd) == (2, 2 * Decimal("0.000063"))
    assert (bare.link.used, bare.link.spent_usd) == (3, 3 * Decimal("0.000063")), "its limits count them all"
    assert (shop.visitors, shop.conversations, shop.messages, shop.last_seen) == (0, 0, 0, None)
    assert [listed.link.id for listed in await list_links(database, "books")] == ["new"]
    assert [listed.conversations for listed in await list_links(database, "fashion")] == [0, 2]


async def fail(database: Database, now: datetime = NOON) -> datetime | None:
    """A wrong passcode; three are too many."""
    return await count_passcode_failure(database, "abc", now=now, most=3, lock_for=timedelta(minutes=5))


async def test_wrong_passcodes(database: Database) -> None:
    """The third in a row locks the link; what is tried meanwhile is not counted, and the count begins anew after."""
    await create_link(database, SHOP)
    until = NOON + timedelta(minutes=5)
    assert [await fail(database) for _ in range(4)] == [None, None, until, until]
    link = await found(database)
    assert (link.locked_until, link.passcode_failures, link.revision) == (until, 0, 2)
    assert [await fail(database, until) for _ in range(3)] == [None, None, until + timedelta(minutes=5)]
    with pytest.raises(NoSuchLink):
        await count_passcode_failure(database, "no", now=NOON, most=3, lock_for=DAY)


async def test_the_right_passcode_after_wrong_ones(database: Database) -> None:
    """The count is cleared, and so is the lock; so does another passcode."""
    await create_link(database, SHOP)
    await fail(database)
    await clear_passcode_failures(database, "abc")
    assert [await fail(database) for _ in range(2)] == [None, None]
    await fail(database)
    await clear_passcode_failures(database, "abc")
    assert (await found(database)).locked_until is None
    assert [await fail(database) for _ in range(2)] == [None, None]
    await change_link(database, "abc", passcode="scrypt$3$4")
    assert (await found(database)).passcode_failures == 0
    before = await found(database)
    await clear_passcode_failures(database, "abc")
    assert await found(database) == before


async def test_many_wrong_passcodes_at_once(database: Database, database_url: str, tmp_path: Path) -> None:
    """Tried on two replicas, two are let through, whoever they are."""
    await create_link(database, SHOP)
    async with AsyncExitStack() as stack:
        replicas = [
            await stack.enter_async_context(Database(database_url, data_dir=tmp_path)) for _ in range(2)
        ]
        told = await asyncio.gather(*(fail(replicas[n % 2]) for n in range(30)))
    assert sum(until is None for until in told) == 2
    assert (await found(database)).passcode_failures == 0


async def test_a_link_is_forgotten(database: Database) -> None:
    """Who it was for, and all that was made for them, is gone; the link and its limits stay."""
    await create_link(database, SHOP)
    assert (await forget(database, "link", "abc")).found
    gone = replace(SHOP, customer=None, note=None, overrides={}, revision=2)
    assert await found(database) == gone
    async with database.reading() as connection:
        (row,) = (await connection.exec_driver_sql("SELECT overrides FROM links")).all()
    assert tuple(row) == (None,)


async def test_a_link_travels(database: Database, tmp_path: Path) -> None:
    """In a backup, with everything that it has."""
    await create_link(database, SHOP)
    await backup(database, tmp_path / "links.jsonl.gz")
    await change_link(database, "abc", revoked_at=NOON, messages=None, overrides=None)
    await restore(database, tmp_path / "links.jsonl.gz")
    assert await found(database) == SHOP


async def test_limits_that_change_in_mid_crowd(database: Database, tmp_path: Path) -> None:
    """Lifted and set again while turns begin and end: not one is missed or counted twice."""
    await create_link(database, SHOP)

    async def visitor(books: Books, number: int) -> None:
        entry = await begin(books, link="abc")
        await entry.settle(receipt(CENT, finish_reason="stop" if number % 2 else "failed"), "Dạ.")

    async def operator() -> None:
        for messages in (None, 100, None, 90):
            await asyncio.sleep(0.002)
            await change_link(database, "abc", messages=messages, note=f"{messages}")
            await set_budget(database, "link:abc", Decimal(5))

    async with keeping(database, tmp_path) as books:
        await asyncio.gather(operator(), *(visitor(books, number) for number in range(40)))
        link = await found(database)
        assert (link.used, link.spent_usd, link.reserved_usd) == (20, 40 * CENT, Decimal(0))
        assert await faults(database) == []
