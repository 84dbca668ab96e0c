"""Which language a reply is in."""

import re
import unicodedata
from typing import Literal

Language = Literal["vi", "en"]

_VIETNAMESE_LETTER = re.compile("[ăâđêôơưàằầèềìòồờùừỳảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹáắấéếíóốớúứýạặậẹệịọộợụựỵ]")
_UNACCENTED = re.compile(
    r"\b(xin chao|cam on|bao nhieu|con hang|giao hang|doi tra|nhu the nao|o dau|duoc khong|shop oi|ban oi)\b"
)
_UNACCENTED_WEAK = re.compile(r"\b(chao|khong|nhieu|duoc|minh|oi|toi|giup|mua|hoi|hang|vay|gi|la|ban|gia)\b")
_ENOUGH = 2
"""Single words of the weak list also occur in English; two of them hardly do."""
_LETTERS = re.compile(r"(?<![\d\w])[^\W\d_]+")
_SHARE = 4
"""One word in so many makes a text Vietnamese."""
_FEW = 4
_LOAN_WORDS = """
    ok oke okay okie hi alo size xs xl xxl xxxl shop ship inbox ib sale combo menu sp sdt
"""
_LOANS = frozenset(_LOAN_WORDS.split())
"""Words that a Vietnamese customer writes too."""
_ENGLISH_WORDS = """
    a an and any are am at can do does for from have how i if in is it long me much my of on or the to
    under what when where which with you
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_ORDERS: tuple[tuple[Language, re.Pattern[str]], ...] = (
    ("en", re.compile(r"(answer|reply|respond|write)( \w+)? in english|trả lời( \w+)? bằng tiếng anh")),
    ("vi", re.compile(r"(answer|reply|respond|write)( \w+)? in vietnamese|trả lời( \w+)? bằng tiếng việt")),
)


def normal(text: str) -> str:
    """``text`` composed (NFC) and in small letters, as all the word lists here are."""
    return unicodedata.normalize("NFC", text).lower()


def choose(system: str, question: str) -> Language:
    """The language that the system prompt orders, else that of the question, else of the prompt."""
    ordered = _ordered(normal(system))
    if ordered:
        return ordered
    if mostly_vietnamese(system) and _unclear(normal(question), normal(system)):
        return "vi"
    return _spoken(normal(question))


def mostly_vietnamese(text: str) -> bool:
    """Whether so many words carry Vietnamese letters that they cannot all be names. Prices do not count."""
    words = _LETTERS.findall(normal(text))
    marked = sum(bool(_VIETNAMESE_LETTER.search(word)) for word in words)
    return marked > 0 and marked * _SHARE >= len(words)


def _unclear(question: str, system: str) -> bool:
    """Whether a few words are all sizes, figures, loan words or the shop's own names."""
    words = _LETTERS.findall(question)
    if len(words) > _FEW or _ENGLISH.intersection(words):
        return False
    own = set(_LETTERS.findall(system)) if words else set()
    known = own | {_bare(word) for word in own} | _LOANS
    return all(len(word) == 1 or word in known for word in words)


def _bare(word: str) -> str:
    """``word`` as typed without diacritics."""
    marks = unicodedata.normalize("NFD", word.replace("đ", "d"))
    return "".join(mark for mark in marks if not unicodedata.combining(mark))


def _ordered(system: str) -> Language | None:
    """The last order wins, as it does with a model."""
    found = [(hit.start(), language) for language, order in _ORDERS for hit in order.finditer(system)]
    return max(found)[1] if found else None


def _spoken(question: str) -> Language:
    if _english_around_names(question):
        return "en"
    if _VIETNAMESE_LETTER.search(question) or _UNACCENTED.search(question):
        return "vi"
    return "vi" if len(set(_UNACCENTED_WEAK.findall(question))) >= _ENOUGH else "en"


def _english_around_names(question: str) -> bool:
    """Whether the Vietnamese letters can be those of names in an English sentence."""
    words = _LETTERS.findall(question)
    english = _ENGLISH.intersection(words)
    marked = sum(bool(_VIETNAMESE_LETTER.search(word)) for word in words)
    return 0 < marked < len(english) and len(english) >= _ENOUGH
