"""One turn, from the moment it is answered to its receipt."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from holysheep import Attempt, Receipt
from holysheep.journal import AttemptStart
from ledger.drafts import Drafts
from ledger.operations import BeginAttempt, Row, SettleTurn
from ledger.plain import microseconds
from ledger.rows import begun_row, ended_row, settled_row
from ledger.writer import Verdict, Writer


class TurnEntry:
    """Implements ``holysheep.journal.Journal``. Whoever has one calls ``settle``, whatever becomes of the turn."""

    def __init__(
        self,
        conversation: str,
        turn: str,
        opened: asyncio.Future[Verdict],
        writer: Writer,
        drafts: Drafts,
        *,
        clean: Callable[[str], str],
        clock: Callable[[], datetime],
        on_receipt: Callable[[str, str, Receipt], None],
    ) -> None:
        self.conversation = conversation
        self.turn = turn
        self._opened = opened
        self._writer = writer
        self._drafts = drafts
        self._clean = clean
        self._clock = clock
        self._on_receipt = on_receipt
        self._begun: list[Row] = []
        self._settled: asyncio.Future[Verdict] | None = None

    async def begin_attempt(self, start: AttemptStart) -> None:
        """Put the attempt on record, with all that came before it; durable on return.

        Raises OutOfMoney (BudgetReached) where a budget has no room for the turn, NotRecorded where neither
        database nor disk would take it: the request must not leave then.
        """
        if self._opened.done() and (known := self._opened.result()) is not None:
            raise known
        row = begun_row(self.turn, start, self._clock())
        self._begun.append(row)
        begun = self._writer.put(BeginAttempt(self.conversation, row))
        verdict = await begun
        refusal = verdict or self._opened.result()  # that was put before, and has ended before
        if refusal is not None:
            raise refusal

    def said(self, text_so_far: str) -> None:
        """What a reader is about to see of the reply: a crash costs none of it."""
        if self._settled is None:
            self._drafts.note(self.conversation, self.turn, text_so_far)

    def settle(self, receipt: Receipt, reply: str) -> asyncio.Future[Verdict]:
        """The turn has ended. The totals know at once; the future ends when it is durable. The first call holds."""
        if self._settled is None:
            self._on_receipt(self.conversation, self.turn, receipt)
            self._settled = self._writer.put(self._end(receipt, reply))
            self._drafts.end(self.turn, self._settled)
        return self._settled

    def _end(self, receipt: Receipt, reply: str) -> SettleTurn:
        attempts = _by_number(receipt.attempts)
        sent = [ended_row(row, attempts[row["number"]]) for row in self._begun if row["number"] in attempts]
        return SettleTurn(
            self.conversation,
            self.turn,
            self._clean(reply) or None,
            microseconds(self._clock()),
            settled_row(receipt, self._key(receipt)),
            tuple(sent),
            never_left=tuple(row["number"] for row in self._begun if row["number"] not in attempts),
        )

    def _key(self, receipt: Receipt) -> str | None:
        """The key that the reply came by: that of the attempt which ended well; where none did, of the last one."""
        well = [attempt for attempt in receipt.attempts if attempt.error is None]
        if well and well[-1].key_fingerprint:
            return well[-1].key_fingerprint
        return self._begun[-1]["key_fingerprint"] if self._begun else None


def _by_number(attempts: Sequence[Attempt]) -> dict[int, Attempt]:
    """Attempts overlap, and one in the middle may never have left; those without a number are numbered in order."""
    return {attempt.number or place: attempt for place, attempt in enumerate(attempts, 1)}
