"""A batch of operations as one transaction."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

from holysheep import EngineError
from holysheep.journal import NotRecorded
from ledger.balance import Settled, balance
from ledger.budgets import counts
from ledger.operations import (
    BeginAttempt,
    OpenTurn,
    Operation,
    ReplaceTurns,
    Row,
    SaveConversation,
    SaveVersion,
    SaySoFar,
    SettleTurn,
    TakeMessage,
)
from ledger.script import Read, Script, Write
from ledger.statements import Statements

#: Operations in one transaction: a crowd's, in a few milliseconds.
LARGEST = 200


# One that waited on the disk since an earlier version of the program says nothing of them.
_LATE_COLUMNS = {"device": None, "referring_host": None, "replica": None}


class UnknownTurn(LookupError):
    """An operation on a turn that was never opened."""


class TakenElsewhere(NotRecorded):
    """Another program had this message before: it answers it."""


def fitting(waiting: Sequence[Operation]) -> int:
    """How many of these, from the first on, go into one batch.

    In a batch all settlements come before all reservations, so that money that has come free can be set aside
    again. So a turn's end never goes with its beginning.
    """
    opened: set[str] = set()
    for count, operation in enumerate(waiting[:LARGEST]):
        if isinstance(operation, OpenTurn):
            opened.add(operation.turn)
        elif isinstance(operation, SettleTurn) and operation.turn in opened:
            return count
    return min(len(waiting), LARGEST)


def record(
    batch: Sequence[Operation], book: Statements, daily: int | None = None
) -> Script[list[EngineError | None]]:
    """Write a batch; gives for each operation why its turn must not be asked, or None.

    Rows are locked in one order everywhere (conversations, turns, receipts, budgets), so that two replicas never wait
    for each other in a ring. daily: the limit of each day in picodollars; None for no limit. Raises UnknownTurn.
    """
    taken = [op for op in batch if isinstance(op, TakeMessage)]
    if taken:
        about = {op.conversation: {**_LATE_COLUMNS, **op.about} for op in taken}
        yield Write(book.put_conversation, [about[id] for id in sorted(about)])
    yield from _change(batch, book)
    # What is edited away goes first: it is the same message that is taken anew.
    yield from _replace(batch, book, {str(op.row["id"]) for op in taken}, before=True)
    lost = yield from _take(taken, book)
    opened = [op for op in batch if isinstance(op, OpenTurn) and op.turn not in lost]
    if opened:
        yield Write(book.put_receipt, [op.row for op in opened])
    yield from _say(batch, book)
    yield from _replace(batch, book, {str(op.row["id"]) for op in taken}, before=False)
    ends = {op.turn: op for op in batch if isinstance(op, SettleTurn) and op.turn not in lost}
    settled = yield from _settle(ends, book)
    refused: dict[str, EngineError] = {**(yield from balance(opened, settled, book, daily)), **lost}
    versions = [op.row for op in batch if isinstance(op, SaveVersion)]
    if versions:
        yield Write(book.put_version, versions)
    begun = [op.row for op in batch if isinstance(op, BeginAttempt) and op.turn not in refused]
    if begun:
        yield Write(book.put_attempt, begun)
    return [_verdict(op, refused, lost) for op in batch]


def _verdict(
    op: Operation, refused: Mapping[str, EngineError], lost: Mapping[str, EngineError]
) -> EngineError | None:
    if isinstance(op, TakeMessage):
        return lost.get(str(op.row["id"]))
    return refused.get(op.turn) if isinstance(op, OpenTurn | BeginAttempt) else None


def _take(taken: Sequence[TakeMessage], book: Statements) -> Script[dict[str, EngineError]]:
    """Write messages; gives the turns of those that another program had before."""
    if not taken:
        return {}
    yield Write(book.put_turn, [op.row for op in taken])
    if not book.shared:
        return {}
    ids = [str(op.row["id"]) for op in taken]
    there = {row[0] for row in (yield Read(book.read_turns, ids))}
    return {id: TakenElsewhere("another program answers it") for id in ids if id not in there}


def _change(batch: Sequence[Operation], book: Statements) -> Script[None]:
    """What is changed of conversations; where it is said twice, the last word holds."""
    changes: dict[str, dict[str, Any]] = {}
    for op in batch:
        if isinstance(op, SaveConversation):
            changes.setdefault(op.conversation, {}).update(op.changes)
    for id in sorted(changes):
        columns = tuple(sorted(changes[id]))
        yield Write(book.save_conversation(columns), [{**changes[id], "of": id}])


def _say(batch: Sequence[Operation], book: Statements) -> Script[None]:
    """What is said of turns that go on."""
    said = {op.turn: op.reply for op in batch if isinstance(op, SaySoFar)}
    if said:
        yield Write(book.say_so_far, [{"turn": turn, "reply": said[turn]} for turn in sorted(said)])


def _replace(batch: Sequence[Operation], book: Statements, new: Set[str], *, before: bool) -> Script[None]:
    """What goes off the screen; before: of the turns that are there, not of those that come with this batch."""
    gone = {turn: op.ended_at for op in batch if isinstance(op, ReplaceTurns) for turn in op.turns}
    replaced = {turn: ended_at for turn, ended_at in gone.items() if (turn in new) is not before}
    if replaced:
        yield Write(
            book.replace_turn, [{"turn": turn, "ended_at": replaced[turn]} for turn in sorted(replaced)]
        )


def _settle(ends: Mapping[str, SettleTurn], book: Statements) -> Script[list[Settled]]:
    """Write the ends of turns; gives what changed in their receipts."""
    if not ends:
        return []
    found = {row[0]: row for row in (yield Read(book.read_receipts, sorted(ends)))}
    if missing := ends.keys() - found.keys():
        raise UnknownTurn(", ".join(sorted(missing)))
    # An end that recovery supposed gives way to the real one, never the other way round.
    kept = [ends[turn] for turn, row in found.items() if not (ends[turn].supposed and row[5] is not None)]
    if not kept:
        return []
    yield Write(book.settle_turn, [_end_of_turn(op) for op in kept])
    yield Write(book.settle_receipt, [{**op.receipt, "of": op.turn} for op in kept])
    if ended := [row for op in kept for row in op.attempts]:
        yield Write(book.end_attempt, ended)
    if unsent := [{"turn": op.turn, "number": number} for op in kept for number in op.never_left]:
        yield Write(book.drop_attempt, unsent)
    return [_settled(op, found[op.turn]) for op in kept]


def _end_of_turn(op: SettleTurn) -> Row:
    return {"turn": op.turn, "reply": op.reply, "settled_at": op.settled_at}


def _settled(op: SettleTurn, receipt: Sequence[Any]) -> Settled:
    turn, asked_at, demo, link, before, finish_reason, attempts = receipt
    return Settled(
        turn,
        asked_at,
        demo,
        link,
        before or 0,
        op.receipt["cost"] or 0,
        counts(finish_reason, attempts),
        counts(op.receipt["finish_reason"], op.receipt["attempts"]),
        op.settled_at,
    )
