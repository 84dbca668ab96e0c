"""Two programs on one database, and conversations that go from one to the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bookkeeping import (
    MODEL,
    about,
    begin,
    die,
    faults,
    keeping,
    new_id,
    open_books,
    receipt,
    row,
    rows,
    take,
)
from sqlalchemy import text

from holysheep.journal import AttemptStart, NotRecorded
from ledger.batch import TakenElsewhere
from ledger.books import Books
from ledger.database import Database
from ledger.rows import MessageStart, TurnStart
from ledger.tables import receipts, turns

pytestmark = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.database)], indirect=True
)


OWNER = about("a conversation").visitor


@asynccontextmanager
async def two(database: Database, database_url: str, folder: Path) -> AsyncIterator[tuple[Books, Books]]:
    """Two programs."""
    async with (
        keeping(database, folder / "one") as one,
        Database(database_url, data_dir=folder) as other,
        keeping(other, folder / "two") as two,
    ):
        yield one, two


async def say(books: Books, message: str, room: str, position: int) -> str:
    """A message comes to a program; gives its turn."""
    turn = new_id()
    await books.take(MessageStart(turn, message, room, position, "Chào"), about(room))
    return turn


async def test_a_message_that_comes_to_both(database: Database, database_url: str, tmp_path: Path) -> None:
    """Whoever is second does not have it; the next message stands behind the first."""
    async with two(database, database_url, tmp_path) as (one, other):
        room, message = new_id(), new_id()
        await say(one, message, room, 0)
        with pytest.raises(TakenElsewhere):
            await say(other, message, room, 0)
        await say(other, new_id(), room, 0)
        await say(one, message, new_id(), 0)  # of another conversation
        kept = [one for one in await rows(database, turns) if one.conversation == room]
        assert sorted(one.position for one in kept) == [0, 1]


async def test_at_one_instant(database: Database, database_url: str, tmp_path: Path) -> None:
    """Fifty messages come to both programs at once: each is taken once, whoever had it first."""
    async with two(database, database_url, tmp_path) as programs:
        room = new_id()
        messages = [new_id() for _ in range(50)]
        tried = [say(books, message, room, 0) for message in messages for books in programs]
        found = await asyncio.gather(*tried, return_exceptions=True)
        assert sum(isinstance(one, TakenElsewhere) for one in found) == 50
        kept = await rows(database, turns)
        assert sorted(one.message for one in kept) == sorted(messages)
        assert sorted(one.position for one in kept) == list(range(50))


async def test_a_turn_that_another_program_answers(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """Its opening, its attempts and its end are refused with it, in whatever transaction they come."""
    async with two(database, database_url, tmp_path) as (one, other):
        entry = await begin(one)
        (taken,) = await rows(database, turns)
        again, room = new_id(), taken.conversation
        told = other.take(MessageStart(again, taken.message, room, 0, "Chào"), about(room))
        late = other.open_turn(TurnStart(again, room, "fashion", 3, MODEL, "visitor"))
        with pytest.raises(TakenElsewhere):
            await late.begin_attempt(AttemptStart(1, "holysheep", MODEL))
        with pytest.raises(TakenElsewhere):
            await told
        assert isinstance(await late.settle(receipt(), "Dạ."), NotRecorded)
        await entry.settle(receipt(), "Dạ còn.")
        assert (await row(database, turns)).reply == "Dạ còn."
        assert len(await rows(database, receipts)) == 1 and await faults(database) == []


async def test_edited_at_another_program(database: Database, database_url: str, tmp_path: Path) -> None:
    """The same message again, in the place of one that the other program had answered."""
    async with two(database, database_url, tmp_path) as (one, other):
        await (await begin(one)).settle(receipt(), "Dạ.")
        before = await row(database, turns)
        other.replace(before.conversation, [before.id])
        await say(other, before.message, before.conversation, 1)
        kept = {one.position: one.replaced for one in await rows(database, turns)}
        assert kept == {0: True, 1: False}


async def test_whose_memory_is_the_newest(database: Database, database_url: str, tmp_path: Path) -> None:
    """Who claims a conversation learns whether another one had it since; a change past its holder counts as one."""
    async with two(database, database_url, tmp_path) as (one, other):
        room = new_id()
        await take(one, room)
        found = [await books.others.claim(room, OWNER) for books in (one, one, other, other, one)]
        assert found == [False, False, True, False, True]
        assert (await other.others.has_moved(room), await one.others.has_moved(room)) == (True, False)
        assert not await other.others.claim(room, "somebody else"), "it is nothing of theirs"
        (kept,) = await rows(database, turns)
        for books, changed in ((one, False), (other, True)):
            await books.others.touched(kept.id)
            assert await one.others.claim(room, OWNER) is changed


async def test_what_a_dead_program_leaves_to_a_page(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """What it answered is ended with its words, what only waited is ours to answer: of the page's turns, and no
    others."""
    dead = await open_books(database, tmp_path / "dead")
    async with Database(database_url, data_dir=tmp_path) as other, keeping(other, tmp_path / "two") as heir:
        entry = await begin(dead)
        entry.said("Dạ còn")
        dead._drafts.flush()
        answered, waiting, foreign = entry.turn, await take(dead, new_id()), await take(dead, new_id())
        await dead.flush()
        assert await heir.others.fallen([dead.replica, heir.replica]) == set()
        await die(dead)
        assert await heir.others.fallen([dead.replica, heir.replica]) == {dead.replica}
        await heir.others.inherit([answered, waiting], {dead.replica})
        found = await heir.others.look([answered, waiting, foreign])
        assert (found[answered].settled, found[answered].reply) == (True, "Dạ còn")
        assert (found[waiting].replica, found[waiting].settled) == (heir.replica, False)
        assert (found[foreign].replica, found[foreign].settled) == (dead.replica, False)
        await heir.others.inherit([waiting], {dead.replica})
        assert (await heir.others.look([waiting]))[waiting].settled is False


async def test_a_program_that_lost_its_session(database: Database, database_url: str, tmp_path: Path) -> None:
    """It has its lock again before anybody takes it for dead."""
    async with two(database, database_url, tmp_path) as (one, other):
        async with database.writing() as connection:
            ended = await connection.scalar(
                text(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_locks "
                    "WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
                )
            )
        assert ended == 2
        async with asyncio.timeout(10):
            while await other.others.fallen([one.replica]) or await one.others.fallen([other.replica]):
                await asyncio.sleep(0.02)
