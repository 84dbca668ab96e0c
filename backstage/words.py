"""Commands as an operator types them into the chat, or presses them: always a list of words."""

import re
import shlex
import unicodedata
from collections.abc import Sequence
from typing import Any

#: What the desk does; every other message that begins with a slash is a message.
WORDS = (
    "new",
    "preflight",
    "status",
    "stage",
    "publish",
    "links",
    "watch",
    "unwatch",
    "versions",
    "compare",
    "rollback",
    "fix",
    "activity",
    "pause",
    "resume",
    "revoke",
    "extend",
)
#: Of the words of one command; a logo stands in one of them.
MOST_WORDS, MOST_CHARACTERS = 64, 600_000
#: Of a command's id, which is a UUID.
LONGEST_ID = 64

_TYPED = re.compile(r"/([a-z]+)(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_QUOTES = str.maketrans("“”„", '"""')
_DASH = re.compile(r"(?<!\S)[—–](?=[a-z])")
#: "Shop ABC: what it sells", as people write it who know nothing of quotes.
_NAMED = re.compile(r"\s*([^:\n]{1,200}?)\s*[:\n]\s*(.+)", re.DOTALL)


def typed(text: str) -> list[str] | None:
    """The words of ``/publish boutique --for 'Shop ABC'``; None for what is no command of the desk."""
    found = _TYPED.fullmatch(text.strip()) if len(text) <= MOST_CHARACTERS else None
    if found is None or (word := found[1].lower()) not in WORDS:
        return None
    rest = _as_keyboards_write(_whole(found[2] or "").strip())
    if word == "new" and rest and not rest.startswith(("'", '"', "--")):
        named = _NAMED.fullmatch(rest)
        return ["new", "--", named[1], named[2].strip()] if named else ["new", "--", rest]
    try:
        return [word, *shlex.split(rest)]
    except ValueError:  # an apostrophe that is no quote
        return [word, *rest.split()]


def pressed(data: Any) -> list[str] | None:
    """The words that a page sent; None for what no page of ours sends: any socket can send anything."""
    words = data.get("words") if isinstance(data, dict) else None
    if not isinstance(words, list) or not 1 <= len(words) <= MOST_WORDS:
        return None
    if not all(isinstance(word, str) for word in words) or sum(map(len, words)) > MOST_CHARACTERS:
        return None
    whole = [_whole(word) for word in words]
    return whole if whole[0] in WORDS else None


def id_of(data: Any) -> str:
    """What a page calls what it sent; '' where it gives it no name."""
    id = data.get("id") if isinstance(data, dict) else None
    return id if isinstance(id, str) and len(id) <= LONGEST_ID else ""


def _whole(word: str) -> str:
    """Composed (NFC) and without control characters, as messages are; half a character, as a cut emoji leaves, would
    go no further than the database."""
    return unicodedata.normalize("NFC", _CONTROL.sub("", word.encode("utf-8", "replace").decode()))


def _as_keyboards_write(text: str) -> str:
    """Phones and Macs make round quotes of straight ones, and one dash of two."""
    return _DASH.sub("--", text.translate(_QUOTES))


def named(words: Sequence[str], option: str) -> str | None:
    """What follows ``option`` in the words."""
    places = [place for place, word in enumerate(words[:-1]) if word == option]
    return words[places[0] + 1] if places else None
