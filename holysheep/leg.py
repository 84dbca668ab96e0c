"""One attempt on its way: the request, and the reply's text piece by piece as its bytes come."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakSet

import aiohttp

from holysheep.attempt import Outcome
from holysheep.errors import (
    Cut,
    EmptyReply,
    EngineError,
    Runaway,
    Silent,
    Stalled,
    ThoughtOnly,
    ToolsOnly,
)
from holysheep.journal import AttemptStart, Journal
from holysheep.tokens import estimate
from holysheep.transport import WHOLE_BODY, Transport, leave, read_all, read_some
from holysheep.waiting import Ended, Waiting
from holysheep.waits_asked import used_up_for

log = logging.getLogger(__name__)

EVENTS, JSON = "text/event-stream", "application/json"
#: How an event stream begins, whatever it is called.
_EVENT_LINES = (b"data:", b"event:", b"id:", b"retry:", b":")

#: A reply that said why it ended is whole; what may follow (usage, [DONE]) is waited for so long.
EPILOGUE_S = 2.0
#: After [DONE] the body's own end is waited for so long, so that the connection can be used again.
DRAIN_S = 0.1
#: Bytes of a reply; one that is longer has no end.
LONGEST_REPLY = 8 << 20
#: So far above the longest reply that was asked for the estimate may lie: its own error, and some room.
RUNAWAY = 1.5


@dataclass(frozen=True, slots=True)
class Limits:
    """Times on the engine's clock, and seconds. first_text_by, reply_by: when the first text, and all, must be there.

    silence_s: between two pieces of text. byte_idle_s: without a byte. max_tokens: of the reply.
    """

    first_text_by: float
    reply_by: float
    silence_s: float
    byte_idle_s: float
    max_tokens: int


#: Connections of which somebody looks how they end.
_LINES: WeakSet[asyncio.Future[None]] = WeakSet()


def _see(closed: asyncio.Future[None]) -> None:
    """How a connection ended is nobody's business but the reply's: the log need not tell."""
    if not closed.cancelled():
        closed.exception()


def _nothing() -> None:
    """There is no line to forget."""


class Leg:
    """``begin()``: until the first visible text is in ``head``; ``more()`` until it gives ''. ``outcome`` has the rest.

    cadence_s: once text flows, bytes are taken from the connection this often rather than as each chunk comes, which
    saves a wake-up per token; 0 takes them as they come. The end of the reply is never waited for.
    """

    def __init__(
        self,
        outcome: Outcome,
        body: Mapping[str, Any],
        limits: Limits,
        transport: Transport,
        *,
        clock: Callable[[], float],
        cadence_s: float = 0.0,
        journal: Journal | None = None,
    ) -> None:
        self.outcome = outcome
        self.limits = limits
        self.head = ""
        #: When it last gave a sign of life that counts: thinking; and any byte at all.
        self.life = outcome.begun
        self.heard: float | None = None
        #: When the answer's head came.
        self.answered_at: float | None = None
        #: Headers of the answer, in any case.
        self.headers: Mapping[str, str] = {}
        self.over = False
        self._body = body
        self._transport = transport
        self._clock = clock
        self._cadence_s = cadence_s
        self._journal = journal
        self._waiting = Waiting(clock)
        self._response: aiohttp.ClientResponse | None = None
        self._content: aiohttp.StreamReader | None = None
        self._size = 0
        self._unread = b""
        self._blank = ""
        self._forget_the_line: Callable[[], object] = _nothing
        self._end_by: float | None = None
        self._count_at = 3 * limits.max_tokens

    def end(self) -> None:
        """Give up what is under way: the connection is closed at once."""
        self._waiting.end()

    async def begin(self) -> None:
        """Send, and read up to the first visible text, or to whatever comes instead. Raises nothing of its own."""
        try:
            first_text_by = self.limits.first_text_by
            response = await self._waiting.do(self._send, first_text_by, self._silent)
            self._response = response
            self.outcome.answered(response.status, response.headers)
            self.headers = response.headers
            self._watch_the_line(response)
            self.heard = self.answered_at = self._clock()
            if response.content_type != EVENTS:
                self._unread = await self._waiting.do(
                    lambda: read_some(response.content), first_text_by, self._silent
                )
            if response.content_type == EVENTS or looks_like_events(self._unread):
                self._content = response.content
                self._content.on_eof(self._waiting.wake)
                self.head = await self.more()
            else:
                await self._take_whole(response)
        except BaseException as error:
            self._close(error)

    def _watch_the_line(self, response: aiohttp.ClientResponse) -> None:
        """aiohttp closes a connection whose framing is broken, and its body's reader would wait on."""
        protocol = response.connection.protocol if response.connection is not None else None
        closed = protocol.closed if protocol is not None else None
        if closed is not None:
            if closed not in _LINES:
                _LINES.add(closed)
                closed.add_done_callback(_see)
            told = partial(self._line_closed, response.content)
            closed.add_done_callback(told)
            # The connection outlives this reply, and would keep it for as long.
            self._forget_the_line = partial(closed.remove_done_callback, told)

    def _line_closed(self, content: aiohttp.StreamReader, closed: asyncio.Future[None]) -> None:
        if not (self.over or content.is_eof() or content.exception()):
            content.set_exception(aiohttp.ClientPayloadError("the connection was closed inside the body"))

    async def more(self) -> str:
        """The next piece of visible text; '' where there is none any more."""
        if self.over or self._content is None:
            self._close(None)
            return ""
        try:
            if text := await self._read_on(self._content):
                return text
            if self.outcome.reader.done and not self._content.at_eof():
                await self._drain(self._content)
        except BaseException as error:
            self._close(error)
            return ""
        self._close(None)
        return ""

    def close(self) -> None:
        """Leave the connection, whatever there still is in it."""
        if not self.over:
            self._close(Ended())

    async def _send(self) -> aiohttp.ClientResponse:
        outcome, route = self.outcome, self.outcome.route
        if self._journal is not None:
            start = AttemptStart(
                outcome.number, route.provider.name, route.model.id, route.key.fingerprint or None
            )
            await self._journal.begin_attempt(start)
        outcome.sent = True
        return await self._transport.post(route.provider, route.key, self._body)

    async def _take_whole(self, response: aiohttp.ClientResponse) -> None:
        """A provider that answers a stream request with one whole completion is taken as it is."""
        body, kind = self._unread, response.content_type
        if kind == JSON or body.lstrip()[:1] == b"{":
            by, kind = self.limits.first_text_by, JSON
            body += await self._waiting.do(lambda: read_all(response.content), by, self._silent)
        if not body.strip():
            raise EmptyReply("not a byte")
        self._take(body, kind)
        self._close(None)

    def _take(self, body: bytes, kind: str) -> None:
        self.head = self.outcome.reader.take_whole(body, kind)
        self.head = self.head if self.head.strip() else ""
        if self.head:
            self.outcome.took(self.head, self._clock())

    async def _read_on(self, content: aiohttp.StreamReader) -> str:
        reader, outcome = self.outcome.reader, self.outcome
        while not reader.done and reader.failure is None:
            if outcome.first_text is not None and self._cadence_s and not self._ends(content):
                await self._waiting.rest(self._cadence_s)
            data = self._at_hand(content)
            if data is None:
                data = await self._waiting.do(lambda: read_some(content), self._by(), self._late)
            thoughts = reader.thoughts
            text = reader.feed(data) if data else reader.flush()
            now = self.heard = self._clock()
            if self._end_by is None and reader.finish_reason is not None:
                self._end_by = now + EPILOGUE_S
            self._size += len(data)
            if reader.thoughts > thoughts:  # a sign of life, though unseen
                self.life = now
            if text and (text := self._visible(text)):
                if now >= self.limits.reply_by:
                    raise self._late()
                self._check_length(text)
                outcome.took(text, now)
                self.life = now
                return text
            if not data:
                if not reader.events and self._unread.lstrip()[:1] == b"{":
                    self._take(self._unread, JSON)  # one document, under the name of a stream
                    return self.head
                break
            if not reader.events and self._size <= WHOLE_BODY:
                self._unread += data
            if now >= self._by():  # bytes that never cease are never waited for
                raise self._late()
            if self._size > LONGEST_REPLY:
                raise Runaway(f"more than {LONGEST_REPLY} bytes")
        return ""

    def _visible(self, text: str) -> str:
        """The text that can be shown: blank lines alone are not seen, so they wait for the first word."""
        if self.outcome.first_text is not None:
            return text
        self._blank += text
        return self._blank if self._blank.strip() else ""

    def _ends(self, content: aiohttp.StreamReader) -> bool:
        return content.is_eof() or self.outcome.reader.finish_reason is not None

    def _at_hand(self, content: aiohttp.StreamReader) -> bytes | None:
        """What is there already; None where it must be waited for, which costs more than the read."""
        if self._unread and not self._size:
            return self._unread
        if self._waiting.ended or content.exception() is not None:
            return None
        return content.read_nowait() or None

    def _by(self) -> float:
        """When the next text must be there."""
        limits, outcome = self.limits, self.outcome
        if self._end_by is not None:
            return self._end_by
        if outcome.first_text is None and self.life == outcome.begun:
            quiet_by = limits.first_text_by
        else:
            quiet_by = self.life + limits.silence_s
        return min(quiet_by, (self.heard or outcome.begun) + limits.byte_idle_s, limits.reply_by)

    def _late(self) -> EngineError:
        if self.outcome.first_text is None:
            return self._silent()
        if self._clock() >= self.limits.reply_by:
            return Cut("no end within the time for a whole reply", next="stop")
        return Stalled(f"no more came within {self.outcome.route.provider.name}'s limit")

    def _silent(self) -> EngineError:
        return Silent(f"nothing came within {self.outcome.route.provider.name}'s limit")

    def _check_length(self, text: str) -> None:
        self._count_at -= len(text)
        if self._size > LONGEST_REPLY:
            raise Runaway(f"more than {LONGEST_REPLY} bytes")
        if self._count_at < 0:
            self._count_at = self.limits.max_tokens
            most = RUNAWAY * self.limits.max_tokens + 64
            if estimate(self.outcome.text) > most:
                raise Runaway(f"some {most:.0f} tokens, where {self.limits.max_tokens} were asked for")

    async def _drain(self, content: aiohttp.StreamReader) -> None:
        """Read past the end of the reply, so that its connection can carry the next one."""
        with suppress(EngineError, Ended):
            await self._waiting.do(lambda: read_all(content), self._clock() + DRAIN_S, self._silent)

    def _close(self, error: BaseException | None) -> None:
        """The end of the attempt: what was wrong with it is in ``outcome.error``; a cancellation goes on."""
        if self.over:
            return
        self.over = True
        self._forget_the_line()
        self._forget_the_line = (
            _nothing  # which held on to this leg: the next collection of garbage is spared it
        )
        self._waiting.end()
        outcome = self.outcome
        outcome.ended = self._clock()
        if self._response is not None:
            leave(self._response)
            self._response = self._content = None
        if error is None:
            outcome.error = outcome.reader.failure or flaw(outcome)
        elif isinstance(error, EngineError):
            outcome.error = flaw(outcome) if outcome.reader.whole else error
        elif not isinstance(error, Exception):
            raise error
        elif not isinstance(error, Ended):
            # Whatever nobody foresaw still ends in a receipt; the log has the rest.
            log.error("an attempt failed for a reason that has no name here", exc_info=error)
            outcome.error = EngineError(type(error).__name__)

    def limit_is_used_up_for(self) -> float | None:
        """Seconds for which the provider said that nothing remains of this key's limit; None where something does."""
        return used_up_for(self.headers) if self.headers else None


def looks_like_events(data: bytes) -> bool:
    """Proxies call an event stream by other names, too."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_EVENT_LINES)


def flaw(outcome: Outcome) -> EngineError | None:
    """What is wrong with a reply that ended by itself."""
    reader = outcome.reader
    if not reader.events:
        return EmptyReply("not one event")
    if not reader.whole:
        return Cut("the stream ended without a finish reason")
    if outcome.first_text is None and reader.finish_reason != "content_filter":
        if reader.tool_calls:
            return ToolsOnly("it asked for a tool, and wrote nothing")
        if reader.thoughts:
            return ThoughtOnly("it thought, and wrote nothing")
        if reader.finish_reason is None:
            return EmptyReply("neither a word nor a reason")
        return EmptyReply("not a word", repeats=0, next="provider")
    return None
