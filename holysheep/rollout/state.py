"""Where a rollout stands, as programs share it: one document of plain JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from holysheep.rollout.verdict import Verdict

#: The document's name in the store.
DOCUMENT = "rollout"
#: Who moves a rollout where nobody does.
ITSELF = "rollout"
#: So much of its history is kept.
KEPT = 200

What = Literal["begun", "forward", "back", "waiting", "finished", "paused", "resumed", "set", "restarted"]


@dataclass(frozen=True)
class Entry:
    """Something that happened. before, after: the percentage. figures: the reason, as codes and numbers."""

    at: datetime
    by: str
    what: What
    before: int
    after: int
    figures: Mapping[str, Any] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        """As plain JSON data."""
        return {
            "at": self.at.isoformat(),
            "by": self.by,
            "what": self.what,
            "before": self.before,
            "after": self.after,
            "figures": dict(self.figures),
        }


@dataclass(frozen=True)
class RolloutState:
    """share: percent of the conversations. since: when it became so; None: the rollout has not been looked at yet.

    salt: the one it began with. passed: the percentages whose gate was passed, the last one last.
    held_by: who keeps it from going on (``ITSELF`` after it went back); "": nobody. Going back is never held.
    legacy_since, legacy_until: when there was a legacy cohort for the last time; None while there is one.
    verdict: the last one.
    """

    share: int = 0
    since: datetime | None = None
    salt: str | None = None
    passed: tuple[int, ...] = ()
    held_by: str = ""
    legacy_since: datetime | None = None
    legacy_until: datetime | None = None
    verdict: Verdict | None = None
    judged_at: datetime | None = None
    history: tuple[Entry, ...] = ()

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "RolloutState":
        """Out of the store; {} is a rollout that nobody has looked at yet."""
        if not document:
            return cls()
        return cls(
            share=document["share"],
            since=_instant(document["since"]),
            salt=document["salt"],
            passed=tuple(document["passed"]),
            held_by=document["held_by"],
            legacy_since=_instant(document["legacy_since"]),
            legacy_until=_instant(document["legacy_until"]),
            verdict=Verdict.from_document(document["verdict"]) if document["verdict"] else None,
            judged_at=_instant(document["judged_at"]),
            history=tuple(_entry(entry) for entry in document["history"]),
        )

    def to_document(self) -> dict[str, Any]:
        """For the store."""
        return {
            "share": self.share,
            "since": _text(self.since),
            "salt": self.salt,
            "passed": list(self.passed),
            "held_by": self.held_by,
            "legacy_since": _text(self.legacy_since),
            "legacy_until": _text(self.legacy_until),
            "verdict": self.verdict.to_document() if self.verdict else None,
            "judged_at": _text(self.judged_at),
            "history": [entry.to_document() for entry in self.history],
        }

    def told(
        self, at: datetime, by: str, what: What, figures: Mapping[str, Any] | None = None
    ) -> "RolloutState":
        """With one more line of history, in which the share stays as it is."""
        entry = Entry(at, by, what, self.share, self.share, figures or {})
        return replace(self, history=(*self.history, entry)[-KEPT:])

    def moved(
        self, share: int, at: datetime, by: str, what: What, figures: Mapping[str, Any] | None = None
    ) -> "RolloutState":
        """At another share, from now on; what was seen at the old one says nothing of it."""
        entry = Entry(at, by, what, self.share, share, figures or {})
        last_legacy: tuple[datetime | None, datetime | None] = (None, None)
        if share == 100:
            last_legacy = (self.since, at) if self.share < 100 else (self.legacy_since, self.legacy_until)
        return replace(
            self,
            share=share,
            since=at,
            passed=tuple(passed for passed in self.passed if passed <= share),
            legacy_since=last_legacy[0],
            legacy_until=last_legacy[1],
            verdict=None,
            judged_at=None,
            history=(*self.history, entry)[-KEPT:],
        )


def _entry(document: Mapping[str, Any]) -> Entry:
    return Entry(**{**document, "at": datetime.fromisoformat(document["at"])})


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
