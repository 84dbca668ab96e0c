"""What happened on a link, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from bookkeeping import about, keeping, row
from on_record import DAY_ONE, SECOND, put, turn
from past import Past
from sqlalchemy import update

from ledger.activity import Activity, read_activity
from ledger.batch import record
from ledger.conversations import list_conversations
from ledger.database import Database
from ledger.figures import Percentiles
from ledger.links import list_links
from ledger.operations import TakeMessage, from_plain, to_plain
from ledger.pen import pen_for
from ledger.rows import MessageStart, conversation_row, message_row
from ledger.tables import conversations

PRICE = Decimal("0.000063")


async def came(database: Database, conversation: str, **said: Any) -> None:
    """What is known of a conversation's visitor."""
    async with database.writing() as connection:
        mine = conversations.c.id == conversation
        await connection.execute(update(conversations).where(mine).values(said))


async def test_a_link_that_nobody_opened(database: Database) -> None:
    """Nothing happened; nor on one that is not there."""
    assert await read_activity(database, "abc") == Activity("abc")


async def test_what_visitors_did(database: Database) -> None:
    """Two of them on two devices in three conversations, with a thumb each way; a rehearsal is theirs, too."""
    turns = [
        turn(DAY_ONE, "a", link="abc", ttft_ms=100.0, liked=True),
        turn(DAY_ONE + 2 * SECOND, "a", link="abc", ttft_ms=300.4, liked=False),
        turn(DAY_ONE + 4 * SECOND, "b", link="abc", ttft_ms=200.0, audience="rehearsal", cost=Decimal(0)),
        turn(DAY_ONE + 6 * SECOND, "c", link="abc", ttft_ms=None, finish_reason="failed", attempts=0),
        turn(DAY_ONE + 8 * SECOND, "c", link="abc", finish_reason=None, ttft_ms=None, cost=None),
        turn(DAY_ONE, "other", link="def"),
        turn(DAY_ONE, "desk", audience="operator"),
    ]
    await put(database, turns)
    host = "shop.example"
    await came(database, "a", visitor="lan", device="phone", referring_host=host, created_at=DAY_ONE)
    await came(database, "b", visitor="lan", device="phone", touched_at=DAY_ONE + 9 * SECOND)
    await came(database, "c", visitor="minh")
    assert await read_activity(database, "abc") == Activity(
        "abc",
        visitors=2,
        conversations=3,
        messages=3,
        cost_usd=3 * PRICE,
        cost_bound="exact",
        ttft_ms=Percentiles(200, 300, 300),
        liked=1,
        disliked=1,
        first_seen=DAY_ONE,
        last_seen=DAY_ONE + 9 * SECOND,
        devices={"phone": 2, "other": 1},
        hosts={"": 2, host: 1},
    )


async def test_operators_who_look_in_are_not_counted(database: Database) -> None:
    """Neither as visitors nor with their messages, their money, their thumbs; the link's own limits count them."""
    await put(
        database,
        [
            turn(DAY_ONE, "a", link="abc"),
            turn(DAY_ONE - SECOND, "ours", link="abc", audience="operator", liked=True),
            turn(DAY_ONE + SECOND, "ours", link="abc", audience="operator", cost=None, cost_bound="unknown"),
        ],
    )
    found = await read_activity(database, "abc")
    assert (found.visitors, found.conversations, found.messages, found.liked) == (1, 1, 1, 0)
    assert (found.cost_usd, found.cost_bound, found.first_seen) == (PRICE, "exact", DAY_ONE)
    (listed,) = await list_links(database)
    assert (listed.visitors, listed.messages, listed.spent_usd) == (1, 1, PRICE)
    assert (listed.link.used, listed.link.spent_usd) == (3, 2 * PRICE)


async def test_costs_that_are_not_all_known(database: Database) -> None:
    """The sum says that it is a lower bound, or that nothing is known."""
    await put(database, [turn(DAY_ONE, "a", link="abc", cost=None, cost_bound="unknown")])
    found = await read_activity(database, "abc")
    assert (found.cost_usd, found.cost_bound) == (None, "unknown")
    await put(database, [turn(DAY_ONE, "b", link="abc")])
    found = await read_activity(database, "abc")
    assert (found.cost_usd, found.cost_bound) == (PRICE, "at_least")


async def test_where_a_visitor_comes_from_is_kept_with_the_conversation(
    database: Database, tmp_path: Path
) -> None:
    """As it begins; a later message from elsewhere leaves it as it was."""
    first = replace(about("c1"), device="phone", referring_host="shop.example")
    async with keeping(database, tmp_path) as books:
        await books.take(MessageStart("t1", "m1", "c1", 0, "Chào"), first)
        await books.take(MessageStart("t2", "m2", "c1", 1, "Còn áo không?"), replace(first, device="desktop"))
    kept = await row(database, conversations)
    assert (kept.device, kept.referring_host) == ("phone", "shop.example")


async def test_a_message_that_waited_since_an_earlier_version(database: Database, tmp_path: Path) -> None:
    """It says nothing of devices, and is written all the same."""
    async with keeping(database, tmp_path) as books:
        at = datetime(2026, 11, 23, tzinfo=UTC)
        before = dict(conversation_row(about("c1"), books.replica, at))
        del before["device"], before["referring_host"]
        taken = message_row(MessageStart("t1", "m1", "c1", 0, "Chào"), books.replica, at, str)
        waited = from_plain(to_plain(TakeMessage("c1", before, taken)))
        pen = pen_for(database)
        await pen.write(record([waited], pen.book, None))
        await pen.close()
    assert (await row(database, conversations)).device is None


async def test_the_list_says_the_device(database: Database) -> None:
    """For whoever follows a conversation."""
    await Past(database).conversation("c1", "Chào", device="tablet")
    (listed,) = (await list_conversations(database)).conversations
    assert listed.device == "tablet"
