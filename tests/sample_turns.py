"""A month of turns that never were, for pictures and trials: the same ones each time.

A shop moves from one provider to another, a few conversations first, then all. The figures are made up.
"""

import random
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert

from ledger import Database, upgrade
from ledger.tables import replicas

sys.path.append(str(Path(__file__).parent / "ledger"))  # folders of tests are no packages

from on_record import put, turn

FIRST_DAY: Final = datetime(2026, 10, 1, tzinfo=UTC)
DAYS: Final = 30
DEMOS: Final = ("boutique", "electronics", "homestay")
#: provider, model, middle of the first word's and of the rest's milliseconds, USD per million tokens, share of errors
LEGACY: Final = ("openai", "gpt-4.1", 520.0, 2600.0, Decimal(8), 0.014)
HOLYSHEEP: Final = ("holysheep", "deepseek-v3.2", 210.0, 1500.0, Decimal("0.42"), 0.004)


async def write_sample(database: Database) -> int:
    """Write them down; gives how many."""
    await upgrade(database)
    gone = {"id": "r", "started_at": FIRST_DAY, "leased_until": FIRST_DAY, "gone_at": FIRST_DAY}
    async with database.writing() as connection:
        await connection.execute(insert(replicas), [gone])
    return len(await put(database, sample()))


def sample() -> Iterator[Mapping[str, Any]]:
    """The turns, day by day."""
    dice = random.Random(2026)
    for day in range(DAYS):
        weekend = (FIRST_DAY + timedelta(days=day)).weekday() >= 5
        talks = round((9 + day * 0.4) * (0.6 if weekend else 1.0) * dice.uniform(0.85, 1.15))
        moved = min(1.0, max(0.0, (day - 6) / 16))
        for talk in range(talks):
            cohort = "holysheep" if dice.random() < moved else "legacy"
            yield from _talk(dice, FIRST_DAY + timedelta(days=day), f"sample-{day}-{talk}", cohort)


def _talk(dice: random.Random, day: datetime, name: str, cohort: str) -> Iterator[Mapping[str, Any]]:
    provider, model, first_ms, rest_ms, price, errors = HOLYSHEEP if cohort == "holysheep" else LEGACY
    at = day + timedelta(minutes=dice.uniform(60, 840))  # eight in the morning to nine at night in Hanoi
    link, demo = f"shop-{dice.randrange(12)}", dice.choice(DEMOS)
    prompt = dice.randrange(500, 900)
    for _ in range(dice.randrange(2, 9)):
        written = dice.randrange(60, 320)
        prompt += written + dice.randrange(20, 60)
        ttft = first_ms * dice.lognormvariate(0, 0.35)
        failed = dice.random() < errors
        yield turn(
            at,
            name,
            demo=demo,
            link=link,
            cohort=cohort,
            provider=provider,
            model=model,
            finish_reason="cut" if failed else "stop",
            ttft_ms=ttft,
            latency_ms=ttft + rest_ms * written / 190 * dice.lognormvariate(0, 0.2),
            prompt_tokens=prompt,
            completion_tokens=written,
            total_tokens=prompt + written,
            cost=(cost := (prompt + written) * price / 1_000_000),
            computed_cost=cost,
            liked=dice.random() < 0.85 if dice.random() < 0.06 else None,
        )
        at += timedelta(seconds=dice.uniform(15, 90))
