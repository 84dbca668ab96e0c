"""What a person reads: texts by key, numbers and money, in Vietnamese and English."""

from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

from demos import Language
from ledger.wording import figure, read_texts

LANGUAGES: tuple[Language, ...] = ("vi", "en")

_FOLDER = Path(__file__).parent / "language"
_SMALLEST_SHOWN = Decimal("0.0001")


def texts(language: Language) -> dict[str, str]:
    """All texts of a language as ``section.key`` -> text."""
    return read_texts(_FOLDER, language)


def desk_texts(language: Language) -> dict[str, str]:
    """All texts of the operators' tools; the page carries them."""
    return read_texts(_FOLDER / "desk", language)


def say(language: Language, key: str, **values: object) -> str:
    """The text under ``key`` with its ``{placeholders}`` filled in; KeyError where there is none."""
    text = texts(language)[key]
    return text.format(**values) if values else text


def sentence(text: str) -> str:
    """The text as a sentence begins."""
    return text[:1].upper() + text[1:]


def number(language: Language, value: Decimal | float, places: int = 0) -> str:
    """A number with the language's separators: ``1.234,5`` or ``1,234.5``."""
    return figure(f"{value:,.{places}f}", language)


def seconds(language: Language, ms: float) -> str:
    """Milliseconds as seconds: ``0,18 s`` or ``0.18 s``."""
    return say(language, "numbers.seconds", n=number(language, ms / 1000, 2))


def clock(language: Language, at: datetime, utc_offset: int) -> str:
    """A time of day where the clock is so many minutes ahead of UTC: ``14:32``; with its day if that is not today."""
    there = timezone(timedelta(minutes=utc_offset))
    local, time = at.astimezone(there), at.astimezone(there).strftime("%H:%M")
    if local.date() == datetime.now(there).date():
        return time
    return say(language, "numbers.time_and_day", time=time, day=local.day, month=local.month)


def usd(amount: Decimal) -> str:
    """US dollars as price lists write them, in both languages: ``$0.0001``; small sums to two figures."""
    if not amount:
        return "$0"
    if amount >= _SMALLEST_SHOWN:
        return f"${amount.quantize(_SMALLEST_SHOWN, ROUND_HALF_EVEN):,f}"
    return f"${amount.quantize(Decimal(1).scaleb(amount.adjusted() - 1), ROUND_HALF_EVEN):f}"


def vnd(language: Language, amount: Decimal) -> str:
    """Vietnamese đồng: whole, but small sums with one decimal: ``2,7 ₫`` or ``₫2.7``."""
    places = 1 if 0 < amount < 100 else 0
    return say(language, "numbers.vnd", n=number(language, amount, places))


def best_language(accepted: str) -> Language:
    """The language for an Accept-Language header: Vietnamese or English, whichever ranks higher.

    No header at all means Vietnamese, the first language here; a header with neither, English.
    """
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted.split(",")):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        ranked.append((-weight, place, tag.lower()[:2]))
    if not accepted.strip():
        return "vi"
    found = next((tag for weight, _, tag in sorted(ranked) if tag in LANGUAGES and weight), "en")
    return "vi" if found == "vi" else "en"
