"""What a look at the turns came to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from holysheep.rollout.plan import Measure

#: good: better or equal.
Says = Literal["worse", "undecided", "good"]
#: Why a measure is undecided: too few turns, figures too close to call, costs that are not known, nothing of legacy.
Why = Literal["few", "close", "unknown_cost", "no_legacy"]


@dataclass(frozen=True)
class Judged:
    """One measure.

    legacy, holysheep: the share of turns that failed, the 95th percentile in milliseconds, or USD a turn.
    limit: what holysheep's may be at the most. turns: of holysheep that were looked at: all of the stage up to the last
    look, or the last few where it is in these that it got worse. lacking: more turns of holysheep until it can be told,
    at such figures; None where no number would do. leaning: to which side.
    """

    measure: Measure
    says: Says
    why: Why | None = None
    legacy: float | None = None
    holysheep: float | None = None
    limit: float | None = None
    turns: int = 0
    lacking: int | None = None
    leaning: Says | None = None


@dataclass(frozen=True)
class Verdict:
    """legacy, holysheep: turns that count. left_out: of holysheep, that do not: called off, or our own fault.

    lacking: turns of holysheep before anything can be decided; lacking_legacy: the same of legacy. same_time: whether
    both are from the same time. since: the beginning of the stage that was looked at.
    """

    says: Says
    legacy: int = 0
    holysheep: int = 0
    left_out: int = 0
    lacking: int | None = None
    lacking_legacy: int = 0
    same_time: bool = True
    since: datetime | None = None
    measures: tuple[Judged, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """As plain JSON data."""
        document = asdict(self)
        document["since"] = self.since.isoformat() if self.since else None
        document["measures"] = list(document["measures"])
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Verdict":
        """Back again."""
        since = document["since"]
        measures = tuple(Judged(**measure) for measure in document["measures"])
        told = {**document, "since": datetime.fromisoformat(since) if since else None, "measures": measures}
        return cls(**told)
