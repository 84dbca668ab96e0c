"""What can be written into the books, as plain rows: columns as the tables have them, money and times as whole
numbers. An operation can be done twice and has been done once then, so that it can wait in a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """A message has come. about: its conversation's row, new or not. row: of ``turns``."""

    conversation: str
    about: Row
    row: Row


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """A message's turn has come: it is about to be answered. row: of ``receipts``, what is known by now.

    most: picodollars to set aside; None where the price is unknown. 0 sets no money aside; the turn still takes its
    place where turns are counted.
    """

    conversation: str
    row: Row
    most: int | None = 0

    @property
    def turn(self) -> str:
        """The turn's id."""
        return str(self.row["turn"])


@dataclass(frozen=True, slots=True)
class BeginAttempt:
    """A request is about to leave. row: of ``attempts``."""

    conversation: str
    row: Row

    @property
    def turn(self) -> str:
        """The turn's id."""
        return str(self.row["turn"])


@dataclass(frozen=True, slots=True)
class SaySoFar:
    """The reply as far as it has come."""

    conversation: str
    turn: str
    reply: str | None


@dataclass(frozen=True, slots=True)
class SettleTurn:
    """A turn has ended.

    receipt: all that is known of ``receipts`` only now. attempts: rows of all that were sent. never_left: numbers of
    those that were begun and not sent, which are taken off. supposed: a guess, which gives way to what is known.
    """

    conversation: str
    turn: str
    reply: str | None
    settled_at: int
    receipt: Row
    attempts: tuple[Row, ...] = ()
    never_left: tuple[int, ...] = ()
    supposed: bool = False


@dataclass(frozen=True, slots=True)
class SaveConversation:
    """changes: columns of ``conversations``."""

    conversation: str
    changes: Row


@dataclass(frozen=True, slots=True)
class ReplaceTurns:
    """These turns go off the screen, and stay on record. ended_at: they never were, and will not be, answered."""

    conversation: str
    turns: tuple[str, ...]
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class SaveVersion:
    """A demo was changed. row: of ``demo_versions``."""

    row: Row


Operation: TypeAlias = (
    TakeMessage
    | OpenTurn
    | BeginAttempt
    | SaySoFar
    | SettleTurn
    | SaveConversation
    | ReplaceTurns
    | SaveVersion
)

_KINDS: Mapping[str, type[Operation]] = {
    "message": TakeMessage,
    "turn": OpenTurn,
    "attempt": BeginAttempt,
    "said": SaySoFar,
    "settled": SettleTurn,
    "saved": SaveConversation,
    "replaced": ReplaceTurns,
    "version": SaveVersion,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
# Where words stand in a plain form.
_TEXTS = frozenset(("question", "reply", "title", "comment"))


def to_plain(operation: Operation) -> dict[str, Any]:
    """For JSON: ``kind``, and the operation's fields."""
    plain = {field.name: getattr(operation, field.name) for field in fields(operation)}
    return {"kind": _NAMES[type(operation)], **plain}


def without_texts(plain: Any) -> Any:
    """The same plain form without what anybody said or was called."""
    if not isinstance(plain, dict):
        return plain
    return {key: None if key in _TEXTS else without_texts(part) for key, part in plain.items()}


def from_plain(plain: Mapping[str, Any]) -> Operation:
    """Back from JSON; raises ValueError for what is no operation."""
    given = dict(plain)
    kind = _KINDS.get(str(given.pop("kind", None)))
    if kind is None:
        raise ValueError(f"no operation is called {plain.get('kind')!r}")
    if kind is OpenTurn:  # a line from before there was such a column
        given["row"] = {"sent_tokens": None, **given.get("row", {})}
    if kind is SaveVersion:
        given["row"] = {"content": None, "author": None, "note": None, **given.get("row", {})}
    if kind is SettleTurn:  # the same; and one that said only whether the last one begun had left
        given["receipt"] = {"marks": None, **given.get("receipt", {})}
        if given.pop("unsent", False):
            given["never_left"] = [len(given.get("attempts", ())) + 1]
    for name in ("attempts", "turns", "never_left"):
        if name in given:
            given[name] = tuple(given[name])
    try:
        return kind(**given)
    except TypeError as error:
        raise ValueError(str(error)) from None
