"""A transaction as a plain sequence of steps, without I/O: a pen (see ledger.pen) carries it out."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from ledger.operations import Row
from ledger.statements import Statement

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Write:
    """The statement, once for each row."""

    statement: Statement
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Read:
    """The rows found for these ids."""

    statement: Statement
    ids: Sequence[str]


Found: TypeAlias = Sequence[Sequence[Any]]
#: Yields steps, is sent what a ``Read`` found (nothing for a ``Write``), and returns a T.
Script: TypeAlias = Generator[Write | Read, Found, T]
