"""What the receipt of a stream says: its keys, its times, its money."""

from decimal import Decimal
from typing import Any

import pytest
from asking import DEEPSEEK, TOKENS, ask, asking, provider
from raw_lines import DONE, event, head, say, speaking, word

import emulator
from holysheep import Engine, EngineSettings, Model
from holysheep.attempt import Outcome, Route
from holysheep.errors import Cut, NoKey, ProviderDown, RateLimited, Silent, UnknownModel
from holysheep.events import Receipt
from holysheep.prices import Usage
from holysheep.receipts import Settled, settle
from holysheep.request import Request
from holysheep.tokens import estimate

#: As the design lists them; the engine knows nothing of demo and demo_version.
KEYS = """
    provider model served_model cohort ttft_ms latency_ms tokens_per_second prompt_tokens cached_tokens
    completion_tokens reasoning_tokens total_tokens usage_source cost_usd cost_bound price_version
    finish_reason attempts request_id error
""".split()  # noqa: SIM905 - a list to be compared with the design by eye
NOWHERE = provider("http://127.0.0.1:1/v1")


async def test_the_metadata_has_exactly_the_keys(emu: emulator.Emulator, engine: Engine) -> None:
    """All keys are always there, ready for JSON, in the order of the design."""
    receipt = (await ask(engine)).receipt
    metadata = receipt.metadata()
    assert list(metadata) == KEYS
    assert metadata["request_id"] == emu.requests[0].request_id
    assert (metadata["attempts"], metadata["completion_tokens"]) == (1, TOKENS)
    assert Decimal(str(metadata["cost_usd"])) == receipt.cost_usd
    assert metadata["price_version"] == "deepseek-v3.2@2026-01-01"
    emu.set_fault("bad_key")
    failed = (await ask(engine)).receipt.metadata()
    assert list(failed) == KEYS
    assert (failed["error"], failed["cost_usd"]) == ("bad_key", "0")
    assert failed["request_id"] == emu.requests[1].request_id


async def test_cached_tokens_of_the_wire(engine: Engine) -> None:
    """A prompt the provider has seen is cheaper, and counted once."""
    first, second = (await ask(engine)).receipt.metadata(), (await ask(engine)).receipt.metadata()
    assert (first["cached_tokens"], bool(second["cached_tokens"])) == (0, True)
    assert first["total_tokens"] == second["total_tokens"]
    assert Decimal(str(first["cost_usd"])) > Decimal(str(second["cost_usd"]))


async def test_what_a_free_provider_answers_costs_nothing(emu: emulator.Emulator) -> None:
    """Rehearsals cost exactly 0: also stopped, unseen, uncounted, or with a bill of the provider's."""
    limits = {"first_text_s": 0.3, "silence_s": 0.3, "free": True}
    async with asking(emu.base_url, **limits) as engine:
        for fault in ("usage_cost", "no_usage", "cut", "silent", "bad_key"):
            emu.set_fault(fault)
            receipt = (await ask(engine)).receipt
            assert receipt.cost_usd == 0
            assert (receipt.cost_bound, receipt.price_version) == ("exact", None)


async def test_the_models_of_others_are_unpriced(emu: emulator.Emulator) -> None:
    """A model without a price has tokens and no cost."""
    async with asking(emu.base_url, Model(DEEPSEEK.id, "DeepSeek", "holysheep", 65_536)) as engine:
        receipt = (await ask(engine)).receipt
    assert (receipt.cost_usd, receipt.cost_bound, receipt.completion_tokens) == (None, "unknown", TOKENS)
    assert (receipt.metadata()["cost_usd"], receipt.price_version) == (None, None)


async def test_there_is_no_route(engine: Engine) -> None:
    """An unknown model, and one whose provider has no key, are refused before anything is sent."""
    engine.add_models([Model("gpt-5", "GPT-5", "openai", 400_000)])
    with pytest.raises(UnknownModel, match="gpt-9"):
        engine.stream([], model="gpt-9")
    with pytest.raises(NoKey, match="openai"):
        engine.stream([], model="gpt-5")
    engine.add_provider(provider("http://127.0.0.1:1/v1", name="openai"))
    assert [candidate.provider.name for candidate in engine.routes("gpt-5")] == ["openai"]


async def test_the_engine_goes_by_the_clock_it_is_given(emu: emulator.Emulator) -> None:
    """All times are read from one clock."""
    settings = EngineSettings.of([provider(emu.base_url)], [DEEPSEEK])
    async with Engine(settings, clock=lambda: 1000.0) as engine:
        receipt = (await ask(engine)).receipt
    assert (receipt.ttft_ms, receipt.latency_ms, receipt.tokens_per_second) == (0.0, 0.0, None)


async def test_the_time_of_the_last_text_counts() -> None:
    """TTFT ends at the first visible text, latency at the last, and neither at what is sent around it."""
    thought = event({"choices": [{"delta": {"reasoning_content": "hm"}}]})
    said = say(head(), thought, 0.05, word("Xin"), 0.05, word(" chào", "stop"), 0.05, DONE)
    async with speaking(said) as raw, asking(raw.base_url) as engine:
        receipt = (await ask(engine)).receipt
    assert receipt.ttft_ms is not None
    assert 40 < receipt.ttft_ms < receipt.latency_ms - 40
    assert receipt.attempts[0].latency_ms == receipt.latency_ms


def settled(*outcomes: Outcome, now: float = 20.0) -> Receipt:
    """The receipt of these attempts, which began at 10; the last one's text stands."""
    firsts = [outcome.first_text for outcome in outcomes if outcome.first_text is not None]
    request = Request([{"role": "user", "content": "Chào"}], DEEPSEEK)
    return settle(
        Settled(
            outcomes,
            outcomes[-1],
            request,
            {DEEPSEEK.id: DEEPSEEK},
            10.0,
            now,
            estimate,
            min(firsts, default=None),
        )
    )


def outcome_from(begun: float, **more: Any) -> Outcome:
    """An attempt of DeepSeek's that was sent."""
    return Outcome(Route(NOWHERE, DEEPSEEK), 1, begun, sent=True, **more)


def attempt(begun: float, *texts: tuple[float, str], usage: Usage | None = None) -> Outcome:
    """An attempt of DeepSeek's, with its pieces of text by time."""
    outcome = outcome_from(begun)
    outcome.answered(200, {"x-request-id": f"req-{begun:.0f}"})
    for at, text in texts:
        outcome.took(text, at)
    if usage:
        outcome.reader.usage, outcome.reader.done = usage, True
    return outcome


def test_each_attempt_has_its_own_times() -> None:
    """Times of the turn count from its first request, times of an attempt from its own."""
    first = outcome_from(10.0, ended=11.0)
    first.error = ProviderDown("HTTP 500", status=500, request_id="req-10")
    usage = Usage(prompt=100, completion=60, reasoning=20)
    receipt = settled(first, attempt(12.0, (12.5, "Xin"), (14.5, " chào"), usage=usage))
    assert (receipt.ttft_ms, receipt.latency_ms) == (2500.0, 4500.0)
    assert receipt.tokens_per_second == 20.0  # what was thought is not on the screen
    failed, answered = receipt.attempts
    assert (failed.latency_ms, failed.ttft_ms, failed.status) == (1000.0, None, 500)
    assert (failed.error, failed.request_id) == ("provider_down", "req-10")
    assert failed.cost_usd == 0
    assert (answered.latency_ms, answered.ttft_ms, answered.status) == (2500.0, 500.0, 200)
    assert (receipt.request_id, receipt.error, receipt.cost_bound) == ("req-12", None, "exact")


def test_without_text_the_end_counts() -> None:
    """A turn that gave no text took as long as it took to say so."""
    outcome = outcome_from(10.0)
    outcome.error = Silent("nothing")
    receipt = settled(outcome, now=13.0)
    assert (receipt.ttft_ms, receipt.latency_ms) == (None, 3000.0)
    assert receipt.attempts[0].latency_ms == 3000.0


def test_text_that_came_at_once_has_no_pace() -> None:
    """Tokens a second need two instants."""
    receipt = settled(attempt(10.0, (11.0, "Xin chào"), usage=Usage(9, 0, 3)))
    assert (receipt.ttft_ms, receipt.latency_ms, receipt.tokens_per_second) == (1000.0, 1000.0, None)


def test_what_may_have_run_unseen_makes_the_sum_at_least() -> None:
    """An attempt of unknown cost before a good one: the turn cost at least the good one."""
    unseen = attempt(10.0)
    unseen.error = Cut("dropped")
    good = attempt(11.0, (12.0, "Xin"), usage=Usage(1_000_000, 0, 0))
    receipt = settled(unseen, good)
    assert (receipt.cost_usd, receipt.cost_bound) == (Decimal("0.28"), "at_least")
    assert [a.cost_usd for a in receipt.attempts] == [None, Decimal("0.28")]


def test_what_was_refused_adds_nothing() -> None:
    """A refusal before a good attempt: the turn cost exactly the good one."""
    refused = outcome_from(10.0, error=RateLimited(status=429))
    good = attempt(11.0, (12.0, "Xin"), usage=Usage(1_000_000, 0, 0))
    assert settled(refused, good).cost_bound == "exact"
    assert settled(good).cost_usd == settled(refused, good).cost_usd
