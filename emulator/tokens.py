"""What counts as a token here: a word-sized piece with the space before it."""

import re
from functools import lru_cache

_PIECE = re.compile(r" ?\w{1,8}| ?[^\w\s]|\n+|\s")


def split(text: str) -> list[str]:
    """Cut ``text`` into tokens; joined again they are the text, to the last blank."""
    return _PIECE.findall(text)


@lru_cache(maxsize=8192)
def count(text: str) -> int:
    """The number of tokens in ``text``. Cached: a long chat sends its old turns again and again."""
    return len(split(text))
