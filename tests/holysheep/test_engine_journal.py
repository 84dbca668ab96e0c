"""The journal hears of each attempt before its request leaves."""

import asyncio

from asking import DEEPSEEK, QUESTION, ask, asking, read

from emulator import Emulator
from holysheep import Engine
from holysheep.journal import AttemptStart, OutOfMoney


class Notes:
    """A journal in memory: what it was told, and how many requests had left by then."""

    def __init__(self, emu: Emulator) -> None:
        self.emu = emu
        self.starts: list[AttemptStart] = []
        self.sent_before: list[int] = []

    async def begin_attempt(self, start: AttemptStart) -> None:
        """Write it down."""
        await asyncio.sleep(0.01)
        self.starts.append(start)
        self.sent_before.append(len(self.emu.requests))


class Empty:
    """A journal whose budget is used up."""

    async def begin_attempt(self, start: AttemptStart) -> None:
        """Refuse."""
        raise OutOfMoney("link:abc")


class Stuck:
    """A journal that never comes back."""

    async def begin_attempt(self, start: AttemptStart) -> None:
        """Wait."""
        await asyncio.Event().wait()


async def test_each_attempt_is_told_before_its_request(emu: Emulator) -> None:
    """Also the repeats, each with its number and the key it goes out with."""
    emu.set_fault("server_error", times=1)
    notes = Notes(emu)
    async with asking(emu.base_url) as engine:
        turn = await ask(engine, journal=notes)
    assert turn.receipt.finish_reason == "stop"
    assert [(start.number, start.provider, start.model) for start in notes.starts] == [
        (1, "holysheep", DEEPSEEK.id),
        (2, "holysheep", DEEPSEEK.id),
    ]
    assert all(start.key_fingerprint and len(start.key_fingerprint) == 12 for start in notes.starts)
    assert notes.sent_before == [0, 1]


async def test_a_refusal_keeps_the_request_from_leaving(engine: Engine, emu: Emulator) -> None:
    """No attempt was made, nothing was spent, and the receipt says why."""
    receipt = (await ask(engine, journal=Empty())).receipt
    assert (receipt.finish_reason, receipt.error, receipt.attempts) == ("failed", "out_of_money", ())
    assert (receipt.cost_usd, receipt.cost_bound) == (0, "exact")
    assert emu.requests == []


async def test_stop_while_the_journal_writes(engine: Engine, emu: Emulator) -> None:
    """A visitor need not wait for our books."""
    stream = engine.stream(QUESTION, model=DEEPSEEK.id, journal=Stuck())
    asyncio.get_running_loop().call_later(0.02, stream.stop)
    assert (await read(stream)).receipt.finish_reason == "stopped"
    assert emu.requests == []
