"""Every row of the fault table, over real sockets: the wire, the screen and the books."""

import pytest
from case import Case, faults
from table import CASES, play

from emulator.rows import ROWS

#: What happens once a reply flows.
STREAMS = [case for case in CASES if 46 <= case.row <= 90]


def test_every_row_has_a_case() -> None:
    """1 to 120; and every scenario of a row is played by one of its cases."""
    for number, row in ROWS.items():
        played = {case.scenario for case in CASES if case.row == number}
        assert played >= set(row.names), number


def test_names_differ() -> None:
    """Each case can be asked for."""
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)), [name for name in names if names.count(name) > 1]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_table_holds(case: Case) -> None:
    """What came is what the row says must come."""
    wrong = await play(case, faults)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("case", STREAMS, ids=lambda case: case.name)
async def test_the_table_holds_in_the_rhythm_of_a_page(case: Case) -> None:
    """So, too, where text is gathered before it is shown, as the chat has it."""
    wrong = await play(case, faults, cadence_s=0.05)
    assert not wrong, "\n".join(wrong)
