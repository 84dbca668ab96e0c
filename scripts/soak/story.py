"""What happened in a run, as plain data: what visitors lived through, and what was done to the parts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

#: kill: SIGKILL of a replica until it is ready again. drain: the same by SIGTERM. postgres: its restart. outage: the
#: provider does wrong what is asked of it.
Kind: TypeAlias = Literal["kill", "drain", "postgres", "outage"]


@dataclass
class Trouble:
    """Something that was done to a part. begin, end: seconds on the machine's monotonic clock."""

    kind: Kind
    what: str
    begin: float
    end: float

    def meets(self, begin: float, end: float) -> bool:
        """Whether it went on at any time between."""
        return self.begin <= end and begin <= self.end


@dataclass
class Asked:
    """One message of a visitor. Times are of the same clock.

    sent: how often it was sent to a server; it is kept once one has told the page that it is on record. first_words:
    of any reply to it. ended: the first reply's end, whole or marked. answered: the whole reply's. marked: how often
    a reply ended with words about what went wrong; again: how often the visitor asked again for that. instead: the
    message that said the same once more, where others had come after this one. behind: it was sent while the reply
    before it went on, and had to wait for that.
    """

    id: str
    text: str
    at: float
    sent: int = 0
    kept: float | None = None
    first_words: float | None = None
    ended: float | None = None
    answered: float | None = None
    marked: int = 0
    again: int = 0
    instead: "Asked | None" = None
    behind: bool = False

    @property
    def is_answered(self) -> bool:
        """A whole reply came in the end."""
        return self.answered is not None or (self.instead is not None and self.instead.is_answered)


@dataclass
class Told:
    """What one visitor's page was told over its life.

    read: of each turn the most that was read of its reply. away: how long each lost connection kept the page away.
    faults: what was wrong on the page itself. unheard: clicks on "ask again" that came to nothing.
    """

    who: str
    asked: list[Asked] = field(default_factory=list)
    read: dict[str, str] = field(default_factory=dict)
    away: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    unheard: int = 0


@dataclass(frozen=True)
class Turn:
    """One turn on record, as far as a run is judged by it.

    reason: its receipt's; None where it was never opened. asked, settled: on the same clock as all others here.
    """

    id: str
    message: str
    question: str
    reply: str
    ended: bool
    reason: str | None
    error: str | None = None
    asked: float = 0.0
    settled: float = 0.0


def overlapping(troubles: Iterable[Trouble], begin: float, end: float) -> list[Trouble]:
    """Those that went on at any time between."""
    return [trouble for trouble in troubles if trouble.meets(begin, end)]
