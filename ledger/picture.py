"""Charts as one static SVG picture, which needs nothing but a browser."""

import math
from collections.abc import Sequence
from html import escape

from ledger.panels import COLOURS, Panel, days_between
from ledger.wording import day, figure, say

_WIDTH, _HEIGHT, _GAP, _ACROSS = 300, 190, 24, 3
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 34, 22  # of a panel: room for its axes
_PITCH = 46  # from one bar with a name to the next
_STYLE = (
    "text{font:11px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#495057}"
    ".title{font-size:13px;font-weight:600;fill:#212529}.head{font-size:16px;font-weight:600;fill:#212529}"
    ".end{text-anchor:end}.mid{text-anchor:middle}.value{fill:#212529}"
)


def draw(title: str, panels: Sequence[Panel], note: str = "") -> str:
    """All panels in one picture, three across."""
    down = max(1, math.ceil(len(panels) / _ACROSS))
    tall = max((_height(panel) for panel in panels), default=_HEIGHT)
    width = _ACROSS * _WIDTH + (_ACROSS + 1) * _GAP
    height = 56 + down * (tall + _GAP) + (16 if note else 0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(title)}"><style>{_STYLE}</style>'
        f'<rect width="{width}" height="{height}" rx="8" fill="#fff"/>'
        f'<text class="head" x="{_GAP}" y="32">{escape(title)}</text>'
    ]
    for number, panel in enumerate(panels):
        x = _GAP + number % _ACROSS * (_WIDTH + _GAP)
        y = 50 + number // _ACROSS * (tall + _GAP)
        parts.append(f'<g transform="translate({x} {y})">{_panel(panel)}</g>')
    if note:
        parts.append(f'<text x="{_GAP}" y="{height - 14}">{escape(note)}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _height(panel: Panel) -> int:
    """A few bars need less room than a chart with axes."""
    return min(_HEIGHT, _TOP + _PITCH * len(panel.labels)) if panel.kind == "rows" else _HEIGHT


def _panel(panel: Panel) -> str:
    title = f'<text class="title" y="14">{escape(panel.title)}</text>'
    known = [value for values in panel.series.values() for value in values if value is not None]
    if not known:
        return title + f'<text class="mid" x="{_WIDTH / 2}" y="{_HEIGHT / 2}">{_no_data(panel)}</text>'
    most = max([*known, *(interval[1] for interval in panel.intervals if interval)])
    if panel.kind == "rows":
        return title + _rows(panel, most)
    return title + _legend(panel) + _over_days(panel, most)


def _legend(panel: Panel) -> str:
    if len(panel.series) < 2:
        return ""
    names = "  ".join(
        f'<tspan fill="{colour}" font-weight="600">{escape(name)}</tspan>'
        for name, colour in zip(panel.series, COLOURS, strict=False)
    )
    return f'<text class="end" x="{_WIDTH - _RIGHT}" y="14">{names}</text>'


def _over_days(panel: Panel, most: float) -> str:
    step = nice_step(most)
    top = step * max(1, math.ceil(most / step - 1e-9))
    days = days_between(panel.labels[0], panel.labels[-1]) + 1
    wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def across(label: str) -> float:
        return _LEFT + wide * (days_between(panel.labels[0], label) + 0.5) / days

    def up(value: float) -> float:
        return _TOP + high * (1 - value / top)

    parts = []
    for tick in range(round(top / step) + 1):
        y = up(tick * step)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#e9ecef"/>')
        parts.append(f'<text class="end" x="{_LEFT - 6}" y="{y + 4:.1f}">{_short(tick * step, panel)}</text>')
    for values, colour in zip(panel.series.values(), COLOURS, strict=False):
        points = [
            (across(label), up(v)) for label, v in zip(panel.labels, values, strict=True) if v is not None
        ]
        parts.append(_bars(points, wide / days, colour) if panel.kind == "bars" else _line(points, colour))
    ends = (panel.labels[0], panel.labels[-1]) if days > 1 else (panel.labels[0],)
    for label, kind in zip(ends, ("", ' class="end"'), strict=False):
        x = _WIDTH - _RIGHT if kind else _LEFT
        parts.append(f'<text{kind} x="{x}" y="{_HEIGHT - 6}">{escape(day(label, panel.language))}</text>')
    return "".join(parts)


def _bars(points: Sequence[tuple[float, float]], room: float, colour: str) -> str:
    width = max(0.5, min(26.0, room * 0.8))
    floor = _HEIGHT - _BOTTOM
    marks = "".join(f"M{x - width / 2:.1f} {floor}V{y:.1f}h{width:.1f}V{floor}z" for x, y in points)
    return f'<path d="{marks}" fill="{colour}"/>'


def _line(points: Sequence[tuple[float, float]], colour: str) -> str:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{colour}"/>' for x, y in points[:62])
    line = f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.6" stroke-linejoin="round"/>'
    return line + (dots if len(points) <= 62 else "")


def _rows(panel: Panel, most: float) -> str:
    values = next(iter(panel.series.values()))
    notes = panel.notes or [""] * len(values)
    intervals = panel.intervals or [None] * len(values)
    pitch = min(float(_PITCH), (_HEIGHT - _TOP) / max(1, len(values)))
    name, number = 96, 62  # room for names at the left and numbers at the right
    wide = _WIDTH - name - number
    thick = min(16.0, pitch * 0.7)
    parts = []
    for at, (label, value) in enumerate(zip(panel.labels, values, strict=True)):
        y = _TOP + at * pitch
        middle = y + thick / 2 + 4
        shown = label if len(label) <= 16 else label[:15] + "…"
        parts.append(f'<text class="end" x="{name - 6}" y="{middle:.1f}">{escape(shown)}</text>')
        if notes[at] and pitch > 30:
            parts.append(f'<text x="{name}" y="{y + thick + 14:.1f}">{escape(notes[at])}</text>')
        if value is None:
            parts.append(f'<text x="{name}" y="{middle:.1f}">{_no_data(panel)}</text>')
            continue
        scale = wide / most if most else 0
        colour = COLOURS[at % 2] if intervals is panel.intervals else COLOURS[0]
        parts.append(
            f'<rect x="{name}" y="{y:.1f}" width="{max(1.0, value * scale):.1f}" height="{thick:.1f}" fill="{colour}"/>'
        )
        end = value
        if interval := intervals[at]:
            low, end = max(0.0, interval[0]), max(value, interval[1])
            y_middle = y + thick / 2
            whisker = f"M{name + low * scale:.1f} {y_middle:.1f}H{name + interval[1] * scale:.1f}"
            parts.append(f'<path d="{whisker}" stroke="#212529" stroke-width="1.4"/>')
        x = name + end * scale + 5
        parts.append(f'<text class="value" x="{x:.1f}" y="{middle:.1f}">{_short(value, panel)}</text>')
    return "".join(parts)


def nice_step(most: float) -> float:
    """Between ticks, 1, 2 or 5 times a power of ten: three to five of them reach ``most``."""
    if most <= 0:
        return 1.0
    power = math.pow(10, math.floor(math.log10(most / 4)))
    return next(power * times for times in (1, 2, 5, 10) if power * times * 4 >= most * 0.999)


def _no_data(panel: Panel) -> str:
    return escape(say(panel.language, "charts.no_data"))


def _short(value: float, panel: Panel) -> str:
    """With its unit; dollars as price lists write them."""
    text, unit = _rounded(value, panel), panel.unit
    if unit == "$":
        return f"${text}"
    text = figure(text, panel.language)
    if unit == "ms":
        return f"{text} {'s' if value >= 1000 else 'ms'}"
    name = say(panel.language, "charts.minutes") if unit == "min" else unit
    return f"{text} {name}" if name else text


def _rounded(value: float, panel: Panel) -> str:
    if panel.unit == "ms":
        return f"{value / 1000 if value >= 1000 else value:.3g}"
    if value >= 1e6:
        return f"{value / 1e6:.3g}M"
    if value >= 1e4:
        return f"{value / 1e3:.3g}k"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}" if panel.unit == "%" else f"{value:.3g}"
