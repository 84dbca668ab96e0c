"""How long to wait before a repeat, and when not to repeat at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holysheep.backoff import LONGEST_WAIT_S, backoff


@pytest.mark.parametrize(
    ("repeat", "asked_s", "draw", "wait_s"),
    [
        (0, None, 0.0, 0.0),
        (0, None, 0.5, 1.0),
        (1, None, 0.5, 2.0),
        (2, None, 0.5, 4.0),
        (9, None, 0.5, 4.0),  # never more than the cap of 8 s
        (0, 3.0, 0.5, 3.0),
        (2, 3.0, 0.5, 4.0),
        (0, LONGEST_WAIT_S, 0.0, LONGEST_WAIT_S),
        (0, 15.1, 0.0, None),
        (0, 86_400.0, 0.5, None),
    ],
)
def test_the_wait(repeat: int, asked_s: float | None, draw: float, wait_s: float | None) -> None:
    """Full jitter up to a cap that doubles; Retry-After is a floor, and too long a one the end."""
    assert backoff(repeat, asked_s, draw) == wait_s


@given(st.integers(0, 60), st.none() | st.floats(0, 100), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_within_its_bounds(repeat: int, asked_s: float | None, draw: float) -> None:
    """Never less than was asked, never longer than a visitor waits."""
    wait = backoff(repeat, asked_s, draw)
    assert wait is None or (asked_s or 0) <= wait <= LONGEST_WAIT_S
    assert wait is not None or (asked_s or 0) > LONGEST_WAIT_S
