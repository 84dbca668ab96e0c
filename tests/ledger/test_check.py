"""The proof of the books finds what does not agree, on both databases."""

from datetime import timedelta
from decimal import Decimal

import pytest
from on_record import DAY_ONE, put, turn
from sqlalchemy import insert, text

from ledger.budgets import set_budget, set_turns
from ledger.check import check, is_proved, told
from ledger.columns import PICO
from ledger.database import Database
from ledger.links import find_links
from ledger.tables import reservations

COST = Decimal("0.000063")


async def change(database: Database, *statements: str) -> None:
    """Spoil the books, as no program of ours would."""
    async with database.engine.execution_options(sqlite_begin="").connect() as connection:
        if database.dialect == "sqlite":
            await connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            await connection.exec_driver_sql("BEGIN")
        else:
            await connection.exec_driver_sql("SET session_replication_role = replica")
        for statement in statements:
            await connection.execute(text(statement))
        await connection.commit()
        await connection.invalidate()


async def keep_books(database: Database) -> str:
    """Two turns under budgets, one of them with a settled reservation; gives its id."""
    ids = await put(database, [turn(link="L1"), turn(attempts=2)])
    for scope in ("installation", "day:2026-11-02", "demo:shop", "link:L1"):
        await set_budget(database, scope, Decimal(1))
    await set_turns(database, "link:L1", 5)
    row = {"turn": ids[0], "scope": "installation", "amount": Decimal("0.01"), "made_at": DAY_ONE}
    async with database.writing() as connection:
        await connection.execute(insert(reservations), [{**row, "settled": COST, "settled_at": DAY_ONE}])
    return ids[0]


async def test_good_books(database: Database) -> None:
    """Nothing is wrong with what the program wrote; an empty database is in order too."""
    assert await check(database) == []
    await keep_books(database)
    findings = await check(database)
    assert findings == [] and "The books agree" in told(findings)


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        ("DELETE FROM receipts WHERE turn = '{id}'", "ended without a receipt"),
        ("UPDATE turns SET settled_at = NULL WHERE id = '{id}'", "has not ended"),
        ("UPDATE receipts SET conversation = 'other' WHERE turn = '{id}'", "another conversation's"),
        ("UPDATE receipts SET asked_at = asked_at + 1 WHERE turn = '{id}'", "another time or another link"),
        ("UPDATE receipts SET link = NULL WHERE turn = '{id}'", "another time or another link"),
        ("UPDATE conversations SET link = NULL", "another time or another link"),
        ("UPDATE attempts SET turn = 'nobody' WHERE turn = '{id}'", "attempts belong to no turn"),
        ("DELETE FROM attempts WHERE turn = '{id}'", "count other attempts"),
        ("UPDATE attempts SET latency_ms = NULL WHERE turn = '{id}'", "have no end"),
        ("UPDATE attempts SET cost = cost + 2 WHERE turn = '{id}'", "something else than their attempts"),
        ("UPDATE receipts SET total_tokens = 151 WHERE turn = '{id}'", "not the sum of their tokens"),
        ("UPDATE reservations SET settled_at = NULL", "reservations have no end"),
        ("UPDATE reservations SET settled = settled + 1", "settled with something else"),
        ("UPDATE budgets SET reserved = 1 WHERE scope = 'link:L1'", "hold back something else"),
        ("UPDATE budgets SET spent = spent + 1 WHERE scope = 'link:L1'", "have spent something else"),
        ("UPDATE budgets SET turns = turns - 1 WHERE scope = 'link:L1'", "have counted other turns"),
        ("UPDATE receipts SET finish_reason = 'failed' WHERE turn = '{id}'", "have counted other turns"),
        ("UPDATE budgets SET spent = spent + 1 WHERE scope = 'day:2026-11-02'", "have spent something else"),
    ],
)
async def test_what_does_not_agree(database: Database, spoil: str, what: str) -> None:
    """Each fault is found by its own name, with the row."""
    id = await keep_books(database)
    await change(database, spoil.format(id=id))
    findings = await check(database)
    assert not is_proved(findings)
    assert any(what in finding.what and finding.kind == "wrong" and finding.examples for finding in findings)


async def test_a_conversation_that_moved_to_another_demo(database: Database) -> None:
    """Its turns stay with the demo that answered them."""
    await put(database, [turn(link="L1")])
    await change(database, "UPDATE conversations SET demo = 'bank'")
    assert await check(database) == []


async def test_turns_left_open(database: Database) -> None:
    """What a dead program left open is wrong until the next start has ended it."""
    await put(database, [turn(finish_reason=None, attempts=None, cost=None)])
    (finding,) = await check(database)
    assert "left open by a program that is gone" in finding.what
    await change(database, f"UPDATE replicas SET gone_at = NULL, leased_until = {2**60}")
    assert await check(database) == []


async def test_a_message_taken_back_needs_no_receipt(database: Database) -> None:
    """It ended before its turn came."""
    (id,) = await put(database, [turn()])
    gone = (f"DELETE FROM {table} WHERE turn = '{id}'" for table in ("attempts", "receipts"))
    await change(database, *gone, "UPDATE turns SET replaced = true")
    assert await check(database) == []


async def test_the_providers_own_figures(database: Database) -> None:
    """Where a provider says another cost than the price list, it is listed, and nothing is wrong."""
    one = {"cost": Decimal("0.5"), "computed_cost": Decimal("0.4")}
    await put(database, [turn(**one), turn(**one), turn(), turn(cost=COST + PICO)])
    (finding,) = findings = await check(database)
    assert (finding.kind, finding.count, is_proved(findings)) == ("noted", 2, True)
    assert "cost $1 by holysheep's own word, $0.8 by the price list" in finding.what
    assert "reported $0.5, ours $0.4" in told(findings)


async def test_a_lowered_limit_is_noted(database: Database) -> None:
    """It is no fault of the books."""
    await put(database, [turn()])
    await set_budget(database, "installation", Decimal(0))
    (finding,) = await check(database)
    assert finding.kind == "noted" and "overspent" in finding.what


async def test_turns_that_are_counted(database: Database) -> None:
    """Those that ended with something for their visitor; that there are more than are allowed now is noted."""
    kinds = {"stop": 1, "stopped": 0, "interrupted": 1, "failed": 1}
    ended = [turn(link="L1", finish_reason=kind, attempts=sent) for kind, sent in kinds.items()]
    unsent = turn(link="L1", finish_reason="interrupted", attempts=0)
    await put(database, [*ended, unsent, turn(link="L2"), turn()])
    await set_turns(database, "link:L1", 3)
    assert (await find_links(database, ["L1"]))["L1"].used == 3
    assert [finding.what for finding in await check(database) if "turns than" in finding.what] == []
    await set_turns(database, "link:L1", 2)
    noted = [finding for finding in await check(database) if "more turns than they allow" in finding.what]
    assert [(finding.kind, finding.examples) for finding in noted] == [("noted", ("link:L1, 3, 2",))]


async def test_many_of_a_kind(database: Database) -> None:
    """All are counted, some are shown."""
    ids = await put(database, [turn(DAY_ONE + n * timedelta(seconds=1)) for n in range(25)])
    await change(database, "UPDATE receipts SET total_tokens = 1")
    (finding,) = findings = await check(database)
    assert finding.count == len(ids) and len(finding.examples) == 10 and "and 15 more" in told(findings)
