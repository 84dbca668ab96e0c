"""The gate: worse, undecided or good; and what it does not look at."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from evidence import DAY_ONE, turn, turns
from hypothesis import given
from hypothesis import strategies as st

from holysheep.rollout import RolloutPlan, Verdict, judge
from holysheep.rollout.looks import next_size, size_of

PLAN = RolloutPlan(enabled=True)
LEGACY = turns(2_000)


def says(verdict: Verdict) -> dict[str, str]:
    """By measure."""
    return {measure.measure: measure.says for measure in verdict.measures}


def test_an_equal_provider_is_good() -> None:
    """With turns enough, in every measure."""
    verdict = judge(LEGACY, turns(400), PLAN)
    assert verdict.says == "good" and set(says(verdict).values()) == {"good"}
    assert (verdict.legacy, verdict.holysheep, verdict.lacking) == (2_000, 400, None)


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        ("errors", lambda i: {"ok": i % 4 > 0}),
        ("ttft", lambda i: {"ttft_ms": 900.0}),
        ("latency", lambda i: {"latency_ms": 9_000.0}),
        ("cost", lambda i: {"cost_usd": Decimal("0.0015") + i % 2 * Decimal("0.0002")}),
    ],
)
def test_a_worse_provider_is_named_by_what_is_worse(measure: str, told: Any) -> None:
    """And by nothing else, with both figures and the limit."""
    verdict = judge(LEGACY, turns(400, told), PLAN)
    assert verdict.says == "worse"
    (worse,) = (found for found in verdict.measures if found.says == "worse")
    assert worse.measure == measure
    assert worse.holysheep is not None and worse.limit is not None and worse.legacy is not None
    assert worse.holysheep > worse.limit > worse.legacy


def test_a_better_provider_is_good() -> None:
    """Sooner than an equal one: there is more between it and the limit."""
    ours = turns(150, lambda i: {"ttft_ms": 100.0, "latency_ms": 700.0, "cost_usd": Decimal("0.00005")})
    assert judge(turns(1_350), ours, PLAN).says == "good"


@pytest.mark.parametrize("number", [0, 1, 49])
def test_too_few_turns_prove_nothing(number: int) -> None:
    """Of either cohort; it says how many are lacking."""
    few = judge(LEGACY, turns(number), PLAN)
    assert (few.says, few.lacking) == ("undecided", 50 - number)
    assert {measure.why for measure in few.measures} == {"few"}
    other = judge(turns(number), turns(400), PLAN)
    assert (other.says, other.lacking_legacy) == ("undecided", 50 - number)


def test_turns_of_too_few_conversations_prove_nothing() -> None:
    """However many they are, for or against: one visitor's trouble is not a provider's."""
    for ok in (True, False):
        ours = turns(400, lambda i, ok=ok: {"ok": ok, "conversation": f"c{i % 2}"})  # type: ignore[misc]
        verdict = judge(LEGACY, ours, PLAN)
        assert verdict.says == "undecided" and says(verdict)["errors"] == "undecided"


def test_an_outage_is_caught_after_a_few_turns() -> None:
    """A thousand good ones before do not hide it, nor need fifty to fail first."""
    now_bad = judge(turns(2_020), turns(1_020, lambda i: {"ok": i < 1_000}), PLAN)
    (errors,) = (found for found in now_bad.measures if found.measure == "errors")
    assert now_bad.says == "worse" and errors.turns <= 32
    assert judge(turns(180), turns(20, lambda i: {"ok": False}), PLAN).says == "worse"


def test_when_both_fail_neither_is_to_blame() -> None:
    """Our own line is down: the last turns are compared with legacy's of the same time."""
    legacy = turns(1_000, lambda i: {"ok": i < 950})
    assert judge(legacy, turns(1_000, lambda i: {"ok": i < 950}), PLAN).says != "worse"


def test_what_does_not_count_is_left_out() -> None:
    """Turns that say nothing about the provider change nothing, however many."""
    ours = turns(400)
    ignored = [turn(DAY_ONE + timedelta(seconds=i), ok=False, counted=False) for i in range(300)]
    with_them, without = judge(LEGACY, ours + ignored, PLAN), judge(LEGACY, ours, PLAN)
    assert with_them.left_out == 300 and with_them.measures == without.measures


def test_a_cost_that_is_not_known_is_no_good_one() -> None:
    """More than one in twenty, on either side; with cost left out of what is judged it goes on."""
    ours = turns(400, lambda i: {"cost_usd": None if i % 10 == 0 else Decimal("0.001")})
    for verdict in (judge(LEGACY, ours, PLAN), judge(ours, turns(400), PLAN)):
        cost = verdict.measures[3]
        assert (verdict.says, verdict.lacking, cost.why) == ("undecided", None, "unknown_cost")
    assert judge(LEGACY, ours, RolloutPlan(judged=("errors", "ttft", "latency"))).says == "good"


def test_what_is_free_is_not_dearer_than_what_is_free() -> None:
    """And what costs is dearer than it."""
    free = {"cost_usd": Decimal(0)}
    assert says(judge(turns(400, lambda i: free), turns(400, lambda i: free), PLAN))["cost"] == "good"
    assert says(judge(turns(400, lambda i: free), turns(400), PLAN))["cost"] == "worse"


def test_it_may_be_asked_to_be_cheaper() -> None:
    """A margin below nothing: equal is then not enough."""
    plan = RolloutPlan(cost_percent=-30)
    assert says(judge(LEGACY, turns(400), plan))["cost"] == "worse"
    cheaper = turns(400, lambda i: {"cost_usd": Decimal("0.0005")})
    assert says(judge(LEGACY, cheaper, plan))["cost"] == "good"


def test_without_legacy_nothing_can_be_told() -> None:
    """There is nothing to compare with, and no number of turns helps."""
    verdict = judge([], turns(400), PLAN)
    assert (verdict.says, verdict.lacking) == ("undecided", None)
    assert {measure.why for measure in verdict.measures} == {"no_legacy"}


def test_legacy_of_another_time_is_taken_as_a_whole() -> None:
    """At 100 % it is that of the last stage."""
    old = turns(400, at=DAY_ONE - timedelta(days=9))
    assert judge(old, turns(400), PLAN, same_time=False).says == "good"
    assert judge(old, turns(40, lambda i: {"ok": False}), PLAN, same_time=False).says == "worse"


def test_times_without_a_first_word_are_no_times() -> None:
    """Where nothing is to be compared it is undecided."""
    verdict = judge(LEGACY, turns(400, lambda i: {"ttft_ms": None}), PLAN)
    assert says(verdict)["ttft"] == "undecided" and verdict.lacking is None


@given(st.integers(0, 5_000), st.integers(1, 300))
def test_looks_grow(number: int, least: int) -> None:
    """Between two sizes nothing new is looked at, and the number of looks grows like a logarithm."""
    plan = RolloutPlan(least_turns=least)
    size, look = size_of(number, plan)
    assert size <= number and look < 30
    assert (size == 0) == (number < least)
    assert next_size(number + 1, plan) > number


@given(st.integers(0, 120), st.integers(0, 400), st.integers(0, 100), st.integers(0, 100))
def test_never_good_without_turns(ours: int, legacy: int, bad: int, theirs_bad: int) -> None:
    """Whatever they are like: fewer than the least in either cohort, and it is not good."""
    verdict = judge(
        turns(legacy, lambda i: {"ok": i % 100 >= theirs_bad}),
        turns(ours, lambda i: {"ok": i % 100 >= bad}),
        PLAN,
    )
    if min(ours, legacy) < PLAN.least_turns:
        assert verdict.says != "good"
    assert Verdict.from_document(verdict.to_document()) == verdict
