"""The main figures as a picture: each peer as a multiple of Demo Desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.machine import Machine
from bench.roster import LABELS
from bench.targets import OURS, PEERS, Medians

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = {"bare": "#8a94a6", "gradio": "#e8a33d", "streamlit": "#d1605e"}
_BAR = 0.26


@dataclass(frozen=True)
class Panel:
    """One group of bars; `more_is_better` turns the ratio over, so that longer is always worse."""

    key: str
    title: str
    more_is_better: bool = False


PANELS = (
    Panel("cpu_per_token", "server CPU per token, 40 sockets"),
    Panel("burst_p50", "40 messages at once: added time to first text, p50"),
    Panel("burst_p99", "40 messages at once: added time to first text, p99"),
    Panel("streams_prompt", "streams on one core (fewer = longer bar)", more_is_better=True),
    Panel("page_latency_start", "Enter to first text, added"),
    Panel("page_latency_late", "Enter to first text, added, after many turns"),
    Panel("page_thread_start", "browser main thread per reply"),
    Panel("page_thread_late", "browser main thread per reply, after many turns"),
    Panel("cold_typing", "opened cold on a slow phone until one can type"),
    Panel("cold_words", "opened cold until the first reply's first words"),
    Panel("memory_socket", "memory per connected socket"),
)


def multiple(panel: Panel, medians: Medians, peer: str) -> float | None:
    """How many times worse than Demo Desk a peer is; None when either was not measured."""
    ours = medians.get((panel.key, OURS))
    theirs = medians.get((panel.key, peer))
    if not ours or not theirs:
        return None
    return ours / theirs if panel.more_is_better else theirs / ours


def draw(medians: Medians, machine: Machine, path: Path) -> bool:
    """Write the picture; False when there is nothing to compare."""
    panels = [p for p in PANELS if any(multiple(p, medians, peer) for peer in PEERS)]
    if not panels:
        return False
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 0.75 * len(panels) + 1.6))
    for panel_number, panel in enumerate(panels):
        _group(axes, panel_number, panel, medians)
    axes.axvline(1, color="#1f9d6b", linewidth=2, label=LABELS[OURS])
    axes.set_yticks(range(len(panels)), [panel.title for panel in panels])
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.set_xlabel("times Demo Desk's figure (longer is worse)")
    axes.set_title(
        f"{machine.cpu}, {machine.cores} cores, Python {machine.python}, {machine.taken}", fontsize=9
    )
    axes.spines[["top", "right"]].set_visible(False)
    _legend(axes)
    figure.tight_layout()
    figure.savefig(path, dpi=140)
    return True


def _group(axes: Axes, place: int, panel: Panel, medians: Medians) -> None:
    bars: Sequence[tuple[str, float]] = [
        (peer, times) for peer in PEERS if (times := multiple(panel, medians, peer)) is not None
    ]
    for number, (peer, times) in enumerate(bars):
        at = place + (number - (len(bars) - 1) / 2) * _BAR
        axes.barh(at, times, height=_BAR * 0.9, color=_COLOURS[peer], label=LABELS[peer])
        axes.text(times, at, f" {times:.1f} ×", va="center", fontsize=8)


def _legend(axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    axes.legend(once.values(), once.keys(), loc="lower right", frameon=False)
