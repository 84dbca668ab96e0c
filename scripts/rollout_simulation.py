"""How often a rollout is stopped wrongly, and how soon a bad provider is caught: made-up months, the real gates.

    .venv/bin/python -m scripts.rollout_simulation

The same seeds give the same figures. They go into docs/rollout.md, between two markers; ``--runs`` and ``--print`` are
for trying things out.
"""

import argparse
import multiprocessing
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from holysheep.rollout import RolloutPlan, RolloutState, Turn, cohort, judge, step

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "rollout.md"
BEGIN = "<!-- figures: written by `make rollout-simulation` -->"
END = "<!-- end of figures -->"

START = datetime(2026, 12, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
#: Visitors come from seven in the morning to nine at night in Hanoi.
OPEN_HOURS = 14
LAST_DAY = 60
#: What is bad has been caught when all would go over to it, or it gets that far.
PLANNED_DAYS = 30
#: Hours between looks while nothing happens.
CALM = 4


@dataclass(frozen=True)
class Provider:
    """Middle milliseconds of the first word and of the rest, their spread (of logarithms), errors, USD a turn."""

    first_ms: float = 520
    rest_ms: float = 2_600
    spread: float = 0.35
    errors: float = 0.014
    usd: float = 0.004


LEGACY = Provider()
#: Just as much worse as still counts as equal, in everything.
AT_THE_LIMIT = Provider(520 * 1.25, 2_600 * 1.25, errors=0.014 + 0.025, usd=0.004 * 1.2)


@dataclass(frozen=True)
class Scenario:
    """What holysheep is like from the day ``since`` on; before, it is like legacy. every: hours between looks."""

    name: str
    provider: Provider
    bad: bool = True
    since: float = 1
    runs: int = 100
    every: float = 0.25
    turns_a_day: int = 300


SCENARIOS = (
    Scenario("like legacy in everything", LEGACY, bad=False, runs=80, every=CALM),
    Scenario("the same, 60 turns a day", LEGACY, bad=False, runs=40, every=CALM, turns_a_day=60),
    Scenario("better: 0.4 % errors, twice as fast, a twentieth of the cost",
             Provider(210, 1_300, errors=0.004, usd=0.0002), bad=False, runs=20, every=CALM),
    Scenario("at the limit: as bad as just still counts as equal, in everything", AT_THE_LIMIT, runs=40, every=CALM),
    Scenario("slower by half", Provider(780, 3_900), every=1),
    Scenario("twice as slow", Provider(1_040, 5_200)),
    Scenario("four times as slow", Provider(2_080, 10_400)),
    Scenario("failing: 5 % errors", Provider(errors=0.05), runs=20, every=CALM),
    Scenario("failing: 10 % errors", Provider(errors=0.10), every=2),
    Scenario("failing: 30 % errors", Provider(errors=0.30)),
    Scenario("failing: nothing but errors", Provider(errors=1.0)),
    Scenario("dearer by half", Provider(usd=0.006), runs=30, every=CALM),
    Scenario("twice as dear", Provider(usd=0.008), every=1),
    Scenario("like legacy, then nothing but errors", Provider(errors=1.0), since=20.25, runs=30),
    Scenario("like legacy, then 30 % errors", Provider(errors=0.3), since=20.25, runs=30),
    Scenario("like legacy, then twice as slow", Provider(1_040, 5_200), since=20.25, runs=30),
)  # fmt: skip


class Draw(NamedTuple):
    """A turn as it would be with any provider: how lucky it is."""

    at: datetime
    conversation: str
    luck: float
    first: float
    rest: float
    length: float


@dataclass(frozen=True)
class Outcome:
    """back_on: when it went back; turns: of holysheep since it had become bad. shares: the day each was reached."""

    back_on: datetime | None
    turns: int
    shares: dict[int, float]


def draws(seed: int, turns_a_day: int, days: int) -> Iterator[Draw]:
    """Conversations of two to eight turns, of which some are longer and slower than others, in the order of time."""
    dice = random.Random(seed)
    for day in range(days):
        today: list[Draw] = []
        for number in range(round(turns_a_day / 5 * dice.uniform(0.8, 1.2))):
            name, size = f"{seed}-{day}-{number}", dice.lognormvariate(0, 0.4)
            at = START + day * DAY + dice.uniform(0, OPEN_HOURS) * HOUR
            for turn in range(dice.randint(2, 8)):
                length = size * (1 + turn / 8) * dice.lognormvariate(0, 0.3)
                luck, first, rest = dice.random(), dice.gauss(0, 1), dice.gauss(0, 1)
                today.append(Draw(at, name, luck, first, rest, length))
                at += timedelta(seconds=dice.uniform(15, 90))
        yield from sorted(today)


def outcome_of(draw: Draw, provider: Provider) -> Turn:
    """The turn with this provider."""
    if draw.luck < provider.errors:
        return Turn(draw.at, ok=False, conversation=draw.conversation)
    first = provider.first_ms * 2.718281828 ** (provider.spread * draw.first)
    rest = provider.rest_ms * draw.length * 2.718281828 ** (0.2 * draw.rest)
    usd = Decimal(round(provider.usd * draw.length * 1e9)) / 1_000_000_000
    return Turn(draw.at, True, True, first, first + rest, usd, None, draw.conversation)


def run(scenario: Scenario, seed: int) -> Outcome:
    """One rollout, until it goes back, is through, or its days are over."""
    plan = RolloutPlan(enabled=True, starts_on=date(2026, 12, 1), salt=str(seed))
    bad_from = START + (scenario.since - 1) * DAY
    state = step(plan, RolloutState(), None, START)
    shares, turns = {state.share: 1.0}, 0
    legacy: list[Turn] = []
    ours: list[Turn] = []
    next_look = START
    for draw in draws(seed, scenario.turns_a_day, LAST_DAY if not scenario.bad else PLANNED_DAYS):
        if draw.at >= next_look:
            before, now = state, draw.at
            verdict = judge(legacy, ours, plan, since=state.since)
            state = step(plan, state, verdict, now)
            next_look = now + (scenario.every if now >= bad_from else CALM) * HOUR
            if state.share < before.share:
                return Outcome(now, turns, shares)
            if state.share > before.share:
                shares[state.share] = (now - START) / DAY + 1
                legacy, ours = [], []
            if state.share == 100:
                break
        if cohort(draw.conversation, state, plan) == "holysheep":
            bad = draw.at >= bad_from
            ours.append(outcome_of(draw, scenario.provider if bad else LEGACY))
            turns += bad
        else:
            legacy.append(outcome_of(draw, LEGACY))
    return Outcome(None, turns, shares)


def row(scenario: Scenario, outcomes: Sequence[Outcome]) -> str:
    """One line of the table."""
    back = [outcome for outcome in outcomes if outcome.back_on]
    since = START + (scenario.since - 1) * DAY
    hours = sorted((o.back_on - since) / HOUR for o in back if o.back_on)
    turns = sorted(o.turns for o in back)
    beyond, through = ([o.shares[share] for o in outcomes if share in o.shares] for share in (30, 100))
    cells = [
        scenario.name,
        f"{len(back)} of {len(outcomes)}",
        _middle_and_ninth(turns),
        _middle_and_ninth(hours),
        _reached(beyond),
        _reached(through),
    ]
    return f"| {' | '.join(cells)} |"


def _reached(days: Sequence[float]) -> str:
    """How many did, and the day in the middle."""
    return f"{len(days)} (day {median(days):.0f})" if days else "0"


def _middle_and_ninth(values: Sequence[float]) -> str:
    """The median, and what nine of ten do not exceed."""
    if not values:
        return "-"
    return f"{median(values):.0f} ({values[max(0, -(-len(values) * 9 // 10) - 1)]:.0f})"


def table(runs: int | None) -> str:
    """All scenarios."""
    head = (
        "| holysheep is | went back | after turns of holysheep | after hours | reached 30 % | reached 100 % |"
    )
    lines = [head, "|---|--:|--:|--:|--:|--:|"]
    with multiprocessing.Pool() as pool:
        for scenario in SCENARIOS:
            chosen = replace(scenario, runs=runs or scenario.runs)
            lines.append(row(chosen, pool.map(partial(run, chosen), range(chosen.runs), chunksize=2)))
            print(lines[-1], flush=True)
    return "\n".join(lines)


def write(figures: str, document: Path = DOCUMENT) -> None:
    """Put the figures between the markers."""
    before, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    document.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}", encoding="utf-8")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m scripts.rollout_simulation", description=__doc__)
    parser.add_argument("--runs", type=int, help="of each scenario, instead of its own number")
    parser.add_argument(
        "--print", action="store_true", help="only print the figures, whatever docs/rollout.md says"
    )
    options = parser.parse_args()
    begun = time.monotonic()
    figures = table(options.runs)
    if not options.print:
        write(figures)
    print(f"{time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
