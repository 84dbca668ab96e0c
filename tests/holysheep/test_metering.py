"""From tokens to money: exact, and honest about what is not known."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest
from asking import DEEPSEEK, GPT, PRICE, provider
from hypothesis import given
from hypothesis import strategies as st

from holysheep import Model, Price, Usage, cost
from holysheep.events import CostBound, plain
from holysheep.metering import NOTHING, UNKNOWN, Metered, is_disputed, meter, served, total
from holysheep.prices import CachedTokens

HOLYSHEEP = provider("http://127.0.0.1:1/v1")
USAGE = Usage(prompt=1000, cached=400, completion=200, reasoning=50)
ESTIMATE = Usage(prompt=40, completion=12)


@pytest.mark.parametrize(
    ("cached_tokens", "usage", "usd"),
    [
        ("inside", USAGE, "0.0002632"),  # 600 x 0.28 + 400 x 0.028 + 200 x 0.42
        ("beside", USAGE, "0.0003752"),  # 1000 x 0.28 + 400 x 0.028 + 200 x 0.42
        ("inside", Usage(prompt=100, cached=900), "0.0000028"),  # never more cached than there is
        ("beside", Usage(prompt=100, cached=900), "0.0000532"),
        ("inside", Usage(prompt=1), "0.00000028"),
        ("inside", Usage(), "0"),
    ],
)
def test_a_cost_is_exact(cached_tokens: CachedTokens, usage: Usage, usd: str) -> None:
    """Each kind of token at its own price, to the last decimal."""
    assert cost(usage, PRICE, cached_tokens) == Decimal(usd)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.decimals(0, 1000, places=4))
def test_one_price_on_all_tokens(prompt: int, completion: int, usd: Decimal) -> None:
    """With one price, the cost is the total times it, whatever was cached."""
    usage = Usage(prompt=prompt, cached=prompt // 2, completion=completion)
    flat = Price.flat(usd, date(2026, 1, 1))
    assert cost(usage, flat) == usage.total() * usd / 1_000_000


def test_cached_tokens_are_counted_once() -> None:
    """Inside the prompt they are part of it; beside it they come on top."""
    assert (USAGE.total("inside"), USAGE.total("beside")) == (1200, 1600)


@dataclass(frozen=True)
class Case:
    """What came of an attempt, and what it cost; whole: the reply was."""

    name: str
    model: Model | None
    usage: Usage | None
    usd: str | None
    bound: CostBound
    whole: bool = True
    free: bool = False
    ours: str | None = None


BILLED = replace(USAGE, cost_usd=Decimal("0.001"))
CASES = (
    Case("reported", DEEPSEEK, USAGE, "0.0002632", "exact", ours="0.0002632"),
    Case("reported-so-far", DEEPSEEK, USAGE, "0.0002632", "at_least", whole=False, ours="0.0002632"),
    Case("billed", DEEPSEEK, BILLED, "0.001", "exact", ours="0.0002632"),
    Case("billed-nothing", DEEPSEEK, replace(USAGE, cost_usd=Decimal(0)), "0", "exact", ours="0.0002632"),
    Case("billed-without-a-price", None, BILLED, "0.001", "exact"),
    Case("no-price", replace(DEEPSEEK, price=None), USAGE, None, "unknown"),
    Case("unknown-model", None, USAGE, None, "unknown"),
    Case("unknown-model-estimated", None, None, None, "unknown"),
    Case("free", DEEPSEEK, BILLED, "0", "exact", free=True, ours="0"),
    Case("free-estimated", None, None, "0", "exact", whole=False, free=True, ours="0"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_an_attempt_cost(case: Case) -> None:
    """The provider's bill is trusted, a price is needed, free is free; unknown is never 0."""
    metered = meter(replace(HOLYSHEEP, free=case.free), case.model, case.usage, ESTIMATE, case.whole)
    assert metered.cost_usd == (None if case.usd is None else Decimal(case.usd))
    assert metered.computed_usd == (None if case.ours is None else Decimal(case.ours))
    assert (metered.bound, metered.source) == (case.bound, "reported" if case.usage else "estimated")


def test_an_estimate_is_at_least() -> None:
    """Where the provider counted nothing, the estimate stands for it, and the cost is a lower bound."""
    metered = meter(HOLYSHEEP, DEEPSEEK, None, ESTIMATE)
    assert metered.usage == ESTIMATE
    assert (metered.source, metered.bound) == ("estimated", "at_least")
    assert metered.price_version == DEEPSEEK.price_version


def spent(usd: str, bound: CostBound = "exact") -> Metered:
    """An attempt of known cost."""
    return Metered(Usage(), "reported", Decimal(usd), bound)


@pytest.mark.parametrize(
    ("attempts", "usd", "bound"),
    [
        ([spent("0.1")], "0.1", "exact"),
        ([NOTHING], "0", "exact"),
        ([UNKNOWN], None, "unknown"),
        ([NOTHING, NOTHING, spent("0.1")], "0.1", "exact"),
        ([UNKNOWN, spent("0.1")], "0.1", "at_least"),
        ([spent("0.1", "at_least"), spent("0.2")], "0.3", "at_least"),
        ([NOTHING, UNKNOWN], None, "unknown"),
        ([UNKNOWN, NOTHING], None, "unknown"),  # "at least 0" would say nothing
        ([spent("0.1"), UNKNOWN], "0.1", "at_least"),
    ],
)
def test_a_turn_costs_what_its_attempts_cost(attempts: list[Metered], usd: str | None, bound: str) -> None:
    """Known parts add up; an unknown part makes the sum a lower bound."""
    assert total(attempts) == (None if usd is None else Decimal(usd), bound)


OTHERS = replace(GPT, id="gpt-4.1-local", provider="local")
HAS = (DEEPSEEK.id, GPT.id, "chat")
RENAMED = Model("chat", "Chat", "holysheep", 65_536, PRICE)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        (None, DEEPSEEK),
        ("deepseek-v3.2", DEEPSEEK),
        ("DeepSeek-V3.2", DEEPSEEK),
        ("deepseek/deepseek-v3.2", DEEPSEEK),
        ("deepseek-v3.2-20251201", DEEPSEEK),
        ("deepseek-v3.2-2025-12-01", DEEPSEEK),
        ("deepseek-v3.2@20251201", DEEPSEEK),
        ("gpt-4.1-2025-04-14", GPT),
        ("vendor/chat-1", RENAMED),
        ("vendor/chat-1-0324", RENAMED),
        ("gpt-4.1-mini", None),
        ("gpt-4.1-mini-2025-04-14", None),
        ("gpt-4.10", None),
        ("deepseek-v3.2-", None),
        ("deepseek-v3", None),
        ("gpt-4.1-local", None),  # of another provider, at another price
        ("llama", None),
    ],
)
def test_whose_price_holds(name: str | None, model: Model | None) -> None:
    """The price is the served model's: its own name, a dated one, or unknown."""
    names = replace(HOLYSHEEP, model_names={"chat": "vendor/chat-1"}, models=HAS)
    assert served([DEEPSEEK, GPT, OTHERS, RENAMED], name, DEEPSEEK, names) == model


@pytest.mark.parametrize(
    ("usage", "disputed"),
    [
        (Usage(prompt=110, completion=40), False),
        (Usage(prompt=900, completion=40), False),
        (Usage(prompt=1500, completion=40), True),  # ten times what was sent and came
        (Usage(prompt=110, completion=250), True),  # more than twice what was allowed
        (Usage(prompt=110, completion=850, reasoning=800), False),  # thinking is no part of either
    ],
)
def test_a_report_that_cannot_be_right(usage: Usage, disputed: bool) -> None:
    """Reported tokens are set against what we reckon, and against what was asked for."""
    assert is_disputed(usage, reckoned=100, max_tokens=100) is disputed


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0.00010458", "0.00010458"),
        ("1E-7", "0.0000001"),
        ("0.10", "0.1"),
        ("100", "100"),
        ("1E+2", "100"),
        ("0", "0"),
        ("0.000", "0"),
        ("0E-9", "0"),
    ],
)
def test_money_is_written_plainly(amount: str, text: str) -> None:
    """No exponent, no idle zeros, nothing rounded."""
    assert plain(Decimal(amount)) == text
