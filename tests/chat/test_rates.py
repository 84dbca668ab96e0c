"""How fast messages may come."""

import pytest

from chat.rates import LINK_TIMES, Rates


class Clock:
    """Seconds that pass when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_visitor_may_send_so_many_at_once_and_then_evenly() -> None:
    """The first ones may come together; then each is due its part of a minute later."""
    clock = Clock()
    rates = Rates(clock)
    assert [rates.wait_s("an", "l", 12) for _ in range(13)] == [0.0] * 12 + [5.0]
    clock.now = 4.0
    assert rates.wait_s("an", "l", 12) == pytest.approx(1.0)
    clock.now = 5.5
    assert rates.wait_s("an", "l", 12) == 0.0 and rates.wait_s("an", "l", 12) > 4


def test_visitors_do_not_wait_for_each_other_until_their_link_is_full() -> None:
    """Each has their own; together they have ten times as many."""
    rates = Rates(Clock())
    assert all(rates.wait_s(f"visitor {i % 30}", "l", 6) == 0.0 for i in range(6 * LINK_TIMES))
    assert rates.wait_s("one more", "l", 6) > 0 and rates.wait_s("one more", "another link", 6) == 0.0


def test_a_refused_message_is_not_counted() -> None:
    """Whoever keeps trying does not wait longer for it."""
    clock = Clock()
    rates = Rates(clock)
    for _ in range(12):
        rates.wait_s("an", "l", 12)
    for _ in range(50):
        assert rates.wait_s("an", "l", 12) == 5.0
