"""Replies that are late, slow, or that nobody ends."""

from dataclasses import replace

from ..answer import Answer
from ..script import Part, Script
from .fault import Fault

LATE_S = 20.0
QUEUE_S = 25.0
TOKEN_S = 10.0
BYTE_S = 1.0
COMMENT = b": keep-alive\n\n"


def late_headers(answer: Answer) -> Script:
    """Not even a status line for long; then all at once is well."""
    late = answer.pace.fault_seconds(LATE_S)
    first = max(late, answer.pace.first_token_s)
    return replace(replace(answer, pace=replace(answer.pace, first_token_s=first)).script(), head_at=late)


def blank_then_silent(answer: Answer) -> Script:
    """A line end, which nobody sees, and then nothing."""
    at = answer.pace.due(0)
    blank = Part(at, answer.delta({"content": "\n\n"}))
    return answer.streamed([answer.role(at), blank], ending="hang", whole=False)


def queued(answer: Answer) -> Script:
    """Comments while it waits in a line; then the reply."""
    gap, wait = answer.pace.fault_seconds(1.0), answer.pace.fault_seconds(QUEUE_S)
    comments = [Part(index * gap, COMMENT) for index in range(int(QUEUE_S))]
    late = replace(answer, pace=replace(answer.pace, first_token_s=wait))
    return answer.streamed([*comments, *late.story()])


def stall_then_comments(answer: Answer) -> Script:
    """Half of the reply; after that nothing but comments."""
    half = answer.script().half()
    gap = answer.pace.fault_seconds(1.0)
    comments = [Part(half.last_at + index * gap, COMMENT) for index in range(1, 3600)]
    return replace(half, parts=[*half.parts, *comments], ending="hang")


def token_drip(answer: Answer) -> Script:
    """A token every ten seconds."""
    gap, first = answer.pace.fault_seconds(TOKEN_S), answer.pace.first_token_s
    return answer.streamed(answer.story(due=lambda index: first + index * gap))


def byte_drip(answer: Answer) -> Script:
    """One byte a second, from the first one on."""
    gap = answer.pace.fault_seconds(BYTE_S)
    data = b"".join(part.data for part in answer.story())
    parts = [Part(index * gap, data[index : index + 1]) for index in range(len(data))]
    return answer.streamed(parts, whole=False)


def drip_in_mid_reply(answer: Answer) -> Script:
    """Half of the reply at its pace, then one byte a second."""
    half, all_parts = answer.script().half(), answer.story()
    gap = answer.pace.fault_seconds(BYTE_S)
    rest = b"".join(part.data for part in all_parts[len(half.parts) :])
    drip = [Part(half.last_at + index * gap, rest[index : index + 1]) for index in range(len(rest))]
    return answer.streamed([*half.parts, *drip], whole=False)


def open_after_finish(answer: Answer) -> Script:
    """Finish reason and usage come, [DONE] does not, and the body stays open."""
    return answer.streamed(answer.story(done=False), ending="hang")


def open_after_done(answer: Answer) -> Script:
    """The body stays open after [DONE]."""
    return answer.streamed(answer.story(), ending="hang")


def more_after_done(answer: Answer) -> Script:
    """Another reply follows [DONE] in the same body."""
    parts = answer.story()
    last = parts[-1].at
    foreign = replace(answer, id="chatcmpl-somebody-else", pieces=(" Somebody", " else's", " secret."))
    strange = [part._replace(at=last, tokens=0) for part in foreign.story()]
    return answer.streamed([*parts, *strange])


FAULTS = (
    Fault("late_headers", f"no status line for {LATE_S:.0f} s, then the reply", late_headers),
    Fault("blank_then_silent", "two line ends, then silence on an open socket", blank_then_silent, True),
    Fault("queued", f"comments for {QUEUE_S:.0f} s, then the reply", queued, True),
    Fault("stall_then_comments", "half of the reply, then comments for ever", stall_then_comments, True),
    Fault("token_drip", f"a token each {TOKEN_S:.0f} s", token_drip, True),
    Fault("byte_drip", "one byte a second", byte_drip, True),
    Fault("drip_in_mid_reply", "half of the reply, then one byte a second", drip_in_mid_reply, True),
    Fault("open_after_finish", "finish_reason and usage, no [DONE], an open body", open_after_finish, True),
    Fault("open_after_done", "the body stays open after [DONE]", open_after_done, True),
    Fault("more_after_done", "another reply follows [DONE] in the same body", more_after_done, True),
)
