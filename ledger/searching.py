"""What is typed into a search field, as a pattern that both databases and Python read alike."""

import re
import unicodedata

#: More is no search, and would only be slow.
LONGEST_SEARCH = 200

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# The marks of Vietnamese, where a text has them as characters of their own; other texts have them in the letters.
_MARKS = "\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b"
_ANY_MARKS = f"[{_MARKS}]*"
_MARKED = {
    "a": "àáảãạăằắẳẵặâầấẩẫậ",
    "d": "đ",
    "e": "èéẻẽẹêềếểễệ",
    "i": "ìíỉĩị",
    "o": "òóỏõọôồốổỗộơờớởỡợ",
    "u": "ùúủũụưừứửữự",
    "y": "ỳýỷỹỵ",
}
_BARE = {marked: bare for bare, letters in _MARKED.items() for marked in letters}


def pattern(searched: str) -> str | None:
    """A regular expression that finds what was searched for; None where nothing was.

    Case does not matter. A bare letter finds it with any mark ("vay lua": "váy lụa"); a marked one finds itself and
    the bare one, since many type without marks ("váy": "váy" and "vay", not "vậy").
    """
    composed = unicodedata.normalize("NFC", searched.encode(errors="ignore").decode())[:LONGEST_SEARCH]
    words = _CONTROL.sub(" ", composed).split()
    return r"\s+".join("".join(map(_letter, word)) for word in words) or None


def _letter(letter: str) -> str:
    small = letter.lower()
    bare = _BARE.get(small, small)
    if not letter.isalpha() or len(small) > 1:
        return re.escape(letter)
    if bare not in _MARKED:
        return _either_case(letter + small)
    return _either_case(small + bare + (_MARKED[bare] if small == bare else "")) + _ANY_MARKS


def _either_case(letters: str) -> str:
    """A class of these letters, in capitals too where a capital is one letter."""
    both = dict.fromkeys(letters + "".join(letter.upper() for letter in letters if len(letter.upper()) == 1))
    return f"[{''.join(both)}]"
