"""How a server goes: it is not ready any more, answers what it has begun, and sends its pages on to the others.

uvicorn closes every socket as soon as it hears of the end, and tells the application afterwards. So the signal is ours
first; uvicorn gets it when there is nothing left to wait for.
"""

import asyncio
import logging
import math
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Protocol

from assembly.rooms import DemoDesk
from chat import Visit

log = logging.getLogger(__name__)

#: Where somebody has asked within this time whether we are ready, a proxy will notice that we are not: it gets so long.
ASKED_S = 10.0
LEAD_S = 2.0
#: Pages are sent away over so long a time, so that the others need not draw all of them at one instant.
SPREAD_S = 1.0
TICK_S = 0.05
#: A page that does not answer when its socket is closed is not waited for any longer.
GONE_S = 2.0


class Readiness(Protocol):
    """What a proxy is told."""

    draining: bool

    def asked_within(self, seconds: float) -> bool:
        """Whether a proxy asks."""


class Leaving:
    """The end of one server, from SIGTERM on. ``closing``: no page and no message is taken any more."""

    def __init__(self, desk: DemoDesk, readiness: Readiness, drain_s: float) -> None:
        """drain_s: so long the replies under way have to end."""
        self.closing = False
        self._desk = desk
        self._readiness = readiness
        self._drain_s = drain_s
        self._task: asyncio.Task[None] | None = None

    def at_signal(self) -> None:
        """Have SIGTERM begin it; a second one ends the server at once. To be called in the server's loop."""
        then = signal.getsignal(signal.SIGTERM)
        if threading.current_thread() is not threading.main_thread() or not callable(then):
            return
        loop = asyncio.get_running_loop()
        heard: Callable[[int, FrameType | None], object] = then

        def begin() -> None:
            self._task = asyncio.create_task(self._leave(lambda: heard(signal.SIGTERM, None)))

        def on_signal(number: int, frame: FrameType | None) -> None:
            if self._readiness.draining:
                heard(number, frame)
                return
            self._readiness.draining = True
            loop.call_soon_threadsafe(begin)

        signal.signal(signal.SIGTERM, on_signal)

    async def _leave(self, end: Callable[[], object]) -> None:
        try:
            if self._readiness.asked_within(ASKED_S):
                await asyncio.sleep(LEAD_S)
            self.closing = True
            pages, replies = len(self._desk.visits.open), self._desk.service.answering
            log.info("leaving: %d pages, %d replies under way, up to %.0f s", pages, replies, self._drain_s)
            await self._see_off()
        except Exception:
            log.exception("the server could not leave in order")
        finally:
            end()

    async def _see_off(self) -> None:
        """Every page goes when no reply of its is under way; at last all of them do."""
        loop, visits, service = asyncio.get_running_loop(), self._desk.visits, self._desk.service
        until = loop.time() + self._drain_s
        at_once = math.ceil(len(visits.open) * TICK_S / SPREAD_S) or 1
        sent_away: dict[int, float] = {}  # pages by their ids, and when they are given up
        while loop.time() < until:
            here = [visit for visit in visits.open if id(visit.page) not in sent_away]
            going = [visit for visit in here if not service.answers(visit.conversation)][:at_once]
            await self._send_away(going)
            sent_away |= {id(visit.page): loop.time() + GONE_S for visit in going}
            here = [visit for visit in visits.open if loop.time() < sent_away.get(id(visit.page), math.inf)]
            if not (here or visits.entering or service.answering):
                return
            await asyncio.sleep(TICK_S)
        log.warning("leaving: %d replies are interrupted: they took too long", service.answering)
        await service.interrupt()
        await self._send_away(visits.open)
        until = loop.time() + GONE_S
        while visits.open and loop.time() < until:  # noqa: ASYNC110 (the sockets end by themselves)
            await asyncio.sleep(TICK_S)

    async def _send_away(self, going: list[Visit]) -> None:
        if going:
            await self._desk.flush()  # what their next replica is to show them
            for visit in going:
                visit.page.hang_up()
