"""The report for programs: JSON and CSV. Money as plain decimal strings in USD, times in milliseconds, shares of 1."""

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from holysheep.events import plain
from ledger.figures import Figures
from ledger.report import Report, Row
from ledger.what_if import WhatIf


def as_json(report: Report) -> dict[str, Any]:
    """Everything in the report, ready for ``json.dumps``. What is not known is null."""
    question, found = report.question, report.outcomes
    since, _, until = str(question.window).partition("..")
    return {
        "audience": question.audience,
        "from": since or None,
        "to": until or None,
        "by": question.by,
        "left_out": {name: report.left_out.get(name, 0) for name in _others(question.audience)},
        "totals": {**_figures(report.totals), "what_if": _what_if(report.what_if)},
        "rows": [_row(report, row) for row in report.rows],
        "outcomes": {
            "demos": found.demos,
            "links": found.links,
            "open": found.open,
            "won": found.won,
            "lost": found.lost,
            "cost_per_demo_usd": usd(report.cost_per_demo),
            "cost_per_win_usd": usd(report.cost_per_win),
        },
    }


def as_csv(report: Report) -> str:
    """One line a row; no totals, so that a column can be summed up."""
    lines = [_line(_row(report, row)) for row in report.rows]
    # Without rows there is a header nevertheless.
    header = _line(_row(report, Row(None, report.totals, report.what_if)))
    out = io.StringIO()
    writer = csv.DictWriter(out, header.keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


def usd(amount: Decimal | None) -> str | None:
    """To a picodollar, without exponent or idle zeros."""
    return None if amount is None else plain(round(amount, 12))


def _row(report: Report, row: Row) -> dict[str, Any]:
    by = report.question.by
    told: dict[str, Any] = {by: row.key, **_figures(row.figures), "what_if": _what_if(row.what_if)}
    return {**told, "outcome": row.outcome} if by == "link" else told


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    """Flat, with one name a column."""
    line: dict[str, Any] = {}
    for name, value in row.items():
        if name in ("ttft_ms", "latency_ms"):
            line |= {f"{name}_{rank}": (value or {}).get(rank) for rank in ("p50", "p95", "p99")}
        elif name == "what_if":
            line |= {f"what_if_{model}_usd": cost for model, cost in value.items()}
        else:
            line[name] = value
    return {name: _cell(value) for name, value in line.items()}


def _cell(value: Any) -> Any:
    """A spreadsheet takes what begins like this for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _figures(figures: Figures) -> dict[str, Any]:
    told = asdict(figures)
    return {**told, "cost_usd": usd(figures.cost_usd)}


def _what_if(costs: WhatIf) -> Mapping[str, str | None]:
    return {model: usd(cost) for model, cost in costs.items()}


def _others(audience: str) -> list[str]:
    return [name for name in ("visitor", "operator", "rehearsal") if name != audience]
