"""Which key is used, which are set aside, and how they come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holysheep import Provider
from holysheep.errors import BadKey, EngineError, Forbidden, NoCredit, ProviderDown, RateLimited
from holysheep.providers import Key
from holysheep.ring import WINDOW_S, KeyRing

ONE, TWO, THREE = (Key(f"sk-{n}-0123456789") for n in ("one", "two", "three"))


def ring(*keys: Key, key_tokens: int = 1000) -> KeyRing:
    """Of these keys, at 0."""
    values = tuple(key.value for key in keys)
    return KeyRing(Provider("holysheep", "http://127.0.0.1:1/v1", values, key_tokens=key_tokens), 0.0)


def test_the_first_ready_key_is_used() -> None:
    """A ring keeps to one key, whose prompts the provider has cached, until something is said against it."""
    keys = ring(ONE, TWO)
    assert [keys.pick(float(now)) for now in range(3)] == [ONE, ONE, ONE]
    assert keys.pick(0.0, without={ONE.fingerprint}) == TWO


def test_a_key_that_has_used_its_share_gives_way() -> None:
    """At its count the next one is used; where all have used it up, a new lap begins."""
    keys = ring(ONE, TWO)
    keys.settle(ONE, 0, 1000)
    assert keys.pick(1.0) == TWO
    keys.settle(TWO, 0, 1000)
    assert keys.pick(2.0) == ONE
    assert keys.states[TWO.fingerprint].tokens == 0


def test_a_ring_of_one_is_never_used_up() -> None:
    """Our own count turns a ring; it stops nobody."""
    keys = ring(ONE)
    keys.settle(ONE, 0, 5_000)
    assert keys.pick(1.0) == ONE


def test_a_window_ends() -> None:
    """A day later the count begins anew."""
    keys = ring(ONE, TWO)
    keys.settle(ONE, 0, 1000)
    assert keys.pick(WINDOW_S - 1) == TWO
    assert keys.pick(WINDOW_S) == ONE


def test_forty_at_once_do_not_overshoot() -> None:
    """What is set aside for requests under way counts as used."""
    keys, used = ring(ONE, TWO, THREE, key_tokens=1000), {}
    for _ in range(30):
        key = keys.pick(0.0)
        assert key is not None
        keys.reserve(key, 100)
        used[key] = used.get(key, 0) + 1
    assert used == {ONE: 10, TWO: 10, THREE: 10}
    for key, count in used.items():
        for _ in range(count):
            keys.settle(key, 100, 40)
    assert [(state.tokens, state.reserved) for state in keys.states.values()] == [(400, 0)] * 3


@pytest.mark.parametrize("error", [BadKey(), Forbidden(), NoCredit()])
def test_a_refused_key_stays_out(error: EngineError) -> None:
    """It is not used again until somebody finds it accepted."""
    keys = ring(ONE, TWO)
    keys.refused(ONE, error, 1.0)
    assert keys.pick(10 * WINDOW_S) == TWO
    assert keys.states[ONE.fingerprint].reason == error.kind
    keys.accepted(ONE)
    assert keys.pick(2.0) == ONE


def test_a_busy_key_rests_until_its_reset() -> None:
    """Not a moment less, and no later word makes it sooner."""
    keys = ring(ONE, TWO)
    keys.refused(ONE, RateLimited(wait_s=30), 0.0)
    keys.refused(ONE, RateLimited(wait_s=5), 1.0)
    assert (keys.pick(29.0), keys.pick(30.0)) == (TWO, ONE)
    assert keys.free_in(29.0) == 1.0


@pytest.mark.parametrize("error", [ProviderDown(), RateLimited()])
def test_what_says_nothing_of_the_key(error: EngineError) -> None:
    """A server that is down, and a 429 without a time, leave the key as it is."""
    keys = ring(ONE)
    keys.refused(ONE, error, 0.0)
    assert keys.pick(0.0) == ONE


def test_all_keys_refused_at_once_is_the_providers_fault() -> None:
    """Within a minute: they rest for a while rather than stay out."""
    keys = ring(ONE, TWO, THREE)
    for at, key in enumerate((ONE, TWO, THREE)):
        keys.refused(key, BadKey(), float(at))
    assert keys.pick(3.0) is None
    assert keys.reason(3.0) == "bad_key"
    assert keys.pick(60.0) == ONE


def test_two_keys_refused_long_apart_stay_out() -> None:
    """That is two bad keys."""
    keys = ring(ONE, TWO)
    keys.refused(ONE, BadKey(), 0.0)
    keys.refused(TWO, BadKey(), 100.0)
    assert keys.pick(10_000.0) is None


def test_one_turn_at_a_time_tries_a_key_that_is_out() -> None:
    """Where nothing else is left, a refused key is asked again; others do not follow it meanwhile."""
    keys = ring(ONE)
    keys.refused(ONE, BadKey(), 0.0)
    assert (keys.try_again(1.0), keys.try_again(1.0)) == (ONE, None)
    keys.settle(ONE, 0, 0)
    assert keys.try_again(2.0) == ONE


def test_a_key_whose_limit_is_used_up_gives_way_before_it_is_refused() -> None:
    """In a ring; a single key goes on, for nothing would take its place."""
    keys, single = ring(ONE, TWO), ring(ONE)
    for one in (keys, single):
        one.used_up(ONE, 20.0, 0.0)
    assert (keys.pick(1.0), single.pick(1.0)) == (TWO, ONE)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 400)), max_size=80))
def test_nothing_is_counted_twice_or_lost(requests: list[tuple[int, int]]) -> None:
    """Whatever the order, reservations come back to nothing, and the counts are what was used."""
    keys = ring(ONE, TWO, THREE, key_tokens=10**9)
    for which, used in requests:
        key = (ONE, TWO, THREE)[which]
        keys.reserve(key, 500)
        keys.settle(key, 500, used)
    assert sum(state.tokens for state in keys.states.values()) == sum(used for _, used in requests)
    assert all(state.reserved == 0 for state in keys.states.values())


def test_a_key_shows_in_no_repr() -> None:
    """Only its fingerprint is ever shown."""
    keys = ring(ONE)
    assert ONE.value not in repr((ONE, keys.states, Provider("p", "http://x", (ONE.value,))))
    assert len(ONE.fingerprint) == 12
