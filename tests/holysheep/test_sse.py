"""Server-sent events from bytes: any split of the bytes gives the same events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holysheep.errors import Garbled
from holysheep.sse import MAX_EVENT, MAX_LINE, EventDecoder

BOM = b"\xef\xbb\xbf"


def decode(*pieces: bytes) -> list[bytes]:
    """All events of a stream that came in these pieces."""
    decoder = EventDecoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return events + decoder.flush()


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
        (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
        (b"data: a\r\n\ndata: b\n\r", [b"a", b"b"]),
        (BOM + b"data: a\n\n", [b"a"]),
        (BOM + BOM + b"data: a\n\n", []),
        (b"data:a\n\n", [b"a"]),
        (b"data:  a\n\n", [b" a"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data: a\r\ndata: b\r\n\r\n", [b"a\nb"]),
        (b": keep-alive\n\n", []),
        (b"data: a\n: comment\ndata: b\n\n", [b"a\nb"]),
        (b"event: error\nid: 7\nretry: 10\ndata: a\n\n", [b"a"]),
        (b"data\n\n", []),
        (b"data:\n\n", []),
        (b"data: \n\n", []),
        (b"\n\n\n\ndata: a\n\n\n\n", [b"a"]),
        (b"data: a", [b"a"]),
        (b"data: a\n", [b"a"]),
        ("data: a\u2028b\u2029c\u0085d\v\f\n\n".encode(), ["a\u2028b\u2029c\u0085d\v\f".encode()]),
        (b"", []),
        (BOM[:2], []),
    ],
)
def test_events(stream: bytes, events: list[bytes]) -> None:
    """Line ends, comments, fields and a byte order mark as the standard has them."""
    assert decode(stream) == events
    assert decode(*[stream[at : at + 1] for at in range(len(stream))]) == events


LINES = st.sampled_from(["data: ", "data:", ": ", "event: ", "", "id", "data: xin chào\u2028"])
ENDS = st.sampled_from(["\n", "\r", "\r\n", "\n\n", "\r\n\r\n"])
STREAMS = st.lists(st.tuples(LINES, st.text("aạ\u2028😀: {", max_size=5), ENDS), max_size=12).map(
    lambda rows: "".join(part for row in rows for part in row).encode()
)


@given(STREAMS | st.binary(max_size=60), st.lists(st.integers(1, 7)), st.booleans())
def test_any_split_gives_the_same_events(stream: bytes, steps: list[int], bom: bool) -> None:
    """Packets end anywhere: in a character, between CR and LF, inside the byte order mark."""
    stream = BOM + stream if bom else stream
    pieces, at = [], 0
    for step in steps:
        pieces.append(stream[at : at + step])
        at += step
    assert decode(*pieces, stream[at:]) == decode(stream)


@given(
    st.lists(st.text("abcạ\u2028😀 ", min_size=1, max_size=9), max_size=9),
    st.sampled_from(["\n", "\r", "\r\n"]),
)
def test_what_was_said_is_heard(texts: list[str], end: str) -> None:
    """Data comes out as it went in, whatever ends the lines."""
    stream = "".join(f"data: {text}{end}{end}" for text in texts).encode()
    assert [event.decode() for event in decode(stream)] == texts


@pytest.mark.parametrize(
    ("part", "what"),
    [(b"x" * (MAX_LINE // 32), "line"), (b"data: " + b"x" * (MAX_EVENT // 32) + b"\n", "event")],
)
def test_what_never_ends_is_no_reply(part: bytes, what: str) -> None:
    """Neither a line nor an event of many lines is gathered for ever."""
    decoder = EventDecoder()
    for _ in range(31):
        assert decoder.feed(part) == []
    with pytest.raises(Garbled, match=what):
        decoder.feed(part * 2)
