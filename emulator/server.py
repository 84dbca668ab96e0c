"""The HolySheep look-alike: its addresses, and its life from start to stop."""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import Any, Final
from weakref import WeakKeyDictionary

from aiohttp import web

from . import replies, stamps
from .answer import Answer, document
from .control import control_routes
from .errors import Refused, error_body
from .pace import Pace
from .plans import Plans
from .player import Played, Player
from .request import BadRequest, ChatRequest, parse
from .script import Script
from .seen import SeenRequest, fingerprint
from .usage import PromptCache, Usage

MODELS: Final = ("gpt-4.1", "claude-sonnet-4.5", "gemini-2.5-flash", "deepseek-v3.2")
CHAT_PATH: Final = "/v1/chat/completions"
_LARGEST_BODY: Final = 32 << 20
_REQUESTS_A_MINUTE: Final = 10_000
_TOKENS_A_MINUTE: Final = 2_000_000
_GRACE_S: Final = 0.1
"""A stop does not wait for replies under way."""


class Emulator:
    """A server on ``host`` that speaks HolySheep's API from the first byte to the last.

    keys: accepted API keys; None accepts any. models: ids that ``/v1/models`` lists.
    keep: how many of the latest requests are remembered.
    control: whether ``/emulator/...`` answers; switch it off where strangers reach the port.
    clock: the seconds that requests are noted with and that faults for a time last by.
    """

    def __init__(
        self,
        pace: Pace | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        keys: Collection[str] | None = None,
        models: Sequence[str] = MODELS,
        keep: int = 1000,
        control: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.host = host
        self.port = port
        self.keys = keys
        self.models = tuple(models)
        self.pace = pace or Pace()
        self.requests: list[SeenRequest] = []
        self._keep = keep
        self._control = control
        self._clock = clock
        self._plans = Plans(clock)
        self._prompts = PromptCache()
        self._lately: deque[float] = deque()
        self._connections: WeakKeyDictionary[asyncio.Transport, int] = WeakKeyDictionary()
        self._numbers = count(1)
        self._runner: web.AppRunner | None = None
        self._stopping = False

    @property
    def base_url(self) -> str:
        """What goes into ``HOLYSHEEP_BASE_URL``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/v1"

    async def start(self) -> None:
        """Listen, in the running loop. ``port`` 0 becomes the port that was free."""
        app = web.Application(client_max_size=_LARGEST_BODY, middlewares=[_as_api_errors])
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/v1/models/{model:.+}", self._model)
        app.router.add_post(CHAT_PATH, self._chat)
        if self._control:
            app.add_routes(control_routes(self))
        self._stopping = False
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=_GRACE_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, self.host, self.port, backlog=1024).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self.port = runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port and every connection, replies under way included."""
        self._stopping = True
        if self._runner:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    def set_fault(
        self, name: str, times: int | None = None, *, key: str = "", seconds: float | None = None
    ) -> None:
        """Play fault ``name`` on the next ``times`` chat requests; None: until cleared.

        key: the fingerprint of the only API key that meets it. seconds: after so long all is well again.
        """
        self._plans.always(name, times, key=key, seconds=seconds)

    def set_faults(self, names: Sequence[str | None], *, key: str = "") -> None:
        """Play these faults, one a request and None for a reply as it should be; then all is well again."""
        self._plans.in_turn(names, key=key)

    def clear_faults(self) -> None:
        """Answer as one should again, whatever the key."""
        self._plans.clear()

    def set_pace(self, pace: Pace | None = None, **changes: Any) -> None:
        """A new pace, or the one in force with ``changes``; holds from the next request on."""
        self.pace = replace(pace or self.pace, **changes)

    async def _models(self, request: web.Request) -> web.Response:
        self._admit(request)
        rows = [_model_row(model) for model in self.models]
        return web.json_response({"object": "list", "data": rows}, headers=self._headers(_new_id()))

    async def _model(self, request: web.Request) -> web.Response:
        self._admit(request)
        model = request.match_info["model"]
        self._know(model)
        return web.json_response(_model_row(model), headers=self._headers(_new_id()))

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        start = asyncio.get_running_loop().time()
        seen = SeenRequest(request.path, fingerprint(_key(request)), _new_id(), self._clock())
        seen.connection, seen.accepts = self._connection(request), request.headers.get("Accept-Encoding", "")
        self._remember(seen)
        try:
            script = self._script(request, await request.read(), seen)
            seen.status = script.status
            return await self._perform(script, request, start, seen)
        except asyncio.CancelledError:
            if not self._stopping:
                seen.end("client_gone", self._clock())
            raise

    async def _perform(self, script: Script, request: web.Request, start: float, seen: SeenRequest) -> Played:
        player = Player(script, request, start, seen.count)
        played = await player.play()
        if script.ending != "hang":
            seen.end("whole" if script.whole else "fault", self._clock())
        await player.end()
        return played

    def _script(self, request: web.Request, body: bytes, seen: SeenRequest) -> Script:
        headers = self._headers(seen.request_id)
        try:
            self._admit(request)
            chat = _parsed(body)
            seen.describe(chat)
            self._know(chat.model)
        except Refused as refused:
            return document(refused.status, refused.body, headers)
        answer = replace(self._answer(chat, headers), accepts=seen.accepts)
        fault = self._plans.next(seen.key_fingerprint)
        if fault is None:
            return answer.script()
        seen.fault = fault.name
        return fault.script(answer)

    def _answer(self, chat: ChatRequest, headers: dict[str, str]) -> Answer:
        prompt, cached = self._prompts.count(chat.model, chat.messages)
        pieces = replies.pieces(chat.messages, self.pace.tokens)
        if self.pace.stamped:
            pieces = stamps.pieces(len(pieces))
        limit = chat.max_tokens or len(pieces)
        finish = "length" if len(pieces) > limit else "stop"
        pieces = pieces[:limit]
        return Answer(
            request=chat,
            pieces=pieces,
            finish=finish,
            usage=Usage(prompt, cached, len(pieces)),
            pace=self.pace,
            id=f"chatcmpl-{uuid.uuid4().hex[:24]}",
            created=int(time.time()),
            headers=headers,
        )

    def _admit(self, request: web.Request) -> None:
        key = _key(request)
        if not key:
            message = "You didn't provide an API key. Send it in an Authorization header: 'Bearer YOUR_KEY'."
            raise Refused(401, error_body(message, "invalid_request_error"))
        if self.keys is not None and key not in self.keys:
            message = f"Incorrect API key provided: {key[:3]}***."
            raise Refused(401, error_body(message, "invalid_request_error", "invalid_api_key"))

    def _know(self, model: str) -> None:
        if model not in self.models:
            message = f"The model `{model}` does not exist or you do not have access to it."
            raise Refused(404, error_body(message, "invalid_request_error", "model_not_found", "model"))

    def _headers(self, request_id: str) -> dict[str, str]:
        now = time.monotonic()
        self._lately.append(now)
        while self._lately[0] < now - 60:
            self._lately.popleft()
        used = len(self._lately)
        return {
            "Server": "holysheep-emulator",
            "x-request-id": request_id,
            "x-ratelimit-limit-requests": str(_REQUESTS_A_MINUTE),
            "x-ratelimit-limit-tokens": str(_TOKENS_A_MINUTE),
            "x-ratelimit-remaining-requests": str(max(0, _REQUESTS_A_MINUTE - used)),
            "x-ratelimit-remaining-tokens": str(max(0, _TOKENS_A_MINUTE - 200 * used)),
            "x-ratelimit-reset-requests": f"{6 * used}ms",
            "x-ratelimit-reset-tokens": f"{6 * used}ms",
        }

    def _connection(self, request: web.Request) -> int:
        if request.transport is None:  # lost already
            return 0
        return self._connections.setdefault(request.transport, next(self._numbers))

    def _remember(self, seen: SeenRequest) -> None:
        self.requests.append(seen)
        if len(self.requests) > self._keep:
            del self.requests[: -self._keep]


@asynccontextmanager
async def running(pace: Pace | None = None, port: int = 0, **options: Any) -> AsyncIterator[Emulator]:
    """An emulator for the length of an ``async with``; ``options`` as for `Emulator`."""
    emulator = Emulator(pace, port=port, **options)
    await emulator.start()
    try:
        yield emulator
    finally:
        await emulator.stop()


@web.middleware
async def _as_api_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Errors of routing and of `Refused` leave as the API's error object."""
    try:
        return await handler(request)
    except Refused as refused:
        return web.json_response(refused.body, status=refused.status, headers={"x-request-id": _new_id()})
    except web.HTTPException as error:
        message = f"{error.reason}: {request.method} {request.path}"
        body = error_body(message, "invalid_request_error", "unknown_url" if error.status == 404 else None)
        return web.json_response(body, status=error.status, headers={"x-request-id": _new_id()})


def _parsed(body: bytes) -> ChatRequest:
    try:
        return parse(body)
    except BadRequest as bad:
        raise Refused(400, error_body(bad.message, "invalid_request_error", param=bad.param)) from bad


def _model_row(model: str) -> dict[str, Any]:
    return {"id": model, "object": "model", "created": 1_735_689_600, "owned_by": "holysheep"}


def _key(request: web.Request) -> str:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _new_id() -> str:
    return f"req_{uuid.uuid4().hex}"
