"""docs/operating.md says what is there: the figures of its alerts, the parts, the variables."""

import re
from pathlib import Path

from assembly.readiness import PARTS
from settings.environment import VARIABLES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
FIGURES = set(
    re.findall(r"`([\w.]+)`", "".join(row.split("|")[1] for row in re.findall(r"^\|.*\|$", PAGE, re.M)))
)


def test_the_alerts_ask_for_figures_that_are_there() -> None:
    """Each is a line of the page's table, which a test holds against the running program."""
    asked = {name.removesuffix("_bucket") for name in re.findall(r"demo_desk_(\w+)", PAGE)} - {""}
    assert len(asked) > 5 and asked <= FIGURES


def test_every_part_has_its_line() -> None:
    """All that ``/readyz`` names is explained."""
    assert {*PARTS, "draining"} <= FIGURES


def test_the_variables_are_ours() -> None:
    """Nobody sets one that does nothing."""
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)(?:=\w+)?`", PAGE))
    assert named and named <= set(VARIABLES)
