"""What happens beside a question: a stop, a crowd, a second program, a clock that jumps."""

import asyncio
import os
import resource
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import date, datetime, timedelta
from pathlib import Path

from seen import Seen
from world import GPT, NOON, QUESTION, World

from holysheep.journal import AttemptStart
from holysheep.rollout import RolloutPlan, RolloutState, cohort, judge, step
from holysheep.rollout.turns import weigh
from holysheep.store import FileStore

Drive = Callable[[World], Awaitable[Seen]]


async def pool_exhausted(world: World) -> Seen:
    """This program may open nothing more; afterwards it may again."""
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, usual[1]))
    try:
        seen = await world.ask()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)
    world.emus["holysheep"].clear_faults()
    assert (await world.ask()).extent == "whole"
    return seen


async def other_model_goes_on(world: World) -> Seen:
    """After five refusals of one model the breaker is open for that model alone."""
    for _ in range(5):
        assert (await world.ask()).receipt.provider == "openai"
    seen = await world.ask(model=GPT.id)
    rows = next(row["models"] for row in world.engine.status()["providers"] if row["name"] == "holysheep")
    assert {row["model"]: row["breaker"] for row in rows} == {"deepseek-v3.2": "open", "gpt-4.1": "closed"}
    return seen


async def looked_at(world: World) -> Seen:
    """A key that was refused is tried by the engine itself, and comes back when it is accepted."""
    assert (await world.ask()).attempts.startswith("H1 bad_key 0, H2 ok")
    assert world.ring()[0]["state"] == "out"
    await asyncio.sleep(90)
    assert world.ring()[0]["state"] == "ready"
    return await world.ask()


async def incident(world: World) -> Seen:
    """Three keys refused within a minute: the provider's fault, and it is asked again soon."""
    assert (await world.ask()).receipt.provider == "openai"
    await asyncio.sleep(60)
    return await world.ask()


async def flapping(world: World) -> Seen:
    """A question every five seconds for two minutes, of which the first one is down."""
    begun, emu = world.loop.time(), world.emus["holysheep"]
    spared, back = 0, 0.0
    while world.loop.time() < begun + 120:
        before, at = len(emu.requests), world.loop.time() - begun
        seen = await world.ask()
        assert seen.extent == "whole"
        spared += at < 60 and len(emu.requests) == before
        if not back and seen.receipt.provider == "holysheep":
            back = at
        await asyncio.sleep(max(0.0, begun + at + 5 - world.loop.time()))
    assert spared >= 2, "the provider that is down was asked for every turn"
    assert 55 <= back <= 90, f"back after {back} s"
    return seen


def ending(after: float, *ways: str) -> Drive:
    """``ways`` to end the turn, called after so many seconds."""

    async def drive(world: World) -> Seen:
        watching = world.begin(world.stream())
        await asyncio.sleep(after)
        for way in ways:
            getattr(watching.stream, way)()
        await watching.task
        assert watching.timed[-1][0] - watching.begun <= after + 0.01
        return await world.end(watching)

    return drive


async def cancelled(world: World) -> Seen:
    """The task that reads the reply is cancelled."""
    watching = world.begin(world.stream())
    await asyncio.sleep(1.0)
    watching.task.cancel()
    await asyncio.wait([watching.task])
    assert watching.task.cancelled(), "the cancellation was swallowed"
    return await world.end(watching)


async def shutdown(world: World) -> Seen:
    """The engine is closed."""
    watching = world.begin(world.stream())
    await asyncio.sleep(1.0)
    await world.engine.close()
    await watching.task
    return await world.end(watching)


async def reader_pauses(world: World) -> Seen:
    """Nobody asks for an event for a minute in the middle of the reply."""
    world.emus["holysheep"].set_pace(tokens_per_second=100.0)
    watching = world.begin(world.stream(), pause_s=60.0)
    await watching.task
    return await world.end(watching)


class Books:
    """A journal that remembers what it was told, and how many requests had left by then."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.told: list[tuple[int, str, int]] = []

    async def begin_attempt(self, start: AttemptStart) -> None:
        """See ``Journal``."""
        sent = sum(len(emu.requests) for emu in self._world.emus.values())
        self.told.append((start.number, start.provider, sent))


async def written_ahead(world: World) -> Seen:
    """Each attempt is on record before its request leaves."""
    world.emus["holysheep"].set_faults(["bad_gateway"])
    books = Books(world)
    await world.ask(journal=books)
    assert books.told == [(1, "holysheep", 0), (2, "holysheep", 1)]
    return await world.ask(journal=Books(world))


async def unforeseen(world: World) -> Seen:
    """Something breaks that has no name here, with words that nobody should read."""

    class Broken:
        async def begin_attempt(self, start: AttemptStart) -> None:
            raise RuntimeError("postgres://desk:sk-first-0123456789@10.0.0.7/desk")

    seen = await world.ask(journal=Broken())
    assert "postgres" not in repr(seen.timed)
    return seen


async def forty_at_once(world: World) -> Seen:
    """Each key's share would be used up by about nineteen of them."""
    watching = [world.begin(world.stream()) for _ in range(40)]
    await asyncio.wait([one.task for one in watching])
    by_key: dict[str, int] = {}
    for request in world.emus["holysheep"].requests:
        by_key[request.key_fingerprint] = by_key.get(request.key_fingerprint, 0) + 1
    assert sorted(by_key.values(), reverse=True)[0] <= 20_000 // 1024 + 1, by_key
    assert len(by_key) == 3, by_key
    seen = [await world.end(one) for one in watching]
    assert {one.extent for one in seen} == {"whole"}
    keys = world.ring()
    assert [key["in_flight_tokens"] for key in keys] == [0, 0, 0]
    used = sum(one.receipt.total_tokens or 0 for one in seen)
    assert sum(key["tokens"] for key in keys) == used
    return seen[0]


async def long_text(world: World) -> Seen:
    """A question of a megabyte, whose tokens nobody reports; a heart beats beside it."""
    messages = (QUESTION[0], {"role": "user", "content": "áo khoác " * 100_000})
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.05)
            beats += 1

    heart = asyncio.create_task(beat())
    seen = await world.ask(messages)
    heart.cancel()
    assert beats > 2
    return seen


async def clock_jump(world: World) -> Seen:
    """The wall's clock goes a day ahead while the turn waits, and the machine sleeps before it."""
    world.loop.leap(3600)
    watching = world.begin(world.stream())
    await asyncio.sleep(1.0)
    world.wall += timedelta(days=1)
    await watching.task
    return await world.end(watching)


async def skew(world: World) -> Seen:
    """The provider's clock is five hours behind."""
    seen = await world.ask()
    row = next(row for row in world.engine.status()["providers"] if row["name"] == "holysheep")
    off = row["clock_skew_s"]
    assert off is not None and abs(off) > 4 * 3600, f"clock_skew_s is {off}"
    return seen


async def two_engines(world: World) -> Seen:
    """What one program learned of a key the other knows, and one that starts afresh, too."""
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            world.store = FileStore(Path(folder))
            one = await world.another_engine(stack)
            other = await world.another_engine(stack)
            await world.ask(engine=other)  # it is running already
            world.emus["holysheep"].set_fault("bad_key", times=1)
            assert (await world.ask(engine=one)).attempts.startswith("H1 bad_key 0, H2 ok")
            await asyncio.sleep(1.0)
            assert (await world.ask(engine=other)).attempts.startswith("H2 ok")
        async with AsyncExitStack() as stack:
            afresh = await world.another_engine(stack)
            seen = await world.ask(engine=afresh)
            assert world.ring(engine=afresh)[0]["state"] == "out"
    return seen


async def two_breakers(world: World) -> Seen:
    """What one program learned of a provider that is down spares the other the wait, and one that starts afresh."""
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            world.store = FileStore(Path(folder))
            one = await world.another_engine(stack)
            other = await world.another_engine(stack)
            await world.ask(engine=other)
            world.emus["holysheep"].set_fault("server_error")
            while (await world.ask(engine=one)).attempts != r"O1 ok $":
                assert len(world.emus["holysheep"].requests) < 12, "the breaker never opened"
            assert (await world.ask(engine=other)).attempts == "O1 ok $"
        async with AsyncExitStack() as stack:
            return await world.ask(engine=await world.another_engine(stack))


async def stampede(world: World) -> Seen:
    """Fifty questions at once while the provider is down: it is not asked much more than fifty times."""
    watching = [world.begin(world.stream()) for _ in range(50)]
    await asyncio.wait([one.task for one in watching])
    asked = len(world.emus["holysheep"].requests)
    assert asked <= 50 + 10, f"{asked} requests for fifty questions"
    seen = [await world.end(one) for one in watching]
    assert {one.extent for one in seen} == {"whole"}
    return seen[-1]


async def rest_twice(world: World) -> Seen:
    """Two requests over one key are told to wait: 360 s, and then 4 s."""
    first, second = (world.begin(world.stream()) for _ in range(2))
    await asyncio.sleep(1.0)
    key = world.ring()[0]
    assert key["state"] == "resting"
    rest = datetime.fromisoformat(key["until"]) - world.now()
    assert timedelta(seconds=350) < rest < timedelta(seconds=361), rest
    await asyncio.wait([first.task, second.task])
    await world.end(second)
    return await world.end(first)


PLAN = RolloutPlan(enabled=True, starts_on=date(2026, 11, 1))


async def cohorts(world: World) -> Seen:
    """Twenty conversations, while the share grows and then falls back."""
    names = [f"conversation-{number}" for number in range(20)]
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            world.store = FileStore(Path(folder))
            engine = await world.another_engine(stack, rollout=PLAN)

            async def asked(share: int) -> set[str]:
                state = RolloutState(share=share, since=NOON, salt=PLAN.salt)
                await world.store.change("rollout", lambda _: state.to_document())
                await asyncio.sleep(1.0)
                moved = set()
                for name in names:
                    seen = await world.ask(engine=engine, conversation=name)
                    arm = "holysheep" if seen.receipt.provider == "holysheep" else "legacy"
                    assert seen.receipt.cohort == arm == cohort(name, state, PLAN)
                    if arm == "holysheep":
                        moved.add(name)
                return moved

            few, many = await asked(30), await asked(50)
            assert few < many < set(names)
            assert await asked(30) == few
            return await world.ask(engine=engine, conversation=min(few))


OWN_FAULTS = ("content_filter", "context_too_long", "unprocessable", "bad_key", "no_credit", "no_quota")


async def judged(world: World) -> Seen:
    """Refusals that are our own fault, and a stop, are no evidence against the provider; a failure of its own is."""
    emu = world.emus["holysheep"]
    for fault in (*OWN_FAULTS, "server_error"):
        emu.set_fault(fault)
        receipt = (await world.ask()).receipt
        own = [attempt.error for attempt in receipt.attempts]
        ok, counted = weigh(receipt.finish_reason, receipt.error, receipt.provider, "holysheep", own)
        assert (ok, counted) == (False, fault == "server_error"), (fault, receipt.error)
    emu.set_fault("stall")
    receipt = (await ending(1.0, "stop")(world)).receipt
    assert weigh(receipt.finish_reason, receipt.error, receipt.provider, "holysheep", []) == (False, False)
    emu.clear_faults()
    return await world.ask()


async def no_data(world: World) -> Seen:
    """The day of the next stage has come, and nobody has asked anything: it waits, and says so."""
    since = datetime.combine(PLAN.starts_on, datetime.min.time(), NOON.tzinfo)
    state = RolloutState(share=10, since=since, salt=PLAN.salt)
    verdict = judge([], [], PLAN, since=since)
    assert verdict.says == "undecided" and verdict.lacking != 0
    later = step(PLAN, state, verdict, NOON)
    assert (later.share, later.history[-1].what) == (10, "waiting")
    return await world.ask()
