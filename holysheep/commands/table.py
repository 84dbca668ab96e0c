"""Rows in columns, for a terminal."""

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]], below: Sequence[str] = ()) -> list[str]:
    """Lines. below: what stands beneath each row; blank: nothing."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [_line(head, widths), _line(["─" * width for width in widths], widths)]
    for place, row in enumerate(rows):
        lines.append(_line(row, widths))
        if place < len(below) and below[place]:
            lines.append(below[place])
    return lines


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
