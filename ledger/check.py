"""The books proved: whether everything in them agrees with everything else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from holysheep.events import plain
from ledger.budgets import INSTALLATION, day_bounds
from ledger.columns import PICO
from ledger.database import Database
from ledger.plain import microseconds
from ledger.sides import utc_now

#: So many examples are given of each finding.
EXAMPLES = 10


@dataclass(frozen=True)
class Finding:
    """wrong: the books do not agree; noted: they do, and somebody may want to know. examples: of ``count``."""

    kind: Literal["wrong", "noted"]
    what: str
    count: int
    examples: tuple[str, ...]


# What is wrong -> the rows that are. A turn that was taken back before its reply has ended, and has no receipt.
_WRONG = {
    "turns have ended without a receipt": """
        SELECT t.id FROM turns t LEFT JOIN receipts r ON r.turn = t.id
        WHERE t.settled_at IS NOT NULL AND r.finish_reason IS NULL AND (r.turn IS NOT NULL OR NOT t.replaced)""",
    "receipts belong to no turn, to another conversation's, or to one that has not ended": """
        SELECT r.turn FROM receipts r LEFT JOIN turns t ON t.id = r.turn
        WHERE t.id IS NULL OR t.conversation <> r.conversation
        OR (t.settled_at IS NULL AND r.finish_reason IS NOT NULL)""",
    # A conversation's demo may be changed later, and its turns keep theirs; when and by which link it was stays.
    "receipts say another time or another link than their turn and its conversation": """
        SELECT r.turn, r.asked_at, t.asked_at, r.link, c.link FROM receipts r JOIN turns t ON t.id = r.turn
        JOIN conversations c ON c.id = t.conversation
        WHERE r.asked_at <> t.asked_at OR coalesce(r.link, '') <> coalesce(c.link, '')""",
    "attempts belong to no turn with a receipt": """
        SELECT a.turn, a.number FROM attempts a LEFT JOIN turns t ON t.id = a.turn LEFT JOIN receipts r ON r.turn = t.id
        WHERE r.turn IS NULL""",
    "receipts count other attempts than there are": """
        SELECT r.turn, r.attempts, count(a.turn) FROM receipts r LEFT JOIN attempts a ON a.turn = r.turn
        WHERE r.finish_reason IS NOT NULL GROUP BY r.turn, r.attempts
        HAVING count(a.turn) <> coalesce(r.attempts, 0)""",
    "attempts of turns that have ended have no end": """
        SELECT a.turn, a.number FROM attempts a JOIN receipts r ON r.turn = a.turn
        WHERE a.latency_ms IS NULL AND r.finish_reason IS NOT NULL""",
    # Each cost is rounded to a picodollar by itself.
    "receipts cost something else than their attempts (picodollars)": """
        SELECT r.turn, r.cost, sum(a.cost) FROM receipts r JOIN attempts a ON a.turn = r.turn
        WHERE r.finish_reason IS NOT NULL GROUP BY r.turn, r.cost
        HAVING abs(coalesce(r.cost, 0) - coalesce(sum(a.cost), 0)) > count(*)""",
    "receipts have totals that are not the sum of their tokens": """
        SELECT turn, total_tokens FROM receipts WHERE total_tokens IS NOT NULL
        AND total_tokens <> prompt_tokens + completion_tokens
        AND total_tokens <> prompt_tokens + completion_tokens + coalesce(cached_tokens, 0)""",
    "reservations have no end, though their turns have": """
        SELECT v.turn, v.scope FROM reservations v LEFT JOIN turns t ON t.id = v.turn
        WHERE v.settled_at IS NULL AND (t.id IS NULL OR t.settled_at IS NOT NULL)""",
    "turns, and what is reserved for them, were left open by a program that is gone (the next start ends them)": """
        SELECT t.id FROM turns t JOIN replicas p ON p.id = t.replica
        WHERE t.settled_at IS NULL AND (p.gone_at IS NOT NULL OR p.leased_until < :now)""",
    "reservations were settled with something else than the receipt's cost (picodollars)": """
        SELECT v.turn, v.scope, v.settled, r.cost FROM reservations v JOIN receipts r ON r.turn = v.turn
        WHERE v.settled_at IS NOT NULL AND r.finish_reason IS NOT NULL AND v.settled <> coalesce(r.cost, 0)""",
    "budgets hold back something else than their open reservations (picodollars)": """
        SELECT b.scope, b.reserved, coalesce(sum(v.amount), 0) FROM budgets b
        LEFT JOIN reservations v ON v.scope = b.scope AND v.settled_at IS NULL
        GROUP BY b.scope, b.reserved HAVING b.reserved <> coalesce(sum(v.amount), 0)""",
}
_OVERSPENT = "SELECT scope, spent + reserved, allowed FROM budgets WHERE spent + reserved > allowed"
_OVERFULL = "SELECT scope, turns, allowed_turns FROM budgets WHERE turns > allowed_turns"
# What is under way has its place among the reservations, what has ended among the receipts: a turn that failed has
# given it back, and so has one that was interrupted before its request left.
_COUNTED = """
    SELECT (SELECT count(*) FROM reservations WHERE scope = :scope AND settled_at IS NULL)
    + (SELECT count(*) FROM receipts WHERE {within}
    AND finish_reason <> 'failed' AND (finish_reason <> 'interrupted' OR attempts > 0))"""
# The last attempt's: of that one we have a figure of ours.
_DIFFERENT = """
    SELECT r.provider, r.model, r.turn, a.cost, r.computed_cost FROM receipts r
    JOIN attempts a ON a.turn = r.turn AND a.number = r.attempts
    WHERE r.computed_cost IS NOT NULL AND a.cost IS NOT NULL AND abs(a.cost - r.computed_cost) > 1
    ORDER BY abs(a.cost - r.computed_cost) DESC"""


async def check(database: Database, *, now: datetime | None = None) -> list[Finding]:
    """All that is wrong or worth a note, at one instant; also while the program runs. Raises DatabaseUnusable."""
    at = microseconds(now or utc_now())
    findings: list[Finding] = []
    with database.explained():
        async with database.reading() as connection:
            if database.dialect == "sqlite":
                findings += await _check_file(connection)
            for what, statement in _WRONG.items():
                given = {"now": at} if ":now" in statement else {}
                findings += _found("wrong", what, (await connection.execute(text(statement), given)).all())
            findings += await _check_spending(connection)
            findings += await _check_turns(connection)
            over = (await connection.execute(text(_OVERSPENT))).all()
            findings += _found(
                "noted", "budgets are overspent: the limit was lowered, or a price unknown", over
            )
            over = (await connection.execute(text(_OVERFULL))).all()
            findings += _found(
                "noted", "budgets have counted more turns than they allow: the limit was lowered", over
            )
            findings += _differences((await connection.execute(text(_DIFFERENT))).all())
    return findings


def is_proved(findings: Sequence[Finding]) -> bool:
    """Whether nothing is wrong."""
    return all(finding.kind != "wrong" for finding in findings)


def told(findings: Sequence[Finding]) -> str:
    """For a terminal."""
    lines = (
        []
        if not is_proved(findings)
        else ["The books agree: totals, rows, attempts, reservations and budgets."]
    )
    for finding in findings:
        lines.append(f"{finding.kind.upper()}: {finding.count:,} {finding.what}")
        lines += [f"  {example}" for example in finding.examples]
        if finding.count > len(finding.examples):
            lines.append(f"  and {finding.count - len(finding.examples):,} more")
    return "\n".join(lines) + "\n"


async def _check_file(connection: AsyncConnection) -> list[Finding]:
    said = [row[0] for row in await connection.exec_driver_sql("PRAGMA quick_check(10)")]
    damaged = [] if said == ["ok"] else [(line,) for line in said]
    lost = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all()
    return [
        *_found("wrong", "places of the file are damaged", damaged),
        *_found("wrong", "rows refer to others that are not there", lost),
    ]


async def _check_spending(connection: AsyncConnection) -> list[Finding]:
    """Whether each budget has spent what the receipts in its scope say."""
    wrong = []
    for scope, spent in (
        await connection.execute(text("SELECT scope, spent FROM budgets ORDER BY scope"))
    ).all():
        condition, values = _within(scope)
        statement = f"SELECT sum(cost) FROM receipts WHERE {condition}"  # noqa: S608
        told = int(await connection.scalar(text(statement), values) or 0)
        if told != spent:
            wrong.append((scope, spent, told))
    return list(_found("wrong", "budgets have spent something else than their receipts (picodollars)", wrong))


async def _check_turns(connection: AsyncConnection) -> list[Finding]:
    """Whether each budget that counts its turns has counted those that there are."""
    counted = "SELECT scope, turns FROM budgets WHERE allowed_turns IS NOT NULL ORDER BY scope"
    wrong = []
    for scope, turns in (await connection.execute(text(counted))).all():
        condition, values = _within(scope)
        statement = text(_COUNTED.format(within=condition))
        told = int(await connection.scalar(statement, {"scope": scope, **values}) or 0)
        if told != turns:
            wrong.append((scope, turns, told))
    return list(_found("wrong", "budgets have counted other turns than there are", wrong))


def _within(scope: str) -> tuple[str, dict[str, Any]]:
    kind, _, name = scope.partition(":")
    if scope == INSTALLATION:
        return "true", {}
    if kind == "day":
        begin, end = day_bounds(scope)
        return "asked_at >= :a AND asked_at < :b", {"a": microseconds(begin), "b": microseconds(end)}
    return ("demo" if kind == "demo" else "link") + " = :name", {"name": name}


def _differences(rows: Sequence[Sequence[Any]]) -> Iterator[Finding]:
    """Where the provider reported another cost than its price list gives: one finding for each provider and model."""
    groups: dict[tuple[str, str], list[Sequence[Any]]] = {}
    for row in rows:
        groups.setdefault((str(row[0]), str(row[1])), []).append(row)
    for (provider, model), found in sorted(groups.items()):
        theirs, ours = (sum(row[at] for row in found) * PICO for at in (3, 4))
        examples = [f"{turn}: reported ${_usd(a)}, ours ${_usd(b)}" for _, _, turn, a, b in found[:EXAMPLES]]
        what = f"turns of {model} cost ${plain(theirs)} by {provider}'s own word, ${plain(ours)} by the price list"
        yield Finding("noted", what, len(found), tuple(examples))


def _usd(picodollars: int) -> str:
    return plain(picodollars * PICO)


def _found(kind: Literal["wrong", "noted"], what: str, rows: Sequence[Sequence[Any]]) -> Iterator[Finding]:
    if rows:
        examples = tuple(", ".join(map(str, row)) for row in rows[:EXAMPLES])
        yield Finding(kind, what, len(rows), examples)
