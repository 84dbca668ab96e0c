"""Under `chainlit run` the loop is patched by nest_asyncio, which has tasks of its own in Python."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SCRIPT = """
import asyncio
import nest_asyncio
nest_asyncio.apply()

import emulator
from asking import DEEPSEEK, QUESTION, SLOWLY, TOKENS, ask, asking, read
from holysheep import Delta


async def main():
    async with emulator.running(SLOWLY) as emu, asking(emu.base_url, silence_s=0.3) as engine:
        turn = await ask(engine, cadence_s=0.05)
        assert (turn.receipt.finish_reason, turn.receipt.completion_tokens) == ("stop", TOKENS)

        stream = engine.stream(QUESTION, model=DEEPSEEK.id)
        async for event in stream:
            if isinstance(event, Delta):
                stream.stop()
        assert stream.receipt.finish_reason == "stopped"

        stream = engine.stream(QUESTION, model=DEEPSEEK.id, cadence_s=0.05)
        reading = asyncio.create_task(read(stream))
        while len(emu.requests) < 3 or emu.requests[2].tokens_sent < 5:
            await asyncio.sleep(0.01)
        reading.cancel()
        try:
            await reading
        except asyncio.CancelledError:
            print("cancelled")
        assert stream.receipt.finish_reason == "interrupted"

        emu.set_pace(tokens_per_second=0)
        emu.set_fault("stall")
        assert (await ask(engine)).receipt.finish_reason == "cut"
        emu.clear_faults()
        assert asyncio.run(ask(engine)).receipt.finish_reason == "stop"  # nested, as the patch allows
        print([seen.ended for seen in emu.requests])


asyncio.run(main())
"""


async def test_a_stream_and_a_stop() -> None:
    """A reply, a Stop, a cancellation and a stall are there what they are elsewhere."""
    here = Path(__file__).parent
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SCRIPT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(here.parent.parent), str(here)))},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await program.communicate()
    assert (program.returncode, err.decode()) == (0, "")
    assert out.decode().splitlines() == [
        "cancelled",
        "['whole', 'client_gone', 'client_gone', 'client_gone', 'whole']",
    ]
