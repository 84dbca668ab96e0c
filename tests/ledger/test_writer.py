"""The writer where the database does not do as asked: nothing is lost, and nobody waits for ever."""

import asyncio
import json
import os
import resource
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from decimal import Decimal
from pathlib import Path

import pytest
from bookkeeping import (
    CENT,
    MODEL,
    QUESTION,
    about,
    begin,
    die,
    failed,
    faults,
    keeping,
    new_id,
    open_books,
    receipt,
    row,
    rows,
    take,
)
from databases import Postgres, own_server

from holysheep.journal import AttemptStart, NotRecorded
from ledger import pen, writer
from ledger.books import Books
from ledger.database import Database
from ledger.migrations import upgrade
from ledger.rows import ConversationStart, MessageStart, TurnStart
from ledger.tables import attempts, budgets, conversations, receipts, turns

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds takes tenths."""
    monkeypatch.setattr(writer, "PATIENCE_S", 0.2)
    monkeypatch.setattr(writer, "LOOK_AGAIN_S", 0.05)


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Another program has SQLite's write lock, and keeps it."""
    assert database.file is not None
    other = sqlite3.connect(database.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def full(bytes: int = 4096) -> Iterator[None]:
    """No file of this program may grow beyond so many bytes, as on a full disk."""
    was = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes, was[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, was)
        signal.signal(signal.SIGXFSZ, handler)


async def until_written(books: Books) -> None:
    """The database takes entries again."""
    async with asyncio.timeout(20):
        while books.state != "written":
            await asyncio.sleep(0.01)


def spooled(folder: Path) -> list[dict[str, object]]:
    """What waits on the disk."""
    return [json.loads(line) for file in (folder / "spool").glob("*.jsonl") for line in file.open()]


@ONLY_SQLITE
async def test_a_short_lock_is_waited_for(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database alone has the message: nothing went another way."""
    monkeypatch.setattr(writer, "PATIENCE_S", 20)
    async with keeping(database, tmp_path) as books:
        with locked(database):
            taking = asyncio.create_task(take(books, new_id()))
            await asyncio.sleep(0.1)
        await taking
        assert books.state == "written" and not (tmp_path / "spool").exists()


@ONLY_SQLITE
async def test_what_the_database_does_not_take_waits_on_the_disk(database: Database, tmp_path: Path) -> None:
    """A whole turn goes through meanwhile; once the database is back it has everything, in order."""
    told: list[str] = []
    async with keeping(database, tmp_path, on_state=lambda state, why: told.append(state)) as books:
        with locked(database):
            entry = await begin(books)
            assert books.state == "spooled"
            assert await rows(database, turns) == []
            await entry.settle(receipt(), "Dạ còn ạ.")
            kinds = [line["kind"] for line in spooled(tmp_path)]
            assert kinds == ["message", "turn", "attempt", "settled"]
            assert [path.stat().st_mode & 0o777 for path in (tmp_path / "spool").iterdir()] == [0o600]
            assert (tmp_path / "spool").stat().st_mode & 0o777 == 0o700
        await until_written(books)
        assert ((await row(database, turns)).reply, (await row(database, receipts)).cost) == (
            "Dạ còn ạ.",
            CENT,
        )
        assert await faults(database) == []
        assert list((tmp_path / "spool").iterdir()) == []
        assert told == ["spooled", "written"]


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A PostgreSQL that may be stopped."""
    with own_server() as server:
        yield server


@pytest.mark.database
async def test_postgresql_is_stopped_in_mid_chat(server: Postgres, tmp_path: Path) -> None:
    """Turns that run, and turns that begin without it, are all on record when it is back."""
    await server.execute("CREATE DATABASE desk")
    async with Database(server.url("desk"), data_dir=tmp_path) as database:
        await upgrade(database)
        async with keeping(database, tmp_path) as books:
            before = await begin(books)
            await asyncio.to_thread(server.stop)
            await before.settle(receipt(), "Dạ còn ạ.")
            during = [await begin(books) for _ in range(3)]
            assert books.state == "spooled"
            server.start()
            for entry in during:
                await entry.settle(receipt(), "Dạ.")
            await until_written(books)
            assert [one.finish_reason for one in await rows(database, receipts)] == ["stop"] * 4
            assert await faults(database) == []


@pytest.mark.database
async def test_postgresql_says_nothing_any_more(
    server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process hangs, or the cable is pulled: nobody waits longer than the limit."""
    monkeypatch.setattr(pen, "ANSWER_S", 0.3)
    await server.execute("CREATE DATABASE desk")
    async with Database(server.url("desk"), data_dir=tmp_path) as database:
        await upgrade(database)
        async with keeping(database, tmp_path) as books:
            entry = await begin(books)
            process = books._writer._pen._connection.get_server_pid()  # type: ignore[attr-defined]
            os.kill(process, signal.SIGSTOP)
            try:
                await entry.settle(receipt(), "Dạ còn ạ.")
                assert books.state == "spooled"
            finally:
                os.kill(process, signal.SIGCONT)
            await until_written(books)
            assert (await row(database, receipts)).finish_reason == "stop"
            assert await faults(database) == []


@ONLY_SQLITE
async def test_the_next_start_writes_what_waits(database: Database, tmp_path: Path) -> None:
    """The program died while the database was away: what was acknowledged is there, what had ended keeps its end."""
    books = await open_books(database, tmp_path)
    with locked(database):
        ended = await begin(books)
        await ended.settle(receipt(), "Dạ còn ạ.")
        await begin(books)
        await die(books)
    async with keeping(database, tmp_path):
        found = {one.turn: one.finish_reason for one in await rows(database, receipts)}
        assert found.pop(ended.turn) == "stop"
        assert list(found.values()) == ["interrupted"]
        assert await faults(database) == []
        assert list((tmp_path / "spool").iterdir()) == []


@ONLY_SQLITE
async def test_closed_without_the_database(database: Database, tmp_path: Path) -> None:
    """What is left goes to the disk, and the next start writes it."""
    books = await open_books(database, tmp_path)
    entry = await begin(books)
    with locked(database):
        entry.settle(receipt(), "Dạ còn ạ.")
        await books.close()
    async with keeping(database, tmp_path):
        assert (await row(database, receipts)).finish_reason == "stop"


@ONLY_SQLITE
async def test_no_money_is_set_aside_on_the_disk(database: Database, tmp_path: Path) -> None:
    """A turn under a limit is not asked while the database is away; one that costs nothing is."""
    async with keeping(database, tmp_path, budget_usd=Decimal(1)) as books:
        with locked(database):
            with pytest.raises(NotRecorded, match="set aside"):
                await begin(books)
            free = await begin(books, most=Decimal(0), provider="rehearsal")
            await free.settle(receipt(Decimal(0)), "Dạ.")
        await until_written(books)
        assert len(await rows(database, turns)) == 2
        assert (await row(database, attempts)).turn == free.turn


@ONLY_SQLITE
async def test_no_message_is_counted_on_the_disk(database: Database, tmp_path: Path) -> None:
    """Where messages are counted, one that costs nothing is refused as well while the database is away."""
    async with keeping(database, tmp_path) as books:
        await books.set_turns("demo:fashion", 5)
        with locked(database):
            await begin(books, demo="books", most=CENT)
            entry = await begin(books, most=Decimal(0), provider="rehearsal", attempt=False)
            with pytest.raises(NotRecorded, match="nothing can be set aside"):
                await entry.begin_attempt(AttemptStart(1, "rehearsal", MODEL))
            entry.settle(failed("not_recorded"), "")
        await until_written(books)
        await books.flush()
        assert await faults(database) == []
        assert {one.turns for one in await rows(database, budgets)} == {0}


@ONLY_SQLITE
async def test_neither_database_nor_disk(database: Database, tmp_path: Path) -> None:
    """New messages are refused at once; the end of a turn under way is kept, and written once there is room."""
    told: list[tuple[str, str]] = []
    async with keeping(database, tmp_path, on_state=lambda *said: told.append(said)) as books:
        entry, waiting = await begin(books), await begin(books, attempt=False)
        await books.flush()
        with full():
            entry.settle(receipt(), "Dạ còn ạ. " * 1000)
            await books.flush()
            with pytest.raises(NotRecorded):
                await take(books, new_id())
            with pytest.raises(NotRecorded):
                await waiting.begin_attempt(AttemptStart(1, "holysheep", MODEL))
            assert books.state == "kept"
        await until_written(books)
        assert (await row(database, attempts)).turn == entry.turn
        assert {one.turn: one.finish_reason for one in await rows(database, receipts)} == {
            entry.turn: "stop",
            waiting.turn: None,
        }
        assert len(await rows(database, turns)) == 2
        assert await faults(database) == []
    assert [state for state, _ in told][-1] == "written"
    assert any("spool" in why for _, why in told)


@ONLY_SQLITE
async def test_a_file_that_is_gone(database: Database, tmp_path: Path) -> None:
    """Somebody moved the database away: what comes goes to the disk, not into a file nobody can reach."""
    assert database.file is not None
    async with keeping(database, tmp_path) as books:
        database.file.rename(tmp_path / "moved.db")
        await take(books, new_id())
        assert books.state == "spooled"
        assert [line["kind"] for line in spooled(tmp_path)] == ["message"]


async def test_one_bad_entry_stops_no_other(database: Database, tmp_path: Path) -> None:
    """It is refused and kept for a person; all that came with it is written."""
    async with keeping(database, tmp_path) as books:
        rooms = [new_id() for _ in range(20)]
        messages = [MessageStart(new_id(), new_id(), room, 0, QUESTION) for room in rooms]
        wrong = ConversationStart(rooms[7], "f" * 64, "visitor", "fashion", "vi", link="no-such-link")
        starts = [wrong if room is rooms[7] else about(room) for room in rooms]
        taking = [books.take(*pair) for pair in zip(messages, starts, strict=True)]
        found = await asyncio.gather(*taking, return_exceptions=True)
        assert [isinstance(one, NotRecorded) for one in found] == [room is rooms[7] for room in rooms]
        assert len(await rows(database, turns)) == 19
        (kept,) = spooled(tmp_path)
        assert kept["conversation"] == rooms[7] and "FOREIGNKEY" in str(kept["why"]).upper().replace("_", "")
        assert books.state == "written"


async def test_what_belongs_to_a_bad_entry_is_refused_too(database: Database, tmp_path: Path) -> None:
    """A turn that was never taken: its request does not leave, and its end does no harm."""
    async with keeping(database, tmp_path) as books:
        entry = books.open_turn(TurnStart(new_id(), new_id(), "fashion", 1, MODEL, "visitor"))
        with pytest.raises(NotRecorded):
            await entry.begin_attempt(AttemptStart(1, "holysheep", MODEL))
        await entry.settle(failed("not_recorded"), "")
        assert await rows(database, receipts) == []
        assert len(spooled(tmp_path)) == 3
        await begin(books)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_place_that_is_taken(database: Database, tmp_path: Path) -> None:
    """Two messages for one position: the second is refused, and the first stays."""
    async with keeping(database, tmp_path) as books:
        await take(books, (room := new_id()), 0)
        with pytest.raises(NotRecorded):
            await take(books, room, 0)
        await take(books, room, 1)
        assert len(await rows(database, turns)) == 2


async def test_nobody_need_wait(database: Database, tmp_path: Path) -> None:
    """A visitor who stops while an attempt is put on record goes on at once; the attempt is taken off."""
    async with keeping(database, tmp_path) as books:
        entry = await begin(books, attempt=False)
        beginning = asyncio.create_task(entry.begin_attempt(AttemptStart(1, "holysheep", MODEL)))
        await asyncio.sleep(0)
        beginning.cancel()
        await asyncio.wait([beginning])
        await entry.settle(receipt(Decimal(0), attempts=0, finish_reason="stopped"), "")
        assert await rows(database, attempts) == []
        assert (await row(database, receipts)).finish_reason == "stopped"


async def test_waiting_for_what_nobody_waits_for(database: Database, tmp_path: Path) -> None:
    """Whoever waited for the last entry has gone: flush still means that it is on record."""
    async with keeping(database, tmp_path) as books:
        taking = books.take(MessageStart(new_id(), new_id(), (room := new_id()), 0, QUESTION), about(room))
        books._writer._last.cancel()  # type: ignore[union-attr]
        await books.flush()
        assert len(await rows(database, turns)) == 1
        with suppress(asyncio.CancelledError):
            await taking


@ONLY_SQLITE
async def test_the_journal_is_carried_over(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not grow for ever: the file alone holds what was written some time ago."""
    monkeypatch.setattr(pen, "ROWS_IN_JOURNAL", 20)
    assert database.file is not None
    async with keeping(database, tmp_path) as books:
        for _ in range(40):
            await take(books, new_id())
        tidying = books._writer._pen._tidying  # type: ignore[attr-defined]
        await asyncio.wait([tidying])
        shutil.copy(database.file, tmp_path / "alone.db")
        with closing(sqlite3.connect(tmp_path / "alone.db")) as alone:
            assert alone.execute("SELECT count(*) FROM turns").fetchone()[0] >= 9


@ONLY_SQLITE
async def test_a_fault_in_the_writer(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is left waiting: those who wait, and those who come later, are told no."""
    told: list[str] = []
    async with keeping(database, tmp_path, on_state=lambda state, why: told.append(state)) as books:
        monkeypatch.setattr(writer, "fitting", lambda waiting: 1 // 0)
        for _ in range(2):
            with pytest.raises(NotRecorded, match="broken down"):
                await take(books, new_id())
        assert told == ["kept"]


async def test_the_same_entries_twice(database: Database, tmp_path: Path) -> None:
    """A connection lost between the commit and its answer: what is written again changes nothing."""
    async with keeping(database, tmp_path, budget_usd=Decimal(1)) as books:
        written = books._writer._pen.write

        async def twice(script):  # type: ignore[no-untyped-def]
            arguments = script.gi_frame.f_locals
            again = writer.record(arguments["batch"], arguments["book"], arguments["daily"])
            await written(script)
            return await written(again)

        books._writer._pen.write = twice  # type: ignore[method-assign]
        await books.set_turns("demo:fashion", 1)
        entry = await begin(books)
        assert await faults(database) == []
        await entry.settle(receipt(CENT / 2), "Dạ.")
        assert (await row(database, conversations)).id == entry.conversation
        assert await faults(database) == []
