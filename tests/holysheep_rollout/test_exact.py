"""The limits of shares, against the distributions they come from."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holysheep.rollout.exact import beta_share, lower_limit, student, upper_limit
from holysheep.rollout.shares import Share, larger_by, larger_by_at_most, turns_to_tell


def chance(found: int, of: int, share: float) -> float:
    """Of just so many."""
    return comb(of, found) * share**found * (1 - share) ** (of - found)


@given(st.integers(1, 120), st.data(), st.floats(1e-8, 0.3))
def test_the_limit_is_the_share_at_which_as_many_would_be_seen_so_seldom(
    of: int, data: st.DataObject, level: float
) -> None:
    """Clopper and Pearson's definition, summed up term by term."""
    found = data.draw(st.integers(1, of))
    share = lower_limit(found, of, level)
    as_many = sum(chance(k, of, share) for k in range(found, of + 1))
    assert as_many == pytest.approx(level, rel=1e-4) or share == pytest.approx(found / of)
    assert upper_limit(of - found, of, level) == pytest.approx(1 - share)


@pytest.mark.parametrize(
    ("level", "freedom", "value"),
    [
        (0.025, 10, 2.22814),
        (0.005, 2, 9.92484),
        (0.05, 1, 6.31375),
        (0.001, 30, 3.38518),
        (0.1, 120, 1.28865),
    ],
)
def test_student_as_in_the_tables(level: float, freedom: int, value: float) -> None:
    """To five digits."""
    assert student(level, freedom) == pytest.approx(value, rel=1e-5)


def test_the_ends() -> None:
    """Nothing seen has no lower limit, everything seen no upper one, and no turn says nothing."""
    assert (lower_limit(0, 9, 0.01), upper_limit(9, 9, 0.01), upper_limit(0, 0, 0.01)) == (0, 1, 1)
    assert (beta_share(2, 3, 0), beta_share(2, 3, 1)) == (0, 1)
    assert (Share([]).value, Share([]).effect) == (0, 1)


def share(bad: int, of: int) -> Share:
    """So many, each of a conversation of its own."""
    return Share([("", i < bad) for i in range(of)])


@pytest.mark.parametrize("level", [0.05, 0.005, 0.0005])
@pytest.mark.parametrize("true", [0.01, 0.05, 0.2, 0.5])
@pytest.mark.parametrize(("ours", "theirs"), [(16, 40), (25, 25), (12, 100)])
def test_two_that_are_equal_are_seldom_told_apart(ours: int, theirs: int, true: float, level: float) -> None:
    """Over all that can be seen, one is called larger no oftener than was allowed."""
    wrong = sum(
        chance(a, ours, true) * chance(b, theirs, true)
        for a in range(ours + 1)
        for b in range(theirs + 1)
        if a / ours > b / theirs and larger_by(share(a, ours), share(b, theirs), level) > 0
    )
    assert wrong <= level


def test_both_sides_of_a_difference() -> None:
    """At the least and at the most: the one with the sides changed is the other."""
    one, other = share(10, 100), share(20, 400)
    assert larger_by(one, other, 0.05) < 0.05 < larger_by_at_most(one, other, 0.05)
    assert larger_by(one, other, 0.05) == -larger_by_at_most(other, one, 0.05)


def test_turns_of_one_conversation_tell_less() -> None:
    """Ten conversations of ten turns that are all bad or all good are as good as ten turns."""
    alike = Share([(f"c{i // 10}", i < 20) for i in range(100)])
    mixed = Share([(f"c{i % 10}", i < 20) for i in range(100)])
    assert (alike.conversations, round(alike.effect), mixed.effect) == (10, 11, 1)
    assert alike.below(0.05) < mixed.below(0.05) < 0.2 < mixed.above(0.05) < alike.above(0.05)


def test_taken_to_be_alike() -> None:
    """Where nothing can be measured, as when all are bad, turns still tell no more than was said."""
    turns = [(f"c{i // 4}", True) for i in range(12)]
    assert [Share(turns, likeness).effect for likeness in (0, 0.5, 1)] == [1, 2.5, 4]


def test_how_many_it_takes() -> None:
    """More the closer it is; without end where there is nothing between them, or nothing to go by."""
    theirs = share(10, 1000)
    near, far = (turns_to_tell(share(bad, 100), theirs, 0.025, 0.1) for bad in (3, 1))
    assert near > far > 50
    assert turns_to_tell(share(0, 100), share(0, 10), 0, 0.1) == turns_to_tell(share(1, 9), Share([]), 0, 0.1)
