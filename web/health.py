"""Whether the program is alive, and whether visitors may be sent to it: ``/healthz`` and ``/readyz``."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from urllib.parse import parse_qs

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger(__name__)

ALIVE, READY = "/healthz", "/readyz"
#: An answer holds for so long: however many probes ask, the database is asked once a second.
KEPT_S = 1.0

#: Each part's name, and whether it is as it should be.
Look = Callable[[], Awaitable[Mapping[str, bool]]]


class Readiness:
    """Whether new visitors may be sent here.

    draining: set as soon as the program is about to leave; it is not ready then, whatever else holds.
    parts: their names. look: finds out how they are; where it raises, none is as it should be.
    """

    def __init__(self, parts: tuple[str, ...], look: Look, clock: Callable[[], float] = monotonic) -> None:
        self.draining = False
        self._parts = parts
        self._look = look
        self._clock = clock
        self._found: Mapping[str, bool] = {}
        self._found_at = self._asked_at = float("-inf")
        self._looking: asyncio.Task[None] | None = None
        self._told: frozenset[str] = frozenset()

    async def check(self) -> Mapping[str, bool]:
        """Each part by name, and ``draining``: at most ``KEPT_S`` old, and found out once for all who ask."""
        if self._clock() - self._found_at >= KEPT_S:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._find_out(), name="readiness")
            await asyncio.wait([self._looking])
        return self.known

    @property
    def known(self) -> Mapping[str, bool]:
        """As it was found last, whenever that was."""
        return {**self._found, "draining": self.draining}

    def asked(self) -> None:
        """Somebody has asked over HTTP."""
        self._asked_at = self._clock()

    def asked_within(self, seconds: float) -> bool:
        """Whether somebody asks ``/readyz`` now and then: a proxy, which will notice what it says."""
        return self._clock() - self._asked_at <= seconds

    async def _find_out(self) -> None:
        why = ""
        try:
            self._found = await self._look()
        except Exception as error:
            self._found, why = dict.fromkeys(self._parts, False), f" ({type(error).__name__})"
        self._found_at = self._clock()
        away = frozenset(name for name, well in self._found.items() if not well)
        # Once for each change: probes come every second.
        for name in sorted(away - self._told):
            log.warning("not ready: %s%s", name, why)
        for name in sorted(self._told - away):
            log.warning("ready again: %s", name)
        self._told = away


class Probes:
    """Answers ``/healthz`` and ``/readyz`` before anything else does: probes come without a name or a cookie.

    Nothing but names of parts is told, to whoever asks. ``?exclude=provider`` leaves a part out of the verdict, as in
    Kubernetes' own ``/readyz``: where all replicas lack the same thing, a proxy that sends nobody on helps nobody.
    """

    def __init__(self, app: ASGIApp, readiness: Readiness) -> None:
        self._app = app
        self._readiness = readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in (ALIVE, READY):
            await self._app(scope, receive, send)
            return
        response = await self._answer(scope)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        await response(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("only GET\n", 405, {"Allow": "GET, HEAD"})
        if scope["path"] == ALIVE:
            return PlainTextResponse("ok\n")
        self._readiness.asked()
        parts = dict(await self._readiness.check())
        left_out = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("exclude", [])
        well = all(state for name, state in parts.items() if name not in ("draining", *left_out))
        return JSONResponse(parts, 200 if well and not parts["draining"] else 503)
