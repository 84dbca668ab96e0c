"""Money set aside for turns that begin, and settled for those that have ended, inside a batch's transaction.

Every writer locks receipts before budgets, and budgets in the order of their names: neither two turns nor two replicas
can pass a limit together, or wait for each other in a ring.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.budgets import BudgetReached, day_bounds, day_scope, scopes
from ledger.columns import PICO
from ledger.operations import OpenTurn, Row
from ledger.plain import microseconds
from ledger.script import Read, Script, Write
from ledger.statements import Statements


@dataclass(frozen=True, slots=True)
class Settled:
    """A turn's end: what its receipt cost before (0 while it was open), and costs now. at: microseconds."""

    turn: str
    asked_at: int
    demo: str
    link: str | None
    before: int
    cost: int
    at: int


@dataclass(slots=True)
class _Budget:
    """In picodollars, with what this batch moves."""

    allowed: int
    spent: int
    reserved: int
    more_spent: int = 0
    more_reserved: int = 0

    def has_room_for(self, most: int | None) -> bool:
        """Where nobody knows the price, room for anything at all must do."""
        used = self.spent + self.more_spent + self.reserved + self.more_reserved
        return used < self.allowed if most is None else used + most <= self.allowed

    def refusal(self, scope: str, most: int | None) -> BudgetReached:
        return BudgetReached(
            scope,
            allowed=self.allowed * PICO,
            spent=(self.spent + self.more_spent) * PICO,
            reserved=(self.reserved + self.more_reserved) * PICO,
            wanted=None if most is None else most * PICO,
        )


_Budgets = Mapping[str, _Budget]
#: Of each turn: scope and what is still set aside there.
_Held = Mapping[str, Sequence[tuple[str, int]]]


def balance(
    opened: Sequence[OpenTurn], settled: Sequence[Settled], book: Statements, daily: int | None
) -> Script[dict[str, BudgetReached]]:
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
    held: dict[str, list[tuple[str, int]]] = {}
    for turn, scope, amount, settled_at in (yield Read(book.read_reservations, turns)):
        held.setdefault(turn, []).append((scope, amount if settled_at is None else 0))
    return held


def _release(settled: Sequence[Settled], budgets: _Budgets, held: _Held) -> None:
    for end in settled:
        for scope in scopes(end.asked_at, end.demo, end.link):
            if scope in budgets:
                budgets[scope].more_spent += end.cost - end.before
        for scope, amount in held.get(end.turn, ()):
            budgets[scope].more_reserved -= amount


def _reserve(opened: Sequence[OpenTurn], budgets: _Budgets) -> tuple[list[Row], dict[str, BudgetReached]]:
    """In the order they came, each in all of its scopes or in none."""
    rows: list[Row] = []
    refused: dict[str, BudgetReached] = {}
    for op in opened:
        own = [scope for scope in limits(op) if scope in budgets]
        if op.most == 0 or not own:
            continue
        full = next((scope for scope in own if not budgets[scope].has_room_for(op.most)), None)
        if full is not None:
            refused[op.turn] = budgets[full].refusal(full, op.most)
            continue
        for scope in own:
            budgets[scope].more_reserved += op.most or 0
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
    return bool(budget.more_spent or budget.more_reserved)


def _move(scope: str, budget: _Budget) -> Row:
    return {"of": scope, "more_spent": budget.more_spent, "more_reserved": budget.more_reserved}
