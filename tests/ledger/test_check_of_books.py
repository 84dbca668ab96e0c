"""What the books write passes their proof, and stands in the report, on both databases."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from bookkeeping import CENT, begin, die, failed, keeping, open_books, receipt

from holysheep.journal import AttemptStart, OutOfMoney
from ledger.check import check
from ledger.database import Database
from ledger.question import Question
from ledger.report import report


async def test_turns_of_every_kind(database: Database, tmp_path: Path) -> None:
    """Replies with one and two attempts, without a price, refused by a budget, and one that is under way."""
    async with keeping(database, tmp_path, budget_usd=Decimal("0.06")) as books:
        await (await begin(books)).settle(receipt(), "Dạ còn.")
        await (await begin(books, most=None)).settle(receipt(None), "Dạ còn.")
        twice = await begin(books, most=2 * CENT)
        await twice.begin_attempt(AttemptStart(2, "holysheep", "deepseek-v3.2"))
        await twice.settle(replace(receipt(CENT, 2), cost_usd=2 * CENT), "Dạ còn.")
        refused = await begin(books, most=Decimal(1), attempt=False)
        with pytest.raises(OutOfMoney):
            await refused.begin_attempt(AttemptStart(1, "holysheep", "deepseek-v3.2"))
        await refused.settle(failed("out_of_money"), "")
        await begin(books)
        await books.flush()
        assert await check(database) == []
        totals = (await report(database, Question())).totals
        assert (totals.turns, totals.attempts, totals.refused, totals.failed) == (4, 4, 1, 0)
        assert (totals.cost_usd, totals.cost_bound) == (3 * CENT, "at_least")


async def test_after_a_crash(database: Database, tmp_path: Path) -> None:
    """What the next start has ended agrees with everything else, and is an error in the report."""
    books = await open_books(database, tmp_path, budget_usd=Decimal(1))
    entry = await begin(books)
    await entry.begin_attempt(AttemptStart(2, "holysheep", "deepseek-v3.2"))
    await begin(books, attempt=False)
    await books.flush()
    await die(books)
    async with keeping(database, tmp_path, budget_usd=Decimal(1)):
        assert await check(database) == []
        totals = (await report(database, Question())).totals
        assert (totals.turns, totals.failed, totals.estimated) == (2, 2, 1)
