"""Lines of a system prompt that read like facts or a price list, and those that fit a question."""

import re
from collections.abc import Sequence

from .language import normal
from .phrases import STOP_WORDS

_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_ORDER = re.compile(
    r"^(luôn|không|hãy|trả lời|bạn là|chỉ|đừng|nếu|"
    r"always|never|answer|reply|do not|don't|you are|if|only|be)\b"
)
_PRICED = re.compile(r"\d[\d.,]*\s*(?:₫|đ\b|vnd|vnđ|k\b|nghìn|ngàn|triệu|usd|\$|%)|\$\s*\d", re.IGNORECASE)
_FIELD = re.compile(r"\s*(?:\||:\s|\s[–—-]\s|→)\s*")
_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")
_SHORTEST = 4
_LONGEST = 200


def content_words(text: str) -> list[str]:
    """The words that carry meaning, in order, in small letters."""
    return [word for word in _WORD.findall(normal(text)) if word not in STOP_WORDS]


def facts(system: str) -> list[str]:
    """The lines and sentences that state something; orders to the model are left out."""
    return [fact for line in system.splitlines() for fact in _stated(line)]


def _stated(line: str) -> list[str]:
    """What a line states, without bullet and full stop. A bullet is one fact, prose one a sentence."""
    text = _BULLET.sub("", line).strip()
    listed = text != line.strip() or text.startswith("|")
    found = [text.strip("| ")] if listed else _SENTENCE_END.split(text)
    found = [fact.rstrip(" .;") for fact in found]
    return [fact for fact in found if _states(fact, listed)]


def _states(fact: str, listed: bool) -> bool:
    if not _SHORTEST <= len(fact) <= _LONGEST or fact.endswith(":") or _ORDER.match(normal(fact)):
        return False
    return listed or ": " in fact or any(mark.isdigit() for mark in fact)


def fitting(question: str, lines: Sequence[str], most: int = 3) -> list[str]:
    """The lines that share the most words with the question, at most ``most``."""
    asked = set(content_words(question))
    scores = [len(asked & set(content_words(line))) for line in lines]
    best = max(scores, default=0)
    return [line for line, score in zip(lines, scores, strict=True) if score == best > 0][:most]


def priced(lines: Sequence[str]) -> list[str]:
    """The lines that name a price."""
    return [line for line in lines if _PRICED.search(line)]


def as_row(line: str) -> tuple[str, str] | None:
    """A line of the form ``name: value`` as two cells, or None."""
    cells = _FIELD.split(line, maxsplit=1)
    if len(cells) != 2 or not all(cells):
        return None
    return cells[0].replace("|", "/").strip(), cells[1].replace("|", "/").strip()
