"""The simulation behind the figures of docs/rollout.md."""

from pathlib import Path

from scripts.rollout_simulation import BEGIN, DOCUMENT, END, HOUR, SCENARIOS, START, Outcome, row, run, write


def test_the_same_seed_gives_the_same_months() -> None:
    """So that figures can be renewed and compared."""
    failing = next(s for s in SCENARIOS if s.name.startswith("failing: nothing but"))
    one, other = run(failing, 3), run(failing, 3)
    assert one == other and one.back_on
    assert one.turns < 60 and run(failing, 4) != one


def test_a_healthy_provider_is_not_stopped_in_its_first_week() -> None:
    """One of the many runs, as far as the second stage."""
    outcome = run(SCENARIOS[0], 0)
    assert outcome.back_on is None and 30 in outcome.shares


def test_a_line_of_the_table() -> None:
    """How often it went back, and when, in the middle and for nine of ten."""
    caught = [Outcome(START + hours * HOUR, hours * 3, {10: 1}) for hours in range(1, 11)]
    line = row(SCENARIOS[4], [*caught, Outcome(None, 0, {10: 1, 30: 7, 100: 30})])
    assert line == "| slower by half | 10 of 11 | 16 (27) | 6 (9) | 1 (day 7) | 1 (day 30) |"


def test_the_figures_stand_between_their_markers(tmp_path: Path) -> None:
    """What stands around them stays; and the document has some."""
    document = tmp_path / "rollout.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write("new", document)
    assert document.read_text(encoding="utf-8") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    told = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert all(f"| {scenario.name} | " in told for scenario in SCENARIOS)
