"""What is counted of turns, for Prometheus.

A turn is told once, at its end, and never per token. Labels are words of ours: a name that a provider sends back
becomes none, and of a price list that grows (a server of one's own says what it has) only the first ``MOST_MODELS`` do.
"""

import asyncio
from collections.abc import Container
from functools import cache
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from holysheep import Receipt

__all__ = ["OTHER", "Metrics"]

PREFIX: Final = "demo_desk"
#: Stands for every name that is none of ours.
OTHER: Final = "other"
MOST_MODELS: Final = 50

#: Seconds to the first visible word: a good one is there within one, and nobody waits for 45.
TTFT_S: Final = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0, 45.0)
#: Seconds to the last: a chat's replies take two to thirty, and none more than a provider's ``reply_s``.
LATENCY_S: Final = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0, 45.0, 60.0, 120.0, 300.0)
#: Seconds that the event loop is late: a page is sent a frame every 0.05.
LAG_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
#: The loop is looked at this often.
LOOK_EVERY_S: Final = 0.25


class Metrics:
    """Of one program, in a registry of its own. providers, models: names that may become labels; they may grow.

    ``add`` what is known elsewhere; it is read when somebody asks.
    """

    def __init__(self, providers: Container[str], models: Container[str]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, which says when it was new
        self._providers, self._models = providers, models
        self._named: set[str] = set()
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(name, what, labels, namespace=PREFIX, registry=registry)

        def seconds(name: str, what: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(name, what, labels, namespace=PREFIX, registry=registry, buckets=buckets)

        # The library looks its labels up under a lock: a turn would take thrice as long.
        self._turns = cache(counter("turns", "Turns that have ended.", "outcome", "error").labels)
        self._attempts = cache(
            counter("attempts", "Requests to providers.", "provider", "model", "outcome").labels
        )
        self._ttft = cache(
            seconds("ttft_seconds", "To a turn's first visible word.", TTFT_S, "provider").labels
        )
        self._latency = cache(
            seconds("latency_seconds", "To a turn's last word.", LATENCY_S, "provider").labels
        )
        self._tokens = cache(
            counter("tokens", "Tokens of the replies, by kind.", "provider", "model", "kind").labels
        )
        self._cost = cache(counter("cost_usd", "What turns have cost.", "provider", "model").labels)
        self._lag = seconds("event_loop_lag_seconds", "How late the event loop was.", LAG_S)

    def add(self, collector: Collector) -> None:
        """Read this, too, when somebody asks."""
        self._registry.register(collector)

    def text(self) -> bytes:
        """All figures as Prometheus reads them."""
        return generate_latest(self._registry)

    def turn_ended(self, receipt: Receipt) -> None:
        """A turn has ended. Its tokens are those of the reply, its cost is that of all its attempts."""
        self._turns(receipt.finish_reason, receipt.error or "").inc()
        for attempt in receipt.attempts:
            where = self._provider(attempt.provider), self._model(attempt.model)
            self._attempts(*where, attempt.error or "ok").inc()
        provider, model = self._provider(receipt.provider), self._model(_answered(receipt))
        if receipt.ttft_ms is not None:
            self._ttft(provider).observe(receipt.ttft_ms / 1000)
            self._latency(provider).observe(receipt.latency_ms / 1000)
        for kind, count in (
            ("prompt", receipt.prompt_tokens),
            ("cached", receipt.cached_tokens),
            ("completion", receipt.completion_tokens),
            ("reasoning", receipt.reasoning_tokens),
        ):
            if count:
                self._tokens(provider, model, kind).inc(count)
        if receipt.cost_usd:
            self._cost(provider, model).inc(
                float(receipt.cost_usd)
            )  # a figure to look at: the books are exact

    async def watch_loop(self) -> None:
        """See how late the event loop is, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LOOK_EVERY_S
            await asyncio.sleep(LOOK_EVERY_S)
            self._lag.observe(max(0.0, loop.time() - due))

    def _provider(self, name: str) -> str:
        return name if name in self._providers else OTHER

    def _model(self, id: str) -> str:
        if id in self._named:
            return id
        if id in self._models and len(self._named) < MOST_MODELS:
            self._named.add(id)
            return id
        return OTHER


def _answered(receipt: Receipt) -> str:
    """Our id of the model that answered; the receipt has the provider's own name for it."""
    return next((one.model for one in reversed(receipt.attempts) if one.error is None), receipt.model)
