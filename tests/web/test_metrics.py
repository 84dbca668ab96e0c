"""What is counted of turns, and that its labels stay few."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from prometheus_client.parser import text_string_to_metric_families

from holysheep import Attempt, Receipt
from web.metrics import MOST_MODELS, OTHER, Metrics

WELL = Receipt(
    "holysheep",
    "deepseek-v3.2",
    "stop",
    1500.0,
    served_model="DeepSeek-V3.2-Exp-0929",
    ttft_ms=180.0,
    prompt_tokens=100,
    cached_tokens=40,
    completion_tokens=25,
    reasoning_tokens=0,
    total_tokens=125,
    cost_usd=Decimal("0.0001"),
    attempts=(
        Attempt("holysheep", "deepseek-v3.2", 30.0, error="provider_down"),
        Attempt("holysheep", "deepseek-v3.2", 1400.0, ttft_ms=150.0),
    ),
)


@pytest.fixture
def metrics() -> Metrics:
    """Of a desk with two providers and one model."""
    return Metrics({"holysheep", "openai"}, {"deepseek-v3.2"})


def figures(metrics: Metrics) -> dict[str, float]:
    """Every sample by its name and labels, as Prometheus would read it."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        f"{sample.name}{sorted(sample.labels.values())}".replace("demo_desk_", ""): sample.value
        for family in families
        for sample in family.samples
    }


def test_a_turn(metrics: Metrics) -> None:
    """Outcome, attempts, times in seconds, tokens by kind and dollars; the model by our name, not by the provider's."""
    for _ in range(2):
        metrics.turn_ended(WELL)
    found = figures(metrics)
    assert found["turns_total['', 'stop']"] == 2
    assert found["attempts_total['deepseek-v3.2', 'holysheep', 'provider_down']"] == 2
    assert found["attempts_total['deepseek-v3.2', 'holysheep', 'ok']"] == 2
    assert found["ttft_seconds_bucket['0.2', 'holysheep']"] == 2
    assert found["ttft_seconds_bucket['0.1', 'holysheep']"] == 0
    assert found["latency_seconds_sum['holysheep']"] == 3.0
    assert found["tokens_total['cached', 'deepseek-v3.2', 'holysheep']"] == 80
    assert "tokens_total['deepseek-v3.2', 'holysheep', 'reasoning']" not in found
    assert found["cost_usd_total['deepseek-v3.2', 'holysheep']"] == pytest.approx(0.0002)
    assert not any("_created" in name or "Exp-0929" in name for name in found)


def test_a_turn_without_a_word(metrics: Metrics) -> None:
    """It has an outcome and no times, which would make a fast failure pass for a fast reply."""
    metrics.turn_ended(Receipt("none", "deepseek-v3.2", "failed", 0.0, error="out_of_money"))
    found = figures(metrics)
    assert found["turns_total['failed', 'out_of_money']"] == 1
    assert not any(
        name.startswith(("ttft_seconds_count[", "latency", "tokens", "cost", "attempts")) for name in found
    )


def test_names_that_are_none_of_ours(metrics: Metrics) -> None:
    """However many a provider makes up, they are one label."""
    for number in range(1000):
        strange = Attempt(f"provider-{number}", f"model-{number}", 1.0)
        name = f"model-{number}"
        metrics.turn_ended(
            replace(WELL, provider=f"provider-{number}", model=name, served_model=name, attempts=(strange,))
        )
    found = figures(metrics)
    assert found[f"attempts_total['ok', '{OTHER}', '{OTHER}']"] == 1000
    assert not any("provider-" in name or "model-" in name for name in found)


def test_a_price_list_without_end() -> None:
    """A server of one's own may have any number of models: the first ones are told apart."""
    models = {f"local/{number}" for number in range(1000)}
    metrics = Metrics({"local"}, models)
    for model in models:
        metrics.turn_ended(Receipt("local", model, "stop", 1.0, attempts=(Attempt("local", model, 1.0),)))
    told = [name for name in figures(metrics) if name.startswith("attempts_total")]
    assert len(told) == MOST_MODELS + 1


async def test_how_late_the_loop_is(metrics: Metrics) -> None:
    """A loop that is held for a while shows in the histogram."""
    watching = asyncio.create_task(metrics.watch_loop())
    while figures(metrics)["event_loop_lag_seconds_count[]"] < 2:
        await asyncio.sleep(0.01)
    watching.cancel()
    found = figures(metrics)
    assert found["event_loop_lag_seconds_bucket['+Inf']"] == found["event_loop_lag_seconds_count[]"]


def test_the_process(metrics: Metrics) -> None:
    """Memory, processor time and open files, by their usual names."""
    found = figures(metrics)
    assert found["process_resident_memory_bytes[]"] > 1e6 and found["process_open_fds[]"] > 2
