"""An outage is not answered by a stampede."""

from holysheep.breaker import IN_A_ROW, LONGEST_OPEN_S, OPEN_S, Breaker, RepeatBudget


def broken(at: float = 0.0) -> Breaker:
    """A breaker that has just opened."""
    breaker = Breaker()
    for _ in range(IN_A_ROW):
        breaker.ended(False, at)
    return breaker


def test_failures_in_a_row_open_it() -> None:
    """One fewer does not, and a success in between counts them anew."""
    breaker = Breaker()
    for _ in range(IN_A_ROW - 1):
        breaker.ended(False, 0.0)
    breaker.ended(True, 0.0)
    breaker.ended(False, 0.0)
    assert breaker.status(0.0) == "closed"
    assert broken().status(0.0) == "open"


def test_half_of_many_opens_it() -> None:
    """Also where successes lie in between; old attempts no longer count."""
    breaker = Breaker()
    for number in range(10):
        breaker.ended(number % 2 == 0, float(number))
    assert breaker.status(9.0) == "open"
    slow = Breaker()
    for number in range(10):
        slow.ended(number % 2 == 0, number * 60.0)
    assert slow.status(600.0) == "closed"


def test_one_attempt_looks_whether_all_is_well() -> None:
    """Half open lets one through; its success closes, its failure opens for twice as long."""
    breaker = broken()
    assert not breaker.lets_through(OPEN_S - 0.1)
    assert breaker.lets_through(OPEN_S)
    breaker.begins(OPEN_S)
    assert not breaker.lets_through(OPEN_S)
    breaker.ended(False, OPEN_S + 1)
    assert breaker.status(OPEN_S + 1 + 2 * OPEN_S - 0.1) == "open"
    breaker.begins(OPEN_S + 1 + 2 * OPEN_S)
    breaker.ended(True, 20.0)
    assert breaker.status(20.0) == "closed"
    assert breaker.lets_through(20.0)


def test_it_is_back_soon_after_a_long_outage() -> None:
    """It never stays open for longer than its bound, so that nobody waits long for a provider that is well."""
    breaker, now = broken(), 0.0
    for _ in range(10):
        now = breaker.open_until
        breaker.begins(now)
        breaker.ended(False, now)
    assert breaker.open_until - now == LONGEST_OPEN_S


def test_a_look_that_was_stopped_makes_way_for_another() -> None:
    """A visitor's Stop says nothing of the route."""
    breaker = broken()
    breaker.begins(OPEN_S)
    breaker.gave_no_word()
    assert breaker.lets_through(OPEN_S)


def test_repeats_are_bought_with_successes() -> None:
    """At half of the bucket nothing is repeated; fifty successes buy five failures back."""
    budget = RepeatBudget()
    for _ in range(5):
        assert budget.allows
        budget.failed()
    assert not budget.allows
    for _ in range(50):
        budget.succeeded()
    assert budget.left == 10.0 or abs(budget.left - 10.0) < 1e-9
    for _ in range(100):
        budget.failed()
    assert budget.left == 0.0
