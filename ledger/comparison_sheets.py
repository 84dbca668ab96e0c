"""The comparison for eyes and for programs."""

from collections.abc import Callable, Mapping, Sequence
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
from ledger.wording import NONE, Language, change, count, figure, money, say

_UNITS: Mapping[Measure, Unit] = {
    "latency_ms": "ms",
    "cost_month_usd": "$",
    "cost_1000_usd": "$",
    "demo_minutes": "min",
    "uptime_percent": "%",
    "edit_s": "s",
}


def sheet(comparison: Comparison, language: Language = "en") -> Sheet:
    """The lines, each with sample sizes, intervals and what they say."""
    columns = (
        "",
        comparison.before.text,
        comparison.after.text,
        say(language, "comparison.change"),
        say(language, "comparison.says"),
    )
    rows = [
        [
            say(language, f"measures.{line.measure}"),
            _shown(line, line.before, comparison, language),
            _shown(line, line.after, comparison, language),
            _changed(line, language),
            say(language, f"verdicts.{line.verdict.replace(',', '').replace(' ', '_')}"),
        ]
        for line in comparison.lines
    ]
    return Sheet(title(comparison, language), columns, rows, 0, 0, notes(comparison, language))


def title(comparison: Comparison, language: Language = "en") -> str:
    """Both sides."""
    return say(language, "comparison.title", before=comparison.before.text, after=comparison.after.text)


def notes(comparison: Comparison, language: Language = "en") -> list[str]:
    """How each line is counted, and what carries no claim."""
    bill = say(language, "comparison.bill_shared" if comparison.shared_traffic else "comparison.bill")
    least = {"conversations": LEAST_CONVERSATIONS, "turns": LEAST_TURNS, "days": LEAST_DAYS}
    said = [
        say(language, "comparison.note_intervals"),
        say(language, "comparison.note_latency"),
        say(language, "comparison.note_bill", bill=bill),
        say(language, "comparison.note_demo", n=PAUSE.seconds // 60),
        say(language, "comparison.note_uptime"),
        say(language, "comparison.note_edit"),
        say(language, "comparison.note_claim", **least),
    ]
    for key, turns in (("unpriced", comparison.unpriced), ("imported", comparison.imported)):
        said += [
            say(language, f"comparison.note_{key}", name=side.text, n=count(number, language))
            for side, number in zip((comparison.before, comparison.after), turns, strict=True)
            if number
        ]
    return said


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Everything, ready for ``json.dumps``. Uptime's change is in points, all others are shares of before."""
    sides = (comparison.before, comparison.after)
    counts = zip(comparison.turns, comparison.imported, comparison.unpriced, strict=True)
    before, after = (
        {"name": side.text, "turns": turns, "imported": imported, "unpriced": unpriced}
        for side, (turns, imported, unpriced) in zip(sides, counts, strict=True)
    )
    return {
        "before": before,
        "after": after,
        "shared_traffic": comparison.shared_traffic,
        "lines": [_line(line) for line in comparison.lines],
        "notes": notes(comparison),
    }


def panels(comparison: Comparison, language: Language = "en") -> list[Panel]:
    """A chart for each line that has data."""
    lines = [line for line in comparison.lines if line.before or line.after]
    return [_panel(line, comparison, language) for line in lines]


def comparison_picture(comparison: Comparison, language: Language = "en") -> str:
    """The lines as one SVG picture."""
    note = say(language, "charts.intervals")
    return draw(title(comparison, language), panels(comparison, language), note)


def written(comparison: Comparison, form: Format, language: Language = "en") -> str:
    """The comparison as text that ends with a line's end. What programs read (JSON, CSV) is in English."""
    return _FORMS[form](comparison, language)


def _shown(line: Line, found: Estimate | None, comparison: Comparison, language: Language) -> str:
    if found is None:
        return NONE
    value = f"{_AT_LEAST if found.at_least else ''}{_value(line.measure, found.value, language)}"
    if found.stated:
        return f"{value} ({say(language, 'comparison.stated')})"
    low, high = found.low, found.high
    if low is not None and high is not None:
        # A semicolon where a number may hold a comma.
        between = "; " if language == "vi" else ", "
        value += f" [{between.join(_value(line.measure, end, language) for end in (low, high))}]"
    return f"{value}, {_size(line, found, comparison, language)}"


def _changed(line: Line, language: Language) -> str:
    if line.change is None:
        return NONE

    def show(moved: float) -> str:
        if line.measure != "uptime_percent":
            return change(moved, language)
        return say(language, "comparison.points", n=figure(f"{moved:+.2f}", language))

    low, high = line.change.low, line.change.high
    between = "; " if language == "vi" else ", "
    ends = "" if low is None or high is None else f" [{between.join((show(low), show(high)))}]"
    return show(line.change.value) + ends


def _value(measure: Measure, value: float, language: Language) -> str:
    unit, places = _UNITS[measure], _PLACES[measure]
    if unit == "$":
        return money(Decimal(str(value)))
    name = say(language, "charts.minutes") if unit == "min" else unit
    return f"{figure(f'{value:,.{places}f}', language)} {name}"


# As the report writes it before a sum with an unknown part.
_AT_LEAST = "≥ "
_PLACES: Mapping[Measure, int] = {
    "latency_ms": 0,
    "cost_month_usd": 2,
    "cost_1000_usd": 2,
    "demo_minutes": 1,
    "uptime_percent": 2,
    "edit_s": 1,
}


def _line(line: Line) -> dict[str, Any]:
    moved = line.change
    return {
        "measure": line.measure,
        "title": say("en", f"measures.{line.measure}"),
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
        "at_least": found.at_least,
    }


def _panel(line: Line, comparison: Comparison, language: Language) -> Panel:
    sides = (line.before, line.after)
    named = say(language, f"measures.{line.measure}")
    return Panel(
        named[:1].upper() + named[1:],
        _UNITS[line.measure],
        "rows",
        (comparison.before.text, comparison.after.text),
        {"value": [side.value if side else None for side in sides]},
        [None if s is None or s.low is None or s.high is None else (s.low, s.high) for s in sides],
        [_below(line, side, comparison, language) for side in sides],
        language,
    )


def _below(line: Line, found: Estimate | None, comparison: Comparison, language: Language) -> str:
    """What stands below a bar."""
    return (_AT_LEAST if found and found.at_least else "") + _size(line, found, comparison, language)


def _size(line: Line, found: Estimate | None, comparison: Comparison, language: Language) -> str:
    """From how many it was counted."""
    if found is None:
        return ""
    if found.stated:
        return say(language, "comparison.stated")
    by_turns = line.measure == "cost_month_usd" and comparison.shared_traffic
    what = say(language, f"sizes.{'cost_1000_usd' if by_turns else line.measure}")
    return say(language, "comparison.size", n=count(found.size, language), what=what)


_OF_A_SIDE = ("value", "low", "high", "n", "stated", "at_least")
_OF_THE_CHANGE = ("value", "low", "high")


def _csv(comparison: Comparison) -> str:
    heads = ["measure", *_heads("before", _OF_A_SIDE), *_heads("after", _OF_A_SIDE)]
    lines = [",".join((*heads, *_heads("change", _OF_THE_CHANGE), "verdict"))]
    for told in as_json(comparison)["lines"]:
        cells = [told["measure"]]
        for part, names in (("before", _OF_A_SIDE), ("after", _OF_A_SIDE), ("change", _OF_THE_CHANGE)):
            cells += [(told[part] or {}).get(name) for name in names]
        lines.append(",".join((*map(_cell, cells), f'"{told["verdict"]}"')))
    return "\n".join(lines) + "\n"


def _heads(part: str, names: Sequence[str]) -> list[str]:
    """A part's value has the part's own name."""
    return [part if name == "value" else f"{part}_{name}" for name in names]


def _cell(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _page(comparison: Comparison, language: Language) -> str:
    head, picture = title(comparison, language), comparison_picture(comparison, language)
    return page(head, picture, [sheet(comparison, language)], language=language)


_FORMS: Mapping[Format, Callable[[Comparison, Language], str]] = {
    "table": lambda comparison, language: sheet(comparison, language).text() + "\n",
    "md": lambda comparison, language: sheet(comparison, language).markdown() + "\n",
    "json": lambda comparison, _: json_text(as_json(comparison)),
    "csv": lambda comparison, _: _csv(comparison),
    "html": _page,
}
