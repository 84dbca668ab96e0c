"""The result as Markdown: machine, targets, and one table with a line for each quantity."""

from __future__ import annotations

from collections.abc import Sequence

from bench.machine import Machine
from bench.roster import CLIENTS, LABELS, STORES
from bench.rows import Quantity, Row
from bench.targets import Verdict

_MET = {True: "met", False: "**not met**", None: "not measured"}


def markdown(
    machine: Machine, rows: Sequence[Row], verdicts: Sequence[Verdict], failures: Sequence[str]
) -> str:
    """The whole report."""
    parts = [_machine(machine)]
    if verdicts:
        lines = [[v.target, v.reached, _MET[v.met]] for v in verdicts]
        parts += ["### Targets\n", grid(["target", "reached", ""], lines)]
    parts += [
        "### Figures\n",
        "Medians over the rounds, lowest and highest in brackets where there were several.\n",
    ]
    # Databases and clients are no servers: a table for each.
    groups = {"The ledger:\n": STORES, "Clients of a provider:\n": CLIENTS}
    others = {name for names in groups.values() for name in names}
    if part := [row for row in rows if row.contender not in others]:
        parts.append(figures(part))
    for heading, names in groups.items():
        if part := [row for row in rows if row.contender in names]:
            parts += [heading, figures(part)]
    if failures:
        parts += ["### What failed\n", *(f"- {failure}" for failure in failures), ""]
    if notes := [f"- {LABELS[row.contender]}, {row.quantity.title}: {row.note}" for row in rows if row.note]:
        parts += ["### Notes\n", *notes, ""]
    return "\n".join(parts)


def figures(rows: Sequence[Row]) -> str:
    """A line for each quantity, a column for each contender that has any."""
    names = [name for name in LABELS if any(row.contender == name for row in rows)]
    cells = {(row.quantity, row.contender): cell(row) for row in rows}
    quantities = list(dict.fromkeys(row.quantity for row in rows))
    lines = [[_title(q), *(cells.get((q, name), "") for name in names)] for q in quantities]
    return grid(["", *(LABELS[name] for name in names)], lines)


def cell(row: Row) -> str:
    """Median and, of several rounds, the range."""
    digits, seen = row.quantity.digits, row.spread
    text = f"{seen.median:,.{digits}f}"
    return text if len(row.values) == 1 else f"{text} ({seen.low:,.{digits}f}–{seen.high:,.{digits}f})"


def grid(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table, columns padded so that it reads in a terminal too; all but the first to the right."""
    table = [list(heads), *(list(line) for line in lines)]
    widths = [max(3, *(len(line[column]) for line in table)) for column in range(len(heads))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    padded = [
        [
            line[0].ljust(widths[0]),
            *(text.rjust(width) for text, width in zip(line[1:], widths[1:], strict=True)),
        ]
        for line in (table[0], rule, *table[1:])
    ]
    return "".join("| " + " | ".join(line) + " |\n" for line in padded)


def _title(quantity: Quantity) -> str:
    return f"{quantity.title} ({quantity.unit})"


def _machine(machine: Machine) -> str:
    return "".join(f"- {name}: {value}\n" for name, value in machine.facts())
