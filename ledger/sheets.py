"""Tables for eyes: as text, Markdown or HTML."""

import html
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sheet:
    """A table. numbers: how many columns at the right hold numbers. last: how many rows at the end tell of all."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: int = 0
    last: int = 0
    notes: Sequence[str] = ()

    @property
    def _first_number(self) -> int:
        return len(self.columns) - self.numbers

    def text(self) -> str:
        """For a terminal."""
        cells = [[_clean(cell) for cell in row] for row in (self.columns, *self.rows)]
        widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(
                _padded(cell, width, at >= self._first_number)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in cells
        ]
        rule = "  ".join("-" * width for width in widths)
        lines.insert(1, rule)
        if self.last:
            lines.insert(-self.last, rule)
        return "\n".join([*([self.title, ""] if self.title else []), *lines, *self._below()])

    def markdown(self) -> str:
        """For a README or a chat."""
        rule = ["---:" if at >= self._first_number else "---" for at in range(len(self.columns))]
        lines = [
            _piped(_clean(cell).replace("|", "\\|") for cell in row) for row in (self.columns, *self.rows)
        ]
        lines.insert(1, _piped(rule))
        return "\n".join([*([f"**{self.title}**", ""] if self.title else []), *lines, *self._below()])

    def html(self) -> str:
        """A piece of a page."""
        head = "".join(self._cell("th", at, cell) for at, cell in enumerate(self.columns))
        body = []
        for number, row in enumerate(self.rows, 1):
            cells = "".join(self._cell("td", at, cell) for at, cell in enumerate(row))
            of_all = number > len(self.rows) - self.last
            body.append(f'<tr class="sum">{cells}</tr>' if of_all else f"<tr>{cells}</tr>")
        title = f"<h2>{html.escape(self.title)}</h2>\n" if self.title else ""
        notes = "".join(f"\n<p>{html.escape(note)}</p>" for note in self.notes)
        table = f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>'
        return title + table + "\n".join(body) + "</tbody></table></div>" + notes

    def _cell(self, kind: str, at: int, cell: str) -> str:
        number = ' class="number"' if at >= self._first_number else ""
        return f"<{kind}{number}>{html.escape(cell)}</{kind}>"

    def _below(self) -> list[str]:
        return ["", *self.notes] if self.notes else []


def _clean(cell: str) -> str:
    """A link's id or a model's name cannot break a line, or paint a terminal."""
    return "".join(c if unicodedata.category(c)[0] != "C" else "?" for c in cell)


def _width(cell: str) -> int:
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in cell
    )


def _padded(cell: str, width: int, right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if right else cell + space


def _piped(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
