"""The figures of a text, in one form whatever language they are written in."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Figure:
    """written: as the text has it. value: in one form, so that 459.000 ₫, 459,000 and 459k are the same ``459000``."""

    written: str
    value: str


def figures(text: str) -> list[str]:
    """The values of a text's figures, in their order.

    Read are numbers and prices (``459000``, ``22.5``), percentages (``10%``), times by the 24-hour clock (``21:30``; a
    whole hour is a plain number, for ``2 giờ`` may be a time or a while), metres as centimetres (``158``) and phone
    numbers (``19000131``). Not read are a list's numbering, figures within a name (``A5``) and numbers in words.
    """
    return [figure.value for figure in found_figures(text)]


def found_figures(text: str) -> Iterator[Figure]:
    """The figures of a text, in their order; see ``figures``."""
    plain = _NUMBERING.sub("", _KEYCAP.sub("", unicodedata.normalize("NFC", text)))
    for match in _FIGURE.finditer(plain):
        kind = match.lastgroup or ""
        written = match[kind].strip()
        yield Figure(written, _VALUES[kind](written))


# -- what they look like --

#: ``1️⃣``: a digit and two marks that make it a picture.
_KEYCAP = re.compile("[0-9]\ufe0f?\u20e3")
_NUMBERING = re.compile(
    r"^[ \t>*_#|-]*\d{1,2}[.)](?=[\s*_])|\b(?:bước|step)\s+\d{1,2}\b", re.IGNORECASE | re.MULTILINE
)
_GAP = "[ .\u00a0-]?"
_PHONE = (
    rf"1[89]00{_GAP}(?:\d{{4}}|\d{{3}}{_GAP}\d{{3}}|\d{{2}}{_GAP}\d{{2}})(?![.,]?\d)"
    rf"|(?:\+84|0)(?:{_GAP}\d){{8,10}}(?!\d)"
)
_HALF_DAY = r"(?:\s?(?:[ap]\.?m\b\.?|sáng\b|chiều\b|tối\b))?"
_TIME = (
    rf"[012]?\d:[0-5]\d{_HALF_DAY}|[012]?\d\s?(?:giờ|h)(?:\s?[0-5]\d(?![.,]?\d)|\b){_HALF_DAY}"
    r"|[01]?\d\s?[ap]\.?m\b\.?"
)
_HEIGHT = r"[12]m\d{1,2}\b|[12][.,]\d{1,2}\s?m\b"
_BLANK = "[\u00a0\u202f]"
_NUMBER = "|".join(
    (
        r"[1-9]\d{0,2}(?:\.\d{3})+(?!\d)(?:,\d+)?",
        r"[1-9]\d{0,2}(?:,\d{3})+(?!\d)(?:\.\d+)?",
        rf"[1-9]\d{{0,2}}(?:{_BLANK}\d{{3}})+(?!\d)(?:,\d+)?",
        r"\d+(?:[.,]\d+)?",
    )
)
_UNIT = r"(?:\s?(?:%|(?:phần trăm|percent|k|nghìn|ngàn|thousand|triệu|tr|million)\b))?"
_FIGURE = re.compile(
    rf"(?<![\w.,])(?:(?P<phone>{_PHONE})|(?P<time>{_TIME})|(?P<height>{_HEIGHT}))"
    rf"|(?<!\w)(?P<number>(?:{_NUMBER}){_UNIT})",
    re.IGNORECASE,
)


# -- what they come to --


def _phone(written: str) -> str:
    digits = re.sub(r"\D", "", written)
    return f"0{digits[2:]}" if digits.startswith("84") else digits


def _time(written: str) -> str:
    small = written.lower()
    hour, minute, *_ = *re.findall(r"\d+", small), "0"
    hours = int(hour)
    if hours < 12 and re.search(r"p\.?m|chiều|tối", small):
        hours += 12
    elif hours == 12 and re.search(r"a\.?m", small):
        hours = 0
    return f"{hours}:{minute}" if int(minute) else str(hours)


def _height(written: str) -> str:
    whole, part = re.findall(r"\d+", written)
    return f"{whole}{part.ljust(2, '0')}"


def _number(written: str) -> str:
    digits = re.match(r"[\d.,\u00a0\u202f]*\d", written)
    assert digits
    unit = written[digits.end() :].strip().lower()
    value = _decimal(digits[0]) * _UNITS.get(unit, 1)
    plain = f"{value.normalize():f}"
    return f"{plain}%" if unit in ("%", "phần trăm", "percent") else plain


def _decimal(digits: str) -> Decimal:
    """``1.190.000``, ``1,190,000``, ``22,5``, ``22.5``: three digits behind a mark are thousands, unless 0 leads."""
    digits = re.sub("[\u00a0\u202f]", "", digits)
    if grouped := re.fullmatch(r"([1-9]\d{0,2}(?:([.,])\d{3})(?:\2\d{3})*)(?:[.,](\d+))?", digits):
        return Decimal(f"{re.sub('[.,]', '', grouped[1])}.{grouped[3] or 0}")
    return Decimal(digits.replace(",", "."))


_UNITS = {
    **dict.fromkeys(("k", "nghìn", "ngàn", "thousand"), 1000),
    **dict.fromkeys(("triệu", "tr", "million"), 1_000_000),
}
_VALUES: dict[str, Callable[[str], str]] = {
    "phone": _phone,
    "time": _time,
    "height": _height,
    "number": _number,
}
