"""Chunks with odd contents: roles, channels, tools, other models, other people's replies, and too much of it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, repeat

from ..answer import DONE, Answer, event
from ..script import Part, Script
from .fault import Fault

KNOWN_MODEL = "gpt-4.1"
RUNAWAY_TOKENS = 20_000
FLOOD_BLOCKS = 160
FLOOD_BLOCK = 1 << 16
MARKUP = (
    ' <img src="https://spy.invalid/a.png" onerror="alert(1)">',
    " <script>alert(1)</script>",
    " ![beacon](https://spy.invalid/b.png)",
    " \x00\x07\x1b[31m",
)
THOUGHTS = ("The customer asks a simple question.", " I answer briefly.")


def role_twice(answer: Answer) -> Script:
    """The role comes again in the middle and at the end."""
    parts = answer.story()
    middle = len(parts) // 2
    again = answer.role(parts[middle].at)
    return answer.streamed([*parts[:middle], again, *parts[middle:-2], again, *parts[-2:]])


def no_content(answer: Answer) -> Script:
    """Before the text: deltas that are missing, null, or hold null or nothing."""
    at = answer.pace.due(0)
    choice = {"index": 0, "finish_reason": None}
    odd = [
        answer.object("chat.completion.chunk", choices=[choice]),
        answer.object("chat.completion.chunk", choices=[{**choice, "delta": None}]),
        answer.object("chat.completion.chunk", choices=[{**choice, "delta": {"content": None}}]),
        answer.object("chat.completion.chunk", choices=[{**choice, "delta": {"content": ""}}]),
        answer.object("chat.completion.chunk", choices=[{**choice, "delta": {}}]),
        answer.object("chat.completion.chunk", choices=None),
    ]
    role, *rest = answer.story()
    return answer.streamed([role, *(Part(at, event(each)) for each in odd), *rest])


def empty_choices(answer: Answer) -> Script:
    """Azure's first chunk: no choice, and what its filter thinks of the prompt."""
    filtered = [{"prompt_index": 0, "content_filter_results": {"hate": {"filtered": False}}}]
    chunk = {
        "id": "",
        "object": "",
        "created": 0,
        "model": "",
        "choices": [],
        "prompt_filter_results": filtered,
    }
    return answer.streamed([Part(answer.pace.due(0), event(chunk)), *answer.story()])


def second_choice(answer: Answer) -> Script:
    """A choice that nobody asked for runs beside the first one."""
    parts: list[Part] = []
    for part in answer.story():
        parts.append(part)
        if part.tokens:
            other = {"index": 1, "delta": {"content": " WRONG"}, "finish_reason": None}
            parts.append(Part(part.at, event(answer.object("chat.completion.chunk", choices=[other]))))
    return answer.streamed(parts)


def refusal(answer: Answer) -> Script:
    """The model declines, in a field of its own."""
    words = [
        part._replace(data=answer.delta({"refusal": answer.pieces[i]}))
        for i, part in enumerate(answer.words())
    ]
    role, *rest = answer.story()
    return answer.streamed([role, *words, *rest[len(words) :]])


def reasoning_openrouter(answer: Answer) -> Script:
    """Thoughts in OpenRouter's fields."""
    at = answer.pace.due(0)
    details = [{"type": "reasoning.text", "text": THOUGHTS[1]}]
    thoughts = [
        Part(at, answer.delta({"content": "", "reasoning": THOUGHTS[0]})),
        Part(at, answer.delta({"content": "", "reasoning": THOUGHTS[1], "reasoning_details": details})),
    ]
    role, *rest = answer.story()
    return answer.streamed([role, *thoughts, *rest])


def thoughts_only(answer: Answer) -> Script:
    """It thinks, stops and has written nothing."""
    role, *_ = answer.story()
    thoughts = [Part(role.at, answer.delta({"reasoning_content": text})) for text in THOUGHTS]
    usage = replace(answer.usage, completion=12).as_json()
    usage["completion_tokens_details"]["reasoning_tokens"] = 12
    tail = [answer.finished("stop"), answer.usage_event(usage), DONE]
    return answer.streamed([role, *thoughts, *(Part(role.at, data) for data in tail)])


def thoughts_for_long(answer: Answer) -> Script:
    """Nothing but thoughts, one each two seconds for forty seconds; then the reply."""
    gap = answer.pace.fault_seconds(2.0)
    thoughts = [Part(index * gap, answer.delta({"reasoning_content": THOUGHTS[0]})) for index in range(20)]
    late = replace(answer, pace=replace(answer.pace, first_token_s=20 * gap))
    return answer.streamed([*thoughts, *late.story()])


def tool_call(answer: Answer) -> Script:
    """It wants to call a tool, though none was offered."""
    at = answer.pace.due(0)
    function = {"name": "look_up_order", "arguments": '{"id": "DH10245"}'}
    calls = [{"index": 0, "id": "call_1", "type": "function", "function": function}]
    tail = [
        answer.delta({"tool_calls": calls}),
        answer.finished("tool_calls"),
        answer.usage_event(replace(answer.usage, completion=9).as_json()),
        DONE,
    ]
    return answer.streamed([answer.role(at), *(Part(at, data) for data in tail)])


def known_other_model(answer: Answer) -> Script:
    """Another model of the price list answers."""
    return replace(answer, model=KNOWN_MODEL).script()


def dated_model(answer: Answer) -> Script:
    """The model asked for answers under its dated name."""
    return replace(answer, model=f"{answer.request.model}-2026-01-15").script()


def changed_id(answer: Answer) -> Script:
    """Half of the reply; then the stream goes on with somebody else's."""
    half = answer.script().half()
    foreign = replace(answer, id="chatcmpl-somebody-else", pieces=(" Somebody", " else's", " secret."))
    strange = [part._replace(at=half.last_at, tokens=0) for part in foreign.story()]
    return replace(half, parts=[*half.parts, *strange], whole=False)


def ids_of_their_own(answer: Answer) -> Script:
    """Each chunk has an id of its own, as with some gateways."""
    parts = answer.story()
    named = [
        part._replace(data=part.data.replace(answer.id.encode(), b"%s-%d" % (answer.id.encode(), number)))
        for number, part in enumerate(parts)
    ]
    return answer.streamed(named)


def id_after_role(answer: Answer) -> Script:
    """The first chunk has another id than the rest, as some gateways do; no text came before the change."""
    role, *rest = answer.story()
    first = replace(answer, id="chatcmpl-gateway").role(role.at)
    return answer.streamed([first, *rest])


def runaway(answer: Answer) -> Script:
    """The reply repeats itself far beyond the limit that was asked for."""
    words: Sequence[Part] = answer.words()
    gap = answer.pace.fault_seconds(0.4)
    first = answer.pace.due(0)
    rounds = chain.from_iterable(repeat(words, RUNAWAY_TOKENS // max(1, len(words))))
    parts = [part._replace(at=first + index // 20 * gap) for index, part in enumerate(rounds)]
    return answer.streamed([answer.role(first), *parts], ending="hang", whole=False)


def flood(answer: Answer) -> Script:
    """Ten megabytes of text."""
    at = answer.pace.due(0)
    block = Part(at, answer.delta({"content": "x" * FLOOD_BLOCK}))
    return answer.streamed([answer.role(at), *([block] * FLOOD_BLOCKS)], whole=False)


def flood_of_nothing(answer: Answer) -> Script:
    """Ten megabytes of chunks without a word."""
    at = answer.pace.due(0)
    block = Part(at, answer.delta({"content": "", "padding": "x" * FLOOD_BLOCK}))
    return answer.streamed([answer.role(at), *([block] * FLOOD_BLOCKS)], ending="hang", whole=False)


def markup(answer: Answer) -> Script:
    """HTML, scripts, picture beacons and control characters in the text."""
    return replace(answer, pieces=(*answer.pieces, *MARKUP)).script()


FAULTS = (
    Fault("role_twice", "the role chunk comes again, late", role_twice, True),
    Fault("no_content", "deltas that are missing, null or empty before the text", no_content, True),
    Fault("empty_choices", "a first chunk without a choice (prompt_filter_results)", empty_choices, True),
    Fault("second_choice", "a choice with index 1 beside the first", second_choice, True),
    Fault("refusal", "the text comes as refusal", refusal, True),
    Fault(
        "reasoning_openrouter", "reasoning and reasoning_details before the text", reasoning_openrouter, True
    ),
    Fault("thoughts_only", "thoughts, finish_reason 'stop', no text", thoughts_only, True),
    Fault("thoughts_for_long", "thoughts for 40 s, then the reply", thoughts_for_long, True),
    Fault("tool_call", "tool_calls, though no tool was offered", tool_call, True),
    Fault("known_other_model", f"the reply names {KNOWN_MODEL}", known_other_model),
    Fault("dated_model", "the reply names the model with a date", dated_model),
    Fault("changed_id", "half of the reply, then chunks with another id", changed_id, True),
    Fault("ids_of_their_own", "each chunk with another id", ids_of_their_own, True),
    Fault("id_after_role", "another id from the first text on", id_after_role, True),
    Fault("runaway", f"{RUNAWAY_TOKENS} tokens, whatever limit was asked for", runaway, True),
    Fault("flood", "10 MiB of text", flood, True),
    Fault("flood_of_nothing", "10 MiB of chunks without text", flood_of_nothing, True),
    Fault("markup", "HTML, scripts, beacons and control characters in the text", markup, True),
)
