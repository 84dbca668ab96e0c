"""The comparison for eyes and for programs."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ledger.comparison import LEAST_CONVERSATIONS, LEAST_DAYS, LEAST_TURNS, Comparison, Line, Measure
from ledger.formats import Format, json_text
from ledger.intervals import Estimate
from ledger.page import page
from ledger.panels import Panel, Unit
from ledger.picture import draw
from ledger.sheets import Sheet
from ledger.sides import PAUSE
from ledger.wording import NONE, change, money

_TITLES: Mapping[Measure, str] = {
    "latency_ms": "average latency",
    "cost_month_usd": "monthly bill",
    "cost_1000_usd": "cost of 1,000 turns",
    "demo_minutes": "time to a demo",
    "uptime_percent": "uptime",
    "edit_s": "edit to first reply",
}
_SIZES: Mapping[Measure, str] = {
    "latency_ms": "replies",
    "cost_month_usd": "days",
    "cost_1000_usd": "turns",
    "demo_minutes": "demos",
    "uptime_percent": "turns",
    "edit_s": "edits",
}
_UNITS: Mapping[Measure, Unit] = {
    "latency_ms": "ms",
    "cost_month_usd": "$",
    "cost_1000_usd": "$",
    "demo_minutes": "min",
    "uptime_percent": "%",
    "edit_s": "s",
}


def sheet(comparison: Comparison) -> Sheet:
    """The lines, each with sample sizes, intervals and what they say."""
    columns = ("", comparison.before.text, comparison.after.text, "change", "says")
    rows = [
        [
            _TITLES[line.measure],
            _shown(line, line.before, comparison),
            _shown(line, line.after, comparison),
            _changed(line),
            line.verdict,
        ]
        for line in comparison.lines
    ]
    return Sheet(title(comparison), columns, rows, 0, 0, notes(comparison))


def title(comparison: Comparison) -> str:
    """Both sides."""
    return f"{comparison.before.text} -> {comparison.after.text}"


def notes(comparison: Comparison) -> list[str]:
    """How each line is counted, and what carries no claim."""
    bill = (
        "Monthly bill: the cost of a turn on this side x the turns of both sides in a day x 30.44"
        if comparison.shared_traffic
        else "Monthly bill: what a whole day (UTC) cost on average x 30.44; the last, unfinished day is left out"
    )
    said = [
        "In brackets: intervals of confidence (95 %), conversations taken as drawn at random; n: sample size.",
        "Average latency: from sending a turn's request to its last token, of turns that gave text.",
        f"{bill}. It also falls when traffic falls: the cost of 1,000 turns does not.",
        f"Time to a demo: median minutes of work from first draft to first published link; pauses over "
        f"{PAUSE.seconds // 60} minutes are left out.",
        "Uptime: turns answered, of all that were answered, failed, cut or interrupted. A turn that its visitor "
        "stopped counts as answered once it gave text, and not at all before; nor does one that a budget refused.",
        "Edit to first reply: median seconds from a saved edit to the first words of the first reply that used it.",
        f"No interval, and no claim, below {LEAST_CONVERSATIONS} conversations, {LEAST_TURNS} turns, "
        f"{LEAST_DAYS} days, 6 demos or edits (7 for a change), or where a figure was stated and not measured.",
    ]
    sides = zip((comparison.before, comparison.after), comparison.imported, strict=True)
    said += [
        f"{side.text}: {imported:,} turns come from an imported log." for side, imported in sides if imported
    ]
    return said


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Everything, ready for ``json.dumps``. Uptime's change is in points, all others are shares of before."""
    sides = (comparison.before, comparison.after)
    before, after = (
        {"name": side.text, "turns": turns, "imported": imported}
        for side, turns, imported in zip(sides, comparison.turns, comparison.imported, strict=True)
    )
    return {
        "before": before,
        "after": after,
        "shared_traffic": comparison.shared_traffic,
        "lines": [_line(line) for line in comparison.lines],
        "notes": notes(comparison),
    }


def panels(comparison: Comparison) -> list[Panel]:
    """A chart for each line that has data."""
    return [_panel(line, comparison) for line in comparison.lines if line.before or line.after]


def comparison_picture(comparison: Comparison) -> str:
    """The lines as one SVG picture."""
    note = "Lines: 95 % confidence. Bars without one: stated, or too little data."
    return draw(title(comparison), panels(comparison), note)


def written(comparison: Comparison, form: Format) -> str:
    """The comparison as text that ends with a line's end."""
    return _FORMS[form](comparison)


def _shown(line: Line, found: Estimate | None, comparison: Comparison) -> str:
    if found is None:
        return NONE
    show = _SHOWN[line.measure]
    if found.stated:
        return f"{show(found.value)} (stated)"
    between = "" if found.low is None or found.high is None else f" [{show(found.low)}, {show(found.high)}]"
    return f"{show(found.value)}{between}, {_size(line, found, comparison)}"


def _changed(line: Line) -> str:
    if line.change is None:
        return NONE
    show = _points if line.measure == "uptime_percent" else change
    low, high = line.change.low, line.change.high
    between = "" if low is None or high is None else f" [{show(low)}, {show(high)}]"
    return show(line.change.value) + between


def _points(moved: float) -> str:
    return f"{moved:+.2f} points"


def _usd(value: float) -> str:
    return money(Decimal(str(value)))


_SHOWN: Mapping[Measure, Callable[[float], str]] = {
    "latency_ms": lambda value: f"{value:,.0f} ms",
    "cost_month_usd": _usd,
    "cost_1000_usd": _usd,
    "demo_minutes": lambda value: f"{value:,.1f} min",
    "uptime_percent": lambda value: f"{value:.2f} %",
    "edit_s": lambda value: f"{value:,.1f} s",
}


def _line(line: Line) -> dict[str, Any]:
    moved = line.change
    return {
        "measure": line.measure,
        "title": _TITLES[line.measure],
        "before": _estimate(line.before),
        "after": _estimate(line.after),
        "change": moved and {"value": moved.value, "low": moved.low, "high": moved.high},
        "verdict": line.verdict,
    }


def _estimate(found: Estimate | None) -> dict[str, Any] | None:
    if found is None:
        return None
    size = None if found.stated else found.size
    return {
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "n": size,
        "stated": found.stated,
    }


def _panel(line: Line, comparison: Comparison) -> Panel:
    sides = (line.before, line.after)
    return Panel(
        _TITLES[line.measure].capitalize(),
        _UNITS[line.measure],
        "rows",
        (comparison.before.text, comparison.after.text),
        {"value": [side.value if side else None for side in sides]},
        [None if s is None or s.low is None or s.high is None else (s.low, s.high) for s in sides],
        [_size(line, side, comparison) for side in sides],
    )


def _size(line: Line, found: Estimate | None, comparison: Comparison) -> str:
    """From how many it was counted."""
    if found is None:
        return ""
    by_turns = line.measure == "cost_month_usd" and comparison.shared_traffic
    return "stated" if found.stated else f"n={found.size:,} {'turns' if by_turns else _SIZES[line.measure]}"


def _csv(comparison: Comparison) -> str:
    lines = [
        "measure,before,before_low,before_high,before_n,after,after_low,after_high,after_n,change,verdict"
    ]
    for told in as_json(comparison)["lines"]:
        cells = [told["measure"]]
        for side in ("before", "after"):
            cells += [(told[side] or {}).get(name) for name in ("value", "low", "high", "n")]
        cells += [(told["change"] or {}).get("value"), f'"{told["verdict"]}"']
        lines.append(",".join("" if cell is None else str(cell) for cell in cells))
    return "\n".join(lines) + "\n"


_FORMS: Mapping[Format, Callable[[Comparison], str]] = {
    "table": lambda comparison: sheet(comparison).text() + "\n",
    "md": lambda comparison: sheet(comparison).markdown() + "\n",
    "json": lambda comparison: json_text(as_json(comparison)),
    "csv": _csv,
    "html": lambda comparison: page(title(comparison), comparison_picture(comparison), [sheet(comparison)]),
}
