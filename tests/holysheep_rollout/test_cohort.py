"""A conversation's cohort: drawn once, and kept while shares grow."""

from hypothesis import given
from hypothesis import strategies as st

from holysheep.rollout import RolloutPlan, RolloutState, bucket, cohort

PLAN = RolloutPlan(enabled=True)
conversations = st.text(min_size=1, max_size=40)
shares = st.integers(0, 100)


@given(conversations, shares, shares, st.text(max_size=10))
def test_nobody_leaves_holysheep_while_shares_grow(name: str, one: int, other: int, salt: str) -> None:
    """Whoever is in holysheep at a share is in it at every larger one, and at 0 and 100 % all are on one side."""
    small, large = (RolloutState(share=share, salt=salt) for share in sorted((one, other)))
    if cohort(name, small, PLAN) == "holysheep":
        assert cohort(name, large, PLAN) == "holysheep"
    assert cohort(name, RolloutState(share=0, salt=salt), PLAN) == "legacy"
    assert cohort(name, RolloutState(share=100, salt=salt), PLAN) == "holysheep"


@given(conversations, st.text(max_size=10))
def test_the_draw_is_for_good(name: str, salt: str) -> None:
    """The same name and salt give the same place, within the 10,000 that there are."""
    assert bucket(name, salt) == bucket(name, salt) and 0 <= bucket(name, salt) < 10_000


@given(st.integers(1, 99), st.integers(0, 2**64))
def test_shares_match(share: int, seed: int) -> None:
    """Of 4,000 conversations about as many are in holysheep as the share says: within five standard deviations."""
    state = RolloutState(share=share, salt=str(seed))
    found = sum(cohort(f"{seed}-{i}", state, PLAN) == "holysheep" for i in range(4_000)) / 4_000
    part = share / 100
    assert abs(found - part) < 5 * (part * (1 - part) / 4_000) ** 0.5 + 1e-4


def test_another_salt_draws_anew() -> None:
    """Two rollouts do not pick on the same conversations."""
    names = [f"c{i}" for i in range(5_000)]
    both = sum(bucket(name, "a") < 1_000 and bucket(name, "b") < 1_000 for name in names)
    assert 20 < both < 90  # 50 by chance, 500 if the salt did nothing


def test_a_place_never_changes_with_the_program() -> None:
    """The draw is part of what is promised: a release that drew otherwise would move everybody."""
    assert [bucket(name, "demo-desk") for name in ("a", "b", "trò chuyện")] == [9943, 8639, 1272]


def test_where_there_is_no_rollout_there_is_no_cohort() -> None:
    """It is off, or the turn belongs to no conversation."""
    assert cohort("c", RolloutState(share=50), RolloutPlan()) is None
    assert cohort(None, RolloutState(share=50), PLAN) is None


def test_the_salt_it_began_with_holds() -> None:
    """A changed salt in the settings moves nobody in the middle of a rollout."""
    changed = RolloutPlan(enabled=True, salt="changed")
    state = RolloutState(share=30, salt="demo-desk")
    names = [f"c{i}" for i in range(200)]
    assert [cohort(name, state, changed) for name in names] == [cohort(name, state, PLAN) for name in names]
