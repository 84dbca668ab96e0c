"""The meaning of a reply's chunks, without I/O: text, usage, the reason it ended."""

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from holysheep.answers import from_response, status_inside
from holysheep.errors import (
    EngineError,
    Garbled,
    Misdelivered,
    NotAProvider,
    ProviderDown,
)
from holysheep.prices import Usage
from holysheep.sse import ErrorEvent, EventDecoder

#: Characters of a model's name, or of a request's id.
LONGEST_NAME = 128
#: No reply has so many tokens.
LARGEST_COUNT = 10**12
#: One damaged chunk is skipped; more than this and the reply cannot be trusted.
MAX_BAD_CHUNKS = 3

#: Gateways to other models pass on their words, too.
_REASONS = {
    **dict.fromkeys(("end_turn", "stop_sequence", "eos", "eos_token", "complete", "completed"), "stop"),
    **dict.fromkeys(("max_tokens", "model_length", "max_output_tokens"), "length"),
    **dict.fromkeys(("safety", "prohibited_content", "blocklist"), "content_filter"),
}
#: Reasons that a reply which was to go on gives for its end: DeepSeek's, vLLM's, OpenRouter's, gateways'.
_BROKEN_OFF = frozenset(
    (
        *("error", "failed", "failure", "server_error", "network_error", "insufficient_system_resource"),
        *("abort", "aborted", "timeout", "cancelled", "canceled", "interrupted"),
    )
)
#: Reasons that prove an end.
PROVEN = frozenset(("stop", "length", "content_filter", "tool_calls", "function_call"))


class ReplyReader:
    """Bytes of a streamed reply in, visible text out; what else they said is kept.

    finish_reason: in OpenAI's words, None until it came. done: ``[DONE]`` was seen.
    usage: the largest figure seen of each field, None where none came.
    events: how many came. thoughts: how many of them were thinking, which is not shown.
    tool_calls: it asked for a tool. in_one_piece: it was no stream. disputed: its usage cannot be right in itself.
    failure: the error the stream itself told of; the text before it was still given out.
    """

    def __init__(self, secret: str = "") -> None:
        """secret: the key that was sent; providers repeat it in what they say."""
        self._secret = secret
        self._has_text = False
        self._decoder = EventDecoder()
        self._half = ""
        self.finish_reason: str | None = None
        self.done = False
        self.usage: Usage | None = None
        self.served_model: str | None = None
        self.events = 0
        self.thoughts = 0
        self.bad_chunks = 0
        self.tool_calls = False
        self.in_one_piece = False
        self.disputed = False
        self._id: object = None
        self._same_id = 0
        self.failure: EngineError | None = None

    def feed(self, data: bytes) -> str:
        """The visible text that ``data`` completes, up to a ``failure``."""
        return self._text_of(self._decoder.feed, data)

    def flush(self) -> str:
        """The text of an event that the end of the stream left open."""
        return self._text_of(self._decoder.flush)

    def take_whole(self, body: bytes, content_type: str) -> str:
        """The text of a completion that came whole, as one JSON document.

        content_type: as the answer says it, without parameters.
        """
        if content_type != "application/json":
            self.failure = NotAProvider(f"{content_type} came where a reply was due")
            return ""
        self.in_one_piece = True
        text = self._text_of(lambda: [body])
        if self.bad_chunks:
            self.failure = Garbled("a reply that is not JSON")
        self.done = self.failure is None
        return text

    @property
    def whole(self) -> bool:
        """A reply is whole only where that is proven."""
        return self.done or self.finish_reason is not None

    def _text_of(self, decode: Callable[..., list[bytes]], *data: bytes) -> str:
        pieces: list[str] = []
        try:
            for event in decode(*data):
                if self.done:
                    break  # what follows [DONE] belongs to nobody
                pieces.append(self._read(event))
        except EngineError as error:
            self.failure = error
        return "".join(pieces)

    def _read(self, event: bytes) -> str:
        self.events += 1
        if event == b"[DONE]":
            self.done = True
            return ""
        if isinstance(event, ErrorEvent):
            raise _failure_of(event, self._secret)
        try:
            chunk = orjson.loads(event)
        except orjson.JSONDecodeError:
            return self._read_odd(event)
        text = self._take_any(chunk)
        return self._joined(text) if self._half else text

    def _read_odd(self, event: bytes) -> str:
        """An event that strict JSON does not allow: half a character, half an emoji, NaN, or no JSON."""
        if not event.strip():
            return ""
        try:
            chunk = json.loads(event.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            self.bad_chunks += 1
            if self.bad_chunks > MAX_BAD_CHUNKS:
                raise Garbled(f"{self.bad_chunks} chunks that are not JSON") from None
            return ""
        return self._joined(self._take_any(chunk))

    def _joined(self, text: str) -> str:
        """Text whose surrogates are joined to characters; a half that ends it waits for the other."""
        text = self._half + text
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        text = text.removesuffix(self._half) if self._half else text
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _take_any(self, chunk: Any) -> str:
        if isinstance(chunk, list) and chunk and isinstance(chunk[0], dict) and "error" in chunk[0]:
            chunk = chunk[0]
        return self._take(chunk) if isinstance(chunk, dict) else ""

    def _take(self, chunk: dict[str, Any]) -> str:
        if "choices" not in chunk or chunk.get("error"):
            _raise_if_error(chunk, self._secret)
        if usage := chunk.get("usage"):
            self.usage = merge(self.usage, usage)
            self.disputed = self.disputed or _impossible(usage)
        if model := chunk.get("model"):
            self.served_model = named(str(model), self._secret)
        choices = chunk.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict) and choice.get("index") in (None, 0, "0"):
                text = self._choice(choice)
                if text:
                    self._has_text = True
                    self._know(chunk.get("id"))
                return text
        return ""

    def _know(self, id: object) -> None:
        """All text of one reply carries one id."""
        if not id or id == self._id:
            self._same_id += bool(id)
        elif self._same_id > 1:
            raise Misdelivered("the chunks of another reply came half way")
        else:  # some gateways give each chunk an id of its own
            self._id, self._same_id = id, 1 if self._id is None else 0

    def _choice(self, choice: dict[str, Any]) -> str:
        if choice.get("error"):
            raise _failure(choice["error"], status_inside(choice), self._secret)
        if reason := choice.get("finish_reason"):
            reason = str(reason).lower()
            if reason in _BROKEN_OFF:
                raise ProviderDown(f"the provider ended the reply for this reason: {reason}")
            self.finish_reason = _REASONS.get(reason, reason)
        delta = choice.get("delta") or (None if self._has_text else choice.get("message"))
        if not isinstance(delta, dict):
            text = choice.get("text")  # the shape of plain completions
            return text if isinstance(text, str) else ""
        if delta.get("reasoning_content") or delta.get("reasoning"):
            self.thoughts += 1
        if delta.get("tool_calls"):
            self.tool_calls = True
        text = delta.get("content") or delta.get("refusal")
        return text if isinstance(text, str) else _joined_parts(text)


def _joined_parts(content: Any) -> str:
    """The text of content in parts, as some providers send it: ``[{"type": "text", "text": ...}]``."""
    parts = content if isinstance(content, list) else ()
    texts = [part.get("text") for part in parts if isinstance(part, dict) and part.get("type") == "text"]
    return "".join(text for text in texts if isinstance(text, str))


def named(name: str, secret: str) -> str:
    """A name that a provider gave, fit to be kept: of a sane length, and never the key."""
    return (name.replace(secret, "[key]") if secret else name)[:LONGEST_NAME]


def merge(seen: Usage | None, raw: Any) -> Usage | None:
    """The usage after one more report: per field the larger figure, never the sum.

    Cumulative reports, reports split over chunks and a single last one all come out right. A
    report that counts no tokens is none: unknown is not zero.
    """
    if not isinstance(raw, dict) or not ({"prompt_tokens", "completion_tokens"} & _counted(raw)):
        return seen
    seen = seen or Usage()
    prompt_details = _part(raw, "prompt_tokens_details")
    completion_details = _part(raw, "completion_tokens_details")
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


def _counted(raw: dict[str, Any]) -> set[str]:
    return {name for name, value in raw.items() if _is_count(value)}


def _part(raw: dict[str, Any], name: str) -> dict[str, Any]:
    part = raw.get(name)
    return part if isinstance(part, dict) else {}


def _count(value: Any) -> int:
    return int(value) if _is_count(value) else 0


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < LARGEST_COUNT


def _money(value: Any, before: Decimal | None) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return before
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return before
    return amount if amount.is_finite() and amount >= 0 else before


def _impossible(raw: Any) -> bool:
    """Counts below zero or beyond all measure, or whose sum is another."""
    if not isinstance(raw, dict):
        return False
    counts = {
        name: value for name, value in raw.items() if isinstance(value, int) and name.endswith("tokens")
    }
    total = counts.get("total_tokens")
    parts = counts.get("prompt_tokens", 0) + counts.get("completion_tokens", 0)
    beside = sum(counts.get(name, 0) for name in ("cache_read_input_tokens", "cache_creation_input_tokens"))
    wrong = total is not None and len(counts) > 2 and total not in (parts, parts + beside)
    return wrong or any(not 0 <= value < LARGEST_COUNT for value in counts.values())


def _raise_if_error(chunk: dict[str, Any], secret: str) -> None:
    """Errors in the dialects that are met inside streams, with and without an error object."""
    error = chunk.get("error")
    if error or error == {}:
        raise _failure(error, status_inside(chunk), secret)
    is_one = "error" in (chunk.get("object"), chunk.get("type"))
    if is_one or ("usage" not in chunk and ("message" in chunk or "detail" in chunk)):
        raise _failure(chunk, status_inside(chunk), secret)


def _failure_of(event: bytes, secret: str) -> EngineError:
    """What an event of the type ``error`` says; some say it in words only."""
    try:
        chunk = orjson.loads(bytes(event))  # it takes no class of our own
    except orjson.JSONDecodeError:
        return _failure(event.decode("utf-8", "replace"), 0, secret)
    error = chunk.get("error") or chunk if isinstance(chunk, dict) else chunk
    return _failure(error, status_inside(chunk), secret)


def _failure(error: Any, status: int, secret: str) -> EngineError:
    """What an error object in the stream stands for; some providers send none."""
    if not error:
        return ProviderDown("the provider ended the reply with an error")
    # the standard library's dumps, since a chunk that orjson refused can come here too
    return from_response(status_inside(error) or status, {}, json.dumps({"error": error}).encode(), secret)
