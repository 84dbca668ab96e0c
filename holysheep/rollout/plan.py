"""What is to happen: when which share of the conversations goes to the new provider, and what would stop it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple, get_args

Cohort = Literal["legacy", "holysheep"]
Measure = Literal["errors", "ttft", "latency", "cost"]

MEASURES: tuple[Measure, ...] = get_args(Measure)


class Stage(NamedTuple):
    """From this day on (1: the start date itself) this percentage."""

    day: int
    percent: int


STAGES = (Stage(1, 10), Stage(7, 30), Stage(14, 50), Stage(30, 100))


@dataclass(frozen=True)
class RolloutPlan:
    """The rollout as the settings have it. Days begin at midnight UTC.

    enabled: False: there are no cohorts, and every model's own provider is asked first.
    legacy, to: names of providers: who answers the cohort ``legacy``, and who the cohort ``holysheep``.
    salt: whose change would draw every conversation's cohort anew; a rollout keeps the one it began with.
    judged: what decides. The rest are how much worse than legacy still counts as equal:
    errors_points: percentage points of turns that failed. ttft_percent, latency_percent: of the 95th percentile, and
        times_ms: a difference that nobody feels, whatever the percentage. cost_percent: of the mean cost of a turn;
        less than 0: it has to be cheaper.
    least_turns, least_conversations: in each cohort, before anything may go on; below as many conversations nothing is
        called worse either: one visitor's trouble is not a provider's.
    least_hours: how long each stage lasts at the least, also when its day is long past.
    wrong_stop: how often, at the most, a stage is stopped whose provider is as bad as just still counts as equal,
        over all looks and measures. wrong_forward: the same of each measure, at one look, for one just not equal.
    """

    enabled: bool = False
    starts_on: date = date.max
    legacy: str = "openai"
    to: str = "holysheep"
    stages: tuple[Stage, ...] = STAGES
    salt: str = "demo-desk"
    judged: tuple[Measure, ...] = MEASURES
    errors_points: float = 2.5
    ttft_percent: float = 25.0
    latency_percent: float = 25.0
    times_ms: float = 200.0
    cost_percent: float = 20.0
    least_turns: int = 50
    least_conversations: int = 3
    least_hours: float = 24.0
    wrong_stop: float = 0.1
    wrong_forward: float = 0.1

    def next_stage(self, percent: int) -> Stage | None:
        """The first stage with more than ``percent``; None after the last one."""
        return next((stage for stage in self.stages if stage[1] > percent), None)

    def begins(self, stage: Stage) -> datetime:
        """When the stage's day comes."""
        return datetime.combine(self.starts_on, time.min, UTC) + timedelta(days=stage[0] - 1)
