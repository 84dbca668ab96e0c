"""How long to wait before a repeat, and when not to repeat at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holysheep.backoff import LONGEST_WAIT_S, Repeats, backoff
from holysheep.errors import BadKey, Cut, Dropped, EngineError, ProviderDown, RateLimited, Silent, Unreachable


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


@pytest.mark.parametrize(
    ("retries", "errors", "waits"),
    [
        (3, [ProviderDown()] * 4, [1.0, 2.0, 4.0, None]),
        (1, [ProviderDown()] * 2, [1.0, None]),
        (0, [ProviderDown()], [None]),
        (9, [ProviderDown()] * 4, [1.0, 2.0, 4.0, None]),
        (3, [Unreachable()] * 2, [1.0, None]),
        (3, [Cut()] * 2, [1.0, None]),
        (3, [ProviderDown(), Unreachable()], [1.0, None]),  # one budget for the turn
        (3, [RateLimited(wait_s=3), RateLimited(wait_s=20)], [3.0, None]),
        (3, [Dropped()] * 3, [0.0, 1.0, None]),  # the first is not counted
        (0, [Dropped()] * 2, [0.0, None]),
        (3, [ProviderDown(repeats=0)], [None]),
        (3, [Silent()], [None]),
        (3, [BadKey()], [None]),
    ],
)
def test_the_repeats_of_a_turn(retries: int, errors: list[EngineError], waits: list[float | None]) -> None:
    """The provider's settings and the kind of error bound the repeats; what cannot help is not tried."""
    repeats = Repeats(retries, lambda: 0.5)
    assert [repeats.wait_after(error) for error in errors] == waits
