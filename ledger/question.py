"""What a report is asked for: which turns, and by what they are told apart."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from ledger.wording import Language, say

Audience = Literal["visitor", "operator", "rehearsal"]
By = Literal["day", "demo", "link", "model", "provider", "cohort", "version"]

AUDIENCES: tuple[Audience, ...] = get_args(Audience)
WAYS: tuple[By, ...] = get_args(By)

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class BadQuestion(ValueError):
    """What was asked for makes no question; ``str()`` is English.

    key: of its text (section ``wrong``). words: what stands in it.
    """

    def __init__(self, key: str, **words: str) -> None:
        self.key = key
        self.words = {
            name: "".join(c if c.isprintable() else "?" for c in word) for name, word in words.items()
        }
        super().__init__(self.text("en"))

    def text(self, language: Language) -> str:
        """What is wrong, and the mend."""
        words = dict(self.words)
        if "example" in words:
            words["example"] = words["example"] and say(language, "wrong.such_as", example=words["example"])
        return say(language, f"wrong.{self.key}", **words)


@dataclass(frozen=True)
class Window:
    """From an instant up to another, which is outside; None: without end on that side."""

    since: datetime | None = None
    until: datetime | None = None

    def __str__(self) -> str:
        """As it is typed: whole days where they are whole."""
        return f"{_shown(self.since)}..{_shown(self.until, last=True)}"


@dataclass(frozen=True)
class Question:
    """by: what a row stands for. demo, link, cohort: only this one's turns."""

    window: Window = Window()
    by: By = "day"
    audience: Audience = "visitor"
    demo: str | None = None
    link: str | None = None
    cohort: str | None = None


def read_window(since: str | None, until: str | None) -> Window:
    """Days (``2026-11-01``; the last one is inside) or times (``2026-11-01T09:00``), in UTC unless they say otherwise.

    Raises BadQuestion.
    """
    begin = _instant(since) if since else None
    end = _instant(until, last=True) if until else None
    if begin and end and begin >= end:
        raise BadQuestion("order", since=since or "", until=until or "")
    return Window(begin, end)


def read_range(text: str) -> Window:
    """``A..B``, where either may be left out. Raises BadQuestion."""
    since, dots, until = text.partition("..")
    if not dots or not (since or until):
        raise BadQuestion("range", text=text)
    return read_window(since.strip() or None, until.strip() or None)


def _instant(text: str, *, last: bool = False) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadQuestion("instant", text=text) from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at + timedelta(days=1) if last and _DAY.fullmatch(text.strip()) else at


def _shown(at: datetime | None, *, last: bool = False) -> str:
    if at is None:
        return ""
    at = at.astimezone(UTC)
    if (at.hour, at.minute, at.second, at.microsecond) != (0, 0, 0, 0):
        return at.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    return (at - timedelta(days=1) if last else at).date().isoformat()
