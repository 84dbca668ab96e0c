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
_ORDERS: tuple[tuple[Language, re.Pattern[str]], ...] = (
    ("en", re.compile(r"(answer|reply|respond|write)( \w+)? in english|trả lời( \w+)? bằng tiếng anh")),
    ("vi", re.compile(r"(answer|reply|respond|write)( \w+)? in vietnamese|trả lời( \w+)? bằng tiếng việt")),
)


def normal(text: str) -> str:
    """``text`` composed (NFC) and in small letters, as all the word lists here are."""
    return unicodedata.normalize("NFC", text).lower()


def choose(system: str, question: str) -> Language:
    """The language that the system prompt orders, else that of the question."""
    return _ordered(normal(system)) or _spoken(normal(question))


def _ordered(system: str) -> Language | None:
    """The last order wins, as it does with a model."""
    found = [(hit.start(), language) for language, order in _ORDERS for hit in order.finditer(system)]
    return max(found)[1] if found else None


def _spoken(question: str) -> Language:
    if _VIETNAMESE_LETTER.search(question) or _UNACCENTED.search(question):
        return "vi"
    return "vi" if len(set(_UNACCENTED_WEAK.findall(question))) >= _ENOUGH else "en"
