"""The receipt as a person reads it, in both languages."""

from dataclasses import replace
from decimal import Decimal

import pytest

from chat.receipt_line import details, line, totals_line
from holysheep import Attempt, Receipt
from ledger import Totals

WHOLE = Receipt(
    provider="holysheep",
    model="deepseek-v3.2",
    finish_reason="stop",
    latency_ms=1230,
    served_model="deepseek-v3.2",
    ttft_ms=180,
    tokens_per_second=190.5,
    prompt_tokens=1045,
    cached_tokens=0,
    completion_tokens=200,
    reasoning_tokens=0,
    total_tokens=245,
    usage_source="reported",
    cost_usd=Decimal("0.00010458"),
    cost_bound="exact",
    price_version="deepseek-v3.2@2026-01-01",
    request_id="req-1",
    attempts=(Attempt("holysheep", "deepseek-v3.2", 1230),),
)
ESTIMATED = replace(WHOLE, usage_source="estimated", cost_bound="at_least")
UNKNOWN = replace(WHOLE, cost_usd=None, cost_bound="unknown", price_version=None)
FAILED = Receipt("holysheep", "deepseek-v3.2", "failed", 812.0, error="rate_limited")

V, E = "DeepSeek V3.2 · 0,18 s → 1,23 s · 245 token", "DeepSeek V3.2 · 0.18 s → 1.23 s · 245 tokens"
LINES = {
    "exact": (WHOLE, f"{V} · $0.0001", f"{E} · $0.0001"),
    "estimated": (
        ESTIMATED,
        "DeepSeek V3.2 · 0,18 s → 1,23 s · ~245 token · ~$0.0001",
        "DeepSeek V3.2 · 0.18 s → 1.23 s · ~245 tokens · ~$0.0001",
    ),
    "unknown": (UNKNOWN, f"{V} · chi phí chưa biết", f"{E} · cost unknown"),
    "at least": (replace(WHOLE, cost_bound="at_least"), f"{V} · ≥\u00a0$0.0001", f"{E} · ≥\u00a0$0.0001"),
    "free": (replace(WHOLE, cost_usd=Decimal(0)), f"{V} · $0", f"{E} · $0"),
    "died with its program": (
        replace(ESTIMATED, finish_reason="interrupted", latency_ms=0.0, ttft_ms=None),
        "DeepSeek V3.2 · ~245 token · ~$0.0001 · bị gián đoạn",
        "DeepSeek V3.2 · ~245 tokens · ~$0.0001 · interrupted",
    ),
    "stopped": (
        replace(ESTIMATED, finish_reason="stopped"),
        "DeepSeek V3.2 · 0,18 s → 1,23 s · ~245 token · ~$0.0001 · đã dừng",
        "DeepSeek V3.2 · 0.18 s → 1.23 s · ~245 tokens · ~$0.0001 · stopped",
    ),
    "cut": (replace(WHOLE, finish_reason="cut"), f"{V} · $0.0001 · bị ngắt", f"{E} · $0.0001 · cut off"),
    "failed": (
        FAILED,
        "DeepSeek V3.2 · 0,81 s · chi phí chưa biết · không trả lời được",
        "DeepSeek V3.2 · 0.81 s · cost unknown · no reply",
    ),
}


@pytest.mark.parametrize(("receipt", "vi", "en"), LINES.values(), ids=LINES)
def test_the_line(receipt: Receipt, vi: str, en: str) -> None:
    """Model, first and last word, tokens, cost, and how it ended where it is not whole."""
    assert line("vi", receipt, "DeepSeek V3.2") == vi
    assert line("en", receipt, "DeepSeek V3.2") == en


def table(receipt: Receipt, language: str = "en") -> dict[str, str]:
    """The details as name -> value."""
    text = details("vi" if language == "vi" else "en", receipt, "DeepSeek V3.2", "shop", 3)
    rows = [row.strip("| ").split(" | ", 1) for row in text.split("\n")[2:]]
    return {name: value for name, value in rows}


def test_the_details_in_english() -> None:
    """A click shows all that is known, the cost unrounded."""
    assert table(WHOLE) == {
        "Provider": "holysheep",
        "Model": "DeepSeek V3.2",
        "First words after": "0.18 s",
        "Whole reply after": "1.23 s",
        "Speed": "190.5 tokens/s",
        "Prompt tokens": "1,045",
        "Reply tokens": "200",
        "All tokens": "245",
        "Cost": "$0.00010458",
        "Price list": "deepseek-v3.2@2026-01-01",
        "Ended": "whole",
        "Attempts": "1",
        "Request id": "req-1",
        "Demo": "shop, version 3",
    }


def test_the_details_in_vietnamese() -> None:
    """The same rows, in Vietnamese."""
    shown = table(WHOLE, "vi")
    assert len(shown) == len(table(WHOLE))
    assert shown["Chữ đầu tiên sau"] == "0,18 s" and shown["Token câu hỏi"] == "1.045"
    assert shown["Demo"] == "shop, phiên bản 3"


@pytest.mark.parametrize(
    ("changes", "row", "value"),
    [
        ({"served_model": "deepseek-v3.2-fallback"}, "Model that answered", "deepseek-v3.2-fallback"),
        ({"cached_tokens": 1000, "total_tokens": 1245}, "Prompt tokens", "1,045 (1,000 of them cached)"),
        ({"cached_tokens": 500, "total_tokens": 1745}, "Prompt tokens", "1,045 (and 500 cached)"),
        ({"reasoning_tokens": 50}, "Reply tokens", "200 (50 of them thinking)"),
        ({"usage_source": "estimated"}, "All tokens", "~245 (estimated)"),
        ({"cost_usd": None, "cost_bound": "unknown"}, "Cost", "cost unknown"),
        ({"cost_bound": "at_least"}, "Cost", "at least $0.00010458"),
        ({"computed_cost_usd": Decimal("0.0002")}, "Cost by our price list", "$0.0002"),
        ({"error": "cut", "finish_reason": "cut"}, "Error", "cut"),
        ({"finish_reason": "stopped"}, "Ended", "stopped"),
        ({"request_id": "a|b\nc"}, "Request id", r"a\|b c"),
    ],
    ids=str,
)
def test_a_row_of_the_details(changes: dict[str, object], row: str, value: str) -> None:
    """What only some receipts know stands in a row of its own."""
    assert table(replace(WHOLE, **changes))[row] == value  # type: ignore[arg-type]


def test_equal_costs_are_told_once() -> None:
    """Our own figure is shown only where the provider's differs."""
    assert "Cost by our price list" not in table(replace(WHOLE, computed_cost_usd=WHOLE.cost_usd))


def test_a_failure_without_usage_has_no_token_rows() -> None:
    """Nothing is made up where nothing was counted."""
    assert table(FAILED).keys() == {
        "Provider",
        "Model",
        "Whole reply after",
        "Cost",
        "Ended",
        "Attempts",
        "Error",
        "Demo",
    }


RATE = Decimal(26_300)
THREE = Totals(3, 600, 634, 1234, False, Decimal("0.00050279"), "exact", 180, 1230)


@pytest.mark.parametrize(
    ("totals", "rate", "vi", "en"),
    [
        (Totals(), RATE, "Chưa có câu trả lời nào", "No replies yet"),
        (
            THREE,
            RATE,
            "3 câu trả lời · 1.234 token · $0.0005 (13,2\u00a0₫) · chữ đầu 0,18 s · trọn câu 1,23 s",
            "3 replies · 1,234 tokens · $0.0005 (₫13.2) · first words 0.18 s · whole reply 1.23 s",
        ),
        (
            replace(THREE, replies=1, estimated=True, cost_bound="at_least"),
            None,
            "1 câu trả lời · ~1.234 token · ít nhất $0.0005 · chữ đầu 0,18 s · trọn câu 1,23 s",
            "1 reply · ~1,234 tokens · at least $0.0005 · first words 0.18 s · whole reply 1.23 s",
        ),
        (
            replace(THREE, cost_usd=Decimal(0), cost_bound="unknown", ttft_ms=None, latency_ms=None),
            RATE,
            "3 câu trả lời · 1.234 token · chi phí chưa biết",
            "3 replies · 1,234 tokens · cost unknown",
        ),
        (
            replace(THREE, cost_usd=Decimal(0), cost_bound="at_least", ttft_ms=None, latency_ms=None),
            RATE,
            "3 câu trả lời · 1.234 token · chi phí chưa biết",
            "3 replies · 1,234 tokens · cost unknown",
        ),
        (
            replace(THREE, cost_usd=Decimal(0)),
            RATE,
            "3 câu trả lời · 1.234 token · $0 · chữ đầu 0,18 s · trọn câu 1,23 s",
            "3 replies · 1,234 tokens · $0 · first words 0.18 s · whole reply 1.23 s",
        ),
    ],
)
def test_the_totals(totals: Totals, rate: Decimal | None, vi: str, en: str) -> None:
    """Replies, tokens, cost with dong beside it where a rate is known, and the two medians."""
    assert (totals_line("vi", totals, rate), totals_line("en", totals, rate)) == (vi, en)
