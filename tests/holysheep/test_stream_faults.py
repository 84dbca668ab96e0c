"""Every fault of the emulator, met by a stream: what the visitor reads, and what the receipt says."""

import time
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Any, Literal

import pytest
from asking import AT_ONCE, KEY, TOKENS, ask, asking
from raw_lines import head, say, speaking, word

import emulator
from holysheep import Event, Retrying
from holysheep.events import CostBound, FinishReason, UsageSource

RETRIED = "Retrying Delta Receipt"
SOON = {"first_text_s": 0.2}


@dataclass(frozen=True)
class Case:
    """A fault and what comes of it.

    events: kinds in order, a run of Deltas as one. bound: of the cost; a known one is 0 where
    nothing was metered. times: on how many requests the fault is played; None: on all.
    limits: of the provider, where the usual ones of the tests would take too long.
    """

    fault: str
    events: str
    text: Literal["whole", "partial", "empty"]
    finish: FinishReason
    error: str | None
    usage: UsageSource
    bound: CostBound
    attempts: int = 1
    times: int | None = None
    limits: dict[str, Any] = field(default_factory=dict)


def refused(fault: str, error: str, **more: Any) -> Case:
    """Not repeated, and nothing was counted."""
    return Case(fault, "Receipt", "empty", "failed", error, "none", "exact", **more)


def down(fault: str, error: str = "provider_down") -> Case:
    """Repeated as often as the provider's settings allow, in vain."""
    events = "Retrying Retrying Retrying Receipt"
    return Case(fault, events, "empty", "failed", error, "none", "exact", attempts=4)


def unseen(fault: str, error: str, events: str = "Receipt", **more: Any) -> Case:
    """Nothing came, but the model may have worked: what it cost is unknown."""
    return Case(fault, events, "empty", "failed", error, "none", "unknown", **more)


def broken(fault: str, error: str = "cut", **more: Any) -> Case:
    """Half of the reply came, and stays."""
    return Case(fault, "Delta Receipt", "partial", "cut", error, "estimated", "at_least", **more)


def fine(fault: str, events: str = "Delta Receipt", **more: Any) -> Case:
    """No harm done."""
    usual = {"text": "whole", "finish": "stop", "usage": "reported", "bound": "exact"}
    return Case(fault, events, error=None, **{**usual, **more})


CASES = (
    refused("bad_key", "bad_key"),
    refused("no_credit", "no_credit"),
    refused("forbidden", "forbidden"),
    refused("unknown_model", "unknown_model"),
    refused("no_quota", "no_credit"),
    refused("rate_limited_long", "all_busy"),
    refused("rate_limited", "all_busy", limits={"turn_s": 0.9}),  # less than its Retry-After
    refused("context_too_long", "context_too_long"),
    refused("content_filter", "content_filter"),
    Case("bad_parameter", "Retrying Receipt", "empty", "failed", "bad_request", "none", "exact", attempts=2),
    refused("html_200", "not_a_provider"),
    down("server_error"),
    down("bad_gateway"),
    down("unavailable", "overloaded"),
    down("overloaded", "overloaded"),
    down("error_first", "rate_limited"),
    fine("rate_limited", times=1, attempts=2, events=RETRIED),
    fine("server_error", times=1, attempts=2, events=RETRIED),
    fine("error_first", times=1, attempts=2, events=RETRIED),
    fine("cut_before_text", times=1, attempts=2, events=RETRIED, bound="at_least"),
    fine("empty", times=1, attempts=2, events=RETRIED, bound="at_least"),
    fine("reset", times=2, attempts=3, events="Retrying Retrying Delta Receipt", bound="at_least"),
    unseen("timeout_504", "silent"),
    unseen("no_headers", "silent", limits=SOON),
    unseen("silent", "silent", limits=SOON),
    unseen("comments_only", "silent", limits=SOON),
    unseen("cut_before_text", "cut", "Retrying Receipt", attempts=2),
    unseen("empty", "empty_reply", "Retrying Receipt", attempts=2),
    unseen("reset", "unreachable", "Retrying Retrying Receipt", attempts=3),
    broken("cut"),
    broken("cut_clean"),
    broken("stall", "stalled", limits={"silence_s": 0.3}),
    broken("error_in_stream", "provider_down"),
    broken("finish_error", "provider_down"),
    Case("empty_stop", "Receipt", "empty", "failed", "empty_reply", "reported", "exact"),
    fine("filtered_reply", text="partial", finish="content_filter"),
    fine("length", finish="length"),
    fine("no_usage", usage="estimated", bound="at_least"),
    fine("usage_null", usage="estimated", bound="at_least"),
    fine("done_without_finish", usage="estimated", bound="at_least"),
    fine("usage_cost"),
    fine("usage_every_chunk"),
    fine("other_model", bound="unknown"),
    fine("no_done"),
    fine("bad_chunk"),
    fine("json_200"),
    fine("crlf"),
    fine("split_bytes"),
    fine("reasoning"),
    fine("bursts"),
    fine("slow_start"),
    fine("slow_drip"),
)


def test_the_table_is_complete() -> None:
    """Every row names a fault of the emulator; the table of all of them is tests/faults."""
    assert {case.fault for case in CASES} <= set(emulator.FAULTS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.fault}-{case.times or 'always'}")
async def test_a_stream_meets_a_fault(case: Case) -> None:
    """The visitor gets all the text there is, and one receipt says how it went."""
    async with emulator.running(AT_ONCE) as emu, asking(emu.base_url, **case.limits) as engine:
        async with asking(emu.base_url) as patient:
            whole = (await ask(patient)).text
        emu.set_fault(case.fault, case.times)
        turn = await ask(engine)
        receipt = turn.receipt
        assert kinds(turn.events) == case.events
        assert extent(turn.text, whole) == case.text
        assert (receipt.finish_reason, receipt.error) == (case.finish, case.error)
        assert (receipt.usage_source, receipt.cost_bound) == (case.usage, case.bound)
        assert (receipt.cost_usd is None) is (case.bound == "unknown")
        assert len(receipt.attempts) == case.attempts == len(emu.requests) - 1
        busy = (
            {"rate_limited": "all_busy"} if case.error == "all_busy" else {}
        )  # every key rests, says the turn
        last = receipt.attempts[-1].error
        assert busy.get(last or "", last) == receipt.error
        assert (receipt.ttft_ms is None) is (not turn.text)
        assert KEY not in repr(receipt)


@pytest.mark.parametrize("fault", ["bad_key", "no_credit", "error_in_stream", "no_usage"])
async def test_the_conversation_goes_on(fault: str) -> None:
    """The turn after a fault is as any other."""
    async with emulator.running(AT_ONCE) as emu, asking(emu.base_url) as engine:
        emu.set_fault(fault, times=1)
        await ask(engine)
        after = (await ask(engine)).receipt
        assert (after.finish_reason, after.error, after.completion_tokens) == ("stop", None, TOKENS)


async def test_a_wait_the_provider_asked_for_is_kept() -> None:
    """Retry-After is the least that is waited, and said in the event."""
    slow = say(head("429 Slow", Retry_After="0.2"))
    async with speaking(slow, say(head(), word("Xin", "stop"))) as raw, asking(raw.base_url) as engine:
        begun = time.monotonic()
        first, *_ = (await ask(engine)).events
        assert first == Retrying("rate_limited", 0.2)
        assert time.monotonic() - begun >= 0.2


async def test_the_providers_word_on_the_cost_is_kept_beside_ours(
    emu: emulator.Emulator, engine: Any
) -> None:
    """The provider's own cost is what is paid; what we make of its tokens stands beside it."""
    emu.set_fault("usage_cost")
    receipt = (await ask(engine)).receipt
    assert receipt.cost_usd == Decimal("0.000123")
    assert receipt.computed_cost_usd not in (None, receipt.cost_usd)


def kinds(events: tuple[Event, ...]) -> str:
    """The events' kinds, a run of Deltas as one."""
    names = [type(event).__name__ for event in events]
    return " ".join(" ".join([name] if name == "Delta" else run) for name, run in groupby(names))


def extent(text: str, whole: str) -> str:
    """How much of the whole reply came."""
    assert whole.startswith(text)
    return "whole" if text == whole else "partial" if text else "empty"
