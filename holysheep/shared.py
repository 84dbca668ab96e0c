"""What an engine shares with other programs on the same providers: told and read through a store.

Keys that are set aside and their counts, breakers, who is asked first, the rollout, and how each program is.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from holysheep import shared_breakers, shared_ring
from holysheep.errors import BadKey, EngineError, Forbidden, NoCredit
from holysheep.health import Health
from holysheep.providers import Provider
from holysheep.ring import KeyState
from holysheep.rollout import DOCUMENT as ROLLOUT
from holysheep.rollout import RolloutPlan, RolloutState, cohort
from holysheep.routes import Preference
from holysheep.store import Document, MemoryStore, Store

log = logging.getLogger(__name__)

RING, BREAKERS, SWITCH, HEALTH = "ring", "breakers", "switch", "health"
#: What others have changed is read this often, and what changed here is told after so long.
READ_EVERY_S = 0.5
TELL_AFTER_S = 0.2
#: How this program is, is told this often; one that has not told for so long is gone.
HEALTH_EVERY_S = 5.0
GONE_AFTER_S = 20.0
#: A key that was refused is looked at after so long, and then twice as long each time.
LOOK_AT_KEY_S = {BadKey.kind: 60.0, Forbidden.kind: 300.0, NoCredit.kind: 3600.0}
LONGEST_LOOK_S = 24 * 3600.0


class Shared:
    """``ready()`` before the first turn, ``changed()`` after each attempt, ``close()`` at the end.

    probe: looks whether a key is accepted, by provider and fingerprint. status: what is told of this program.
    """

    def __init__(
        self,
        store: Store,
        health: Health,
        providers: Mapping[str, Provider],
        rollout: RolloutPlan | None,
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self.id = str(uuid.uuid4())
        self._store = store
        self._alone = isinstance(store, MemoryStore)
        self._health = health
        self._providers = providers
        self._plan = rollout if rollout is not None and rollout.enabled else None
        self._rollout = RolloutState()
        self._switch: Document = {}
        self._clock = clock
        self._now = now
        self._task: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._closed = False
        self._looks: dict[tuple[str, str], tuple[float, float]] = {}
        self._busy_since_told = False
        self._told_health_at = float("-inf")
        self._failed = False
        self._loading: asyncio.Lock = asyncio.Lock()
        self.status: Callable[[], dict[str, Any]] = dict
        self.probe: Callable[[str, str], Awaitable[None]] | None = None

    async def ready(self) -> None:
        """What others know is known here, too."""
        if self._task is not None:
            return
        async with self._loading:
            if self._task is None:
                await self._read()
                self._task = asyncio.create_task(self._live(), name="engine")

    async def close(self) -> None:
        """Tell what is not told yet."""
        self._closed = True
        for task in (self._task, self._telling, self._looking):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        await self._tell()
        if not self._alone and self._told_health_at > float("-inf"):
            await self._try(self._store.change(HEALTH, lambda document: _without(document, self.id)))

    def changed(self) -> None:
        """An attempt has ended: what it says of keys and routes is told soon."""
        self._busy_since_told = True
        if not (self._alone or self._closed) and (self._telling is None or self._telling.done()):
            self._telling = asyncio.get_running_loop().create_task(self._tell_soon())

    def cohort(self, conversation: str | None) -> str | None:
        """The conversation's arm of the canary; None where there is none, and while a switch is for everybody."""
        if self._plan is None or self._switched_for_all:
            return None
        return cohort(conversation, self._rollout, self._plan)

    @property
    def _switched_for_all(self) -> bool:
        return bool(self._switch.get("to")) and not self._switch.get("from")

    def preference(self, conversation: str | None) -> Preference | None:
        """Who is asked first instead of the models' own providers."""
        arm = self.cohort(conversation)
        if arm is not None and self._plan is not None:
            return Preference(self._plan.legacy if arm == "legacy" else self._plan.to)
        if self._switch.get("to"):
            return Preference(str(self._switch["to"]), self._switch.get("from") or None)
        return None

    async def _live(self) -> None:
        while True:
            await asyncio.sleep(READ_EVERY_S)
            try:
                if not self._alone:
                    await self._read()
                    await self._tell_health()
                if self._looking is None or self._looking.done():
                    self._looking = asyncio.create_task(self._look_at_keys(), name="look at keys")
            except Exception:
                log.exception("the engine's state could not be looked after")

    async def _tell_soon(self) -> None:
        await asyncio.sleep(TELL_AFTER_S)
        await self._tell()

    async def _read(self) -> None:
        """Take over what others have told."""
        if self._alone:
            return
        now, wall = self._clock(), self._now().timestamp()
        if (ring := await self._try(self._store.read(RING))) is not None:
            shared_ring.take_over(ring, self._health, self._providers, wall - now, now)
        if (breakers := await self._try(self._store.read(BREAKERS))) is not None:
            shared_breakers.take_over(breakers, self._health, self._providers, wall - now, now)
        if (switch := await self._try(self._store.read(SWITCH))) is not None:
            self._switch = switch
        if self._plan and (document := await self._try(self._store.read(ROLLOUT))) is not None:
            try:
                self._rollout = RolloutState.from_document(document)
            except (KeyError, TypeError, ValueError):
                log.warning("the rollout's document cannot be read; what was read before holds")

    async def _tell(self) -> None:
        """Tell what changed here."""
        if self._alone:
            return
        offset = self._now().timestamp() - self._clock()
        news = shared_ring.News.of(self._health, offset)
        if news:
            told = await self._try(self._store.change(RING, news.put_into))
            if told is None:
                news.untold()
            else:
                shared_ring.take_over(told, self._health, self._providers, offset, self._clock())
        breakers = shared_breakers.News.of(self._health, offset, self._clock())
        if breakers and await self._try(self._store.change(BREAKERS, breakers.put_into)) is None:
            breakers.untold()

    async def _tell_health(self) -> None:
        now = self._clock()
        if now - self._told_health_at < HEALTH_EVERY_S or not (
            self._busy_since_told or self._told_health_at > float("-inf")
        ):
            return
        self._told_health_at, self._busy_since_told = now, False
        mine, at = {"at": self._now().isoformat(), "status": self.status()}, self._now()

        def put(document: Document) -> Document:
            return {**{id: one for id, one in document.items() if is_fresh(one, at)}, self.id: mine}

        await self._try(self._store.change(HEALTH, put))

    async def _look_at_keys(self) -> None:
        """Ask with a key that was refused, now and then, whether it is accepted by now."""
        now = self._clock()
        for health in self._health.known():
            for state in health.ring.states.values():
                if self.probe is not None and state.out and self._is_due(health.provider, state, now):
                    try:
                        await self.probe(health.provider.name, state.key.fingerprint)
                    except EngineError as error:
                        log.info("key %s is still refused: %s", state.key.fingerprint, error.kind)

    def _is_due(self, provider: Provider, state: KeyState, now: float) -> bool:
        name = provider.name, state.key.fingerprint
        first = LOOK_AT_KEY_S.get(state.reason or "", LONGEST_LOOK_S)
        due, pause = self._looks.get(name, (now + first, first))
        self._looks[name] = (due, pause)
        if now < due:
            return False
        pause = min(2 * pause, LONGEST_LOOK_S)
        self._looks[name] = (now + pause, pause)
        return True

    async def _try(self, step: Awaitable[Document]) -> Document | None:
        """None where the store cannot be reached: what is known here then has to do."""
        try:
            document = await step
        except OSError as error:
            if not self._failed:
                log.warning("what engines share can be neither read nor kept: %s", error)
            self._failed = True
            return None
        self._failed = False
        return document


def is_fresh(told: Mapping[str, Any], now: datetime) -> bool:
    """Whether the program that told this is still there."""
    try:
        at = datetime.fromisoformat(str(told["at"])).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return False
    return abs(now - at) < timedelta(seconds=GONE_AFTER_S)


def _without(document: Document, id: str) -> Document:
    return {name: one for name, one in document.items() if name != id}
