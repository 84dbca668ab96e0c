"""Wherever the packets end, a stream is the same events, and a reply the same text, usage and end."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from holysheep.chunks import ReplyReader
from holysheep.prices import Usage
from holysheep.sse import EventDecoder

BOM = b"\xef\xbb\xbf"
ENDS = ("\n", "\r", "\r\n")
#: What separates lines for others, and must not here; blanks; what JSON escapes.
ODD = '\u2028\u2029\u0085\v\f\t "\\/:{}'
LETTERS = "aăâđêôơưạặầễộứỵ" + "한字" + "😀👩🏽‍💻🇻🇳" + ODD

Cuts = Sequence[int]
#: Places where a packet ends; what lies beyond the end cuts nothing.
CUTS = st.lists(st.integers(0, 3000), max_size=40)


def packets(stream: bytes, cuts: Cuts) -> list[bytes]:
    """The stream as it came: cut at all these places, with an empty read where one is named twice."""
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    return [stream[a:b] for a, b in pairwise(places)]


def singly(stream: bytes) -> Cuts:
    """A packet for each byte."""
    return range(1, len(stream))


# --- events ---------------------------------------------------------------------------------------------------------


def by_the_standard(stream: bytes) -> list[bytes]:
    """The events of a stream that lies before us whole, read as WHATWG HTML 9.2.6 words it.

    But for two things: an event that only lacks its blank line at the end counts, since it may hold the usage, and one
    of several empty lines does not.
    """
    lines = [*re.split(rb"\r\n|\n|\r", stream.removeprefix(BOM)), b""]
    events: list[bytes] = []
    data: list[bytes] = []
    for line in lines:
        if not line:
            if any(data):
                events.append(b"\n".join(data))
            data = []
        elif line.startswith(b":"):
            continue
        elif b":" in line:
            field, _, value = line.partition(b":")
            if field == b"data":
                data.append(value.removeprefix(b" "))
    return events


def decoded(pieces: Sequence[bytes]) -> list[bytes]:
    """What our decoder makes of it."""
    decoder = EventDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)] + decoder.flush()


FIELDS = st.sampled_from(
    ["data: ", "data:", "data:  ", ": ", ":", "event: ", "id: ", "retry: ", " data: ", ""]
)
ROWS = st.tuples(FIELDS, st.text(LETTERS, max_size=6), st.sampled_from([*ENDS, "\n\n", "\r\r", "\r\n\r\n"]))
STREAMS = st.tuples(st.booleans(), st.lists(ROWS, max_size=15)).map(
    lambda drawn: BOM * drawn[0] + "".join("".join(row) for row in drawn[1]).encode()
)
NOISE = st.lists(
    st.sampled_from([b"data:", b" ", b"\r", b"\n", b":", b"x", BOM, "ặ".encode(), b"\xf0\x9f"])
).map(b"".join)


@given(STREAMS | NOISE, CUTS)
@example(b"data: a\r\n\r\ndata: b\r\n\r\n", [8, 9, 10])
@example(BOM + b"data: a\n\n", [1, 2, 3])
@example("data: ặ\n\n".encode(), [7, 8])
def test_any_split_gives_the_events_of_the_standard(stream: bytes, cuts: Cuts) -> None:
    """CR, LF or both, comments, other fields, data of many lines: cut anywhere they are what the standard says."""
    expected = by_the_standard(stream)
    assert decoded(packets(stream, cuts)) == expected
    assert decoded(packets(stream, singly(stream))) == expected


# --- replies --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """A reply as a provider tells it, and what must be understood.

    done: it ends with [DONE]. blank: its last event ends with a blank line.
    """

    stream: bytes
    text: str
    usage: Usage | None
    finish_reason: str
    done: bool
    bad_chunks: int


def chunk(delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk as OpenAI's API words it; without a delta it has no choice."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m", "choices": choices, **more}


def halves(text: str, sizes: Sequence[int]) -> list[str]:
    """The text in pieces of so many UTF-16 units, as JSON counts: an emoji may be cut in two."""
    units = text.encode("utf-16-le")
    pieces, at = [], 0
    for size in sizes:
        pieces.append(units[at : at + 2 * size])
        at += 2 * size
    pieces.append(units[at:])
    return [piece.decode("utf-16-le", "surrogatepass") for piece in pieces if piece]


def counted(completion: int) -> dict[str, Any]:
    """A usage with all its details."""
    return {
        "prompt_tokens": 31,
        "completion_tokens": completion,
        "total_tokens": 31 + completion,
        "prompt_tokens_details": {"cached_tokens": 7},
    }


@st.composite
def replies(draw: st.DrawFn) -> Told:
    """A reply in any of the shapes in which providers send one."""
    text = draw(st.text(LETTERS, max_size=40))
    pieces = halves(text, draw(st.lists(st.integers(1, 5), max_size=12)))
    finish = draw(st.sampled_from(["stop", "length", "content_filter"]))
    reports = draw(st.sampled_from(["last", "each", "none"]))
    chunks = [chunk({"role": "assistant", "content": ""}, usage=None)]
    for number, piece in enumerate(pieces, 1):
        chunks.append(chunk({"content": piece}, usage=counted(number) if reports == "each" else None))
    chunks.append(chunk({}, finish))
    if reports != "none":
        chunks.append(chunk(None, usage=counted(len(pieces))))
    escaped = draw(st.booleans())
    events = [json.dumps(each, ensure_ascii=escaped or half(each), indent=draw(INDENTS)) for each in chunks]
    bad = draw(st.integers(0, 2))
    for _ in range(bad):
        events.insert(draw(st.integers(0, len(events))), '{"choices":[{"delta":{"content":"lost')
    done = draw(st.booleans())
    stream = draw(framed([*events, "[DONE]"] if done else events))
    usage = None if reports == "none" else Usage(prompt=31, cached=7, completion=len(pieces))
    return Told(stream, text, usage, finish, done, bad)


INDENTS = st.sampled_from([None, None, None, 1])
AROUND = st.sampled_from(["", "", ": keep-alive", "event: message", "id: 7", "retry: 3000", ":", "x: y"])


def half(each: dict[str, Any]) -> bool:
    """Whether it ends or begins within an emoji, which only JSON's escapes can tell."""
    return any("\ud800" <= letter <= "\udfff" for letter in json.dumps(each, ensure_ascii=False))


@st.composite
def framed(draw: st.DrawFn, events: Sequence[str]) -> bytes:
    """The events with line ends, blanks, comments and other fields of all kinds between; the last may lack its end."""
    out: list[str] = []

    def line(text: str) -> None:
        out.append(text + draw(ENDINGS))

    for event in events:
        if before := draw(AROUND):
            line(before)
        for part in event.split("\n"):
            line(draw(st.sampled_from(["data: ", "data:"])) + part)
            if draw(st.integers(0, 9)) == 0:
                line(": between")
        # a line that ended with CR swallows an LF, so the blank line must not be one
        ending = draw(ENDINGS)
        out.append("\r\n" if out[-1].endswith("\r") and ending == "\n" else ending)
    stream = "".join(out)
    if draw(st.booleans()):
        stream = stream.rstrip("\r\n")
    return BOM * draw(st.booleans()) + stream.encode()


ENDINGS = st.sampled_from(ENDS)


def understood(told: Told, pieces: Sequence[bytes]) -> tuple[str, Told]:
    """The text as it was given out, and the reply as the reader has it."""
    reader = ReplyReader()
    text = "".join([reader.feed(piece) for piece in pieces]) + reader.flush()
    assert reader.failure is None
    finish = reader.finish_reason or ""
    return text, Told(told.stream, text, reader.usage, finish, reader.done, reader.bad_chunks)


@given(replies(), CUTS)
def test_any_split_gives_the_same_reply(told: Told, cuts: Cuts) -> None:
    """Text, usage, the reason it ended, [DONE] and the chunks that were lost do not depend on the packets."""
    for pieces in (packets(told.stream, cuts), packets(told.stream, singly(told.stream)), [told.stream]):
        text, reply = understood(told, pieces)
        assert text == told.text
        assert reply == told


@given(replies(), st.data())
def test_a_reply_cut_short_is_a_beginning(told: Told, data: st.DataObject) -> None:
    """Wherever a stream breaks off, what was read is a beginning of its text; part of it is no whole reply."""
    end = data.draw(st.integers(0, len(told.stream)))
    reader = ReplyReader()
    text = (
        "".join(reader.feed(piece) for piece in packets(told.stream[:end], data.draw(CUTS))) + reader.flush()
    )
    assert told.text.startswith(text)
    if text != told.text:
        assert not reader.whole
