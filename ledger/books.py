"""The books: everything that is said and spent, from the moment a message comes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import select

from holysheep import Receipt
from ledger.at_work import AtWork
from ledger.budgets import INSTALLATION, day_scope, set_budget, set_turns
from ledger.database import Database
from ledger.drafts import Drafts
from ledger.entry import TurnEntry
from ledger.forgotten import Forgotten
from ledger.live_totals import LiveTotals
from ledger.masking import Mask
from ledger.operations import OpenTurn, ReplaceTurns, SaveConversation, SaveVersion, TakeMessage
from ledger.others import Others
from ledger.pen import pen_for
from ledger.plain import microseconds, storable
from ledger.recovery import PriceOf
from ledger.replica import RENEW_S, Replica
from ledger.rows import (
    ConversationStart,
    MessageStart,
    TurnStart,
    conversation_row,
    json_cell,
    message_row,
    money,
    opened_row,
)
from ledger.spool import Spool
from ledger.tables import budgets
from ledger.totals import Totals
from ledger.under_way import UnderWay
from ledger.unusable import DatabaseUnusable
from ledger.versions import DemoVersion
from ledger.writer import State, Verdict, Writer

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The clock on the wall, which may go back."""
    return datetime.now(UTC)


class Books:
    """One running program's. ``open()`` them; ``close()`` writes what is left. One event loop, no threads."""

    def __init__(
        self,
        database: Database,
        replica: Replica,
        writer: Writer,
        *,
        price_of: PriceOf,
        spool: Path,
        clock: Callable[[], datetime],
        mask: Mask | None,
    ) -> None:
        """See ``open``."""
        self._database = database
        self._replica = replica
        self._writer = writer
        self._spool = spool
        self._clock = clock
        #: When each message came that has not been answered yet, by its turn.
        self._asked: dict[str, int] = {}
        #: The other programs on this database.
        self.others = Others(
            database,
            replica,
            writer,
            price_of=price_of,
            spool=spool,
            clock=clock,
            inherited=self._asked.update,
        )
        #: A text as it may be kept: what no database takes is gone, what the operator wants masked is.
        self.clean: Callable[[str], str] = storable if mask is None else lambda text: storable(mask(text))
        files = UnderWay(spool, replica.id)
        shared = database.dialect == "postgresql"
        self._drafts = Drafts(writer, files, self.clean, mask=mask, shared=shared)
        self._totals = LiveTotals(database, writer.flush)
        self._set_aside: dict[str, Decimal] = {}
        self._forgotten = Forgotten(database)
        #: Is told of each conversation that was forgotten elsewhere, soon after.
        self.on_forgotten: Callable[[str], None] = lambda conversation: None
        self._life: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        database: Database,
        *,
        price_of: PriceOf,
        spool: Path,
        clock: Callable[[], datetime] = utc_now,
        mask: Mask | None = None,
        budget_usd: Decimal | None = None,
        budget_usd_per_day: Decimal | None = None,
        on_state: Callable[[State, str], None] = lambda state, why: None,
        beside: bool = False,
    ) -> Self:
        """Take a place among the replicas, end what others left open, and begin to write.

        database: connected and up to date. price_of: for turns that a dead program left open. spool: a folder that
        outlives the program. mask: applied to every text before it is kept. budget_usd, budget_usd_per_day: of the
        whole installation; None lifts them. on_state: told where entries go ("written", "spooled", "kept") when
        that changes, and why. beside: for one command, beside a server that may run; it leaves to that the turns of
        dead programs, and the limits of the installation.

        Raises DatabaseUnusable; nothing stays behind then.
        """
        replica = Replica(database, clock)
        await replica.claim(beside=beside)
        pen = pen_for(database)
        writer = Writer(
            pen,
            Spool(spool, replica.id),
            database.explain,
            daily=money(budget_usd_per_day),
            on_state=on_state,
        )
        books = cls(database, replica, writer, price_of=price_of, spool=spool, clock=clock, mask=mask)
        try:
            limits = {INSTALLATION: budget_usd, day_scope(microseconds(clock())): budget_usd_per_day}
            await books._begin({} if beside else limits, tidy=not beside)
        except BaseException:
            await books.close()
            raise
        return books

    async def _begin(self, limits: Mapping[str, Decimal | None], *, tidy: bool) -> None:
        for scope, usd in limits.items():
            await set_budget(self._database, scope, usd)
        await self.know_limits()
        await self._forgotten.news()
        self._writer.start()
        if tidy:
            await self.others.tidy(at_start=True)
        self._life = asyncio.create_task(self._live(tidy), name="ledger lease")

    async def close(self) -> None:
        """Write what is left. What the database does not take waits on the disk for the next start."""
        if self._life is not None:
            self._life.cancel()
            await asyncio.wait([self._life])
        self._drafts.flush()
        await self._writer.close()
        self._drafts.close()
        if self._writer.state == "written":
            try:
                await self._replica.leave()
            except DatabaseUnusable as error:
                log.warning("%s", error.en)
        await self._replica.release()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def replica(self) -> str:
        """Our id among the replicas."""
        return self._replica.id

    @property
    def state(self) -> State:
        """Where entries go now: "written" to the database, "spooled" to the disk, or "kept" in memory only."""
        return self._writer.state

    def at_work(self) -> AtWork:
        """What is in hand now."""
        own = Spool(self._spool, self._replica.id)
        aside = self._set_aside.values()
        return AtWork(self._writer.waiting, own.size(), len(aside), sum(aside, Decimal(0)))

    def take(self, message: MessageStart, conversation: ConversationStart) -> Awaitable[None]:
        """A message has come: it is durable when the awaitable ends; NotRecorded where nothing would take it."""
        now = self._clock()
        self._asked[message.id] = microseconds(now)
        row = message_row(message, self._replica.id, now, self.clean)
        about = conversation_row(conversation, self._replica.id, now)
        return _or_raise(self._writer.put(TakeMessage(message.conversation, about, row)))

    def open_turn(self, start: TurnStart) -> TurnEntry:
        """A message's turn has come: set aside what it can cost. The entry must be settled, whatever happens."""
        asked_at = self._asked.pop(start.id, None)
        row = opened_row(start, microseconds(self._clock()) if asked_at is None else asked_at)
        self._set_aside[start.id] = start.most_usd or Decimal(0)
        opened = self._writer.put(OpenTurn(start.conversation, row, money(start.most_usd)), urgent=False)
        return TurnEntry(
            start.conversation,
            start.id,
            opened,
            self._writer,
            self._drafts,
            clean=self.clean,
            clock=self._clock,
            on_receipt=self._ended,
        )

    def _ended(self, conversation: str, turn: str, receipt: Receipt) -> None:
        self._set_aside.pop(turn, None)
        self._totals.add(conversation, turn, receipt)

    def withdraw(self, conversation: str, turns: Sequence[str]) -> None:
        """These messages were taken, and will never be answered: off the screen, without a receipt."""
        if turns:
            for turn in turns:
                self._asked.pop(turn, None)
            ended_at = microseconds(self._clock())
            self._writer.put(ReplaceTurns(conversation, tuple(turns), ended_at), urgent=False)

    def replace(self, conversation: str, turns: Sequence[str]) -> None:
        """These turns were edited away, or are answered again: off the screen, on record."""
        if turns:
            self._writer.put(ReplaceTurns(conversation, tuple(turns)), urgent=False)

    def save_conversation(self, id: str, **changes: Any) -> None:
        """Change a conversation that is on record: title, choices (a mapping), language, demo, cleared_before.

        Raises TypeError for any other word. A conversation that is not on record yet takes nothing: it comes
        with its first message.
        """
        if unknown := changes.keys() - _CHANGEABLE:
            raise TypeError(f"a conversation has no {', '.join(sorted(unknown))} to save")
        if "choices" in changes:
            changes["choices"] = json_cell(changes["choices"])
        if changes.get("title") is not None:
            changes["title"] = self.clean(changes["title"])
        if changes:
            self._writer.put(SaveConversation(id, changes), urgent=False)

    def save_version(self, saved: DemoVersion) -> None:
        """A demo was changed: a number that is taken on record stays as it is. See ``ledger.versions.save_version``."""
        row = {**asdict(saved), "saved_at": microseconds(saved.saved_at)}
        self._writer.put(SaveVersion(row), urgent=False)

    def totals(self, conversation: str) -> Totals:
        """The sums of a conversation that began here, or was loaded."""
        return self._totals.of(conversation)

    async def load_totals(self, conversation: str) -> Totals:
        """The sums of a conversation that has been there before; ``totals`` knows it then. Raises DatabaseUnusable."""
        return await self._totals.load(conversation)

    def forget_totals(self, conversation: str) -> None:
        """Nobody is in the conversation any more; its rows stay."""
        self._totals.forget(conversation)

    async def set_budget(self, scope: str, usd: Decimal | None) -> None:
        """See ``ledger.budgets.set_budget``."""
        await set_budget(self._database, scope, usd)
        await self.know_limits()

    async def set_turns(self, scope: str, allowed: int | None) -> None:
        """See ``ledger.budgets.set_turns``."""
        await set_turns(self._database, scope, allowed)
        await self.know_limits()

    async def know_limits(self) -> None:
        """Look which scopes have limits, also those that another program set: while the database is away, a turn under
        one of them is refused. It is done with every lease as well. Raises DatabaseUnusable."""
        with self._database.explained():
            async with self._database.reading() as connection:
                found = (await connection.execute(select(budgets.c.scope, budgets.c.allowed_turns))).all()
        self._writer.limited = frozenset(row.scope for row in found)
        self._writer.counted = frozenset(row.scope for row in found if row.allowed_turns is not None)

    async def flush(self) -> None:
        """Wait until all that was given so far is durable, or was refused."""
        await self._writer.flush()

    async def _live(self, tidy: bool) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                await self._replica.renew()
                await self.know_limits()
                for conversation in await self._forgotten.news():
                    self.on_forgotten(conversation)
                if tidy and self.others.possible:
                    await self.others.tidy()
            except (DatabaseUnusable, OSError) as error:
                log.info("the lease waits: %s", error)
            except Exception:
                log.exception("the lease could not be renewed")


_CHANGEABLE = frozenset(("title", "choices", "language", "demo", "cleared_before"))


def _or_raise(verdict: asyncio.Future[Verdict]) -> asyncio.Future[None]:
    """The same, with a refusal raised; nobody need await it."""
    outcome: asyncio.Future[None] = verdict.get_loop().create_future()

    def pass_on(done: asyncio.Future[Verdict]) -> None:
        if outcome.done():
            return
        if done.cancelled():
            outcome.cancel()
        elif (refusal := done.result()) is None:
            outcome.set_result(None)
        else:
            outcome.set_exception(refusal)
            outcome.exception()  # seen: the log has it from the writer

    verdict.add_done_callback(pass_on)
    return outcome
