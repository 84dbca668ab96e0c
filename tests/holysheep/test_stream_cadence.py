"""Taking text from the connection now and then gives the same reply as taking it as it comes."""

from collections.abc import AsyncIterator

import pytest
from asking import TOKENS, Turn, ask, asking

import emulator

#: A tenth of a second for a reply, so that two or three cadences fit in.
BRISKLY = emulator.Pace(0.005, 400.0, TOKENS, fault_speed=20)
CADENCE_S = 0.05
#: Keys of the receipt that tell of this one run only.
OF_THE_MOMENT = {"ttft_ms", "latency_ms", "tokens_per_second", "request_id"}
FAULTS = (
    "bursts",
    "split_bytes",
    "crlf",
    "cut",
    "cut_clean",
    "stall",
    "error_in_stream",
    "finish_error",
    "filtered_reply",
    "length",
    "no_usage",
    "usage_every_chunk",
    "no_done",
    "done_without_finish",
    "bad_chunk",
    "reasoning",
)


@pytest.fixture
async def emu() -> AsyncIterator[emulator.Emulator]:
    """An emulator that takes its time."""
    async with emulator.running(BRISKLY) as running:
        yield running


@pytest.mark.parametrize("fault", [None, *FAULTS])
async def test_a_cadence_changes_nothing(emu: emulator.Emulator, fault: str | None) -> None:
    """Same text, same receipt, fewer events; nothing that came before a cut is lost."""
    async with asking(emu.base_url, silence_s=0.3) as engine:
        await ask(engine)  # what can be cached of the prompt, is
        if fault:
            emu.set_fault(fault)
        as_it_comes, now_and_then = await ask(engine), await ask(engine, cadence_s=CADENCE_S)
    assert now_and_then.text == as_it_comes.text
    assert lasting(now_and_then) == lasting(as_it_comes)
    if fault != "bursts":
        assert len(now_and_then.events) < len(as_it_comes.events)


def lasting(turn: Turn) -> dict[str, object]:
    """The receipt without what changes from run to run."""
    return {key: value for key, value in turn.receipt.metadata().items() if key not in OF_THE_MOMENT}
