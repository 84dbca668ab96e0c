"""Faults in what the stream says: errors, ends, usage and events that are not as they should be."""

from dataclasses import replace
from typing import Any

from ..answer import DONE, Answer, document, event
from ..errors import error_body
from ..script import Part, Script
from .fault import Fault

_OVERLOADED = error_body(
    "The upstream model is overloaded. Please try again later.", "server_error", "overloaded"
)
_LIMITED = error_body("Rate limit reached. Please try again in 1s.", "requests", "rate_limit_exceeded")
_THOUGHTS = (
    "The customer asks a simple question.",
    " I should check the facts in the instructions.",
    " Then I answer briefly and politely.",
)
COST_USD = "0.000123"


def _half_then(answer: Answer, *tail: bytes) -> Script:
    """Half of the reply, ``tail``, and an orderly end of the body."""
    half = answer.script().half()
    return replace(half, parts=[*half.parts, *(Part(half.last_at, data) for data in tail)])


def error_in_stream(answer: Answer) -> Script:
    """The gateway loses its upstream half way and says so in an event."""
    return _half_then(answer, event(_OVERLOADED))


def error_first(answer: Answer) -> Script:
    """A 200 whose only event is an error."""
    parts = [Part(answer.pace.due(0), event({**_LIMITED, "status": 429})), Part(answer.pace.due(0), DONE)]
    return answer.streamed(parts, whole=False)


def finish_error(answer: Answer) -> Script:
    """OpenRouter's way of failing in mid-stream."""
    return _half_then(answer, answer.finished("error"), DONE)


def filtered_reply(answer: Answer) -> Script:
    """The filter steps in half way."""
    if answer.request.stream:
        return _half_then(answer, answer.finished("content_filter"), _usage(answer), DONE)
    half = answer.pieces[: len(answer.pieces) // 2]
    return replace(answer, pieces=half, finish="content_filter").script()


def length(answer: Answer) -> Script:
    """The reply ends at its limit."""
    return replace(answer, finish="length").script()


def empty(answer: Answer) -> Script:
    """A stream that ends before it began."""
    return answer.streamed((), whole=False)


def empty_stop(answer: Answer) -> Script:
    """A well-formed reply with no text in it."""
    return replace(answer, pieces=(), usage=replace(answer.usage, completion=0)).script()


def no_usage(answer: Answer) -> Script:
    """Usage was asked for and does not come."""
    if answer.request.stream:
        return answer.streamed(answer.story(usage=False))
    body = {key: value for key, value in answer.completion().items() if key != "usage"}
    return _document(answer, body)


def no_done(answer: Answer) -> Script:
    """Everything but the last line."""
    return answer.streamed(answer.story(done=False))


def done_without_finish(answer: Answer) -> Script:
    """All the text and [DONE], and nothing that says why it ended."""
    words = answer.words()
    last = words[-1].at if words else answer.pace.due(0)
    return answer.streamed([answer.role(answer.pace.due(0)), *words, Part(last, DONE)])


def bad_chunk(answer: Answer) -> Script:
    """One event in the middle that is no JSON; the rest is as it should be."""
    parts = answer.story()
    middle = len(parts) // 2
    broken = Part(parts[middle].at, b'data: {"id":"chatcmpl-broken","choices":[{"delta":{"conte\n\n')
    return answer.streamed([*parts[:middle], broken, *parts[middle:]])


def html_200(answer: Answer) -> Script:
    """A captive portal or a wrong base URL."""
    data = b"<!doctype html><html><head><title>Welcome</title></head><body>Please sign in.</body></html>"
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return Script(200, headers, [Part(0.0, data)], length=len(data), whole=False)


def json_200(answer: Answer) -> Script:
    """``stream`` is ignored and the reply comes as one document."""
    return answer.whole()


def usage_cost(answer: Answer) -> Script:
    """The gateway says what the reply cost."""
    usage = {**answer.usage.as_json(), "cost_usd": float(COST_USD)}
    return _with_usage(answer, usage)


def usage_null(answer: Answer) -> Script:
    """The usage event comes, with nothing in it."""
    return _with_usage(answer, None)


def usage_every_chunk(answer: Answer) -> Script:
    """Each event carries the usage so far."""
    parts: list[Part] = [answer.role(answer.pace.due(0))]
    for index, word in enumerate(answer.words(), 1):
        so_far = replace(answer.usage, completion=index).as_json()
        data = answer.delta({"content": answer.pieces[index - 1]}, usage=so_far)
        parts.append(word._replace(data=data))
    last = parts[-1].at
    final = answer.delta({}, answer.finish, usage=answer.usage.as_json())
    return answer.streamed([*parts, Part(last, final), Part(last, DONE)])


def crlf(answer: Answer) -> Script:
    """Lines end in CR LF, which the format allows."""
    parts = [part._replace(data=part.data.replace(b"\n", b"\r\n")) for part in answer.story()]
    return answer.streamed(parts)


def other_model(answer: Answer) -> Script:
    """Another model answers than the one asked for."""
    return replace(answer, model=f"{answer.request.model}-fallback").script()


def reasoning(answer: Answer) -> Script:
    """Thoughts first, in a field of their own."""
    first = answer.pace.due(0)
    thoughts = [Part(first, answer.delta({"reasoning_content": text})) for text in _THOUGHTS]
    role, *rest = answer.story()
    return answer.streamed([role, *thoughts, *rest])


def _usage(answer: Answer) -> bytes:
    return answer.usage_event(answer.usage.as_json()) if answer.request.include_usage else b""


def _document(answer: Answer, body: dict[str, Any]) -> Script:
    return document(200, body, answer.headers, answer.pace.due(len(answer.pieces)), len(answer.pieces))


def _with_usage(answer: Answer, usage: dict[str, Any] | None) -> Script:
    """The faultless reply with another ``usage`` object."""
    if not answer.request.stream:
        return _document(answer, {**answer.completion(), "usage": usage})
    *parts, done = answer.story(usage=False)
    return answer.streamed([*parts, Part(done.at, answer.usage_event(usage)), done])


FAULTS = (
    Fault("error_first", "200 whose first event is an error object (429)", error_first, True),
    Fault("error_in_stream", "an error object after half of the reply", error_in_stream, True),
    Fault("finish_error", "finish_reason 'error' after half of the reply", finish_error, True),
    Fault("filtered_reply", "finish_reason 'content_filter' after half of the reply", filtered_reply),
    Fault("length", "finish_reason 'length'", length),
    Fault("empty", "200 and an event stream with no event", empty, True),
    Fault("empty_stop", "finish_reason 'stop' and no text", empty_stop),
    Fault("no_usage", "no usage, though it was asked for", no_usage),
    Fault("usage_null", "a usage event whose usage is null", usage_null),
    Fault("usage_cost", f"usage carries cost_usd ({COST_USD})", usage_cost),
    Fault("usage_every_chunk", "cumulative usage on every event", usage_every_chunk, True),
    Fault("no_done", "finish_reason, but no [DONE]", no_done, True),
    Fault("done_without_finish", "[DONE], but no finish_reason", done_without_finish, True),
    Fault("bad_chunk", "one event in the middle is not JSON", bad_chunk, True),
    Fault("html_200", "200 with an HTML page", html_200),
    Fault("json_200", "one JSON document though a stream was asked for", json_200, True),
    Fault("crlf", "lines end in CR LF", crlf, True),
    Fault("other_model", "the reply names another model than asked for", other_model),
    Fault("reasoning", "reasoning_content before the text", reasoning, True),
)
