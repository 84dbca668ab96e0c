"""The receipt as a person reads it: one line under the reply, and all of it on a click."""

from decimal import Decimal

from chat.texts import number, say, seconds, usd, vnd
from demos import EVERYTHING, Language, Shown
from holysheep import Receipt
from holysheep.events import plain
from ledger import Totals

#: Less than this would read as nothing.
SMALLEST_VND = Decimal("0.05")


def money(language: Language, amount: Decimal, vnd_per_usd: Decimal | None) -> str:
    """``$0.0001``, with đồng beside it where a rate is given: ``$0.0001 (2,7 ₫)``."""
    text = usd(amount)
    dong = amount * vnd_per_usd if vnd_per_usd is not None else Decimal(0)
    return f"{text} ({vnd(language, dong)})" if dong >= SMALLEST_VND else text


def line(language: Language, receipt: Receipt, label: str, shown: Shown = EVERYTHING) -> str:
    """``DeepSeek V3.2 · 0,18 s → 1,23 s · 245 token · $0.0001``; label: the model's, for people. shown: which of it."""
    parts = [label] if shown.model_picker else []
    if shown.latency and _is_timed(receipt):
        parts.append(_times(language, receipt))
    if shown.tokens and receipt.total_tokens is not None:
        about = "~" if receipt.usage_source == "estimated" else ""
        parts.append(about + say(language, "numbers.tokens", n=number(language, receipt.total_tokens)))
    if shown.cost:
        parts.append(_cost(language, receipt))
    if receipt.finish_reason != "stop":
        parts.append(say(language, f"receipt.{receipt.finish_reason}"))
    return " · ".join(parts)


def _is_timed(receipt: Receipt) -> bool:
    """How long it took is known; of a reply that died with its program it is not."""
    return receipt.latency_ms > 0 or receipt.finish_reason != "interrupted"


def _times(language: Language, receipt: Receipt) -> str:
    whole = seconds(language, receipt.latency_ms)
    return whole if receipt.ttft_ms is None else f"{seconds(language, receipt.ttft_ms)} → {whole}"


def _cost(language: Language, receipt: Receipt) -> str:
    if receipt.cost_usd is None:
        return say(language, "receipt.unknown_cost")
    if receipt.cost_bound == "exact":
        return usd(receipt.cost_usd)
    return ("~" if receipt.usage_source == "estimated" else "≥\u00a0") + usd(receipt.cost_usd)


def details(language: Language, receipt: Receipt, label: str, demo: str, version: int) -> str:
    """Everything the receipt holds, as a Markdown table of two columns."""
    rows = [
        ("provider", receipt.provider),
        ("model", label),
        ("served_model", receipt.served_model if receipt.served_model != receipt.model else None),
        ("ttft", None if receipt.ttft_ms is None else seconds(language, receipt.ttft_ms)),
        ("latency", seconds(language, receipt.latency_ms) if _is_timed(receipt) else None),
        ("speed", _speed(language, receipt)),
        *_tokens(language, receipt),
        ("cost", _exact_cost(receipt, language)),
        ("computed_cost", _computed_cost(receipt)),
        ("price_version", receipt.price_version),
        ("finish_reason", say(language, f"receipt.{receipt.finish_reason}")),
        ("marks", "; ".join(say(language, f"marks.{mark}") for mark in receipt.marks)),
        ("attempts", str(len(receipt.attempts))),
        ("error", receipt.error),
        ("request_id", receipt.request_id),
        ("demo", say(language, "receipt.demo_version", name=demo, version=version)),
    ]
    table = [say(language, "receipt.header"), "|---|---|"]
    table += [f"| {say(language, f'receipt.{key}')} | {_cell(value)} |" for key, value in rows if value]
    return "\n".join(table)


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ")


def _speed(language: Language, receipt: Receipt) -> str | None:
    if receipt.tokens_per_second is None:
        return None
    return say(language, "receipt.tokens_per_second", n=number(language, receipt.tokens_per_second, 1))


def _tokens(language: Language, receipt: Receipt) -> list[tuple[str, str | None]]:
    if receipt.total_tokens is None:
        return []
    inside = (receipt.prompt_tokens or 0) + (receipt.completion_tokens or 0) == receipt.total_tokens
    prompt = number(language, receipt.prompt_tokens or 0)
    if receipt.cached_tokens:
        key = "receipt.cached" if inside else "receipt.cached_beside"
        prompt = say(language, key, n=prompt, cached=number(language, receipt.cached_tokens))
    completion = number(language, receipt.completion_tokens or 0)
    if receipt.reasoning_tokens:
        thinking = number(language, receipt.reasoning_tokens)
        completion = say(language, "receipt.reasoning", n=completion, reasoning=thinking)
    total = number(language, receipt.total_tokens)
    if receipt.usage_source == "estimated":
        total = say(language, "receipt.estimated", n=total)
    return [("prompt", prompt), ("completion", completion), ("total", total)]


def _exact_cost(receipt: Receipt, language: Language) -> str:
    if receipt.cost_usd is None:
        return say(language, "receipt.unknown_cost")
    amount = f"${plain(receipt.cost_usd)}"
    return amount if receipt.cost_bound == "exact" else say(language, "totals.at_least", cost=amount)


def _computed_cost(receipt: Receipt) -> str | None:
    ours, paid = receipt.computed_cost_usd, receipt.cost_usd
    return None if ours is None or paid is None or ours == paid else f"${plain(ours)}"


def totals_line(
    language: Language, totals: Totals, vnd_per_usd: Decimal | None, shown: Shown = EVERYTHING
) -> str:
    """``3 câu trả lời · 1.234 token · $0.0005 (13,2 ₫) · chữ đầu 0,18 s · trọn câu 1,23 s``; shown: which of it."""
    if not (shown.latency or shown.tokens or shown.cost):
        return ""
    if not totals.replies and not totals.total_tokens:
        return say(language, "totals.empty")
    about = "~" if totals.estimated else ""
    parts = [
        say(
            language,
            "totals.reply" if totals.replies == 1 else "totals.replies",
            n=number(language, totals.replies),
        ),
    ]
    if shown.tokens:
        parts.append(about + say(language, "numbers.tokens", n=number(language, totals.total_tokens)))
    if shown.cost:
        parts.append(_total_cost(language, totals, vnd_per_usd))
    if shown.latency and totals.ttft_ms is not None and totals.latency_ms is not None:
        parts.append(say(language, "totals.ttft", time=seconds(language, totals.ttft_ms)))
        parts.append(say(language, "totals.latency", time=seconds(language, totals.latency_ms)))
    return " · ".join(parts)


def _total_cost(language: Language, totals: Totals, vnd_per_usd: Decimal | None) -> str:
    # "At least $0" would say nothing: a model without a price beside one that is free.
    if totals.cost_bound == "unknown" or (totals.cost_bound != "exact" and not totals.cost_usd):
        return say(language, "receipt.unknown_cost")
    cost = money(language, totals.cost_usd, vnd_per_usd)
    return cost if totals.cost_bound == "exact" else say(language, "totals.at_least", cost=cost)
