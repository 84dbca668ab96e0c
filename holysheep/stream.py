"""One turn: attempts until one gives text, then that text, then the receipt."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp

from holysheep.attempt import Outcome
from holysheep.backoff import backoff
from holysheep.chunks import ReplyReader
from holysheep.errors import Cut, EmptyReply, EngineError, NotAProvider, Silent, Unreachable
from holysheep.events import Delta, Event, Receipt, Retrying
from holysheep.prices import Model
from holysheep.providers import Provider
from holysheep.receipts import settle
from holysheep.transport import Transport, translated

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """What is asked: messages in the OpenAI form, and how.

    temperature: 0 to 2. max_tokens: the longest reply.
    """

    messages: Sequence[Mapping[str, str]]
    model: Model
    temperature: float = 0.7
    max_tokens: int = 1024

    def body(self, provider: Provider) -> dict[str, Any]:
        """The request's JSON."""
        body: dict[str, Any] = {
            "model": provider.name_of(self.model.id),
            "messages": list(self.messages),
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "stream": True,
        }
        if provider.reports_usage:
            body["stream_options"] = {"include_usage": True}
        return body


class _Stopped(Exception):
    """The visitor's Stop, on its way out of a wait."""


class ReplyStream:
    """The events of one turn: iterate over it; it ends with exactly one ``Receipt``.

    stop() ends it from outside: the upstream connection is closed at once and the receipt
    says ``stopped``. A cancellation of the iterating task goes on, as it must; ``receipt`` then
    says ``interrupted``.

    cadence_s: once text flows, bytes are taken from the connection this often rather than as each
        chunk comes, which saves a wake-up per token; 0 takes them as they come. The end of the
        reply is never waited for.
    """

    def __init__(
        self,
        transport: Transport,
        provider: Provider,
        request: Request,
        models: Sequence[Model],
        *,
        cadence_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._transport = transport
        self._provider = provider
        self._request = request
        self._models = models
        self._cadence_s = cadence_s
        self._clock = clock
        self._draw = draw
        self._stopping = False
        self._scope: asyncio.Timeout | None = None
        self._nap: asyncio.Future[None] | None = None
        self._outcomes: list[Outcome] = []
        self._begun = clock()
        self.receipt: Receipt | None = None
        self._events = self._run()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._events

    async def aclose(self) -> None:
        """End the reply where its events are no longer wanted; the receipt says ``interrupted``."""
        await self._events.aclose()

    def stop(self) -> None:
        """End the reply now; calling it again changes nothing."""
        self._stopping = True
        if self._scope is not None and not self._scope.expired():
            self._scope.reschedule(asyncio.get_running_loop().time())
        self._wake()

    async def _run(self) -> AsyncGenerator[Event, None]:
        repeat = 0
        try:
            while True:
                outcome = Outcome(self._provider, self._request.model, self._clock())
                self._outcomes.append(outcome)
                async with aclosing(self._attempt(outcome)) as texts:
                    async for text in texts:
                        yield Delta(text)
                wait = self._wait_before_repeat(outcome, repeat)
                if wait is None:
                    break
                repeat += 1
                assert outcome.error is not None
                yield Retrying(outcome.error.kind, wait)
                if not await self._pause(wait):
                    break
            self._settle()
        finally:
            if self.receipt is None:
                self._outcomes[-1].interrupted = True
                self._settle()
        assert self.receipt is not None
        yield self.receipt

    def _wait_before_repeat(self, outcome: Outcome, repeat: int) -> float | None:
        error = outcome.error
        if error is None or outcome.text or outcome.stopped or not error.repeatable:
            return None
        if repeat >= min(self._provider.retries, 1 if isinstance(error, Unreachable) else 9):
            return None
        wait = backoff(repeat, error.wait_s, self._draw())
        deadline = self._begun + self._provider.first_text_s
        return wait if wait is not None and self._clock() + wait < deadline else None

    async def _pause(self, seconds: float) -> bool:
        """Wait; False where the visitor's Stop cut it short."""
        try:
            await self._guarded(lambda: asyncio.sleep(seconds), self._clock() + seconds + 1, Silent)
        except _Stopped:
            self._outcomes[-1].stopped = True
            return False
        return True

    async def _attempt(self, outcome: Outcome) -> AsyncGenerator[str, None]:
        """The visible text of one request, piece by piece; how it ended is kept in ``outcome``."""
        response: aiohttp.ClientResponse | None = None
        try:
            first_text_by = outcome.begun + self._provider.first_text_s
            response = await self._guarded(
                lambda: self._transport.post(self._provider, self._request.body(self._provider)),
                first_text_by,
                Silent,
            )
            outcome.answered(response.status, response.headers)
            async with aclosing(self._texts(response, outcome.reader, first_text_by)) as texts:
                async for text in texts:
                    outcome.took(text, self._clock())
                    yield text
            outcome.error = _flaw(outcome)
        except EngineError as error:
            outcome.error = error
        except _Stopped:
            outcome.stopped = True
        finally:
            outcome.ended = self._clock()
            if response is not None:
                # Closed, never pooled, unless read to its end: bytes of a reply that was left in
                # the connection would be the next visitor's.
                response.release() if response.content.at_eof() else response.close()

    async def _texts(
        self, response: aiohttp.ClientResponse, reader: ReplyReader, first_text_by: float
    ) -> AsyncGenerator[str, None]:
        if response.content_type != "text/event-stream":
            yield await self._whole(response, reader, first_text_by)
            return
        content = response.content
        content.on_eof(self._wake)
        reply_by = first_text_by - self._provider.first_text_s + self._provider.reply_s
        quiet_by = first_text_by
        begun = False
        while not reader.done and reader.failure is None:
            late = Cut if begun else Silent
            data = await self._guarded(content.readany, min(quiet_by, reply_by), late)
            text = reader.feed(data) if data else reader.flush()
            if text:
                yield text
                begun, quiet_by = True, self._clock() + self._provider.silence_s
            if not data:
                break
            if begun and self._cadence_s and reader.finish_reason is None and not content.at_eof():
                await self._rest()
        if reader.failure is not None:
            raise reader.failure

    async def _whole(self, response: aiohttp.ClientResponse, reader: ReplyReader, by: float) -> str:
        """A provider that answers a stream request with one whole completion is taken as it is."""
        if response.content_type != "application/json":
            raise NotAProvider(f"{response.content_type} came where a reply was due", status=response.status)
        data = await self._guarded(response.read, by, Silent)
        text = reader.take_whole(data)
        if reader.failure is not None:
            raise reader.failure
        return text

    async def _guarded(
        self, step: Callable[[], Awaitable[T]], by: float, late: type[EngineError]
    ) -> T:
        """``await step()``, but no longer than ``by`` on our clock, and not after ``stop()``."""
        if self._stopping:
            raise _Stopped
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(loop.time() + max(0.0, by - self._clock())) as self._scope:
                with translated():
                    return await step()
        except TimeoutError:
            if self._stopping:
                raise _Stopped from None
            raise late(f"nothing came for {self._provider.name}'s limit") from None
        finally:
            self._scope = None

    async def _rest(self) -> None:
        """Let text gather for one cadence, unless the reply ends or is stopped before."""
        loop = asyncio.get_running_loop()
        self._nap = loop.create_future()
        timer = loop.call_later(self._cadence_s, self._wake)
        try:
            await self._nap
        finally:
            timer.cancel()
            self._nap = None

    def _wake(self) -> None:
        if self._nap is not None and not self._nap.done():
            self._nap.set_result(None)

    def _settle(self) -> None:
        self.receipt = settle(
            self._outcomes, self._request.messages, self._models, self._begun, self._clock()
        )


def _flaw(outcome: Outcome) -> EngineError | None:
    """What is wrong with a reply that ended by itself."""
    if not outcome.reader.whole:
        return Cut("the stream ended without a finish reason")
    if not outcome.text and outcome.reader.finish_reason != "content_filter":
        thought = "it thought, but wrote nothing" if outcome.reader.reasoned else "not a word"
        return EmptyReply(thought)
    return None
