"""A conversation's sums: tokens, cost with how far it can be trusted, medians."""

from decimal import Decimal
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holysheep import Receipt
from holysheep.events import CostBound
from ledger.totals import Ledger, Totals


def receipt(
    cost: str | None = "0.0001", bound: CostBound = "exact", ttft: float | None = 100, latency: float = 900
) -> Receipt:
    """A reply of 30 tokens."""
    return Receipt(
        "holysheep",
        "deepseek-v3.2",
        "stop",
        latency,
        ttft_ms=ttft,
        prompt_tokens=10,
        completion_tokens=20,
        total_tokens=30,
        usage_source="reported",
        cost_usd=None if cost is None else Decimal(cost),
        cost_bound=bound,
    )


def totals(*receipts: Receipt) -> Totals:
    """The sums over these."""
    ledger = Ledger()
    for one in receipts:
        ledger.record("chat", one)
    return ledger.totals("chat")


def test_nothing_recorded_is_nothing_spent() -> None:
    """A conversation nobody knows has sums of 0 and no medians."""
    assert Ledger().totals("chat") == Totals()


def test_sums() -> None:
    """Tokens add up, money adds up in Decimal, and each conversation has its own."""
    ledger = Ledger()
    for _ in range(10):
        ledger.record("chat", receipt("0.1"))
    ledger.record("other", receipt("5"))
    found = ledger.totals("chat")
    assert (found.replies, found.prompt_tokens, found.completion_tokens, found.total_tokens) == (
        10,
        100,
        200,
        300,
    )
    assert found.cost_usd == Decimal("1.0") and isinstance(found.cost_usd, Decimal)
    assert ledger.totals("other").cost_usd == 5


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1))
def test_medians(times: list[tuple[float, float]]) -> None:
    """Of the replies in any order: the middle one, or the mean of the two in the middle."""
    found = totals(*(receipt(ttft=ttft, latency=latency) for ttft, latency in times))
    assert found.ttft_ms == pytest.approx(median(ttft for ttft, _ in times))
    assert found.latency_ms == pytest.approx(median(latency for _, latency in times))


def test_a_turn_without_text_is_no_reply() -> None:
    """It counts in tokens and cost, not among the replies and not in the medians."""
    found = totals(receipt(), receipt(ttft=None, latency=30_000))
    assert (found.replies, found.total_tokens, found.latency_ms) == (1, 60, 900)


def test_a_failure_without_usage_adds_nothing() -> None:
    """Unknown tokens are not made up."""
    assert (
        totals(Receipt("holysheep", "m", "failed", 12.0, cost_usd=Decimal(0), cost_bound="exact")) == Totals()
    )


def test_estimates_are_marked() -> None:
    """One estimate makes the sum an estimate."""
    guessed = Receipt("holysheep", "m", "stopped", 1.0, usage_source="estimated", total_tokens=3)
    assert totals(receipt(), guessed).estimated and not totals(receipt()).estimated


@pytest.mark.parametrize(
    ("receipts", "bound", "cost"),
    [
        ([receipt()], "exact", "0.0001"),
        ([receipt("0")], "exact", "0"),
        ([receipt(), receipt("0.0002", "at_least")], "at_least", "0.0003"),
        ([receipt(), receipt(None, "unknown")], "at_least", "0.0001"),
        ([receipt(None, "unknown")], "unknown", "0"),
        ([receipt(None, "unknown"), receipt(None, "unknown")], "unknown", "0"),
    ],
)
def test_how_far_the_cost_can_be_trusted(receipts: list[Receipt], bound: str, cost: str) -> None:
    """What is not known makes the sum "at least", and where nothing is known it is unknown."""
    found = totals(*receipts)
    assert (found.cost_bound, found.cost_usd) == (bound, Decimal(cost))


def test_what_is_forgotten_is_gone() -> None:
    """A conversation that has ended leaves nothing, and forgetting it twice is no fault."""
    ledger = Ledger()
    ledger.record("chat", receipt())
    ledger.forget("chat")
    ledger.forget("chat")
    assert ledger.totals("chat") == Totals()
