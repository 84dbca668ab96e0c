"""Any order of messages, replies, limits, crashes and outages leaves books that add up."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest
from bookkeeping import CENT, MODEL, QUESTION, about, die, failed, faults, new_id, open_books, receipt, rows
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from holysheep import EngineError
from holysheep.journal import AttemptStart
from ledger import writer
from ledger.books import Books
from ledger.budgets import set_budget, set_turns
from ledger.database import Database
from ledger.entry import TurnEntry
from ledger.rows import MessageStart, TurnStart
from ledger.tables import attempts, budgets, receipts, turns

T = TypeVar("T")

WORDS = "Dạ còn hàng, em gửi chị ngay ạ"
#: Few and round, so that they meet: what turns may cost, and limits of some turns each.
MOST = st.integers(0, 3).map(lambda cents: cents * CENT)
LIMIT = st.none() | st.integers(0, 9).map(lambda cents: cents * CENT)
MESSAGES = st.none() | st.integers(0, 9)
ASKS = st.lists(
    st.tuples(st.integers(0, 4), MOST, st.sampled_from(["fashion", "fashion", "books"])),
    min_size=1,
    max_size=5,
)


@dataclass
class Turn:
    """As its page knows it. most: 0 is a rehearsal. unsure: the program died before it knew of the end."""

    id: str
    room: str
    most: Decimal = CENT
    entry: TurnEntry | None = None
    attempts: int = 0
    refused: bool = False
    cost: Decimal | None = None
    unsure: bool = False

    @property
    def provider(self) -> str:
        """Where it is asked."""
        return "holysheep" if self.most else "rehearsal"


@dataclass
class Program:
    """One replica: its books, and the turns it has not ended."""

    number: int
    books: Books
    under_way: list[Turn] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)


class Programs(RuleBasedStateMachine):
    """One program on SQLite, two on PostgreSQL. Each rule is what a visitor, an operator or fate does."""

    new_url: Callable[[Path], str]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="desk-books-"))
        self.runner = asyncio.Runner()
        self.url = type(self).new_url(self.folder)
        self.on_sqlite = self.url.startswith("sqlite")
        self.databases: list[Database] = []
        self.programs: list[Program] = []
        self.ended: dict[str, Turn] = {}
        #: On PostgreSQL: messages that only waited when their program ended. For a minute another may take them over.
        self.orphans: set[str] = set()
        self.strict: set[str] = set()
        self.counted: set[str] = set()
        self.lock: sqlite3.Connection | None = None

    def turns(self, *, opened: bool | None = None) -> list[tuple[Program, Turn]]:
        """Those under way, all or only those that (do not) have an entry."""
        return [
            (program, turn)
            for program in self.programs
            for turn in program.under_way
            if opened is None or (turn.entry is not None) == opened
        ]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """To its end."""
        return self.runner.run(work)

    @initialize(installation=LIMIT, fashion=LIMIT)
    def start(self, installation: Decimal | None, fashion: Decimal | None) -> None:
        """The programs start, perhaps with limits."""
        self.limit = installation
        patience_s = 0.05 if self.on_sqlite else 5.0
        for number in range(1 if self.on_sqlite else 2):
            database = Database(self.url, data_dir=self.folder / str(number), patience_s=patience_s)
            self.run(database.connect())
            self.databases.append(database)
            self.programs.append(Program(number, self.run(self.opened(number))))
        for scope, usd in (("installation", installation), ("demo:fashion", fashion)):
            if usd is not None:
                self.limit_is_set(scope, usd)

    async def opened(self, number: int) -> Books:
        """Books with a spool that outlives them."""
        return await open_books(self.databases[number], self.folder / str(number), budget_usd=self.limit)

    limit: Decimal | None = None

    def program(self, chosen: int) -> Program:
        """One of them."""
        return self.programs[chosen % len(self.programs)]

    @rule(chosen=st.integers(0, 3), asks=ASKS)
    def crowd(self, chosen: int, asks: list[tuple[int, Decimal, str]]) -> None:
        """Messages come at one instant, to several conversations; all are to be answered at once."""
        program = self.program(chosen)

        async def ask(room: str, most: Decimal, demo: str) -> None:
            turn = await self.taken(program, room)
            if turn is not None:
                await self.begun(program, turn, most, demo)

        async def all_of_them() -> None:
            await asyncio.gather(*(ask(self.room(program, room), most, demo) for room, most, demo in asks))

        self.run(all_of_them())

    @rule(chosen=st.integers(0, 3), room=st.integers(0, 4))
    def message(self, chosen: int, room: int) -> None:
        """A message comes, and waits for its turn."""
        program = self.program(chosen)
        self.run(self.taken(program, self.room(program, room)))

    def room(self, program: Program, number: int) -> str:
        """A conversation that is there, or a new one."""
        return list(program.places)[number] if number < len(program.places) else new_id()

    async def taken(self, program: Program, room: str) -> Turn | None:
        """The message is on record from here on; None where its page was told no."""
        turn, place = Turn(new_id(), room), program.places.get(room, 0)
        program.places[room] = place + 1
        with suppress(EngineError):
            await program.books.take(MessageStart(turn.id, new_id(), room, place, QUESTION), about(room))
            program.under_way.append(turn)
            return turn
        return None

    async def begun(self, program: Program, turn: Turn, most: Decimal, demo: str) -> None:
        """The turn's next request leaves, or is refused."""
        if turn.entry is None:
            turn.most = most
            start = TurnStart(turn.id, turn.room, demo, 1, MODEL, "visitor", most_usd=most)
            turn.entry = program.books.open_turn(start)
        try:
            await turn.entry.begin_attempt(AttemptStart(turn.attempts + 1, turn.provider, MODEL))
            turn.attempts += 1
        except EngineError:
            turn.refused = True

    @precondition(lambda self: self.turns())
    @rule(which=st.integers(0, 9), most=MOST)
    def attempt(self, which: int, most: Decimal) -> None:
        """The request of a turn that waits is about to leave; or that of another one, once more."""
        program, turn = self.turns()[which % len(self.turns())]
        if not turn.refused:
            self.run(self.begun(program, turn, most, "fashion"))

    @precondition(lambda self: self.turns(opened=True))
    @rule(which=st.integers(0, 9), length=st.integers(0, len(WORDS)))
    def say(self, which: int, length: int) -> None:
        """Some words of the reply come."""
        program, turn = self.turns(opened=True)[which % len(self.turns(opened=True))]

        async def words() -> None:
            if turn.entry is not None and turn.attempts:
                turn.entry.said(WORDS[:length])
            program.books._drafts.flush()

        self.run(words())

    @precondition(lambda self: self.turns(opened=True))
    @rule(which=st.integers(0, 9), share=st.integers(0, 4), wait=st.booleans())
    def settle(self, which: int, share: int, wait: bool) -> None:
        """A turn ends: with a reply, stopped before its request left, or because it was refused."""
        program, turn = self.turns(opened=True)[which % len(self.turns(opened=True))]
        turn.cost = Decimal(0) if turn.refused or not turn.attempts else turn.most * share / 4
        ended = failed("out_of_money") if turn.refused else receipt(turn.cost)
        ended = replace(ended, attempts=ended.attempts[:1] * turn.attempts)

        async def end() -> None:
            assert turn.entry is not None
            done = turn.entry.settle(ended, WORDS)
            if wait:
                await done

        self.run(end())
        turn.unsure = not wait
        program.under_way.remove(turn)
        self.ended[turn.id] = turn

    @precondition(lambda self: self.turns(opened=False))
    @rule(which=st.integers(0, 9))
    def withdraw(self, which: int) -> None:
        """A message that waits is not to be answered any more."""
        program, turn = self.turns(opened=False)[which % len(self.turns(opened=False))]

        async def gone() -> None:
            program.books.withdraw(turn.room, [turn.id])

        self.run(gone())
        program.under_way.remove(turn)

    @precondition(lambda self: self.lock is None)
    @rule(
        scope=st.sampled_from(["installation", "demo:fashion"]),
        usd=LIMIT,
    )
    def limit_is_set(self, scope: str, usd: Decimal | None) -> None:
        """The operator sets or lifts a limit. It binds the turns that begin from here on."""

        async def change() -> Decimal:
            for program in self.programs:
                await program.books.flush()
            await set_budget(self.databases[0], scope, usd)
            for program in self.programs:
                await program.books.know_limits()
            found = [row for row in await rows(self.databases[0], budgets) if row.scope == scope]
            return sum((row.spent + row.reserved for row in found), Decimal(0))

        used = self.run(change())
        under_way = self.turns(opened=True)
        if usd is not None and used <= usd and not under_way:
            self.strict.add(scope)
        elif usd is None or used > usd or scope not in self.strict:
            self.strict.discard(scope)
        if scope == "installation":
            self.limit = usd  # a restart sets it again

    @precondition(lambda self: self.lock is None)
    @rule(scope=st.sampled_from(["installation", "demo:fashion"]), allowed=MESSAGES)
    def messages_are_limited(self, scope: str, allowed: int | None) -> None:
        """The operator sets or lifts a limit on their number. It binds the turns that begin from here on."""

        async def change() -> int:
            for program in self.programs:
                await program.books.flush()
            await set_turns(self.databases[0], scope, allowed)
            for program in self.programs:
                await program.books.know_limits()
            return sum(row.turns for row in await rows(self.databases[0], budgets) if row.scope == scope)

        taken = self.run(change())
        if allowed is not None and taken <= allowed and not self.turns(opened=True):
            self.counted.add(scope)
        elif allowed is None or taken > allowed or scope not in self.counted:
            self.counted.discard(scope)

    @precondition(lambda self: self.on_sqlite and self.lock is None)
    @rule()
    def database_goes(self) -> None:
        """Another program takes SQLite's lock, and keeps it."""
        self.lock = sqlite3.connect(self.folder / "ledger.db", isolation_level=None, timeout=5)
        self.lock.execute("BEGIN IMMEDIATE")

    @precondition(lambda self: self.lock is not None)
    @rule()
    def database_comes_back(self) -> None:
        """And all that waits on the disk goes into the database."""
        assert self.lock is not None
        self.lock.execute("ROLLBACK")
        self.lock.close()
        self.lock = None

        async def caught_up() -> None:
            async with asyncio.timeout(20):
                while any(program.books.state != "written" for program in self.programs):
                    await asyncio.sleep(0.005)

        self.run(caught_up())

    @rule(chosen=st.integers(0, 3), kill=st.booleans())
    def restart(self, chosen: int, kill: bool) -> None:
        """A program is killed, or ends in order; then it starts again. What it was answering is nobody's."""
        program = self.program(chosen)
        self.run(die(program.books) if kill else program.books.close())
        if kill:
            # What went to the disk in the last moment may be there, and may not.
            self.ended = {id: turn for id, turn in self.ended.items() if not turn.unsure}
        if self.lock is not None:
            self.lock.execute("ROLLBACK")
            self.lock.close()
            self.lock = None
        program.books = self.run(self.opened(program.number))
        if not self.on_sqlite:
            self.orphans |= {turn.id for turn in program.under_way if turn.entry is None}
        program.under_way.clear()
        program.places.clear()

    @precondition(lambda self: self.lock is None)
    @rule()
    def audit(self) -> None:
        """The books add up."""
        self.run(self.audited())

    async def audited(self) -> None:
        """Raises AssertionError."""
        for program in self.programs:
            await program.books.flush()
        database = self.databases[0]
        assert await faults(database) == []
        alive = {turn.id for program in self.programs for turn in program.under_way}
        still_open = {turn.id for turn in await rows(database, turns) if turn.settled_at is None}
        assert alive <= still_open <= alive | self.orphans
        sent = {(one.turn, one.number) for one in await rows(database, attempts)}
        for program in self.programs:
            for turn in program.under_way:
                assert turn.refused or {(turn.id, n + 1) for n in range(turn.attempts)} <= sent
        known = {one.turn: one for one in await rows(database, receipts)}
        for turn in self.ended.values():
            assert (known[turn.id].cost, known[turn.id].attempts) == (turn.cost, turn.attempts)
        for budget in await rows(database, budgets):
            if budget.scope in self.strict:
                assert budget.spent + budget.reserved <= budget.allowed, budget
            if budget.scope in self.counted:
                assert budget.turns <= budget.allowed_turns, budget
        for program in self.programs:
            for room in program.places:
                total = sum(
                    (one.cost for one in known.values() if one.conversation == room and one.finish_reason), 0
                )
                assert program.books.totals(room).cost_usd == total
                assert (await program.books.load_totals(room)).cost_usd == total

    def teardown(self) -> None:
        """Whatever happened, a last start leaves nothing open that was being answered."""
        try:
            if self.lock is not None:
                self.database_comes_back()
            if self.programs:
                self.audit()
                for program in self.programs:
                    self.restart(program.number, kill=True)
                self.audit()
        finally:
            for program in self.programs:
                self.run(program.books.close())
            for database in self.databases:
                self.run(database.close())
            self.runner.close()
            shutil.rmtree(self.folder)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds takes milliseconds."""
    monkeypatch.setattr(writer, "PATIENCE_S", 0.01)
    monkeypatch.setattr(writer, "LOOK_AGAIN_S", 0.005)
    monkeypatch.setattr(writer, "LAZY_S", 0.002)


def prove(new_url: Callable[[Path], str], examples: int) -> None:
    """Run the machine."""
    machine = type("Machine", (Programs,), {"new_url": staticmethod(new_url)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
def test_on_sqlite(sqlite_template: Path) -> None:
    """One program, whose database is away now and then."""

    def new_url(folder: Path) -> str:
        shutil.copy(sqlite_template, folder / "ledger.db")
        return f"sqlite:///{folder / 'ledger.db'}"

    prove(new_url, 30)


@pytest.mark.slow
@pytest.mark.database
def test_on_postgresql(new_postgres: Callable[..., str]) -> None:
    """Two programs on one database."""
    prove(lambda folder: new_postgres("desk_template"), 20)
