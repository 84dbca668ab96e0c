"""The meaning of a reply's chunks, without I/O: text, usage, the reason it ended."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from holysheep.errors import EngineError, Garbled, from_response, status_inside
from holysheep.prices import Usage
from holysheep.sse import EventDecoder

#: One damaged chunk is skipped; more than this and the reply cannot be trusted.
MAX_BAD_CHUNKS = 3


class ReplyReader:
    """Bytes of a streamed reply in, visible text out; what else they said is kept.

    finish_reason: the provider's word, None until it came. done: ``[DONE]`` was seen.
    usage: the largest figure seen of each field, None where none came.
    reasoned: thinking was sent, though it is not shown.
    failure: the error the stream itself told of; the text before it was still given out.
    """

    def __init__(self) -> None:
        self._events = EventDecoder()
        self.finish_reason: str | None = None
        self.done = False
        self.usage: Usage | None = None
        self.served_model: str | None = None
        self.reasoned = False
        self.bad_chunks = 0
        self.failure: EngineError | None = None

    def feed(self, data: bytes) -> str:
        """The visible text that ``data`` completes, up to a ``failure``."""
        return self._text_of(self._events.feed, data)

    def flush(self) -> str:
        """The text of an event that the end of the stream left open."""
        return self._text_of(self._events.flush)

    def take_whole(self, body: bytes) -> str:
        """The text of a completion that came whole, as one JSON object."""
        text = self._text_of(lambda: [body])
        self.done = self.bad_chunks == 0
        return text

    def _text_of(self, decode: Callable[..., list[bytes]], *data: bytes) -> str:
        pieces: list[str] = []
        try:
            for event in decode(*data):
                pieces.append(self._read(event))
        except EngineError as error:
            self.failure = error
        return "".join(pieces)

    @property
    def whole(self) -> bool:
        """A reply is whole only where that is proven."""
        return self.done or self.finish_reason is not None

    def _read(self, event: bytes) -> str:
        if event == b"[DONE]":
            self.done = True
            return ""
        try:
            chunk = orjson.loads(event)
        except orjson.JSONDecodeError:
            self.bad_chunks += 1
            if self.bad_chunks > MAX_BAD_CHUNKS:
                raise Garbled(f"{self.bad_chunks} chunks that are not JSON") from None
            return ""
        return self._take(chunk) if isinstance(chunk, dict) else ""

    def _take(self, chunk: dict[str, Any]) -> str:
        if error := chunk.get("error"):
            raise from_response(status_inside(error), {}, orjson.dumps(chunk))
        if usage := chunk.get("usage"):
            self.usage = merge(self.usage, usage)
        if model := chunk.get("model"):
            self.served_model = str(model)
        for choice in chunk.get("choices") or ():
            if choice.get("index", 0) == 0:
                return self._choice(choice)
        return ""

    def _choice(self, choice: dict[str, Any]) -> str:
        if reason := choice.get("finish_reason"):
            if reason == "error":
                raise from_response(0, {}, orjson.dumps(choice))
            self.finish_reason = str(reason)
        delta = choice.get("delta") or choice.get("message") or {}
        if delta.get("reasoning_content") or delta.get("reasoning"):
            self.reasoned = True
        text = delta.get("content") or delta.get("refusal")
        return text if isinstance(text, str) else ""


def merge(seen: Usage | None, raw: Any) -> Usage:
    """The usage after one more report: per field the larger figure, never the sum.

    Cumulative reports, reports split over chunks and a single last one all come out right.
    """
    seen = seen or Usage()
    if not isinstance(raw, dict):
        return seen
    prompt_details = raw.get("prompt_tokens_details") or {}
    completion_details = raw.get("completion_tokens_details") or {}
    return Usage(
        prompt=max(seen.prompt, _count(raw.get("prompt_tokens"))),
        cached=max(
            seen.cached,
            _count(prompt_details.get("cached_tokens")),
            _count(raw.get("cache_read_input_tokens")),
        ),
        completion=max(seen.completion, _count(raw.get("completion_tokens"))),
        reasoning=max(seen.reasoning, _count(completion_details.get("reasoning_tokens"))),
        cost_usd=_money(raw.get("cost_usd"), seen.cost_usd),
    )


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _money(value: Any, before: Decimal | None) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return before
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return before
    return amount if amount.is_finite() and amount >= 0 else before
