"""Usage that is split, zero, absurd, or counted another way."""

from dataclasses import replace
from typing import Any

from ..answer import Answer, document
from ..script import Part, Script
from .fault import Fault

FLOAT_COST = 0.03790550000000001
BESIDE = 400
"""Cached tokens that the provider counts beside the prompt."""


def with_usage(answer: Answer, **changes: Any) -> Script:
    """The faultless reply, with these fields of its usage changed."""
    usage = {**answer.usage.as_json(), **changes}
    if not answer.request.stream:
        body = {**answer.completion(), "usage": usage}
        at, tokens = answer.pace.due(len(answer.pieces)), len(answer.pieces)
        return document(200, body, answer.headers, at, tokens)
    *parts, done = answer.story(usage=False)
    return answer.streamed([*parts, Part(done.at, answer.usage_event(usage)), done])


def usage_split(answer: Answer) -> Script:
    """The prompt's tokens in the first chunk, the reply's in the last, as Anthropic counts."""
    usage = answer.usage.as_json()
    first = {**usage, "completion_tokens": 0, "total_tokens": usage["prompt_tokens"]}
    last = {"completion_tokens": usage["completion_tokens"]}
    at = answer.pace.due(0)
    opening = Part(at, answer.delta({"role": "assistant", "content": ""}, usage=first))
    *parts, done = answer.story(usage=False)
    return answer.streamed([opening, *parts[1:], Part(done.at, answer.usage_event(last)), done])


def usage_zero(answer: Answer) -> Script:
    """No token is counted, though text came."""
    nothing = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "prompt_tokens_details": None}
    return with_usage(answer, **nothing)


def usage_negative(answer: Answer) -> Script:
    """Fewer tokens than none."""
    return with_usage(answer, completion_tokens=-5)


def usage_wrong_sum(answer: Answer) -> Script:
    """The total is not the sum."""
    return with_usage(answer, total_tokens=7)


def usage_tenfold(answer: Answer) -> Script:
    """Far more for the prompt than it can have."""
    prompt = answer.usage.prompt * 50 + 1000
    return with_usage(answer, prompt_tokens=prompt, total_tokens=prompt + answer.usage.completion)


def usage_beyond_limit(answer: Answer) -> Script:
    """More for the reply than was allowed."""
    completion = 3 * (answer.request.max_tokens or 1024)
    return with_usage(answer, completion_tokens=completion, total_tokens=answer.usage.prompt + completion)


def cached_inside(answer: Answer) -> Script:
    """Half of the prompt came from the cache, and is counted in the prompt."""
    cached = answer.usage.prompt // 2
    return with_usage(answer, prompt_tokens_details={"cached_tokens": cached})


def cached_beside(answer: Answer) -> Script:
    """Cached tokens are counted beside the prompt, in Anthropic's field."""
    return with_usage(answer, cache_read_input_tokens=BESIDE, prompt_tokens_details=None)


def usage_cost_float(answer: Answer) -> Script:
    """A cost with the noise of floating point."""
    return with_usage(answer, cost_usd=FLOAT_COST)


def usage_million(answer: Answer) -> Script:
    """A reply that uses up a key's window at one go."""
    prompt = 1_000_000
    return with_usage(answer, prompt_tokens=prompt, total_tokens=prompt + answer.usage.completion)


def odd_reason(answer: Answer) -> Script:
    """A finish reason that is none of the known ones."""
    return replace(answer, finish="eos").script()


FAULTS = (
    Fault(
        "usage_split", "the prompt's tokens in the first chunk, the reply's in the last", usage_split, True
    ),
    Fault("usage_zero", "usage of 0 though text came", usage_zero),
    Fault("usage_negative", "usage with -5 completion tokens", usage_negative),
    Fault("usage_wrong_sum", "usage whose total is not the sum", usage_wrong_sum),
    Fault("usage_tenfold", "usage with more than 50 times the prompt", usage_tenfold),
    Fault("usage_beyond_limit", "usage with three times the longest reply", usage_beyond_limit),
    Fault("usage_million", "usage of a million tokens", usage_million),
    Fault("cached_inside", "half of the prompt cached, counted inside it", cached_inside),
    Fault("cached_beside", f"{BESIDE} cached tokens, counted beside the prompt", cached_beside),
    Fault("usage_cost_float", f"usage carries cost_usd ({FLOAT_COST})", usage_cost_float),
    Fault("odd_reason", "finish_reason 'eos'", odd_reason),
)
