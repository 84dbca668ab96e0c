"""What a chart shows, however it is drawn: by us as SVG, or in the chat by Plotly."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape
from typing import Any, Literal

from ledger.figures import Figures
from ledger.report import Report, Row
from ledger.wording import Language, say

#: bars and lines: over days; rows: one bar a thing, with its name.
Kind = Literal["bars", "lines", "rows"]
Unit = Literal["", "$", "ms", "%", "min", "s"]

#: Of the series, in this order.
COLOURS = ("#4c6ef5", "#e8590c")

_MOST_ROWS = 12
# Plotly's charts, in pixels: over days; a bar with a name, and what is around the bars.
_PLOT_HEIGHT, _PLOT_ROW, _PLOT_FRAME = 240, 34, 90


@dataclass(frozen=True)
class Panel:
    """One small chart. labels: days or names. series: name -> a value for each label, None where there is none.

    intervals: of the only series, low and high for each label, where there is one. notes: under each label.
    language: of title and labels, and of the numbers to be shown.
    """

    title: str
    unit: Unit
    kind: Kind
    labels: Sequence[str]
    series: Mapping[str, Sequence[float | None]]
    intervals: Sequence[tuple[float, float] | None] = ()
    notes: Sequence[str] = field(default=())
    language: Language = "en"


def report_panels(report: Report, language: Language = "en") -> list[Panel]:
    """The charts of a report: what there was of turns, money, time and errors."""
    daily = report.question.by == "day"
    rows = report.rows if daily else report.rows[:_MOST_ROWS]
    labels = [row.key or say(language, "by.none") for row in rows]
    bars: Kind = "bars" if daily else "rows"
    ttft, latency = _times(rows, lambda row: row.ttft_ms), _times(rows, lambda row: row.latency_ms)
    if not daily:  # one bar a row
        ttft, latency = ({"p50": times["p50"]} for times in (ttft, latency))
    lines: Kind = "lines" if daily else "rows"
    figures = [row.figures for row in rows]
    drawn: list[tuple[str, Unit, Kind, Mapping[str, Sequence[float | None]]]] = [
        ("turns", "", bars, {"turns": [each.turns for each in figures]}),
        ("cost", "$", bars, {"cost": [_dollars(each) for each in figures]}),
        ("errors", "%", bars, {"errors": [_percent(each) for each in figures]}),
        ("ttft", "ms", lines, ttft),
        ("latency", "ms", lines, latency),
    ]
    panels = []
    for key, unit, kind, series in drawn:
        title = say(language, f"charts.{key}")
        if unit == "ms" and not daily:
            title = say(language, "charts.p50", title=title)
        panels.append(Panel(title, unit, kind, labels, series, language=language))
    return panels


def plotly_data(panel: Panel) -> dict[str, Any]:
    """The panel as Plotly's plain data: what ``plotly.js`` draws, without the Python package of that name."""
    traces = [_trace(panel, name, list(values)) for name, values in panel.series.items()]
    across = panel.kind == "rows"
    day_format = say(panel.language, "numbers.day")
    days: dict[str, Any] = {"type": "date", "tickformat": "%d/%m", "hoverformat": day_format, "nticks": 6}
    if panel.language == "en":
        days["tickformat"] = "%b %-d"
    if len(panel.labels) <= days["nticks"]:  # or Plotly would name the hours between them, each as its day
        days["tickvals"] = list(panel.labels)
    names: dict[str, Any] = {"autorange": "reversed", "type": "category", "automargin": True}
    height = _PLOT_FRAME + _PLOT_ROW * len(panel.labels) if across else _PLOT_HEIGHT
    point, comma = say(panel.language, "numbers.decimal"), say(panel.language, "numbers.thousands")
    layout: dict[str, Any] = {
        "title": {"text": panel.title, "x": 0, "xref": "paper", "font": {"size": 14}},
        "height": height,
        "autosize": True,
        "showlegend": len(traces) > 1,
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": -0.14, "yanchor": "top"},
        # Dollars as price lists write them.
        "separators": ".," if panel.unit == "$" else point + comma,
        "xaxis" if across else "yaxis": {
            **_axis(panel),
            "rangemode": "tozero",
            "fixedrange": True,
            "automargin": True,
        },
        "yaxis" if across else "xaxis": {**(names if across else days), "fixedrange": True},
        "margin": {"l": 48, "r": 16, "t": 44, "b": 48 if len(traces) > 1 else 32},
        "colorway": list(COLOURS),
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": False,  # a finger that moves on a chart scrolls the page
    }
    return {"data": traces, "layout": layout, "config": {"displayModeBar": False, "scrollZoom": False}}


def _axis(panel: Panel) -> dict[str, Any]:
    if panel.unit == "$":
        return {"tickprefix": "$"}
    words = say(panel.language, "charts.minutes") if panel.unit == "min" else panel.unit
    # A comma asks for separators of thousands, which are the layout's.
    return {"ticksuffix": f" {words}" if words else "", "tickformat": "," if panel.unit in ("", "ms") else ""}


def _trace(panel: Panel, name: str, values: list[float | None]) -> dict[str, Any]:
    # Plotly takes some of HTML for its own.
    labels = [escape(label, quote=False) for label in panel.labels]
    if panel.kind == "lines":
        return {"type": "scatter", "mode": "lines+markers", "name": name, "x": labels, "y": values}
    if panel.kind == "bars":
        return {"type": "bar", "name": name, "x": labels, "y": values}
    trace: dict[str, Any] = {"type": "bar", "name": name, "orientation": "h", "x": values, "y": labels}
    if panel.intervals:
        pairs = list(zip(values, panel.intervals, strict=True))
        trace["error_x"] = {
            "type": "data",
            "symmetric": False,
            "array": [0 if v is None or i is None else i[1] - v for v, i in pairs],
            "arrayminus": [0 if v is None or i is None else v - i[0] for v, i in pairs],
        }
    return trace


def days_between(first: str, last: str) -> int:
    """From one day's label to another's."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _times(rows: Sequence[Row], of: Callable[[Figures], Any]) -> dict[str, list[float | None]]:
    found = [of(row.figures) for row in rows]
    return {
        "p50": [times.p50 if times else None for times in found],
        "p95": [times.p95 if times else None for times in found],
    }


def _dollars(figures: Figures) -> float | None:
    return None if figures.cost_usd is None else float(figures.cost_usd)


def _percent(figures: Figures) -> float | None:
    return None if figures.error_share is None else figures.error_share * 100
