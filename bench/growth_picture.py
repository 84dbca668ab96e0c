"""The ledger's growth as a picture: how each figure changes as turns come on record."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.machine import Machine
from bench.roster import POSTGRESQL, SQLITE, STORES
from bench.targets import Medians

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = {SQLITE: "#1f9d6b", POSTGRESQL: "#3b6fb5"}


@dataclass(frozen=True)
class Curve:
    """One figure over all sizes; `limit` is the most it may be at the largest, where there is such a target."""

    prefix: str
    title: str
    unit: str
    limit: float | None = None


CURVES = (
    Curve("report_day_", "report by day", "ms", 2000),
    Curve("report_link_", "report by link", "ms", 2000),
    Curve("open_", "opening the long conversation", "ms", 300),
    Curve("wait_", "recording one more turn: wait, p50", "ms", 2),
)


def points(curve: Curve, medians: Medians, store: str) -> list[tuple[int, float]]:
    """Turns on record and the figure there, ascending."""
    return sorted(
        (int(key.removeprefix(curve.prefix)), value)
        for (key, contender), value in medians.items()
        if contender == store and key.startswith(curve.prefix)
    )


def decades(values: Sequence[float]) -> tuple[float, float]:
    """The powers of ten around all values, so that every axis has numbers at its ends; a limit has room above it."""
    return 10.0 ** math.floor(math.log10(min(values))), 10.0 ** math.ceil(math.log10(max(values) * 1.5))


def draw_growth(medians: Medians, machine: Machine, path: Path) -> bool:
    """Write the picture; False when nothing was seen to grow."""
    if not any(len(points(curve, medians, SQLITE)) > 1 for curve in CURVES):
        return False
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, grid = pyplot.subplots(2, 2, figsize=(9, 6.4))
    for axes, curve in zip(grid.flat, CURVES, strict=True):
        _panel(axes, curve, medians)
    grid.flat[0].legend(frameon=False, loc="lower right")
    figure.suptitle(
        f"{machine.cpu}, {machine.cores} cores, Python {machine.python}, {machine.taken}", fontsize=9
    )
    figure.tight_layout()
    figure.savefig(path, dpi=140)
    pyplot.close(figure)
    return True


def _panel(axes: Axes, curve: Curve, medians: Medians) -> None:
    from matplotlib.ticker import NullFormatter, StrMethodFormatter

    seen: list[tuple[int, float]] = []
    for store, colour in _COLOURS.items():
        if found := points(curve, medians, store):
            axes.plot(*zip(*found, strict=True), marker="o", color=colour, label=STORES[store])
            seen += found
    if curve.limit is not None:
        axes.axhline(curve.limit, color="#d1605e", linestyle=":", linewidth=1)
        axes.annotate(
            f"target: {curve.limit:,.0f} {curve.unit}",
            (0.98, curve.limit),
            xycoords=("axes fraction", "data"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            fontsize=8,
            color="#d1605e",
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(sorted({size for size, _ in seen}))
    axes.set_ylim(*decades([value for _, value in seen] + [curve.limit or 1.0]))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.set_title(f"{curve.title} ({curve.unit})", fontsize=10)
    axes.set_xlabel("turns on record", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
