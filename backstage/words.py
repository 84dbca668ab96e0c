"""Commands as an operator types them into the chat, or presses them: always a list of words."""

import re
import shlex
from collections.abc import Sequence
from typing import Any

#: What the desk does; every other message that begins with a slash is a message.
WORDS = (
    "new",
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

_TYPED = re.compile(r"/([a-z]+)(?:\s+(.*))?", re.DOTALL)
#: "Shop ABC: what it sells", as people write it who know nothing of quotes.
_NAMED = re.compile(r"\s*([^:\n]{1,200}?)\s*[:\n]\s*(.+)", re.DOTALL)


def typed(text: str) -> list[str] | None:
    """The words of ``/publish boutique --for 'Shop ABC'``; None for what is no command of the desk."""
    found = _TYPED.fullmatch(text.strip())
    if found is None or found[1] not in WORDS:
        return None
    rest = (found[2] or "").strip()
    if found[1] == "new" and not rest.startswith(("'", '"')) and (named := _NAMED.fullmatch(rest)):
        return ["new", named[1], named[2].strip()]
    try:
        return [found[1], *shlex.split(rest)]
    except ValueError:  # an apostrophe that is no quote
        return [found[1], *rest.split()]


def pressed(data: Any) -> list[str] | None:
    """The words that a page sent; None for what no page of ours sends: any socket can send anything."""
    words = data.get("words") if isinstance(data, dict) else None
    if not isinstance(words, list) or not 1 <= len(words) <= MOST_WORDS:
        return None
    if not all(isinstance(word, str) for word in words) or sum(map(len, words)) > MOST_CHARACTERS:
        return None
    # Half a character, as a cut emoji leaves, would go no further than the database.
    whole = [word.encode("utf-8", "replace").decode().replace("\0", "") for word in words]
    return whole if whole[0] in WORDS else None


def named(words: Sequence[str], option: str) -> str | None:
    """What follows ``option`` in the words."""
    places = [place for place, word in enumerate(words[:-1]) if word == option]
    return words[places[0] + 1] if places else None
