"""Rows, targets and the table they become."""

from __future__ import annotations

import pytest

from bench.machine import Machine
from bench.rows import Quantity, Row, Tally, medians
from bench.table import cell, figures, grid, markdown
from bench.targets import Ahead, AtLeast, AtMost, Flat, Medians, Share, Target

CPU = Quantity("cpu", "CPU per token", "µs")


def test_tally() -> None:
    """Values of alternating rounds gather by contender."""
    tally = Tally()
    for theirs, own in ((500.0, 80.0), (400.0, 90.0), (450.0, 100.0)):
        tally.add(CPU, "bare", theirs)
        tally.add(CPU, "ours", own, "a note")
    assert tally.rows() == [
        Row(CPU, "bare", (500.0, 400.0, 450.0)),
        Row(CPU, "ours", (80.0, 90.0, 100.0), "a note"),
    ]
    assert tally.last(CPU, "bare") == 450.0
    assert medians(tally.rows()) == {("cpu", "bare"): 450.0, ("cpu", "ours"): 90.0}


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (Row(CPU, "bare", (1234.4,)), "1,234"),
        (Row(CPU, "bare", (400.0, 500.0, 450.0)), "450 (400–500)"),
        (Row(Quantity("m", "memory", "KiB", 1), "ours", (0.25,)), "0.2"),
    ],
)
def test_cell(row: Row, text: str) -> None:
    """A cell shows the median, and the range of several rounds."""
    assert cell(row) == text


def test_grid() -> None:
    """The first column leans left, the others right, and all lines are equally wide."""
    assert grid(["", "a"], [["one", "1"], ["eleven", "1,000"]]) == (
        "|        |     a |\n| ------ | ----: |\n| one    |     1 |\n| eleven | 1,000 |\n"
    )


def test_figures_leave_gaps() -> None:
    """A contender without a figure has an empty cell; one without any has no column."""
    other = Quantity("page", "page", "ms")
    rows = [Row(CPU, "bare", (500.0,)), Row(CPU, "ours", (80.0,)), Row(other, "ours", (7.0,))]
    head, _rule, cpu, page = figures(rows).splitlines()
    assert [name.strip() for name in head.split("|")] == ["", "", "Demo Desk", "bare Chainlit", ""]
    assert [text.strip() for text in cpu.split("|")] == ["", "CPU per token (µs)", "80", "500", ""]
    assert [text.strip() for text in page.split("|")] == ["", "page (ms)", "7", "", ""]


def test_the_ledger_has_a_table_of_its_own() -> None:
    """Databases are no servers: their columns do not stand beside the contenders'."""
    machine = Machine("2026-11-23", "CPU", 2, 24.0, "Linux", "3.11", "", "", "0.1")
    rows = [Row(CPU, "ours", (80.0,)), Row(Quantity("rate", "recorded", "turns/s"), "sqlite", (900.0,))]
    text = markdown(machine, rows, [], [])
    heads = [line for line in text.splitlines() if line.startswith("|  ")]
    assert [[name.strip() for name in head.split("|")[2:-1]] for head in heads] == [
        ["Demo Desk"],
        ["Demo Desk on SQLite"],
    ]


FIFTH = Share("cpu", "CPU", "at most", 1 / 5, "a fifth of")
FIVE_TIMES = Share("cpu", "streams", "at least", 5, "five times")
AHEAD = Ahead("cpu", "latency")
LIMIT = AtMost("cpu", "stall", 100, "ms")
FLOOR = AtLeast("cpu", "turns recorded", 500, "turns/s")
FLAT = Flat("late", "early", "cost", 1.25)


@pytest.mark.parametrize(
    ("target", "figures", "met"),
    [
        (FIFTH, {"ours": 100.0, "bare": 500.0}, True),
        (FIFTH, {"ours": 101.0, "bare": 500.0}, False),
        (FIFTH, {"ours": 101.0}, None),
        (FIVE_TIMES, {"ours": 250.0, "bare": 50.0}, True),
        (FIVE_TIMES, {"ours": 249.0, "bare": 50.0}, False),
        (AHEAD, {"ours": 9.0, "bare": 10.0, "gradio": 20.0, "streamlit": 30.0}, True),
        (AHEAD, {"ours": 11.0, "bare": 20.0, "gradio": 10.0, "streamlit": 30.0}, False),
        (AHEAD, {"ours": 9.0, "bare": 10.0}, None),
        (LIMIT, {"ours": 100.0}, True),
        (LIMIT, {"ours": 100.1}, False),
        (LIMIT, {}, None),
        (FLOOR, {"ours": 500.0}, True),
        (FLOOR, {"ours": 499.9}, False),
        (FLOOR, {}, None),
    ],
)
def test_targets(target: Target, figures: dict[str, float], met: bool | None) -> None:
    """A target is met, missed, or was not measured; it is never met by default."""
    found: Medians = {("cpu", name): value for name, value in figures.items()}
    assert target.judge(found).met is met


@pytest.mark.parametrize(("late", "met"), [(125.0, True), (126.0, False)])
def test_flat(late: float, met: bool) -> None:
    """Flat means within the given factor of the earlier figure."""
    assert FLAT.judge({("late", "ours"): late, ("early", "ours"): 100.0}).met is met
