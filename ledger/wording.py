"""What a report says, and its numbers, in Vietnamese and English.

Dollars are written as price lists write them in both languages (docs/decisions/0004-money-and-words.md); counts, times
and shares in the language's own form.
"""

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from holysheep.events import CostBound

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

NONE = "-"

_FOLDER = Path(__file__).parent / "language"


def texts(language: Language) -> dict[str, str]:
    """All texts of a language as ``section.key`` -> text."""
    return read_texts(_FOLDER, language)


@cache
def read_texts(folder: Path, language: Language) -> dict[str, str]:
    """The texts of a room, whose folder has a file for each language."""
    with (folder / f"{language}.toml").open("rb") as file:
        sections = tomllib.load(file)
    return {f"{section}.{key}": text for section, keys in sections.items() for key, text in keys.items()}


def say(language: Language, key: str, **values: object) -> str:
    """The text under ``key`` with its ``{placeholders}`` filled in; KeyError where there is none."""
    text = texts(language)[key]
    return text.format(**values) if values else text


def figure(plain: str, language: Language = "en") -> str:
    """``12,345.6`` with the language's separators: ``12.345,6``."""
    if language == "en":
        return plain
    point, comma = texts(language)["numbers.decimal"], texts(language)["numbers.thousands"]
    return plain.replace(",", "\0").replace(".", point).replace("\0", comma)


def count(number: int, language: Language = "en") -> str:
    """12,345."""
    return figure(f"{number:,}", language)


def money(usd: Decimal | None, bound: CostBound = "exact", language: Language = "en") -> str:
    """Dollars: to the cent from one dollar on, finer below; "≥ " where it is at least that."""
    if usd is None:
        return say(language, "numbers.unknown")
    places = 2 if abs(usd) >= 1 else 4 if abs(usd) >= Decimal("0.01") or not usd else 6
    return f"{'≥ ' if bound == 'at_least' else ''}${usd:,.{places}f}"


def share(part: float | None, language: Language = "en") -> str:
    """0.0153 -> 1.53 %."""
    return NONE if part is None else figure(f"{part * 100:.2f} %", language)


def change(part: float | None, language: Language = "en") -> str:
    """-0.57 -> -57.0 %; "< -99.9 %" where nearly all went, but not all."""
    if part is None:
        return NONE
    shown = f"{part * 100:+.1f} %"
    return figure("< -99.9 %" if shown == "-100.0 %" and part > -1 else shown, language)


def milliseconds(time: int | None, language: Language = "en") -> str:
    """12,345."""
    return NONE if time is None else count(time, language)


def day(text: str, language: Language = "en") -> str:
    """``2026-11-01`` as people write it; anything else stays as it is."""
    try:
        return date.fromisoformat(text).strftime(texts(language)["numbers.day"])
    except ValueError:
        return text
