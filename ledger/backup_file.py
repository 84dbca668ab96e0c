"""The file of a backup: JSON lines, compressed, the same from either database.

First a line that says what it is; then for each table a line with its name and columns, and a list a row; at the
end the numbers of rows, which prove that nothing is missing. Money is in picodollars, times in microseconds, as in
the tables.
"""

import gzip
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from ledger.unusable import DatabaseUnusable, unusable

_MARK = "demo_desk_backup"
_FORMAT = 1
_LEVEL = 3  # of zlib's nine: a third of the usual one's time, a tenth larger
_GZIP = 31  # zlib's word for a gzip header around the largest window


@dataclass(frozen=True)
class Contents:
    """What a backup holds. revision: of the tables. dialect: where it comes from. rows: table -> number."""

    revision: str
    made_at: datetime
    dialect: str
    rows: Mapping[str, int]


@dataclass(frozen=True)
class Rows:
    """Some rows of one table; their values are in the order of ``columns``."""

    table: str
    columns: Sequence[str]
    values: Sequence[Sequence[Any]]


class BackupWriter:
    """Writes beside ``file``, and puts the whole in its place when the ``with`` block ends well.

    Raises DatabaseUnusable: ``backup_not_written``.
    """

    def __init__(self, file: Path, revision: str, made_at: datetime, dialect: str) -> None:
        if file.exists() and not _is_backup(file):
            # Somebody who names the database itself, say.
            raise unusable("backup_not_written", str(file), "there is another file of this name")
        self._file = file
        self._part = file.with_name(file.name + ".part")
        self._about = (revision, made_at, dialect)
        self._rows: dict[str, int] = {}
        self._table = ""
        self._squeeze = zlib.compressobj(_LEVEL, wbits=_GZIP)

    def __enter__(self) -> Self:
        with _writing(self._file):
            self._part.unlink(missing_ok=True)
            self._out = os.fdopen(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        revision, made_at, dialect = self._about
        self._say({_MARK: _FORMAT, "revision": revision, "made_at": made_at, "dialect": dialect})
        return self

    def table(self, name: str, columns: Sequence[str]) -> None:
        """The rows that follow are this table's."""
        self._table = name
        self._rows[name] = 0
        self._say({"table": name, "columns": columns})

    def write(self, values: Iterable[Sequence[Any]]) -> None:
        """Rows of the table that was named last."""
        rows = [tuple(row) for row in values]
        self._rows[self._table] += len(rows)
        self._say(*rows)

    @property
    def contents(self) -> Contents:
        """What was written so far."""
        return Contents(*self._about, dict(self._rows))

    def _say(self, *lines: object) -> None:
        with _writing(self._file):
            self._out.write(self._squeeze.compress(b"".join(orjson.dumps(line) + b"\n" for line in lines)))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._say({"rows": self._rows})
                with _writing(self._file):
                    self._out.write(self._squeeze.flush())
                    self._out.flush()
                    os.fsync(self._out.fileno())
                    self._part.replace(self._file)
        finally:
            with _writing(self._file):
                self._out.close()
                self._part.unlink(missing_ok=True)


def read_contents(file: Path) -> Contents:
    """Read a backup to its end. Raises DatabaseUnusable (``no_backup``, ``not_a_backup``) unless all of it is there."""
    rows: dict[str, int] = {}
    for found in read_rows(file):
        rows[found.table] = rows.get(found.table, 0) + len(found.values)
    with _reading(file):
        about = next(_lines(file))
        return Contents(about["revision"], datetime.fromisoformat(about["made_at"]), about["dialect"], rows)


def read_rows(file: Path, at_once: int = 1000) -> Iterator[Rows]:
    """The rows of a backup, up to ``at_once`` of a table together; a table without rows comes once, with none.

    Raises DatabaseUnusable (``not_a_backup``) at the latest after the last row.
    """
    with _reading(file):
        lines = _lines(file)
        if next(lines)[_MARK] != _FORMAT:
            raise ValueError("made by a newer program")
        counted: dict[str, int] = {}
        columns: list[str] = []
        table, values, ended = "", [], False
        for line in lines:
            if isinstance(line, list):
                values.append(line)
            if values and (len(values) == at_once or not isinstance(line, list)):
                counted[table] += len(values)
                yield Rows(table, columns, values)
                values = []
            if isinstance(line, dict) and "table" in line:
                table, columns = line["table"], line["columns"]
                counted[table] = 0
                yield Rows(table, columns, [])
            elif isinstance(line, dict):
                ended = line["rows"] == counted
        if not ended:
            raise ValueError("its end is missing")


def _lines(file: Path) -> Iterator[Any]:
    with gzip.open(file, "rb") as lines:
        for line in lines:
            yield orjson.loads(line)


def _is_backup(file: Path) -> bool:
    try:
        with _reading(file):
            return _MARK in next(_lines(file))
    except DatabaseUnusable:
        return False


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise unusable("no_backup", str(file)) from error
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, StopIteration) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise unusable("not_a_backup", str(file), why) from error


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unusable("backup_not_written", str(file), error.strerror or str(error)) from error
