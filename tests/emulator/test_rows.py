"""The table of faults is whole."""

from emulator import FAULTS
from emulator.lines import LINES
from emulator.rows import ROWS, known


def test_every_row_is_there() -> None:
    """1 to 120, each with a name that can be played."""
    assert list(ROWS) == list(range(1, 121))
    assert all(row.plays and all(map(known, row.plays)) for row in ROWS.values())


def test_a_driver_has_one_row() -> None:
    """Names of drivers are no names of faults, and no two rows share one."""
    drivers = [row.driver for row in ROWS.values() if row.driver]
    assert len(drivers) == len(set(drivers))
    assert not {*drivers} & {*FAULTS, *LINES}


def test_every_scenario_belongs_to_a_row() -> None:
    """What the emulator can do stands for something."""
    played = {name for row in ROWS.values() for name in row.plays}
    spare = {"bursts", "rate_limited", "half_a_head", "odd_reason", "usage_million"}
    assert {*FAULTS, *LINES} - played == spare
