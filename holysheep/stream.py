"""One turn: attempts until one gives text, then that text, then the receipt."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from typing import Literal, TypeVar

import aiohttp

from holysheep.attempt import Outcome
from holysheep.backoff import Repeats
from holysheep.chunks import ReplyReader
from holysheep.errors import Cut, EmptyReply, EngineError, Silent
from holysheep.events import Delta, Event, Receipt, Retrying
from holysheep.journal import AttemptStart, Journal
from holysheep.prices import Model
from holysheep.providers import Provider
from holysheep.receipts import settle
from holysheep.request import Request
from holysheep.transport import Transport, leave, read_all, read_some

log = logging.getLogger(__name__)

T = TypeVar("T")

#: A reply that said why it ended is whole; what may follow (usage, [DONE]) is waited for so long.
EPILOGUE_S = 2.0
#: After [DONE] the body's own end is waited for so long, so that the connection can be used again.
DRAIN_S = 0.1


class _Ended(Exception):
    """``stop`` or ``interrupt``, on its way out of a wait."""


class ReplyStream:
    """The events of one turn: iterate over it; it ends with exactly one ``Receipt``.

    stop() ends it from outside: the upstream connection is closed at once and the receipt
    says ``stopped``. A cancellation of the iterating task goes on, as it must; ``receipt`` then
    says ``interrupted``.

    cadence_s: once text flows, bytes are taken from the connection this often rather than as each
        chunk comes, which saves a wake-up per token; 0 takes them as they come. The end of the
        reply is never waited for.
    journal: is told of each attempt before its request leaves.
    """

    def __init__(
        self,
        transport: Transport,
        provider: Provider,
        request: Request,
        models: Sequence[Model],
        *,
        cadence_s: float = 0.0,
        journal: Journal | None = None,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._transport = transport
        self._provider = provider
        self._request = request
        self._models = models
        self._cadence_s = cadence_s
        self._journal = journal
        self._clock = clock
        self._repeats = Repeats(provider.retries, draw)
        self._ended_by: Literal["stopped", "interrupted"] | None = None
        self._scope: asyncio.Timeout | None = None
        self._nap: asyncio.Future[None] | None = None
        self._rested = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._outcomes: list[Outcome] = []
        self.receipt: Receipt | None = None
        self._events = self._run()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._events

    async def aclose(self) -> None:
        """End the reply where its events are no longer wanted; the receipt says ``interrupted``.

        While another task waits for the next event this is ``interrupt``: that task gets the receipt.
        """
        if self._scope is not None or self._nap is not None:
            self.interrupt()
            return
        await self._events.aclose()
        if self.receipt is None:  # nobody ever asked for an event
            self._begin_attempt()
            self._settle(ended_by_itself=False)

    def stop(self) -> None:
        """End the reply now, as the visitor wishes; calling it again changes nothing."""
        self._end("stopped")

    def interrupt(self) -> None:
        """End the reply now, as we must; the receipt says ``interrupted``."""
        self._end("interrupted")

    def _end(self, by: Literal["stopped", "interrupted"]) -> None:
        self._ended_by = self._ended_by or by
        if self._scope is not None and not self._scope.expired():
            self._scope.reschedule(asyncio.get_running_loop().time())
        self._wake()

    async def _run(self) -> AsyncGenerator[Event, None]:
        ended_by_itself = False
        try:
            wait: float | None = 0.0
            while wait is not None:
                outcome = self._begin_attempt()
                async with aclosing(self._attempt(outcome)) as texts:
                    async for text in texts:
                        yield Delta(text)
                wait = self._wait_before_repeat(outcome)
                if wait is not None and outcome.error is not None:
                    yield Retrying(outcome.error.kind, wait)
                    await self._pause(wait)
            ended_by_itself = True
        except _Ended:
            pass
        finally:
            self._settle(ended_by_itself)
        assert self.receipt is not None
        yield self.receipt

    def _begin_attempt(self) -> Outcome:
        outcome = Outcome(self._provider, self._request.model, self._clock())
        self._outcomes.append(outcome)
        return outcome

    def _wait_before_repeat(self, outcome: Outcome) -> float | None:
        if outcome.error is None or outcome.text:
            return None
        wait = self._repeats.wait_after(outcome.error)
        deadline = self._outcomes[0].begun + self._provider.first_text_s
        return wait if wait is not None and self._clock() + wait < deadline else None

    async def _pause(self, seconds: float) -> None:
        await self._guarded(lambda: asyncio.sleep(seconds))

    async def _attempt(self, outcome: Outcome) -> AsyncGenerator[str, None]:
        """The visible text of one request, piece by piece; how it ended is kept in ``outcome``."""
        response: aiohttp.ClientResponse | None = None
        try:
            first_text_by = outcome.begun + self._provider.first_text_s
            response = await self._guarded(lambda: self._send(outcome), first_text_by, Silent)
            outcome.answered(response.status, response.headers)
            async with aclosing(self._texts(response, outcome.reader, first_text_by)) as texts:
                async for text in texts:
                    outcome.took(text, self._clock())
                    yield text
            outcome.error = _flaw(outcome)
        except EngineError as error:
            outcome.error = _flaw(outcome) if outcome.reader.whole else error
        except _Ended:
            raise
        except Exception as error:
            # Whatever nobody foresaw still ends in a receipt; the log has the rest.
            log.exception("an attempt failed for a reason that has no name here")
            outcome.error = EngineError(type(error).__name__)
        finally:
            outcome.ended = self._clock()
            if response is not None:
                leave(response)

    async def _send(self, outcome: Outcome) -> aiohttp.ClientResponse:
        if self._journal is not None:
            await self._journal.begin_attempt(
                AttemptStart(
                    len(self._outcomes),
                    outcome.provider.name,
                    outcome.model.id,
                    outcome.provider.keys[0].fingerprint or None,
                )
            )
        outcome.sent = True
        return await self._transport.post(self._provider, self._request.stream_body(self._provider))

    async def _texts(
        self, response: aiohttp.ClientResponse, reader: ReplyReader, first_text_by: float
    ) -> AsyncGenerator[str, None]:
        if response.content_type == "text/event-stream":
            async for text in self._pieces(response.content, reader, first_text_by):
                yield text
        else:
            # A provider that answers a stream request with one whole completion is taken as it is.
            body = b""
            if response.content_type == "application/json":
                body = await self._guarded(lambda: read_all(response.content), first_text_by)
            if text := reader.take_whole(body, response.content_type):
                yield text
        if reader.failure is not None:
            raise reader.failure

    async def _pieces(
        self, content: aiohttp.StreamReader, reader: ReplyReader, first_text_by: float
    ) -> AsyncGenerator[str, None]:
        content.on_eof(self._wake)
        reply_by = first_text_by - self._provider.first_text_s + self._provider.reply_s
        quiet_by, begun, thoughts = first_text_by, False, 0
        while not reader.done and reader.failure is None:
            late = Cut if begun else Silent
            data = self._at_hand(content)
            if data is None:
                data = await self._guarded(lambda: read_some(content), min(quiet_by, reply_by), late)
            text = reader.feed(data) if data else reader.flush()
            if text:
                yield text
            now, begun = self._clock(), begun or bool(text)
            if reader.finish_reason is not None:
                quiet_by = min(quiet_by, now + EPILOGUE_S)
            elif text or reader.thoughts > thoughts:  # thinking is a sign of life, though unseen
                quiet_by, thoughts = now + self._provider.silence_s, reader.thoughts
            if not data:
                break
            if now >= min(quiet_by, reply_by):  # bytes that never cease are never waited for
                raise late(f"no end within {self._provider.name}'s limit")
            if begun and self._cadence_s and reader.finish_reason is None and not content.is_eof():
                await self._rest()
        if reader.done and not content.at_eof():
            await self._drain(content)

    def _at_hand(self, content: aiohttp.StreamReader) -> bytes | None:
        """What gathered during a rest; None where it must be waited for.

        After a rest nearly always something did, and then the time limits of a wait would cost more
        than the read itself.
        """
        if self._ended_by or not self._rested or content.exception() is not None:
            return None
        return content.read_nowait() or None

    async def _drain(self, content: aiohttp.StreamReader) -> None:
        """Read past the end of the reply, so that its connection can carry the next one."""
        with suppress(EngineError, _Ended):
            await self._guarded(lambda: read_all(content), self._clock() + DRAIN_S)

    async def _guarded(
        self,
        step: Callable[[], Awaitable[T]],
        by: float | None = None,
        late: type[EngineError] = Silent,
    ) -> T:
        """``await step()``, but no longer than ``by`` on our clock, and not after ``stop()``."""
        if self._ended_by:
            raise _Ended
        now = asyncio.get_running_loop().time()
        limit = None if by is None else now + max(0.0, by - self._clock())
        try:
            async with asyncio.timeout_at(limit) as self._scope:
                return await step()
        except TimeoutError:
            if self._ended_by:
                raise _Ended from None
            raise late(f"nothing came within {self._provider.name}'s limit") from None
        finally:
            self._scope = None

    async def _rest(self) -> None:
        """Let text gather for one cadence, unless the reply ends or is stopped before."""
        # Kept, since get_running_loop() is a system call on Python 3.11.
        loop = self._loop = self._loop or asyncio.get_running_loop()
        self._nap = loop.create_future()
        timer = loop.call_later(self._cadence_s, self._wake)
        try:
            await self._nap
        finally:
            timer.cancel()
            self._nap = None
        self._rested = True

    def _wake(self) -> None:
        if self._nap is not None and not self._nap.done():
            self._nap.set_result(None)

    def _settle(self, ended_by_itself: bool) -> None:
        last = self._outcomes[-1]
        if not ended_by_itself and not last.reader.whole:
            last.ended_by = self._ended_by or "interrupted"
        begun, now = self._outcomes[0].begun, self._clock()
        self.receipt = settle(self._outcomes, self._request.messages, self._models, begun, now)


def _flaw(outcome: Outcome) -> EngineError | None:
    """What is wrong with a reply that ended by itself."""
    reader = outcome.reader
    if not reader.events:
        return EmptyReply("not one event", repeats=1)
    if not reader.whole:
        return Cut("the stream ended without a finish reason")
    if not outcome.text and reader.finish_reason != "content_filter":
        return EmptyReply("it thought, but wrote nothing" if reader.thoughts else "not a word")
    return None
