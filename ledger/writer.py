"""The one writer: all that waits goes into one transaction, in the order it came.

What the database does not take is tried again, then put on the disk and written later; where that fails too it stays in
memory, and whoever waits is told.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Container, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import Literal, TypeAlias, TypeGuard

from holysheep import EngineError
from holysheep.journal import NotRecorded
from ledger.balance import limits
from ledger.batch import LARGEST, TakenElsewhere, fitting, record
from ledger.operations import BeginAttempt, OpenTurn, Operation, ReplaceTurns, TakeMessage
from ledger.pen import Pen
from ledger.spool import Spool
from ledger.unusable import DatabaseUnusable

log = logging.getLogger(__name__)

#: So long a write is tried again before it goes to the disk instead: a page is waiting.
PATIENCE_S = 2.0
#: Pauses between two tries: another connection has SQLite's lock for a millisecond or two.
PAUSES_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5)
#: Between two looks whether the database is back, at least.
LOOK_AGAIN_S = 1.0
#: What nobody waits for may come together for so long.
LAZY_S = 0.02

#: written: to the database. spooled: to the disk. kept: in memory only, new messages are refused.
State: TypeAlias = Literal["written", "spooled", "kept"]
#: Why a turn must not be asked; None where it may.
Verdict: TypeAlias = EngineError | None


@dataclass(slots=True)
class _Entry:
    operation: Operation
    verdict: asyncio.Future[Verdict]

    @classmethod
    def unheard(cls, operation: Operation) -> "_Entry":
        """Nobody waits for it any more."""
        return cls(operation, asyncio.get_running_loop().create_future())

    def tell(self, verdict: Verdict) -> None:
        if not self.verdict.done():
            self.verdict.set_result(verdict)


class Writer:
    """``start()`` in a running loop; ``put`` as often as one likes; ``close()`` writes what is left.

    explain: what an error of the driver says of the database's state; None for a fault of ours.
    daily: the budget of each new day in picodollars. on_state: is told when it changes, and why.
    """

    def __init__(
        self,
        pen: Pen,
        spool: Spool,
        explain: Callable[[BaseException], DatabaseUnusable | None],
        *,
        daily: int | None = None,
        on_state: Callable[[State, str], None] = lambda state, why: None,
    ) -> None:
        self._pen = pen
        self._spool = spool
        self._explain = explain
        self._daily = daily
        self._on_state = on_state
        self._waiting: deque[_Entry] = deque()
        self._called = asyncio.Event()
        self._lazy: asyncio.TimerHandle | None = None
        self._last: asyncio.Future[Verdict] | None = None
        self._task: asyncio.Task[None] | None = None
        self._adopted: deque[tuple[Spool, asyncio.Future[None]]] = deque()
        self._look_at = 0.0
        self._closing = False
        self._broken = False
        self._most = LARGEST
        #: Turns of which nothing more is written, and why.
        self._lost: dict[str, NotRecorded] = {}
        self.state: State = "written"
        #: Scopes with a limit, as far as we know: without the database no money can be set aside in them. In those that
        #: are ``counted`` no turn can take its place either, also where it costs nothing.
        self.limited: frozenset[str] = frozenset()
        self.counted: frozenset[str] = frozenset()

    @property
    def waiting(self) -> int:
        """Operations that are not durable yet, but for those on the disk."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="ledger writer")
        self._task.add_done_callback(self._ended)

    def put(self, operation: Operation, *, urgent: bool = True) -> asyncio.Future[Verdict]:
        """Have an operation written after all that came before; it is durable when the future has its result.

        urgent: at once; otherwise together with what comes next, but soon.
        """
        loop = asyncio.get_running_loop()
        verdict: asyncio.Future[Verdict] = loop.create_future()
        if (why := self._lost.get(_turn_of(operation) or "")) is not None:
            verdict.set_result(why)
            return verdict
        self._waiting.append(_Entry(operation, verdict))
        self._last = verdict
        if self._broken:
            verdict.set_result(NotRecorded("the writer has broken down"))
        if urgent:
            self._called.set()
        elif self._lazy is None:
            self._lazy = loop.call_later(LAZY_S, self._call)
        return verdict

    def _call(self) -> None:
        self._lazy = None
        self._called.set()

    async def adopt(self, spool: Spool) -> None:
        """Write what a replica that is gone has left on the disk. Raises DatabaseUnusable, OSError: it stays there."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._adopted.append((spool, done))
        self._called.set()
        await done

    async def flush(self) -> None:
        """Wait until all that was put so far is durable, or refused."""
        if (
            self._last is not None and self._last.cancelled()
        ):  # by whoever waited for it; it is written all the same
            self._last = self.put(ReplaceTurns("", ()))
        if self._last is not None and not self._last.done():
            self._called.set()
            await asyncio.wait([self._last])

    async def close(self) -> None:
        """Write what is left, and stop."""
        self._closing = True
        self._called.set()
        if self._lazy is not None:
            self._lazy.cancel()
        if self._task is not None:
            await asyncio.wait([self._task])
        if self._waiting:
            log.critical(
                "%d entries of the ledger are lost: neither database nor disk took them", len(self._waiting)
            )
        await self._pen.close()

    async def _run(self) -> None:
        while not self._closing or (self._waiting and self.state != "kept"):
            await self._next_call()
            try:
                if self.state == "written":
                    await self._adopt()
                    await self._drain(self._waiting, PATIENCE_S)
                else:
                    await self._set_aside()  # first: somebody waits
                    await self._look_again()
            except (DatabaseUnusable, OSError) as error:
                await self._set_aside(error.en if isinstance(error, DatabaseUnusable) else str(error))

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A fault in the lines above: nobody is left waiting."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("the ledger's writer has broken down", exc_info=error)
            self._broken = True
            self._turn("kept", repr(error))
            for entry in self._waiting:
                entry.tell(NotRecorded("the writer has broken down"))

    async def _next_call(self) -> None:
        """Wait for work; while something waits elsewhere, also look for the database now and then."""
        if self.state == "written":
            await self._called.wait()
        else:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await self._called.wait()
        self._called.clear()

    async def _drain(self, queue: deque[_Entry], patience_s: float) -> None:
        """Write all of a queue, in order; what the database will never take is refused by itself.

        Raises DatabaseUnusable; what is left in the queue then was not written.
        """
        while queue:
            operations = [entry.operation for entry in islice(queue, self._most)]
            del operations[fitting(operations) :]
            try:
                verdicts: Sequence[Verdict] = await self._patiently(operations, patience_s)
            except DatabaseUnusable:
                raise
            except Exception as error:
                if len(operations) > 1:
                    # One of them is at fault: in smaller pieces, until it stands alone.
                    self._most = len(operations) // 2
                    continue
                verdicts = [await self._refuse(operations[0], error)]
            else:
                self._most = min(2 * self._most, LARGEST)
            written = [queue.popleft() for _ in verdicts]
            for entry, verdict in zip(written, verdicts, strict=True):
                entry.tell(verdict)
                if isinstance(verdict, TakenElsewhere) and isinstance(entry.operation, TakeMessage):
                    self._lose(str(entry.operation.row["id"]), verdict, queue)

    def _lose(self, turn: str, why: TakenElsewhere, queue: deque[_Entry]) -> None:
        """This turn is another program's: nothing more is written of it."""
        self._lost[turn] = why
        for entry in [entry for entry in queue if _turn_of(entry.operation) == turn]:
            queue.remove(entry)
            entry.tell(why)

    async def _patiently(self, operations: Sequence[Operation], patience_s: float) -> Sequence[Verdict]:
        deadline = asyncio.get_running_loop().time() + patience_s
        for pause in chain(PAUSES_S, repeat(PAUSES_S[-1])):
            try:
                return await self._pen.write(record(operations, self._pen.book, self._daily))
            except Exception as error:
                meant = self._explain(error)
                if meant is None:
                    raise
                if not meant.transient or asyncio.get_running_loop().time() + pause > deadline:
                    raise meant from error
            await asyncio.sleep(pause)
        raise AssertionError("never reached")

    async def _refuse(self, operation: Operation, error: Exception) -> Verdict:
        why = _said(error)
        log.error("the database refuses an entry (%s): %s", type(operation).__name__, why)
        try:
            await asyncio.to_thread(self._spool.refuse, operation, why)
        except OSError:
            log.critical("that entry is lost: the disk does not take it either", exc_info=True)
        return NotRecorded("the database refuses it")

    async def _set_aside(self, why: str = "the disk takes it again") -> None:
        """Put all that waits on the disk, or keep it and say so."""
        entries = list(self._waiting)
        if not entries:
            return
        # On the disk nothing can be set aside: a turn under a limit is refused, and its request never left.
        refused = {op.turn for op in (entry.operation for entry in entries) if self._needs_room(op)}
        lines = [entry.operation for entry in entries if not _begins(entry.operation, refused)]
        try:
            await asyncio.to_thread(self._spool.append, lines)
        except OSError as error:
            self._turn("kept", f"the spool: {error}")
            self._keep()
            return
        self._turn("spooled", why)
        for entry in entries:
            self._waiting.popleft()
            no = self._needs_room(entry.operation) or _begins(entry.operation, refused)
            entry.tell(NotRecorded("nothing can be set aside without the database") if no else None)

    def _keep(self) -> None:
        """Who waits is told no, and what is not done then is not written; what is over is kept."""
        for _ in range(len(self._waiting)):
            entry = self._waiting.popleft()
            entry.tell(NotRecorded("neither database nor disk takes it"))
            if isinstance(entry.operation, TakeMessage):
                self._lost[str(entry.operation.row["id"])] = NotRecorded("its message was refused")
            elif (
                not isinstance(entry.operation, BeginAttempt) and _turn_of(entry.operation) not in self._lost
            ):
                self._waiting.append(entry)

    def _needs_room(self, operation: Operation) -> TypeGuard[OpenTurn]:
        """A turn that falls under a limit, as far as we know."""
        if not isinstance(operation, OpenTurn):
            return False
        own = limits(operation)
        if operation.most == 0:
            return not self.counted.isdisjoint(own)
        return self._daily is not None or not self.limited.isdisjoint(own)

    async def _look_again(self) -> None:
        """Where the database is back, write what is on the disk, then what is in memory. Raises DatabaseUnusable."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        if begun < self._look_at:
            return
        try:
            await self._replay(self._spool)
            await self._drain(self._waiting, 0.0)
        finally:
            # A server that lets us wait for its refusal is not asked all the time.
            self._look_at = loop.time() + max(LOOK_AGAIN_S, 4 * (loop.time() - begun))
        self._turn("written", "the database takes it again")

    async def _adopt(self) -> None:
        """Write what replicas that are gone have left on the disk."""
        while self._adopted:
            spool, done = self._adopted.popleft()
            try:
                await self._replay(spool)
            except (DatabaseUnusable, OSError) as error:
                done.set_exception(error)
            else:
                done.set_result(None)

    async def _replay(self, spool: Spool) -> None:
        while not spool.is_empty():
            async with spool.next(LARGEST) as operations:
                await self._drain(deque(map(_Entry.unheard, operations)), 0.0)

    def _turn(self, state: State, why: str) -> None:
        if state != self.state:
            self.state = state
            log.log(logging.INFO if state == "written" else logging.ERROR, "the ledger is %s: %s", state, why)
            try:
                self._on_state(state, why)
            except Exception:
                log.exception("who was to be told of the ledger's state has failed")


def _said(error: Exception) -> str:
    """Why a row was refused; drivers also repeat what is in it, and that may be a visitor's words."""
    code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or ""
    constraint = getattr(error, "constraint_name", None) or ""
    return " ".join(filter(None, (type(error).__name__, code, constraint)))


def _begins(operation: Operation, turns: Container[str]) -> bool:
    """Whether it is an attempt of one of these turns."""
    return isinstance(operation, BeginAttempt) and operation.turn in turns


def _turn_of(operation: Operation) -> str | None:
    """The turn that an operation other than its message's own belongs to."""
    return getattr(operation, "turn", None)
