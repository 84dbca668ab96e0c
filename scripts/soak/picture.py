"""A run as a picture: each replica's memory, and how long visitors waited for the first words, over what was done."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from scripts.soak.memory import Memory
from scripts.soak.story import Told, Trouble

_WIDTH, _HEIGHT, _SCALE = 1000, 300, 2
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 20, 44, 40
_INK, _PALE, _GRID = "#212529", "#6c757d", "#e9ecef"
_REPLICAS = ("#1f9d6b", "#3b6fb5", "#8a5fbf", "#c77f1a")
_OUTAGE = "#fbe3d6"
_MARKS: Final = {"kill": "#d1605e", "drain": "#e8a33d", "postgres": "#495057"}
_WORDS: Final = {
    "kill": "a replica is killed",
    "drain": "it is told to leave",
    "postgres": "PostgreSQL is restarted",
    "outage": "the provider turns bad",
}
#: A gap longer than this, in seconds, is a replica that was not there.
_GAP_S = 7.0


@dataclass(frozen=True)
class Panel:
    """One chart: points of each line by its label, in (seconds from the start, value).

    dots: they are unconnected, and the axis is logarithmic, from a tenth on: most waits are short, and the long ones
    are what one looks for.
    """

    title: str
    unit: str
    lines: Sequence[tuple[str, str, Sequence[tuple[float, float]]]]
    dots: bool = False

    @property
    def top(self) -> float:
        """The end of its axis."""
        most = max((value for _, _, points in self.lines for _, value in points), default=1.0)
        if self.dots:
            return float(10 ** math.ceil(math.log10(max(most, 1.0))))
        return next(
            step * power for power in (0.1, 1, 10, 100, 1000) for step in (1, 2, 5) if step * power >= most
        )


def draw(
    path: Path, begin: float, end: float, memory: Memory, told: Sequence[Told], troubles: Sequence[Trouble]
) -> None:
    """Write the picture. begin, end: of the run."""
    held = [
        (
            f"replica {number + 1}",
            _REPLICAS[number % len(_REPLICAS)],
            [(at - begin, mib) for at, mib in points if at <= end],
        )
        for number, points in sorted(memory.seen.items())
    ]
    waits = [
        (asked.at - begin, asked.first_words - asked.at)
        for page in told
        for asked in page.asked
        if asked.first_words is not None and not asked.behind
    ]
    panels = [
        Panel("Memory that only the replica holds", "MiB", held),
        Panel("From a message to the first words of its reply", "s", [("", "#3b6fb5", waits)], dots=True),
    ]
    size = (_WIDTH * _SCALE, (_HEIGHT * len(panels) + 30) * _SCALE)
    picture = Image.new("RGB", size, "white")
    for number, panel in enumerate(panels):
        _Chart(picture, number * _HEIGHT, max(end - begin, 1.0)).show(panel, begin, troubles)
    _legend(picture, len(panels) * _HEIGHT)
    picture.quantize(64).save(path, optimize=True)


class _Chart:
    """One panel's place in the picture."""

    def __init__(self, picture: Image.Image, down: int, seconds: float) -> None:
        self._pen = ImageDraw.Draw(picture)
        self._down, self._seconds = down, seconds
        self._top, self._bottom, self._logarithmic = 1.0, 0.0, False

    def show(self, panel: Panel, begin: float, troubles: Sequence[Trouble]) -> None:
        """Draw it: what was done behind, the axes, then the lines."""
        self._top, self._logarithmic = panel.top, panel.dots
        self._bottom = 0.1 if panel.dots else 0.0
        for trouble in troubles:
            self._mark(trouble, begin)
        self._axes(panel)
        for place, (label, colour, points) in enumerate(panel.lines):
            for before, point in zip([None, *points], points, strict=False):
                self._point(before, point, colour, dots=panel.dots)
            if label:
                self._text(_WIDTH - _RIGHT - 90 * (len(panel.lines) - place), 14, label, colour)

    def _x(self, seconds: float) -> float:
        return (_LEFT + (_WIDTH - _LEFT - _RIGHT) * seconds / self._seconds) * _SCALE

    def _y(self, value: float) -> float:
        room = _HEIGHT - _TOP - _BOTTOM
        share = value / self._top
        if self._logarithmic:
            share = math.log(max(value, self._bottom) / self._bottom) / math.log(self._top / self._bottom)
        return (self._down + _TOP + room * (1 - share)) * _SCALE

    def _ticks(self) -> list[float]:
        if not self._logarithmic:
            return [self._top * share for share in (0, 0.25, 0.5, 0.75, 1)]
        decades = round(math.log10(self._top / self._bottom))
        return [self._bottom * 10**decade for decade in range(decades + 1)]

    def _mark(self, trouble: Trouble, begin: float) -> None:
        since, until = trouble.begin - begin, trouble.end - begin
        if trouble.kind == "outage":
            box = (
                self._x(since),
                self._y(self._top),
                self._x(min(until, self._seconds)),
                self._y(self._bottom),
            )
            self._pen.rectangle(box, fill=_OUTAGE)
        else:
            line = (self._x(since), self._y(self._top), self._x(since), self._y(self._bottom))
            self._pen.line(line, fill=_MARKS[trouble.kind], width=_SCALE)

    def _axes(self, panel: Panel) -> None:
        self._text(_LEFT, 14, f"{panel.title} ({panel.unit})", _INK)
        for value in self._ticks():
            y = self._y(value)
            self._pen.line((self._x(0), y, self._x(self._seconds), y), fill=_GRID, width=1)
            self._text(8, (y / _SCALE) - self._down - 7, f"{value:g}", _PALE)
        step = next(s for s in (5, 10, 30, 60, 120, 300, 600) if self._seconds / s <= 12 or s == 600)
        for tick in range(0, int(self._seconds) + 1, step):
            shown = f"{tick // 60}:{tick % 60:02}"
            self._text(self._x(tick) / _SCALE - 12, _HEIGHT - _BOTTOM + 6, shown, _PALE)

    def _point(
        self, before: tuple[float, float] | None, point: tuple[float, float], colour: str, *, dots: bool
    ) -> None:
        x, y = self._x(point[0]), self._y(point[1])
        if dots:
            self._pen.ellipse((x - 3, y - 3, x + 3, y + 3), fill=colour)
        elif before is not None and point[0] - before[0] < _GAP_S:
            self._pen.line((self._x(before[0]), self._y(before[1]), x, y), fill=colour, width=2 * _SCALE)

    def _text(self, x: float, y: float, words: str, colour: str) -> None:
        place = (x * _SCALE, (self._down + y) * _SCALE)
        self._pen.text(place, words, fill=colour, font=ImageFont.load_default(12 * _SCALE))


def _legend(picture: Image.Image, down: int) -> None:
    pen, x = ImageDraw.Draw(picture), _LEFT
    for kind, words in _WORDS.items():
        box = [x * _SCALE, (down + 3) * _SCALE, (x + 12) * _SCALE, (down + 15) * _SCALE]
        pen.rectangle(box, fill=_MARKS.get(kind, _OUTAGE))
        pen.text(
            ((x + 18) * _SCALE, (down + 1) * _SCALE),
            words,
            fill=_INK,
            font=ImageFont.load_default(12 * _SCALE),
        )
        x += 210
