"""Money and places set aside for turns that begin, and settled for those that have ended, inside a batch's transaction.

Every writer locks receipts before budgets, and budgets in the order of their names: neither two turns nor two replicas
can pass a limit together, or wait for each other in a ring.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holysheep.journal import OutOfMoney
from ledger.budgets import BudgetReached, MessagesReached, day_bounds, day_scope, scopes
from ledger.columns import PICO
from ledger.operations import OpenTurn, Row
from ledger.plain import microseconds
from ledger.script import Read, Script, Write
from ledger.statements import Statements


@dataclass(frozen=True, slots=True)
class Settled:
    """A turn's end: what its receipt cost before (0 while it was open), and costs now; whether it was counted as ended
    then, and is now. at: microseconds."""

    turn: str
    asked_at: int
    demo: str
    link: str | None
    before: int
    cost: int
    counted: bool
    counts: bool
    at: int


@dataclass(slots=True)
class _Budget:
    """In picodollars, with what this batch moves. allowed_turns: None where turns are not counted."""

    allowed: int
    spent: int
    reserved: int
    allowed_turns: int | None
    turns: int
    more_spent: int = 0
    more_reserved: int = 0
    more_turns: int = 0

    def count(self, turns: int) -> None:
        if self.allowed_turns is not None:
            self.more_turns += turns

    def concerns(self, most: int | None) -> bool:
        """Whether a turn of this price needs anything from it."""
        return most != 0 or self.allowed_turns is not None

    def refusal(self, scope: str, most: int | None) -> OutOfMoney | None:
        """Why there is no room for another turn; None where there is."""
        taken = self.turns + self.more_turns
        if self.allowed_turns is not None and taken >= self.allowed_turns:
            return MessagesReached(scope, allowed=self.allowed_turns, turns=taken)
        return None if most == 0 or self._has_money_for(most) else self._out_of_money(scope, most)

    def _has_money_for(self, most: int | None) -> bool:
        """Where nobody knows the price, room for anything at all must do."""
        used = self.spent + self.more_spent + self.reserved + self.more_reserved
        return used < self.allowed if most is None else used + most <= self.allowed

    def _out_of_money(self, scope: str, most: int | None) -> BudgetReached:
        return BudgetReached(
            scope,
            allowed=self.allowed * PICO,
            spent=(self.spent + self.more_spent) * PICO,
            reserved=(self.reserved + self.more_reserved) * PICO,
            wanted=None if most is None else most * PICO,
        )


_Budgets = Mapping[str, _Budget]
#: Of each turn: scope, what was set aside there, and whether it still is.
_Held = Mapping[str, Sequence[tuple[str, int, bool]]]


def balance(
    opened: Sequence[OpenTurn], settled: Sequence[Settled], book: Statements, daily: int | None
) -> Script[dict[str, OutOfMoney]]:
    """Settle what has ended, then set aside for what begins; gives the turns that there is no room for.

    daily: the limit of each day in picodollars; None for no limit.
    """
    budgets = yield from _lock(opened, settled, book, daily)
    if not budgets:
        return {}
    held = yield from _held([*(op.turn for op in opened), *(end.turn for end in settled)], book)
    _release(settled, budgets, held)
    reservations, refused = _reserve([op for op in opened if op.turn not in held], budgets)
    if ended := [end for end in settled if end.turn in held]:
        yield Write(
            book.settle_reservations,
            [{"of": end.turn, "settled": end.cost, "settled_at": end.at} for end in ended],
        )
    if reservations:
        yield Write(book.put_reservation, reservations)
    if moved := [_move(scope, budgets[scope]) for scope in sorted(budgets) if _is_moved(budgets[scope])]:
        yield Write(book.move_budget, moved)
    return refused


def _lock(
    opened: Sequence[OpenTurn], settled: Sequence[Settled], book: Statements, daily: int | None
) -> Script[dict[str, _Budget]]:
    """The budgets that these turns fall under; the first turn of a day makes that day's."""
    names = {scope for op in opened for scope in limits(op)}
    names |= {scope for end in settled for scope in scopes(end.asked_at, end.demo, end.link)}
    if not names:
        return {}
    found = yield Read(book.read_budgets, sorted(names))
    days = {day_scope(op.row["asked_at"]) for op in opened} if daily is not None else set()
    if new := sorted(days - {row[0] for row in found}):
        yield Write(book.put_day, [_new_day(day, daily) for day in new])
        found = yield Read(book.read_budgets, sorted(names))
    return {scope: _Budget(*figures) for scope, *figures in found}


def _held(turns: Sequence[str], book: Statements) -> Script[_Held]:
    held: dict[str, list[tuple[str, int, bool]]] = {}
    for turn, scope, amount, settled_at in (yield Read(book.read_reservations, turns)):
        held.setdefault(turn, []).append((scope, amount, settled_at is None))
    return held


def _release(settled: Sequence[Settled], budgets: _Budgets, held: _Held) -> None:
    for end in settled:
        for scope in scopes(end.asked_at, end.demo, end.link):
            if scope in budgets:
                budgets[scope].more_spent += end.cost - end.before
                budgets[scope].count(end.counts - end.counted)
        for scope, amount, still in held.get(end.turn, ()):
            if still:
                budgets[scope].more_reserved -= amount
                budgets[scope].count(-1)


def _reserve(opened: Sequence[OpenTurn], budgets: _Budgets) -> tuple[list[Row], dict[str, OutOfMoney]]:
    """In the order they came, each in all of its scopes or in none."""
    rows: list[Row] = []
    refused: dict[str, OutOfMoney] = {}
    for op in opened:
        own = [scope for scope in limits(op) if scope in budgets and budgets[scope].concerns(op.most)]
        refusals = (budgets[scope].refusal(scope, op.most) for scope in own)
        if (refusal := next(filter(None, refusals), None)) is not None:
            refused[op.turn] = refusal
            continue
        for scope in own:
            budgets[scope].more_reserved += op.most or 0
            budgets[scope].count(1)
            rows.append(
                {"turn": op.turn, "scope": scope, "amount": op.most or 0, "made_at": op.row["asked_at"]}
            )
    return rows, refused


def limits(op: OpenTurn) -> tuple[str, ...]:
    """The scopes of a turn that begins."""
    return scopes(op.row["asked_at"], op.row["demo"], op.row["link"])


def _new_day(scope: str, allowed: int | None) -> Row:
    since, until = day_bounds(scope)
    return {"scope": scope, "allowed": allowed, "since": microseconds(since), "until": microseconds(until)}


def _is_moved(budget: _Budget) -> bool:
    return bool(budget.more_spent or budget.more_reserved or budget.more_turns)


def _move(scope: str, budget: _Budget) -> Row:
    return {
        "of": scope,
        "more_spent": budget.more_spent,
        "more_reserved": budget.more_reserved,
        "more_turns": budget.more_turns,
    }
