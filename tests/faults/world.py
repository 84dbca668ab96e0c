"""Two providers on real sockets, an engine that asks them, and one clock for all."""

import asyncio
import tomllib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from clock import LeapingLoop
from seen import Seen

import emulator
from emulator.lines import Line, playing
from emulator.replies import pieces
from emulator.request import Message
from holysheep import Engine, EngineSettings, Event, Model, Price, Provider, ReplyStream
from holysheep.rollout import RolloutPlan
from holysheep.store import MemoryStore, Store

LANGUAGES = Path(__file__).parents[2] / "chat" / "language"
KEYS = ("sk-first-0123456789", "sk-second-0123456789", "sk-third-0123456789")  # not a secret
LEGACY_KEY = "sk-legacy-0123456789"  # not a secret
PRICE = Price(Decimal("0.28"), Decimal("0.028"), Decimal("0.42"), date(2026, 1, 1))
DEEPSEEK = Model("deepseek-v3.2", "DeepSeek V3.2", "holysheep", 65_536, PRICE, ("openai",))
GPT = Model(
    "gpt-4.1", "GPT-4.1", "holysheep", 1_000_000, Price.flat(Decimal(8), date(2026, 1, 1)), ("openai",)
)
QUESTION: tuple[dict[str, str], ...] = (
    {"role": "system", "content": "Bạn là Mai, trợ lý của cửa hàng Hoa Sữa."},
    {"role": "user", "content": "Áo khoác giá bao nhiêu?"},
)
LONG = (
    QUESTION[0],
    *({"role": role, "content": f"{role} {turn}"} for turn in range(4) for role in ("user", "assistant")),
    QUESTION[1],
)
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
DRAW = 0.5
"""The chance in every backoff: waits are 1, 2 and 4 s."""
FIRST_TOKEN_S = 0.2


@dataclass(frozen=True)
class Play:
    """What a provider plays: a fault always, ``times`` times, for ``seconds``, or on one key (its number);
    faults in turn; or what the line below HTTP does."""

    fault: str = ""
    times: int | None = None
    seconds: float | None = None
    key: int = 0
    turn: tuple[str | None, ...] = ()
    line: str = ""

    @property
    def words(self) -> str:
        """What is not said by the fault's name."""
        if self.turn:
            return "then_".join(name or "well" for name in self.turn)
        return (f"{self.times}x" if self.times else "") + (f"key_{self.key}" if self.key else "")

    def set(self, emu: emulator.Emulator) -> None:
        """Have ``emu`` play it."""
        fingerprint = _fingerprint(KEYS[self.key - 1]) if self.key else ""
        if self.turn:
            emu.set_faults(self.turn, key=fingerprint)
        elif self.fault:
            emu.set_fault(self.fault, self.times, key=fingerprint, seconds=self.seconds)


WELL = Play()


def _fingerprint(key: str) -> str:
    return Provider("", "", (key,)).keys[0].fingerprint


@dataclass
class World:
    """All that a case acts on. wall: what our own wall clock is ahead of the loop's. cadence_s: of every stream."""

    loop: LeapingLoop
    store: Store = field(default_factory=MemoryStore)
    emus: dict[str, emulator.Emulator] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    providers: list[Provider] = field(default_factory=list)
    wall: timedelta = timedelta()
    tokens: int = 40
    cadence_s: float = 0.0
    engines: list[Engine] = field(default_factory=list)

    @property
    def engine(self) -> Engine:
        """The first one."""
        return self.engines[0]

    def now(self) -> datetime:
        """Our wall clock."""
        return NOON + timedelta(seconds=self.loop.time()) + self.wall

    async def another_engine(
        self, stack: AsyncExitStack, *, rollout: RolloutPlan | None = None, **options: Any
    ) -> Engine:
        """An engine beside the others, on the same store."""
        settings = EngineSettings({each.name: each for each in self.providers}, (DEEPSEEK, GPT), rollout)
        usual: dict[str, Any] = {
            "store": self.store,
            "clock": self.loop.time,
            "draw": lambda: DRAW,
            "now": self.now,
        }
        engine = await stack.enter_async_context(Engine(settings, **{**usual, **options}))
        self.engines.append(engine)
        return engine

    def stream(
        self, messages: Any = QUESTION, *, engine: Engine | None = None, **options: Any
    ) -> ReplyStream:
        """A turn that has begun."""
        usual = {"model": DEEPSEEK.id, "cadence_s": self.cadence_s}
        return (engine or self.engine).stream(messages, **{**usual, **options})

    async def ask(self, messages: Any = QUESTION, **options: Any) -> Seen:
        """A turn from beginning to end."""
        return await self.watch(self.stream(messages, **options), messages)

    async def watch(self, stream: ReplyStream, messages: Any = QUESTION) -> Seen:
        """What is left of a turn."""
        watching = self.begin(stream)
        await watching.task
        return await self.end(watching, messages)

    def begin(self, stream: ReplyStream, pause_s: float = 0.0) -> "Watching":
        """A turn that goes on by itself."""
        before = {name: len(emu.requests) for name, emu in self.emus.items()}
        return Watching(stream, self.loop, before, pause_s)

    async def end(self, watching: "Watching", messages: Any = QUESTION) -> Seen:
        """What was seen of a turn that is over."""
        timed, receipt = tuple(watching.timed), watching.stream.receipt
        assert receipt is not None
        if not timed or timed[-1][1] is not receipt:  # cancelled: nobody waited for it
            timed = (*timed, (self.loop.time(), receipt))
        arrived = [
            request.started_at
            for name, emu in self.emus.items()
            for request in emu.requests[watching.before[name] :]
        ]
        arrived += [
            asked.at for line in self.lines.values() for asked in line.seen if asked.at >= watching.begun
        ]
        await asyncio.sleep(0.5)  # what is left upstream has time to end
        return Seen(
            timed,
            watching.begun,
            timed[-1][0],
            tuple(sorted(arrived)),
            self.key_numbers,
            self.whole(messages),
            watching.stream.text,
        )

    @property
    def key_numbers(self) -> dict[str, int]:
        """Fingerprint -> number of the key in its ring."""
        return {key.fingerprint: number for each in self.providers for number, key in enumerate(each.keys, 1)}

    def whole(self, messages: Any = QUESTION) -> str:
        """The text of a faultless reply."""
        told = [Message(message["role"], message["content"]) for message in messages]
        return "".join(pieces(told, self.tokens))

    def ring(self, provider: str = "holysheep", engine: Engine | None = None) -> list[Mapping[str, Any]]:
        """The state of its ring as status tells it."""
        status = (engine or self.engine).status()
        return next(row["keys"] for row in status["providers"] if row["name"] == provider)

    def always(self, seen: Seen) -> Iterator[str]:
        """What no turn may ever do."""
        receipt = seen.receipt
        said = repr(seen.timed) + repr(self.engine.status())
        yield from (f"the key {key[:6]}… is told" for key in (*KEYS, LEGACY_KEY) if key in said)
        if receipt.error and not told(receipt.error):
            yield f"no text in both languages for {receipt.error!r}"
        if seen.kept != seen.text:
            yield f"the stream holds {len(seen.kept)} characters, {len(seen.text)} were shown"
        running = [r.fault for emu in self.emus.values() for r in emu.requests if r.ended is None]
        if running:
            yield f"requests still run upstream: {running}"
        known = [each.cost_usd for each in receipt.attempts if each.cost_usd is not None]
        if receipt.cost_usd is not None and receipt.cost_usd != sum(known, Decimal(0)):
            yield f"the cost {receipt.cost_usd} is not the sum of the attempts' {known}"


class Watching:
    """A turn that is read by a task of its own. timed: its events so far, each with the second it came.

    pause_s: for so long nothing is read after the third event.
    """

    def __init__(
        self, stream: ReplyStream, loop: LeapingLoop, before: Mapping[str, int], pause_s: float = 0.0
    ) -> None:
        self.stream = stream
        self.before = before
        self.begun = loop.time()
        self.timed: list[tuple[float, Event]] = []
        self._loop = loop
        self._pause_s = pause_s
        self.task = loop.create_task(self._read())

    async def _read(self) -> None:
        async for event in self.stream:
            self.timed.append((self._loop.time(), event))
            if self._pause_s and len(self.timed) == 3:
                await asyncio.sleep(self._pause_s)


def told(kind: str) -> bool:
    """Whether a visitor can be told of this kind of error, in both languages."""
    return all(
        kind in tomllib.loads((LANGUAGES / f"{code}.toml").read_text())["errors"] for code in ("vi", "en")
    )


@asynccontextmanager
async def world(
    first: Play,
    second: Play | None = None,
    *,
    keys: int = 1,
    tokens: int = 40,
    changes: Mapping[str, Any] | None = None,
    cadence_s: float = 0.0,
    **engine: Any,
) -> AsyncIterator[World]:
    """A world in which HolySheep plays ``first`` and the legacy provider ``second``; None: there is none."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, LeapingLoop)
    made = World(loop, tokens=tokens, cadence_s=cadence_s)
    pace = emulator.Pace(FIRST_TOKEN_S, 0.0, tokens)
    async with AsyncExitStack() as stack:
        for name, play in (("holysheep", first), ("openai", second)):
            if play is None:
                continue
            if play.line:
                line = made.lines[name] = await stack.enter_async_context(playing(play.line))
                base_url = line.base_url
            else:
                emu = made.emus[name] = await stack.enter_async_context(
                    emulator.running(pace, clock=loop.time)
                )
                play.set(emu)
                base_url = emu.base_url
            made.providers.append(_provider(name, base_url, keys))
        if changes:
            made.providers[0] = replace(made.providers[0], **_changed(made.providers[0], changes))
        await made.another_engine(stack, **engine)
        yield made


def _changed(provider: Provider, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """``proxy: True``: its address is the proxy's, and it lives where only a proxy could find it."""
    if changes.get("proxy") is not True:
        return changes
    return {"proxy": provider.base_url.removesuffix("/v1"), "base_url": "https://api.holysheep.invalid/v1"}


def _provider(name: str, base_url: str, keys: int) -> Provider:
    """As settings/providers.toml has them, limits and all."""
    if name == "holysheep":
        return Provider(name, base_url, KEYS[:keys], "HOLYSHEEP_API_KEYS")
    return Provider(name, base_url, (LEGACY_KEY,), "OPENAI_API_KEY", first_text_s=60, silence_s=60, retries=2)
