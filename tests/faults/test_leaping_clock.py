"""The loop's time is the tests' own, and all that waits by it waits in order."""

import asyncio
import time

import emulator
from holysheep import Delta, Engine, EngineSettings, Model, Provider

MODEL = Model("deepseek-v3.2", "DeepSeek V3.2", "holysheep", 65_536)


async def test_a_long_sleep_is_short() -> None:
    """An hour passes, and timers come in their order."""
    loop = asyncio.get_running_loop()
    begun, really = loop.time(), time.monotonic()
    order: list[float] = []
    loop.call_later(1800, order.append, 1800)
    loop.call_later(60, order.append, 60)
    await asyncio.sleep(3600)
    assert order == [60, 1800]
    assert loop.time() - begun == 3600
    assert time.monotonic() - really < 3600


async def test_a_thread_at_work_holds_the_time() -> None:
    """A limit does not strike because a thread took its real time."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with asyncio.timeout(0.05):
        await asyncio.to_thread(time.sleep, 0.2)
    assert loop.time() == begun


async def test_a_slow_provider_is_slow_by_this_clock() -> None:
    """Emulator and engine wait in the loop's seconds, over real sockets."""
    loop = asyncio.get_running_loop()
    pace = emulator.Pace(0.5, 10.0, 20)
    async with emulator.running(pace, clock=loop.time) as emu:
        provider = Provider("holysheep", emu.base_url, ("sk-clock-0123456789",), retries=0)
        async with Engine(EngineSettings.of([provider], [MODEL]), clock=loop.time) as engine:
            messages = [{"role": "user", "content": "Hi"}]
            events = [event async for event in engine.stream(messages, model=MODEL.id)]
            stream = engine.stream(messages, model=MODEL.id)
            emu.set_fault("slow_start")
            late = [event async for event in stream]
    assert [type(event) for event in events[:-1]] == [Delta] * 20
    assert (events[-1].ttft_ms, events[-1].latency_ms) == (500.0, 2400.0)
    assert late[-1].ttft_ms == 20_000.0
    assert emu.requests[0].started_at >= 1000.0
