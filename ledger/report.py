"""The report: what turns came to, row by row and in all."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from holysheep.prices import Model
from ledger.database import Database
from ledger.figures import Figures
from ledger.outcomes import Outcomes, outcome_of, read_outcomes
from ledger.question import By, Question
from ledger.tallying import Key, Tallied, tally
from ledger.what_if import WhatIf, what_if

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """key: of what the row tells; None for turns that have none (no link, no cohort). outcome: of a link."""

    key: str | None
    figures: Figures
    what_if: WhatIf = field(default_factory=dict)
    outcome: str | None = None


@dataclass(frozen=True)
class Report:
    """question: what was asked. totals: of all rows. left_out: turns of other audiences, which are never mixed in."""

    question: Question
    totals: Figures
    what_if: WhatIf
    rows: tuple[Row, ...]
    left_out: Mapping[str, int]
    outcomes: Outcomes

    @property
    def cost_per_demo(self) -> Decimal | None:
        """All that was spent, over the demos it was spent on, in USD."""
        return _per(self.totals, self.outcomes.demos)

    @property
    def cost_per_win(self) -> Decimal | None:
        """All that was spent, also on what was not won, over the links that were won, in USD."""
        return _per(self.totals, self.outcomes.won)


async def report(database: Database, question: Question, models: Sequence[Model] = ()) -> Report:
    """Answer a question. models: the price list, for what the same turns would have cost.

    Turns that are still under way are not in it. Raises DatabaseUnusable.
    """
    tallied, outcomes = await asyncio.gather(tally(database, question), read_outcomes(database, question))
    ends: dict[str, str] = {}
    if question.by == "link":
        ends = await outcome_of(database, [key for key in tallied.by_key if isinstance(key, str)])
    return await asyncio.to_thread(_put_together, question, tallied, models, outcomes, ends)


def _put_together(
    question: Question, tallied: Tallied, models: Sequence[Model], outcomes: Outcomes, ends: Mapping[str, str]
) -> Report:
    rows = []
    for key, counted in tallied.by_key.items():
        figures, name = counted.figures(), _name(question.by, key)
        rows.append(Row(name, figures, what_if(figures, models), ends.get(name or "")))
    rows.sort(key=_in_time if question.by == "day" else _by_size)
    totals = tallied.total().figures()
    return Report(question, totals, what_if(totals, models), tuple(rows), dict(tallied.others), outcomes)


def _name(by: By, key: Key) -> str | None:
    if by == "day" and key is not None:
        return (_EPOCH + timedelta(days=int(key))).date().isoformat()
    return None if key is None else str(key)


def _in_time(row: Row) -> str:
    return row.key or ""


def _by_size(row: Row) -> tuple[int, str]:
    return -row.figures.turns, row.key or ""


def _per(totals: Figures, count: int) -> Decimal | None:
    return totals.cost_usd / count if count and totals.cost_usd is not None else None
