"""What a conversation has used and cost so far, in memory."""

from bisect import insort
from dataclasses import dataclass, field
from decimal import Decimal

from holysheep.events import CostBound, Receipt


@dataclass(frozen=True)
class Totals:
    """Sums over a conversation's receipts.

    replies: turns that gave text. ttft_ms, latency_ms: medians over those, None before the first.
    estimated: some of the tokens are our estimate. cost_usd: of the receipts whose cost is
    known; ``cost_bound`` says "at_least" where one is not, "unknown" where none is.
    """

    replies: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    estimated: bool = False
    cost_usd: Decimal = Decimal(0)
    cost_bound: CostBound = "exact"
    ttft_ms: float | None = None
    latency_ms: float | None = None


@dataclass
class _Account:
    replies: int = 0
    prompt: int = 0
    completion: int = 0
    total: int = 0
    estimated: bool = False
    cost: Decimal = Decimal(0)
    known: int = 0
    inexact: int = 0
    ttft: list[float] = field(default_factory=list)
    latency: list[float] = field(default_factory=list)

    def add(self, receipt: Receipt) -> None:
        self.prompt += receipt.prompt_tokens or 0
        self.completion += receipt.completion_tokens or 0
        self.total += receipt.total_tokens or 0
        self.estimated |= receipt.usage_source == "estimated"
        self.inexact += receipt.cost_bound != "exact"
        if receipt.cost_usd is not None:
            self.cost += receipt.cost_usd
            self.known += 1
        if receipt.ttft_ms is not None:
            self.replies += 1
            insort(self.ttft, receipt.ttft_ms)
            insort(self.latency, receipt.latency_ms)

    def bound(self) -> CostBound:
        if not self.inexact:
            return "exact"
        return "at_least" if self.known else "unknown"


class Ledger:
    """The receipts of each conversation, summed up."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}

    def record(self, conversation: str, receipt: Receipt) -> None:
        """Add a receipt to a conversation."""
        self._accounts.setdefault(conversation, _Account()).add(receipt)

    def totals(self, conversation: str) -> Totals:
        """The sums of a conversation; all zero where nothing was recorded."""
        account = self._accounts.get(conversation)
        if account is None:
            return Totals()
        return Totals(
            account.replies,
            account.prompt,
            account.completion,
            account.total,
            account.estimated,
            account.cost,
            account.bound(),
            _median(account.ttft),
            _median(account.latency),
        )

    def forget(self, conversation: str) -> None:
        """Drop a conversation that has ended."""
        self._accounts.pop(conversation, None)


def _median(ordered: list[float]) -> float | None:
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
