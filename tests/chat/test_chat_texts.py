"""What a person reads: the same texts in both languages, numbers and money as each writes them."""

import re
import string
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import get_args

import pytest

from chat.below import VISITORS_TROUBLES, WORTH_A_RETRY
from chat.texts import LANGUAGES, best_language, desk_texts, number, say, seconds, texts, usd, vnd
from demos import Language
from holysheep.errors import EngineError
from holysheep.events import Mark, NoticeKind


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def all_kinds(error: type[EngineError] = EngineError) -> set[str]:
    return {error.kind}.union(*(all_kinds(below) for below in error.__subclasses__()))


def test_both_languages_have_the_same_keys() -> None:
    """No text exists in one language only."""
    assert texts("vi").keys() == texts("en").keys()
    assert desk_texts("vi").keys() == desk_texts("en").keys()


BOTH = [(read, key) for read in (texts, desk_texts) for key in sorted(read("vi"))]


@pytest.mark.parametrize(("read", "key"), BOTH, ids=[f"{read.__name__}-{key}" for read, key in BOTH])
def test_both_languages_fill_in_the_same(read: Callable[[Language], dict[str, str]], key: str) -> None:
    """A text names the same placeholders in both languages, is not blank, and is composed (NFC)."""
    vi, en = read("vi")[key], read("en")[key]
    assert placeholders(vi) == placeholders(en)
    assert vi.strip() and en.strip()
    assert unicodedata.is_normalized("NFC", vi + en)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_failure_has_words(language: Language) -> None:
    """Whatever the engine can fail of has a text for the visitor; and a reason in a few words."""
    kinds = all_kinds()
    assert {kind for kind in kinds if f"errors.{kind}" not in texts(language)} == set()
    assert {kind for kind in kinds if f"reasons.{kind}" not in texts(language)} == set()
    assert kinds >= WORTH_A_RETRY | VISITORS_TROUBLES.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mark_and_notice_has_words(language: Language) -> None:
    """Whatever the engine remarks of a receipt, and tells while a turn goes on."""
    assert {f"marks.{mark}" for mark in get_args(Mark)} <= texts(language).keys()
    notices = {
        "queueing": "queueing",
        "slow": "dripping",
        "shortened": "shortened",
        "stand_in": "switching",
    }
    assert set(get_args(NoticeKind)) == {*notices, "breaking"}
    assert {f"notes.{key}" for key in (*notices.values(), "breaking")} <= texts(language).keys()


@pytest.mark.parametrize("kind", sorted(all_kinds()))
def test_a_visitor_reads_nothing_of_how_the_desk_is_run(kind: str) -> None:
    """Whatever went wrong: no key, no file, no address, no settings of the operator's."""
    told = VISITORS_TROUBLES.get(kind, kind)
    words = " ".join(say(language, f"errors.{told}") for language in LANGUAGES)
    assert not re.search(
        r"API|\.env|\{variable\}|proxy|địa chỉ|address|nhà cung cấp|provider", words, re.IGNORECASE
    )


def test_a_missing_text_is_an_error() -> None:
    """A key that no file has is a mistake of ours, never an empty text."""
    with pytest.raises(KeyError):
        say("vi", "notes.nothing")


@pytest.mark.parametrize(
    ("value", "places", "vi", "en"),
    [
        (0.18, 2, "0,18", "0.18"),
        (0, 0, "0", "0"),
        (999, 0, "999", "999"),
        (1234, 0, "1.234", "1,234"),
        (1234567.891, 1, "1.234.567,9", "1,234,567.9"),
        (Decimal("0.5"), 2, "0,50", "0.50"),
        (-1234.5, 1, "-1.234,5", "-1,234.5"),
    ],
)
def test_numbers(value: float | Decimal, places: int, vi: str, en: str) -> None:
    """Vietnamese writes a comma before the decimals and points between thousands."""
    assert (number("vi", value, places), number("en", value, places)) == (vi, en)


@pytest.mark.parametrize(("ms", "vi", "en"), [(180, "0,18 s", "0.18 s"), (65432.1, "65,43 s", "65.43 s")])
def test_seconds(ms: float, vi: str, en: str) -> None:
    """Milliseconds are shown as seconds with two decimals."""
    assert (seconds("vi", ms), seconds("en", ms)) == (vi, en)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0"),
        ("0E-8", "$0"),
        ("0.00010458", "$0.0001"),
        ("0.00015", "$0.0002"),
        ("0.0001", "$0.0001"),
        ("0.0000994", "$0.000099"),
        ("0.0000123", "$0.000012"),
        ("0.000000004567", "$0.0000000046"),
        ("1E-7", "$0.00000010"),
        ("1.5", "$1.5000"),
        ("12345.678912", "$12,345.6789"),
    ],
)
def test_dollars(amount: str, text: str) -> None:
    """Dollars have four decimals, smaller sums two figures, and never an exponent."""
    assert usd(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "vi", "en"),
    [
        ("0", "0\u00a0₫", "₫0"),
        ("2.75054", "2,8\u00a0₫", "₫2.8"),
        ("99.94", "99,9\u00a0₫", "₫99.9"),
        ("100", "100\u00a0₫", "₫100"),
        ("26300", "26.300\u00a0₫", "₫26,300"),
    ],
)
def test_dong(amount: str, vi: str, en: str) -> None:
    """Dong are whole, small sums of it have one decimal."""
    assert (vnd("vi", Decimal(amount)), vnd("en", Decimal(amount))) == (vi, en)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "vi"),
        ("   ", "vi"),
        ("vi", "vi"),
        ("vi-VN,vi;q=0.9,en-US;q=0.8,en;q=0.7", "vi"),
        ("VI-vn", "vi"),
        ("en-US,en;q=0.9,vi;q=0.8", "en"),
        ("en;q=0.7,vi;q=0.8", "vi"),
        ("fr-FR,fr;q=0.9,vi;q=0.1", "vi"),
        ("fr-FR,de;q=0.9", "en"),
        ("*", "en"),
        ("fr, vi;q=0", "en"),
        ("vi;q=much, en;q=0.1", "en"),
        ("vi;q=", "vi"),
        (",,,", "en"),
        (";q=1", "en"),
    ],
)
def test_the_browser_decides_the_language(accepted: str, language: str) -> None:
    """Whichever of the two ranks higher; Vietnamese for no header, English for a header with neither."""
    assert best_language(accepted) == language
