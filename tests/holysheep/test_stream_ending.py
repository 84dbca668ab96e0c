"""Replies that are ended from outside: by the visitor, by the program, by a cancelled task."""

import asyncio
import contextlib
import gc
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from asking import DEEPSEEK, QUESTION, SLOWLY, TOKENS, Turn, ask, asking, read
from raw_lines import head, relaying, say, speaking, word

import emulator
from holysheep import Delta, Engine, ReplyStream
from holysheep.events import CostBound, UsageSource
from holysheep.leg import Leg

CADENCES = [0.0, 0.05]
#: Longer than any test: what ends before was ended from outside.
NEVER = {"first_text_s": 3600.0, "silence_s": 3600.0, "reply_s": 3600.0}


@pytest.fixture
async def emu() -> AsyncIterator[emulator.Emulator]:
    """An emulator whose replies can be stopped in the middle."""
    async with emulator.running(SLOWLY) as running:
        yield running


def begin(engine: Engine, cadence_s: float = 0.0) -> ReplyStream:
    """A turn nobody has asked an event of yet."""
    return engine.stream(QUESTION, model=DEEPSEEK.id, cadence_s=cadence_s)


async def until(true: Callable[[], object]) -> None:
    """Wait for something that another task brings about."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.001)


async def left(emu: emulator.Emulator) -> None:
    """The emulator sees its client go."""
    await until(lambda: emu.requests[-1].ended == "client_gone")


@dataclass(frozen=True)
class Case:
    """When a reply is stopped, and what its receipt says; fault: what the provider does then."""

    name: str
    fault: str | None
    usage: UsageSource
    bound: CostBound
    attempts: int = 1


CASES = (
    Case("before-it-began", None, "none", "exact", attempts=0),
    Case("before-headers", "no_headers", "none", "unknown"),
    Case("before-text", "silent", "none", "unknown"),
    Case("in-the-middle", None, "estimated", "at_least"),
    Case("in-the-middle-of-counted-text", "usage_every_chunk", "reported", "at_least"),
    Case("in-a-stall", "stall", "estimated", "at_least"),
    Case("in-a-backoff", "rate_limited", "none", "exact"),
)


async def stop_in_time(case: Case, stream: ReplyStream, emu: emulator.Emulator) -> Turn:
    """The turn, stopped when the case says so."""
    if case.name == "before-it-began":
        stream.stop()
        return await read(stream)
    reading = asyncio.create_task(read(stream))
    await until(lambda: emu.requests)
    if case.name.startswith("in-the-middle"):
        await until(lambda: emu.requests[0].tokens_sent >= TOKENS // 4)
    elif case.fault == "stall":
        await until(lambda: emu.requests[0].tokens_sent >= TOKENS // 2)
    await asyncio.sleep(0.03)  # now it waits: for the provider, its backoff or its cadence
    stream.stop()
    return await reading


@pytest.mark.parametrize("cadence_s", [*CADENCES, 3600.0])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_stop_is_a_receipt(case: Case, cadence_s: float, emu: emulator.Emulator) -> None:
    """Whenever the visitor stops it, a reply ends then, in one receipt, and the upstream request ends too."""
    async with asking(emu.base_url, **NEVER) as engine, asyncio.timeout(10):
        if case.fault:
            emu.set_fault(case.fault)
        stream = begin(engine, cadence_s)
        turn = await stop_in_time(case, stream, emu)
        receipt = turn.receipt
        assert (receipt.finish_reason, receipt.error) == ("stopped", None)
        assert (receipt.usage_source, receipt.cost_bound) == (case.usage, case.bound)
        assert len(receipt.attempts) == case.attempts == len(emu.requests)
        if case.attempts and case.fault != "rate_limited":
            await left(emu)


@pytest.mark.parametrize("cadence_s", CADENCES)
async def test_a_second_stop_changes_nothing(emu: emulator.Emulator, cadence_s: float) -> None:
    """Stop is idempotent: at once again, while the first is under way, and after the end."""
    async with asking(emu.base_url) as engine:
        stream = begin(engine, cadence_s)
        async for event in stream:
            if isinstance(event, Delta):
                stream.stop()
                stream.stop()
        receipt = stream.receipt
        stream.stop()
        stream.interrupt()
        await stream.aclose()
        assert receipt is not None
        assert receipt is stream.receipt
        assert receipt.finish_reason == "stopped"


async def test_the_first_word_on_the_ending_holds(emu: emulator.Emulator) -> None:
    """A reply stopped by the visitor is stopped, though we interrupt it right after."""
    async with asking(emu.base_url) as engine:
        stream = begin(engine)
        reading = asyncio.create_task(read(stream))
        await until(lambda: emu.requests)
        stream.stop()
        stream.interrupt()
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading
        assert stream.receipt is not None
        assert stream.receipt.finish_reason == "stopped"


@pytest.mark.parametrize("last", [(b"data: [DONE]\n\n",), ()], ids=["at-its-end", "before-its-usage"])
async def test_a_whole_reply_is_not_stopped_any_more(last: tuple[bytes, ...]) -> None:
    """A Stop that comes after the provider said why it ended finds nothing to stop."""
    said = say(b"".join((head(), word("Xin chào", "stop"), *last)), ending="hang")
    async with speaking(said) as raw, asking(raw.base_url) as engine:
        stream = begin(engine)
        async for event in stream:
            if isinstance(event, Delta):
                asyncio.get_running_loop().call_later(0.02, stream.stop)
        assert stream.receipt is not None
        assert (stream.receipt.finish_reason, stream.receipt.cost_bound) == ("stop", "at_least")


@pytest.mark.parametrize("cadence_s", CADENCES)
async def test_a_cancelled_task_stays_cancelled(emu: emulator.Emulator, cadence_s: float) -> None:
    """The cancellation goes on, the receipt says interrupted, the provider sees its client go."""
    async with asking(emu.base_url) as engine:
        stream = begin(engine, cadence_s)
        reading = asyncio.create_task(read(stream))
        await until(lambda: emu.requests and emu.requests[0].tokens_sent > 5)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert stream.receipt is not None
        assert (stream.receipt.finish_reason, stream.receipt.cost_bound) == ("interrupted", "at_least")
        await left(emu)


async def test_cancelled_in_a_backoff(emu: emulator.Emulator) -> None:
    """A turn cancelled while it waits for its next attempt was refused, and cost nothing."""
    emu.set_fault("rate_limited")
    async with asking(emu.base_url) as engine:
        stream = begin(engine)
        reading = asyncio.create_task(read(stream))
        await until(lambda: emu.requests and emu.requests[0].ended)
        await asyncio.sleep(0.02)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert stream.receipt is not None
        assert stream.receipt.finish_reason == "interrupted"
        assert stream.receipt.cost_usd == 0


async def test_aclose_ends_it(emu: emulator.Emulator) -> None:
    """Whoever wants no more events closes the stream; it ends with a receipt and no further event."""
    async with asking(emu.base_url) as engine:
        stream = begin(engine)
        async for event in stream:
            if isinstance(event, Delta):
                break
        await stream.aclose()
        assert stream.receipt is not None
        assert (stream.receipt.finish_reason, stream.receipt.usage_source) == ("interrupted", "estimated")
        assert [event async for event in stream] == []
        await left(emu)


async def test_aclose_of_a_turn_that_never_began(emu: emulator.Emulator) -> None:
    """A turn closed before its first event has a receipt too: nothing sent, nothing spent."""
    async with asking(emu.base_url) as engine:
        stream = begin(engine)
        await stream.aclose()
        receipt = stream.receipt
        assert receipt is not None
        assert receipt.finish_reason == "interrupted"
        assert receipt.cost_usd == 0
        assert not receipt.attempts
        assert not emu.requests


@pytest.mark.parametrize("cadence_s", CADENCES)
async def test_aclose_beside_a_reader(emu: emulator.Emulator, cadence_s: float) -> None:
    """Closed by another task than the one that reads, the reader gets the receipt."""
    async with asking(emu.base_url) as engine:
        stream = begin(engine, cadence_s)
        reading = asyncio.create_task(read(stream))
        await until(lambda: emu.requests and emu.requests[0].tokens_sent > 5)
        await stream.aclose()
        assert (await reading).receipt.finish_reason == "interrupted"
        await left(emu)


@pytest.mark.parametrize("cadence_s", CADENCES)
async def test_closing_the_engine_ends_its_replies(emu: emulator.Emulator, cadence_s: float) -> None:
    """Replies under way when the engine closes end as interrupted, with what they had."""
    async with asking(emu.base_url) as engine:
        streams = [begin(engine, cadence_s) for _ in range(3)]
        readings = [asyncio.create_task(read(stream)) for stream in streams]
        await until(lambda: all(stream.text for stream in streams))
        await engine.close()
        turns = await asyncio.gather(*readings)
    assert {turn.receipt.finish_reason for turn in turns} == {"interrupted"}
    assert all(turn.text for turn in turns)


@pytest.mark.parametrize("cadence_s", CADENCES)
async def test_a_stopped_connection_is_never_used_again(emu: emulator.Emulator, cadence_s: float) -> None:
    """The reply after a stopped one is whole, its own, and comes over another connection."""
    async with relaying(emu.base_url) as relay, asking(relay.base_url) as engine:
        stream = begin(engine, cadence_s)
        async for event in stream:
            if isinstance(event, Delta):
                stream.stop()
        await until(lambda: relay.open == 0)
        emu.set_pace(tokens_per_second=0)
        after = await ask(engine, "Giao hàng mất mấy ngày?", cadence_s=cadence_s)
        assert after.receipt.completion_tokens == TOKENS
        assert not after.text.startswith(Turn(tuple([e async for e in begin(engine)])).text[:20])
        assert relay.opened == 2


@pytest.mark.slow
async def test_endings_at_any_instant_leak_nothing(emu: emulator.Emulator) -> None:
    """After 300 stops, interruptions and cancellations the tasks and connections are as before."""
    chance = random.Random(7)
    finish_reasons = set()

    async def one(engine: Engine) -> None:
        stream = begin(engine, chance.choice(CADENCES))
        reading = asyncio.create_task(read(stream))
        await asyncio.sleep(chance.random() * 0.06)
        endings: list[Callable[[], object]] = [stream.stop, stream.interrupt, reading.cancel]
        chance.choice(endings)()
        with contextlib.suppress(asyncio.CancelledError):
            await reading
        assert stream.receipt is not None
        finish_reasons.add(stream.receipt.finish_reason)

    async with relaying(emu.base_url) as relay, asking(relay.base_url) as engine:
        before = len(asyncio.all_tasks())
        for _ in range(15):
            await asyncio.gather(*[one(engine) for _ in range(20)])
        assert finish_reasons == {"stopped", "interrupted"}
        await until(lambda: relay.open == 0 and all(seen.ended for seen in emu.requests))
        await until(lambda: len(asyncio.all_tasks()) <= before)
        assert (await ask(engine)).receipt.completion_tokens == TOKENS


async def test_a_connection_keeps_nothing_of_the_replies_it_carried(emu: emulator.Emulator) -> None:
    """However many there were: it outlives them all. They are gone at once, too: no collection of garbage
    has to find them while others stream."""
    async with asking(emu.base_url) as engine:
        await read(begin(engine, 0.0))
        gc.collect()
        gc.disable()
        try:
            for _ in range(5):
                await read(begin(engine, 0.0))
            assert not [each for each in gc.get_objects() if type(each) is Leg]  # some pretend to be anything
        finally:
            gc.enable()
    assert len({seen.connection for seen in emu.requests}) == 1
