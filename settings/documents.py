"""One TOML text: read, with a place for every key, so that a fault can name its line."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from settings.faults import Fault, Say, SettingsError, shown_path, tidy

Keys = tuple[str | int, ...]

_PART = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_ASSIGNMENT = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_HEADER = re.compile(r"\s*(\[\[.+?\]\]|\[.+?\])\s*(?:#.*)?$")
_POSITION = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)")

# tomllib's commonest complaints, as a person who has never heard of TOML needs them.
_EXPECTED = (
    ("Invalid value", Say('một giá trị; chữ phải nằm trong dấu " "', 'a value; text stands in " "')),
    ("Expected '='", Say("dấu “=” sau tên", "a “=” after the name")),
    ("Invalid statement", Say("tên = giá trị, hoặc [bảng]", "name = value, or a [table]")),
    ("Expected newline", Say("mỗi dòng một giá trị", "one value a line")),
    ("Cannot overwrite", Say("mỗi tên chỉ một lần", "each name only once")),
    ("Cannot declare", Say("mỗi bảng chỉ một lần", "each table only once")),
    (
        "Illegal character",
        Say('chữ gọn trong một dòng, đóng bằng dấu "', 'text closed by " on the same line'),
    ),
    ("Unterminated string", Say('dấu " đóng chuỗi', 'a closing "')),
    ("Unclosed array", Say("dấu ] đóng danh sách", "a closing ]")),
    ("Unescaped '\\'", Say("\\\\ cho mỗi dấu \\", "\\\\ for each \\")),
)


@dataclass(frozen=True)
class Document:
    """A parsed TOML text. Numbers with a point are Decimal: no price passes through a binary float.

    name: the file's, without its ending. shown_as: what faults call it: a file's path, or a version that is no file.
    """

    name: str
    shown_as: str
    text: str
    data: Mapping[str, object]

    @cached_property
    def _lines(self) -> dict[Keys, int]:
        return _index(self.text)

    def line_of(self, keys: Keys) -> int | None:
        """The line of a key, or of the nearest thing around it that has one (from 1)."""
        while keys and keys not in self._lines:
            keys = keys[:-1]
        return self._lines.get(keys)

    def fault(self, keys: Keys, found: Say, expected: Say, name: str = "") -> Fault:
        """A mistake in this text at ``keys``; ``name`` is the key as people read it."""
        key = name or ".".join(map(str, keys))
        return Fault(self.shown_as, self.line_of(keys), key, found, expected)


def read_document(path: Path) -> Document:
    """Read a TOML file. Raises SettingsError, and nothing else, whatever the file holds."""
    return parse_document(read_text(path), path.stem, shown_path(path))


def parse_document(text: str, name: str, shown_as: str) -> Document:
    """As ``read_document``, for a text that is at hand already."""
    text = tidied(text)
    try:
        # The recursion and arithmetic errors come from absurd nesting and absurd exponents.
        data = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise SettingsError([_syntax_fault(shown_as, text, str(error))]) from None
    return Document(name, shown_as, text, data)


def tidied(text: str) -> str:
    """``text`` in NFC, without the mark that Windows editors put first."""
    return unicodedata.normalize("NFC", text.removeprefix("\ufeff"))


def read_text(path: Path) -> str:
    """A file's text, tidied. Raises SettingsError."""
    try:
        return tidied(path.read_text(encoding="utf-8"))
    except OSError as error:
        found = Say(f"không đọc được ({_reason(error).vi})", f"it cannot be read ({_reason(error).en})")
        expected = Say("một tệp đọc được", "a readable file")
    except ValueError:
        found = Say("ký tự không phải UTF-8", "bytes that are not UTF-8")
        expected = Say("tệp lưu bằng UTF-8", "a file saved as UTF-8")
    raise SettingsError([Fault(shown_path(path), None, "", found, expected)])


def _reason(error: OSError) -> Say:
    known = {
        FileNotFoundError: Say("không có tệp này", "no such file"),
        IsADirectoryError: Say("đây là thư mục", "it is a folder"),
        PermissionError: Say("không có quyền đọc", "no permission to read it"),
    }
    other = error.strerror or type(error).__name__
    return known.get(type(error), Say(other, other))


def _syntax_fault(shown_as: str, text: str, message: str) -> Fault:
    place = _POSITION.search(message)
    lines = text.split("\n")
    number = int(place[1]) if place and place[1] else len(lines)
    excerpt = tidy(lines[number - 1]) if number <= len(lines) else ""
    complaint = _POSITION.sub("", message)
    fallback = Say(f"TOML đúng cú pháp ({complaint})", f"valid TOML ({complaint})")
    expected = next((say for start, say in _EXPECTED if complaint.startswith(start)), fallback)
    column = place[2] if place and place[2] else "1"
    found = Say(f"“{excerpt}” ở cột {column}", f"“{excerpt}” at column {column}")
    if not excerpt:
        found = Say("hết tệp", "the end of the file")
    return Fault(shown_as, number, "", found, expected)


def _index(text: str) -> dict[Keys, int]:
    """Where each key and table begins. tomllib keeps no lines, so this reads them off the text."""
    lines: dict[Keys, int] = {}
    counts: dict[Keys, int] = {}
    table: Keys = ()
    quote = ""
    for number, line in enumerate(text.split("\n"), 1):
        if quote:
            quote = "" if line.count(quote) % 2 else quote
            continue
        if header := _HEADER.match(line):
            table = _table(header[1], counts)
            lines.setdefault(table, number)
            if table and isinstance(table[-1], int):  # a list of tables begins with its first
                lines.setdefault(table[:-1], number)
        elif assignment := _ASSIGNMENT.match(line):
            lines.setdefault((*table, *_names(f"{assignment[1]}=0")), number)
        quote = next((q for q in ('"""', "'''") if line.count(q) % 2), "")
    return lines


def _table(header: str, counts: dict[Keys, int]) -> Keys:
    """The keys of a header line, with the index of each list of tables that it stands in."""
    names = _names(header)
    table: Keys = ()
    for depth, name in enumerate(names, 1):
        table = (*table, name)
        if header.startswith("[[") and depth == len(names):
            counts[table] = counts.get(table, 0) + 1
        if table in counts:
            table = (*table, counts[table] - 1)
    return table


def _names(line: str) -> Keys:
    """The names in one header or assignment, quotes taken off by tomllib itself."""
    try:
        inner: object = tomllib.loads(line)
    except ValueError:
        return ()
    names: list[str] = []
    while isinstance(inner, (dict, list)) and inner:
        if isinstance(inner, list):
            inner = inner[0]
            continue
        name, inner = next(iter(inner.items()))
        names.append(name)
    return tuple(names)
