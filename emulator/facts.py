"""Lines of a system prompt that read like facts or a price list, and those that fit a question."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from .language import Language, mostly_vietnamese, normal
from .phrases import STOP_WORDS

_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_ORDER = re.compile(
    r"^(luôn|không|hãy|trả lời|bạn là|chỉ|đừng|nếu|khi khách|khách (hỏi|muốn|cần)|với khách|trước khi|xưng|gọi|hỏi|"
    r"nhắc|khuyên|mời|xin|nói|dùng|viết|giữ|tránh|tuyệt đối|em (không|luôn|chỉ)|điều gì|giá viết|thân thiện|"
    r"always|never|answer|reply|do not|don't|you are|if|only|be|when|ask|use|keep|avoid|write|say|tell)\b"
)
_MANNERS = re.compile(
    r"^\W*(cách (trả lời|nói|xưng hô|ứng xử)|quy tắc|nguyên tắc|hướng dẫn|phong cách|giọng|vai trò|nhiệm vụ|lưu ý khi|"
    r"how to (answer|reply|respond)|rules|guidelines|instructions|style|tone|your role)\b"
)
"""How a section, or a line, that tells the model how to speak begins."""
_ASKED = re.compile(r"^(?:Hỏi|Q): ")
_ANSWERED = re.compile(r"^(?:Đáp|A): (.+)$")
"""A question and its answer: the answer is the fact, and its label is nobody's business."""
_LONGEST_HEADING = 80
_PRICED = re.compile(r"\d[\d.,]*\s*(?:₫|đ\b|vnd|vnđ|k\b|nghìn|ngàn|triệu|usd|\$|%)|\$\s*\d", re.IGNORECASE)
_COST = re.compile(
    r"\$?\s?\d[\d.,]*\s*(?:₫|đ|vnd|vnđ|k|nghìn|ngàn|triệu|usd|\$)?(?=\s*(?:\(|$))", re.IGNORECASE
)
_ASIDE = re.compile(r"\s*(?:,(?!\d)|\()")
_FIELD = re.compile(r"\s*(?:\||:\s|\s[–—-]\s|→)\s*")
_BAR = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"^\s*\|(?:\s*:?-+:?\s*\|)+\s*$")
"""The line below a table's header."""
_FIGURE = re.compile(r"\d")
_WORD = re.compile(r"\w+")
_FULL_STOP = re.compile(r"(?<=[.!?])\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")
_SHORTEST = 4
_LONGEST = 200


def content_words(text: str) -> list[str]:
    """The words that carry meaning, in order, in small letters."""
    return [word for word in _WORD.findall(normal(text)) if word not in STOP_WORDS]


def facts(system: str) -> list[str]:
    """The lines and sentences that state something; orders to the model are left out."""
    return [fact for line in _told(_unwrapped(system)) for fact in _stated(line)]


def _unwrapped(system: str) -> list[str]:
    """The lines, each with its continuation: an indented line, or one after a comma or semicolon."""
    lines: list[str] = []
    for line in system.splitlines():
        goes_on = lines and lines[-1].strip() and line.strip() and not _BULLET.match(line)
        if goes_on and (line[0].isspace() or lines[-1].rstrip().endswith((",", ";"))):
            lines[-1] = f"{lines[-1].rstrip()} {line.strip()}"
        else:
            lines.append(line)
    return lines


def _told(lines: Sequence[str]) -> Iterator[str]:
    """The lines for customers: no section on how to answer, up to the next heading."""
    manners = False
    for line, following in pairwise((*(line for line in lines if line.strip()), "")):
        if _heads(line, following):
            manners = bool(_MANNERS.match(normal(line)))
        elif not manners and not _frames(line, following):
            yield line


def _frames(line: str, following: str) -> bool:
    """Whether a line is a table's header or the rule below it."""
    return bool(_RULE.match(line) or (line.lstrip().startswith("|") and _RULE.match(following)))


def _heads(line: str, following: str) -> bool:
    text = line.strip().strip("*").rstrip()
    if text.startswith("#"):
        return True
    if _BULLET.match(line) or len(text) > _LONGEST_HEADING:
        return False
    if text.endswith(":") or (line.strip().startswith("**") and line.strip().endswith("**")):
        return True
    plain = not text.endswith((".", "!", "?", ";", ",")) and ": " not in text and not _FIGURE.search(text)
    return plain and bool(_BULLET.match(following) or _MANNERS.match(normal(text)))


def _stated(line: str) -> list[str]:
    """What a line states, without bullet and full stop. A bullet is one fact, prose one a sentence."""
    text = _BULLET.sub("", line).strip()
    if _MANNERS.match(normal(text)):
        return []
    if _ASKED.match(text):
        return []
    listed = text != line.strip() or text.startswith("|")
    if answer := _ANSWERED.match(text):
        text, listed = answer[1], True
    told = _cells_told(text) if text.startswith("|") else text
    found = [_without_orders(told)] if listed else _SENTENCE_END.split(told)
    found = [fact.rstrip(" .;") for fact in found]
    return [fact for fact in found if _states(fact, listed)]


def _cells_told(row: str) -> str:
    """A table's row as ``name: price (the rest)``; the second cell stands first where there is no price."""
    name, *others = [cell.strip().replace("\\|", "/") for cell in _BAR.split(row.strip().strip("|"))]
    others = [cell for cell in others if cell]
    if not others:
        return name
    lead = next((cell for cell in others if _PRICED.search(cell)), others[0])
    others.remove(lead)
    return f"{name}: {lead} ({', '.join(others)})" if others else f"{name}: {lead}"


def _without_orders(text: str) -> str:
    first, *others = _FULL_STOP.split(text)
    if _ORDER.match(normal(first)):
        return ""  # what follows an order mostly explains it
    return " ".join((first, *(other for other in others if not _ORDER.match(normal(other)))))


def _states(fact: str, listed: bool) -> bool:
    if not _SHORTEST <= len(fact) <= _LONGEST or fact.endswith(":") or _ORDER.match(normal(fact)):
        return False
    return listed or ": " in fact or any(mark.isdigit() for mark in fact)


def readable(lines: Sequence[str], language: Language) -> list[str]:
    """The lines for a reply in ``language``: of Vietnamese ones, English keeps names with their price."""
    if language == "vi":
        return list(lines)
    kept = (_name_and_price(line) if mostly_vietnamese(line) else line for line in lines)
    return [line for line in kept if line]


def _name_and_price(line: str) -> str:
    """``name: price`` of a price list's line, "" for any other line."""
    row = as_row(line)
    cost = _COST.match(row[1]) if row else None
    return f"{_ASIDE.split(row[0])[0]}: {cost[0].strip()}" if row and cost else ""


def ranked(question: str, lines: Sequence[str]) -> list[tuple[int, str]]:
    """The lines that share words with the question and how many, most first; those with figures lead."""
    asked = set(content_words(question))
    scored = [(len(asked & set(content_words(line))), line) for line in lines]
    hits = [(score, line) for score, line in scored if score]
    return sorted(hits, key=lambda hit: (-hit[0], not _PRICED.search(hit[1]), not _FIGURE.search(hit[1])))


def fitting(question: str, lines: Sequence[str], most: int = 3) -> list[str]:
    """The lines that share the most words with the question, at most ``most``; with figures if any has."""
    hits = ranked(question, lines)
    best = [line for score, line in hits if score == hits[0][0]]
    return ([line for line in best if _FIGURE.search(line)] or best)[:most]


def rows(question: str, lines: Sequence[str], most: int) -> list[tuple[str, str]]:
    """A table's rows: what fits the question and has a figure, then other prices."""
    fits = [line for _, line in ranked(question, lines) if _FIGURE.search(line)]
    found = (as_row(line) for line in dict.fromkeys((*fits, *priced(lines))))
    return [row for row in found if row][:most]


def priced(lines: Sequence[str]) -> list[str]:
    """The lines that name a price."""
    return [line for line in lines if _PRICED.search(line)]


def as_row(line: str) -> tuple[str, str] | None:
    """A line of the form ``name: value`` as two cells, or None."""
    cells = _FIELD.split(line, maxsplit=1)
    if len(cells) != 2 or not all(cells):
        return None
    return cells[0].replace("|", "/").strip(), cells[1].replace("|", "/").strip()
