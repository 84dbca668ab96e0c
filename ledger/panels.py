"""What a chart shows, however it is drawn: by us as SVG, or in the chat by Plotly."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from typing import Any, Literal

from ledger.figures import Figures
from ledger.report import Report, Row

#: bars and lines: over days; rows: one bar a thing, with its name.
Kind = Literal["bars", "lines", "rows"]
Unit = Literal["", "$", "ms", "%", "min", "s"]

_MOST_ROWS = 12


@dataclass(frozen=True)
class Panel:
    """One small chart. labels: days or names. series: name -> a value for each label, None where there is none.

    intervals: of the only series, low and high for each label, where there is one. notes: under each label.
    """

    title: str
    unit: Unit
    kind: Kind
    labels: Sequence[str]
    series: Mapping[str, Sequence[float | None]]
    intervals: Sequence[tuple[float, float] | None] = ()
    notes: Sequence[str] = field(default=())


def report_panels(report: Report) -> list[Panel]:
    """The charts of a report: what there was of turns, money, time and errors."""
    daily = report.question.by == "day"
    rows = report.rows if daily else report.rows[:_MOST_ROWS]
    labels = [row.key or "(none)" for row in rows]
    bars: Kind = "bars" if daily else "rows"
    ttft, latency = _times(rows, lambda row: row.ttft_ms), _times(rows, lambda row: row.latency_ms)
    if not daily:  # one bar a row
        ttft, latency = ({"p50": times["p50"]} for times in (ttft, latency))
    lines: Kind = "lines" if daily else "rows"
    return [
        Panel("Turns", "", bars, labels, {"turns": [row.figures.turns for row in rows]}),
        Panel("Cost", "$", bars, labels, {"cost": [_dollars(row.figures) for row in rows]}),
        Panel("Errors", "%", bars, labels, {"errors": [_percent(row.figures) for row in rows]}),
        Panel(f"Time to first token{'' if daily else ', p50'}", "ms", lines, labels, ttft),
        Panel(f"Latency{'' if daily else ', p50'}", "ms", lines, labels, latency),
    ]


def plotly_figure(panel: Panel) -> Any:
    """The panel as a ``plotly.graph_objects.Figure``. Raises ImportError where Plotly is not installed."""
    return import_module("plotly.graph_objects").Figure(plotly_data(panel))


def plotly_data(panel: Panel) -> dict[str, Any]:
    """The panel as Plotly's plain data."""
    traces = [_trace(panel, name, list(values)) for name, values in panel.series.items()]
    axis = {"ticksuffix": f" {panel.unit}"} if panel.unit not in ("", "$") else {"tickprefix": panel.unit}
    across = panel.kind == "rows"
    layout: dict[str, Any] = {
        "title": {"text": panel.title},
        "showlegend": len(traces) > 1,
        "xaxis" if across else "yaxis": {**axis, "rangemode": "tozero"},
        "yaxis" if across else "xaxis": {"autorange": "reversed", "type": "category"} if across else {},
        "margin": {"l": 60, "r": 20, "t": 50, "b": 50},
    }
    return {"data": traces, "layout": layout}


def _trace(panel: Panel, name: str, values: list[float | None]) -> dict[str, Any]:
    labels = list(panel.labels)
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
