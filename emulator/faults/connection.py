"""Faults of the connection and of time: silence, cuts, resets, odd tempo."""

from dataclasses import replace

from ..answer import Answer
from ..script import Part, Script
from .fault import Fault

SLOW_START_S = 20.0
DRIP_S = 2.0
BURST_TOKENS = 30
BURST_S = 0.6
KEEP_ALIVE_S = 1.0
KEEP_ALIVES = 3600
SPLIT_BYTES = 7
"""Odd, so that over a reply every boundary is hit: fields, lines, characters."""
SPLIT_S = 0.001


def silent(answer: Answer) -> Script:
    """Status line and headers, then nothing."""
    return replace(answer.script(), parts=(), ending="hang", whole=False)


def no_headers(answer: Answer) -> Script:
    """Not even a status line."""
    return replace(silent(answer), headers_sent=False)


def reset(answer: Answer) -> Script:
    """A TCP reset in place of a status line."""
    return replace(no_headers(answer), ending="reset")


def comments_only(answer: Answer) -> Script:
    """Keep-alive comments, as gateways send them, and never an event."""
    gap = answer.pace.fault_seconds(KEEP_ALIVE_S)
    parts = [Part(index * gap, b": keep-alive\n\n") for index in range(KEEP_ALIVES)]
    return answer.streamed(parts, ending="hang", whole=False)


def cut(answer: Answer) -> Script:
    """Half of the reply, then the connection closes with the body unfinished."""
    return replace(answer.script().half(), ending="close")


def cut_clean(answer: Answer) -> Script:
    """Half of the reply, and the closed connection is the lawful end of the body."""
    return replace(answer.script().half(), ending="close", length=None, until_close=True)


def cut_before_text(answer: Answer) -> Script:
    """Headers and the role event, then a reset."""
    if not answer.request.stream:
        return replace(silent(answer), ending="reset")
    return answer.streamed([answer.role(answer.pace.due(0))], ending="reset", whole=False)


def stall(answer: Answer) -> Script:
    """Half of the reply, then silence on an open socket."""
    return replace(answer.script().half(), ending="hang")


def slow_start(answer: Answer) -> Script:
    """The first token late, the others at their pace."""
    late = max(answer.pace.fault_seconds(SLOW_START_S), answer.pace.first_token_s)
    return replace(answer, pace=replace(answer.pace, first_token_s=late)).script()


def slow_drip(answer: Answer) -> Script:
    """A token now and then."""
    gap, first = answer.pace.fault_seconds(DRIP_S), answer.pace.first_token_s
    return answer.streamed(answer.story(due=lambda index: first + index * gap))


def bursts(answer: Answer) -> Script:
    """Many tokens at one instant, then none for a while."""
    gap, first = answer.pace.fault_seconds(BURST_S), answer.pace.first_token_s
    return answer.streamed(answer.story(due=lambda index: first + index // BURST_TOKENS * gap))


def split_bytes(answer: Answer) -> Script:
    """The right bytes in packets that end anywhere."""
    parts: list[Part] = []
    at = 0.0
    for part in answer.story():
        at = max(at, part.at)
        for start in range(0, len(part.data), SPLIT_BYTES):
            data = part.data[start : start + SPLIT_BYTES]
            last = start + SPLIT_BYTES >= len(part.data)
            parts.append(Part(at, data, part.tokens if last else 0))
            at += answer.pace.fault_seconds(SPLIT_S)
    return answer.streamed(parts)


FAULTS = (
    Fault("reset", "TCP reset before the headers", reset),
    Fault("no_headers", "accepts the request and never answers", no_headers),
    Fault("silent", "200 and headers, then not a byte", silent),
    Fault("slow_start", f"the first token after {SLOW_START_S:.0f} s", slow_start),
    Fault("comments_only", "a ': keep-alive' comment each second and never an event", comments_only, True),
    Fault("cut_before_text", "a reset after the role event, before any text", cut_before_text),
    Fault("cut", "the chunked body is broken off after half of the reply", cut),
    Fault(
        "cut_clean",
        "the body ends cleanly after half of the reply, with no finish_reason and no [DONE]",
        cut_clean,
        True,
    ),
    Fault("stall", "half of the reply, then silence on an open socket", stall),
    Fault("slow_drip", f"a token each {DRIP_S:.0f} s", slow_drip, True),
    Fault("bursts", f"{BURST_TOKENS} tokens at once each {BURST_S * 1000:.0f} ms", bursts, True),
    Fault(
        "split_bytes",
        "each event in packets that end at odd places, also inside a character",
        split_bytes,
        True,
    ),
)
