"""Taking text from the connection now and then gives the same reply as taking it as it comes."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from asking import TOKENS, Turn, ask, asking
from raw_lines import DONE, chunked, head, say, speaking, word

import emulator
from holysheep import Delta

#: A twentieth of a second for a reply, so that two or three cadences fit in.
BRISKLY = emulator.Pace(0.005, 800.0, TOKENS, fault_speed=40)
CADENCE_S = 0.02
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
    """Same text, same receipt; nothing that came before a cut is lost."""
    limits = {"silence_s": 0.3} if fault == "stall" else {}
    async with asking(emu.base_url, **limits) as engine:
        emu.set_pace(tokens_per_second=0)
        await ask(engine)  # what can be cached of the prompt, is
        emu.set_pace(BRISKLY)
        if fault:
            emu.set_fault(fault)
        as_it_comes, now_and_then = await ask(engine), await ask(engine, cadence_s=CADENCE_S)
    assert now_and_then.text == as_it_comes.text
    assert lasting(now_and_then) == lasting(as_it_comes)


async def test_the_first_text_and_the_end_are_never_waited_for() -> None:
    """The first text comes at once, the rest at the next cadence or at the end, whichever is first."""
    body = [piece for text in ["Xin", "chào", "chị", "ạ"] for piece in (chunked(word(text)), 0.01)]
    said = say(head(Transfer_Encoding="chunked"), *body, chunked(word("", "stop"), DONE) + b"0\r\n\r\n")
    async with speaking(said) as raw, asking(raw.base_url) as engine, asyncio.timeout(10):
        turn = await ask(engine, cadence_s=3600)
    assert turn.events[:-1] == (Delta("Xin"), Delta("chàochịạ"))


def lasting(turn: Turn) -> dict[str, object]:
    """The receipt without what changes from run to run."""
    return {key: value for key, value in turn.receipt.metadata().items() if key not in OF_THE_MOMENT}
