"""Event streams that are lawful, or nearly so, and that careless readers get wrong."""

import gzip
import json
from dataclasses import replace

from ..answer import DONE, Answer, event
from ..errors import error_body
from ..script import Part, Script
from .fault import Fault

GIANT = 3 << 19
"""A line of 1.5 MiB."""
ENDLESS = 6 << 20
BLOCK = 1 << 16
ODD_ENDS = "\u2028a\u2029b\u0085c\vd\fe\x1cf"
BOM = b"\xef\xbb\xbf"


def _each(answer: Answer, before: bytes, after: bytes) -> Script:
    return answer.streamed([part._replace(data=part.data.replace(before, after)) for part in answer.story()])


def cr_only(answer: Answer) -> Script:
    """Lines end in CR, which the format allows."""
    return _each(answer, b"\n", b"\r")


def split_crlf(answer: Answer) -> Script:
    """Lines end in CR LF, and each packet ends between the two."""
    data = b"".join(part.data for part in answer.story()).replace(b"\n", b"\r\n")
    gap = answer.pace.fault_seconds(0.01)
    pieces = data.split(b"\r\n")
    packets = [pieces[0] + b"\r", *(b"\n" + piece + b"\r" for piece in pieces[1:-1]), b"\n"]
    return answer.streamed([Part(index * gap, packet) for index, packet in enumerate(packets)])


def odd_line_ends(answer: Answer) -> Script:
    """Text holds characters that some split lines at, raw in the JSON."""
    return replace(answer, pieces=(*answer.pieces[:-1], ODD_ENDS)).script()


def comments_between(answer: Answer) -> Script:
    """A comment and a blank line before each event."""
    return answer.streamed(
        [part._replace(data=b": OPENROUTER PROCESSING\n\n\n" + part.data) for part in answer.story()]
    )


def ids_and_names(answer: Answer) -> Script:
    """``event:``, ``id:`` and ``retry:`` lines around the data."""
    dressed = [
        part._replace(data=b"event: message\nid: %d\nretry: 3000\n" % number + part.data)
        for number, part in enumerate(answer.story())
    ]
    return answer.streamed(dressed)


def no_space(answer: Answer) -> Script:
    """No blank after ``data:``."""
    return _each(answer, b"data: ", b"data:")


def two_spaces(answer: Answer) -> Script:
    """Two blanks after ``data:``."""
    return _each(answer, b"data: {", b"data:  {")


def multi_line(answer: Answer) -> Script:
    """Each chunk's JSON over several ``data:`` lines."""
    parts = []
    for part in answer.story():
        if part.data != DONE:
            lines = json.dumps(json.loads(part.data[6:]), indent=1, ensure_ascii=False).encode().split(b"\n")
            part = part._replace(data=b"".join(b"data: " + line + b"\n" for line in lines) + b"\n")
        parts.append(part)
    return answer.streamed(parts)


def bom(answer: Answer) -> Script:
    """A byte order mark before the first event, which holds the first word: who misreads it loses that."""
    _role, first, *rest = answer.story()
    return answer.streamed([first._replace(data=BOM + first.data), *rest])


def open_end(answer: Answer) -> Script:
    """The last event, which holds the usage, ends without its blank line."""
    *parts, last = answer.story(done=False)
    return answer.streamed([*parts, last._replace(data=last.data.rstrip(b"\n"))])


def giant_line(answer: Answer) -> Script:
    """After some text a line longer than any chunk has need to be."""
    half = answer.script().half()
    blob = answer.delta({"content": "x" * GIANT})
    return replace(half, parts=[*half.parts, Part(half.last_at, blob), Part(half.last_at, DONE)])


def endless_line(answer: Answer) -> Script:
    """After some text a line that never ends."""
    half = answer.script().half()
    blocks = [Part(half.last_at, b"x" * BLOCK)] * (ENDLESS // BLOCK)
    return replace(half, parts=[*half.parts, Part(half.last_at, b"data: "), *blocks], ending="hang")


def bad_chunks(answer: Answer) -> Script:
    """From the middle on no event is JSON."""
    parts = answer.story()
    middle = len(parts) // 2
    return answer.streamed(
        [*parts[:middle], *(part._replace(data=b"data: {oops\n\n") for part in parts[middle:])]
    )


def broken_usage(answer: Answer) -> Script:
    """The event with the usage is cut short."""
    *parts, usage, done = answer.story()
    return answer.streamed([*parts, usage._replace(data=usage.data[: len(usage.data) // 2] + b"\n\n"), done])


def error_event(answer: Answer) -> Script:
    """``event: error`` before any text, with data that is no error object."""
    data = b'event: error\ndata: {"message": "upstream lost"}\n\n'
    return answer.streamed([answer.role(answer.pace.due(0)), Part(answer.pace.due(0), data)], whole=False)


def error_event_coded(answer: Answer) -> Script:
    """``event: error`` before any text, and the error object inside says that the key is refused."""
    body = error_body("Incorrect API key provided.", "invalid_request_error", "invalid_api_key")
    data = b"event: error\n" + event({"type": "error", **body})
    return answer.streamed([Part(answer.pace.due(0), data)], whole=False)


def stream_as_text(answer: Answer) -> Script:
    """An event stream under another name."""
    script = answer.script()
    return replace(script, headers={**script.headers, "Content-Type": "text/plain; charset=utf-8"})


def stream_untyped(answer: Answer) -> Script:
    """An event stream without a name."""
    script = answer.script()
    return replace(script, headers={k: v for k, v in script.headers.items() if k != "Content-Type"})


def error_event_later(answer: Answer) -> Script:
    """``event: error`` after half of the reply."""
    half = answer.script().half()
    data = b'event: error\ndata: {"message": "upstream lost"}\n\n'
    return replace(half, parts=[*half.parts, Part(half.last_at, data)])


def error_after_role(answer: Answer) -> Script:
    """The role, an empty choice and annotations; then an error."""
    at = answer.pace.due(0)
    parts = [
        answer.role(at),
        Part(at, answer.delta({"annotations": []})),
        Part(at, answer.usage_event(None)),
        Part(at, event({**error_body("Upstream lost.", "server_error", "server_error"), "status": 502})),
    ]
    return answer.streamed(parts, whole=False)


def bad_key_first(answer: Answer) -> Script:
    """A 200 whose first event says that the key is refused."""
    body = error_body("Incorrect API key provided.", "invalid_request_error", "invalid_api_key")
    return answer.streamed([Part(answer.pace.due(0), event(body))], whole=False)


def gzip_if_accepted(answer: Answer) -> Script:
    """The stream compressed, in one block, where the request allows it."""
    if "gzip" not in answer.accepts:
        return answer.script()
    parts = answer.story()
    packed = gzip.compress(b"".join(part.data for part in parts))
    script = answer.streamed([Part(parts[-1].at, packed, len(answer.pieces))])
    return replace(script, headers={**script.headers, "Content-Encoding": "gzip"})


def gzip_unsaid(answer: Answer) -> Script:
    """The stream compressed, and no header says so."""
    parts = answer.story()
    packed = gzip.compress(b"".join(part.data for part in parts))
    return answer.streamed([Part(parts[-1].at, packed)], whole=False)


FAULTS = (
    Fault("cr_only", "lines end in CR alone", cr_only, True),
    Fault("split_crlf", "CR and LF in different packets", split_crlf, True),
    Fault("odd_line_ends", "U+2028, U+2029, U+0085, VT and FF in the text", odd_line_ends, True),
    Fault("comments_between", "a comment and blank lines before each event", comments_between, True),
    Fault("ids_and_names", "event:, id: and retry: lines", ids_and_names, True),
    Fault("no_space", "no blank after data:", no_space, True),
    Fault("two_spaces", "two blanks after data:", two_spaces, True),
    Fault("multi_line", "each chunk over several data: lines", multi_line, True),
    Fault("bom", "a byte order mark first", bom, True),
    Fault("open_end", "the last event, with the usage, has no blank line", open_end, True),
    Fault("giant_line", "half of the reply, then a line of 1.5 MiB", giant_line, True),
    Fault("endless_line", "half of the reply, then a line that never ends", endless_line, True),
    Fault("bad_chunks", "from the middle on no event is JSON", bad_chunks, True),
    Fault("broken_usage", "the event with the usage is cut short", broken_usage, True),
    Fault("error_event", "event: error before any text", error_event, True),
    Fault("error_event_coded", "event: error before any text, with invalid_api_key", error_event_coded, True),
    Fault("stream_as_text", "the event stream says that it is text/plain", stream_as_text, True),
    Fault("stream_untyped", "the event stream has no Content-Type", stream_untyped, True),
    Fault("error_event_later", "event: error after half of the reply", error_event_later, True),
    Fault(
        "error_after_role", "role, empty choice and annotations, then an error (502)", error_after_role, True
    ),
    Fault("bad_key_first", "200 whose first event is an error object (invalid_api_key)", bad_key_first, True),
    Fault(
        "gzip_if_accepted",
        "the stream compressed into one block, if that is accepted",
        gzip_if_accepted,
        True,
    ),
    Fault("gzip_unsaid", "the stream compressed, and no header says so", gzip_unsaid, True),
)
