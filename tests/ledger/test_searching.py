"""What a search finds: in Python's regular expressions here, in the databases' own in test_conversations.py."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.searching import LONGEST_SEARCH, pattern

CASES = [
    ("vay lua", "Em tìm VÁY LỤA đỏ", True),
    ("váy lụa", "em tim vay lua do", True),
    ("váy", "chuyển hàng đến vậy thôi", False),
    ("dam", "Đầm dạ hội", True),
    ("đầm", "ĐẦM dạ hội", True),
    ("đầm", "đám cưới", False),
    ("size m", "Size\n  M còn không?", True),
    ("1.250.000", "giá 1.250.000đ", True),
    ("1.250", "1x250", False),
    ("(a|b)*", "chữ (a|b)* là gì", True),
    ("(a|b)*", "ab", False),
    ("50%_", "giảm 50%_", True),
    ("\\d", "5", False),
    ("[x", "ma trận [x]", True),
    ("Straße", "STRAßE", True),
    ("👍", "tốt 👍", True),
]


@pytest.mark.parametrize(("searched", "text", "found"), CASES)
def test_found(searched: str, text: str, found: bool) -> None:
    """Case never matters, marks only where both have some; everything else stands for itself."""
    words = pattern(searched)
    assert words is not None and bool(re.search(words, text)) is found


@given(st.text("aăâbcdđeêoôơuưyáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ ", min_size=1))
def test_marks_of_their_own(text: str) -> None:
    """A text that keeps its marks apart from the letters is found by the bare and by the marked word."""
    apart = unicodedata.normalize("NFD", text)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter)).replace("đ", "d")
    for searched in (text, text.upper(), bare):
        words = pattern(searched)
        assert words is None or re.search(words, apart)


@given(st.text(max_size=300))
def test_anything_can_be_searched_for(searched: str) -> None:
    """Every text gives a pattern that can be used, or none."""
    words = pattern(searched)
    assert words is None or re.compile(words)


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=50))
def test_text_finds_itself(text: str) -> None:
    """Whatever script it is in."""
    composed = unicodedata.normalize("NFC", text)
    assert re.search(pattern(text) or "", composed)


def test_a_search_has_an_end() -> None:
    """A pasted page is cut, not refused."""
    words = pattern("a b " * 1_000)
    assert words is not None and words.count("\\s+") == LONGEST_SEARCH // 2 - 1
