"""The meaning of chunks: text, usage, reason, failure; whatever shape they come in."""

from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holysheep.chunks import ReplyReader, merge
from holysheep.prices import Usage


def reading(*chunks: object) -> ReplyReader:
    """A reader that was fed these chunks, as JSON where they are not bytes."""
    reader = ReplyReader()
    for chunk in chunks:
        data = chunk if isinstance(chunk, bytes) else orjson.dumps(chunk)
        reader.feed(b"data: " + data + b"\n\n")
    return reader


def text_of(*chunks: object) -> str:
    """The visible text of these chunks."""
    reader = ReplyReader()
    pieces = []
    for chunk in chunks:
        data = chunk if isinstance(chunk, bytes) else orjson.dumps(chunk)
        pieces.append(reader.feed(b"data: " + data + b"\n\n"))
    return "".join(pieces)


def choice(delta: Any, **fields: Any) -> dict[str, Any]:
    """A chunk with one choice."""
    return {"choices": [{"index": 0, "delta": delta, **fields}]}


@pytest.mark.parametrize(
    ("chunk", "text"),
    [
        (choice({"content": "a"}), "a"),
        (choice({"role": "assistant", "content": ""}), ""),
        (choice({"content": None}), ""),
        (choice({"content": 7}), ""),
        ({"choices": [{"index": 0, "text": "a"}]}, "a"),
        (choice({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}), "ab"),
        (choice({"content": [{"type": "image_url"}, {"type": "text"}, 7]}), ""),
        (choice({"content": None, "refusal": "no"}), "no"),
        (choice({"reasoning_content": "hm"}), ""),
        (choice({"tool_calls": [{"function": {"name": "x"}}]}), ""),
        (choice(None), ""),
        (choice("a"), ""),
        ({"choices": [{"delta": {"content": "a"}}]}, "a"),
        ({"choices": [{"index": None, "delta": {"content": "a"}}]}, "a"),
        ({"choices": [{"index": 1, "delta": {"content": "b"}}]}, ""),
        (
            {"choices": [{"index": 1, "delta": {"content": "b"}}, {"index": 0, "delta": {"content": "a"}}]},
            "a",
        ),
        ({"choices": [{"message": {"content": "a"}}]}, "a"),
        ({"choices": []}, ""),
        ({"choices": None}, ""),
        ({"choices": {"0": "a"}}, ""),
        ({"choices": ["a"]}, ""),
        ({}, ""),
        ([], ""),
        (7, ""),
        (None, ""),
        (b"", ""),
        (b" ", ""),
    ],
)
def test_the_text_of_a_chunk(chunk: object, text: str) -> None:
    """Only the first choice's content is text; everything else is held back, and breaks nothing."""
    reader = ReplyReader()
    data = chunk if isinstance(chunk, bytes) else orjson.dumps(chunk)
    assert reader.feed(b"data: " + data + b"\n\n") == text
    assert (reader.failure, reader.bad_chunks, reader.whole) == (None, 0, False)


@pytest.mark.parametrize(
    ("chunks", "text"),
    [
        (
            [
                b'{"choices":[{"delta":{"content":"\\ud83d"}}]}',
                b'{"choices":[{"delta":{"content":"\\ude00!"}}]}',
            ],
            "😀!",
        ),
        ([b'{"choices":[{"delta":{"content":"\\ud83d"}}]}', choice({"content": "a"})], "\ufffda"),
        ([b'{"choices":[{"delta":{"content":"\\ude00a"}}]}'], "\ufffda"),
        ([b'{"choices":[{"delta":{"content":"ch\xc3"}}]}'], "ch\ufffd"),
        ([b'{"choices":[{"delta":{"content":"a"},"logprobs":NaN}]}'], "a"),
    ],
)
def test_what_strict_json_does_not_allow(chunks: list[object], text: str) -> None:
    """Half an emoji, half a character, NaN: what can be read of them is, and none counts as damage."""
    assert text_of(*chunks) == text
    assert reading(*chunks).bad_chunks == 0


def test_a_few_bad_chunks_are_skipped() -> None:
    """Three chunks that are no JSON are passed over; a fourth spoils the reply."""
    bad = b'{"choices":[{"delta'
    assert text_of(bad, choice({"content": "a"}), bad, bad, choice({"content": "b"})) == "ab"
    failure = reading(*[bad] * 4).failure
    assert failure is not None
    assert failure.kind == "garbled"


@pytest.mark.parametrize(
    ("chunk", "kind", "status"),
    [
        ({"error": {"code": 429, "message": "slow"}}, "rate_limited", 429),
        ({"error": {"message": "slow", "code": "rate_limit_exceeded"}, "status": 429}, "rate_limited", 429),
        ({"error": "overloaded"}, "provider_down", None),
        ({"error": {"code": "context_length_exceeded"}}, "context_too_long", None),
        (choice({}, finish_reason="error"), "provider_down", None),
        (choice({}, finish_reason="error", error={"code": 402}), "no_credit", 402),
        (b'{"error":{"message":"\\ud83d"}}', "provider_down", None),
    ],
)
def test_errors_in_the_stream(chunk: object, kind: str, status: int | None) -> None:
    """An error object counts as the answer it stands for; the text before it stays."""
    failure = reading(choice({"content": "a"}), chunk).failure
    assert failure is not None
    assert (failure.kind, failure.status) == (kind, status)
    assert text_of(choice({"content": "a"}), chunk) == "a"


def test_text_and_error_in_one_packet() -> None:
    """The text before an error is given out, though both came at once."""
    reader = ReplyReader()
    data = orjson.dumps(choice({"content": "a"}))
    assert reader.feed(b"data: " + data + b'\n\ndata: {"error":"x"}\n\n') == "a"
    assert reader.failure is not None


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("stop", "stop"),
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("eos", "stop"),
    ],
)
def test_reasons_in_other_words(reason: str, kept: str) -> None:
    """Gateways pass on the words of other models."""
    assert reading(choice({}, finish_reason=reason)).finish_reason == kept


@pytest.mark.parametrize("reason", [None, ""])
def test_no_reason_is_none(reason: str | None) -> None:
    """A reply is whole only where a reason or [DONE] came."""
    reader = reading(choice({"content": "a"}, finish_reason=reason))
    assert not reader.whole
    assert reading(b"[DONE]").whole


def test_nothing_is_read_after_done() -> None:
    """What stands after [DONE] belongs to nobody."""
    assert text_of(choice({"content": "a"}), b"[DONE]", choice({"content": "b"})) == "a"


def test_the_model_that_served() -> None:
    """The last model named is the one; an empty name is none."""
    assert reading({"model": "gpt-4.1"}, {"model": ""}, {}).served_model == "gpt-4.1"


NO_MONEY: list[object] = [-1, "free", True, "nan", "inf", []]
FULL = {
    "prompt_tokens": 100,
    "completion_tokens": 40,
    "prompt_tokens_details": {"cached_tokens": 60},
    "completion_tokens_details": {"reasoning_tokens": 5},
    "cost_usd": "0.00012300",
}


@pytest.mark.parametrize(
    ("reports", "usage"),
    [
        ([FULL], Usage(100, 60, 40, 5, Decimal("0.000123"))),
        ([FULL, None, {}], Usage(100, 60, 40, 5, Decimal("0.000123"))),
        ([{"prompt_tokens": 9, "completion_tokens": n} for n in (1, 2, 3)], Usage(9, 0, 3)),
        ([{"prompt_tokens": 9}, {"completion_tokens": 3}], Usage(9, 0, 3)),
        ([{"prompt_tokens": 9, "cache_read_input_tokens": 4}], Usage(9, 4)),
        ([{"prompt_tokens": 9.0, "completion_tokens": -1}], Usage(9)),
        ([{"prompt_tokens": 0, "completion_tokens": 0}], Usage()),
        ([{"prompt_tokens": 9, "prompt_tokens_details": None, "completion_tokens_details": []}], Usage(9)),
        ([{"prompt_tokens": 9, "cost_usd": 1e-05}], Usage(9, cost_usd=Decimal("0.00001"))),
        (
            [{"prompt_tokens": 9, "cost_usd": 0.03790550000000001}],
            Usage(9, cost_usd=Decimal("0.03790550000000001")),
        ),
        ([{"prompt_tokens": 9, "cost_usd": 0}], Usage(9, cost_usd=Decimal(0))),
        ([{"prompt_tokens": 9, "cost_usd": usd} for usd in NO_MONEY], Usage(9)),
        ([{"prompt_tokens": float("inf"), "completion_tokens": 2}], Usage(completion=2)),
        ([{"total_tokens": 50}], None),
        ([{"prompt_tokens": None, "completion_tokens": "many"}], None),
        (["free", [], 7, True], None),
        ([None], None),
    ],
)
def test_usage(reports: list[Any], usage: Usage | None) -> None:
    """The larger figure of each field, never the sum; a report that counts nothing is none."""
    seen: Usage | None = None
    for report in reports:
        seen = merge(seen, report)
    assert seen == usage


KEYS = """
    choices delta content message error code status type usage prompt_tokens completion_tokens model index
    finish_reason prompt_tokens_details cached_tokens cost_usd reasoning refusal
""".split()  # noqa: SIM905 - easier to read than a list
WORDS = st.sampled_from(KEYS)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 600) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(WORDS, JSON, max_size=4) | JSON, max_size=4))
def test_no_shape_breaks_the_reader(chunks: list[Any]) -> None:
    """Any JSON at all is text, nothing, or a failure that is told; never an exception."""
    reader = reading(*chunks)
    assert reader.whole or reader.failure or reader.finish_reason is None
    assert reader.flush() == ""


@given(st.binary(max_size=80))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Nor do bytes that are no events."""
    ReplyReader().feed(b"data: " + data)
    ReplyReader().take_whole(data, "application/json")


@pytest.mark.parametrize(
    ("body", "kind", "failure"),
    [
        (b'{"choices":[{"message":{"content":"a"}}]}', "application/json", None),
        (b"<html>", "text/html", "not_a_provider"),
        (b'{"choices":[{"mess', "application/json", "garbled"),
        (b'{"error":{"code":402}}', "application/json", "no_credit"),
    ],
)
def test_a_reply_in_one_piece(body: bytes, kind: str, failure: str | None) -> None:
    """A whole completion is whole by itself; a page, a torn document or an error is none."""
    reader = ReplyReader()
    assert reader.take_whole(body, kind) == ("" if failure else "a")
    assert (reader.failure.kind if reader.failure else None) == failure
    assert reader.whole is (failure is None)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b'data: {"object":"error","message":"no memory","code":500}', "provider_down"),
        (b'data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', "overloaded"),
        (b'data: {"detail":"Internal Server Error"}', "provider_down"),
        (b'data: {"message":"slow down","status":429}', "rate_limited"),
        (b'data: [{"error":{"code":503,"message":"UNAVAILABLE"}}]', "provider_down"),
        (b'data: {"error":{}}', "provider_down"),
        (
            b'data: {"choices":[{"index":0,"delta":{},"error":{"code":502,"message":"gone"}}]}',
            "provider_down",
        ),
        (b'data: {"choices":[],"error":{"code":"insufficient_quota"}}', "no_credit"),
        (b'{"error":{"code":"invalid_api_key"}}', "bad_key"),
    ],
)
def test_an_error_inside_the_stream(said: bytes, kind: str) -> None:
    """Whatever its dialect, it is known at once, and what came before it stays."""
    reader = ReplyReader()
    assert reader.feed(b'data: {"choices":[{"delta":{"content":"Xin"}}]}\n\n' + said + b"\n\n") == "Xin"
    assert reader.failure is not None
    assert reader.failure.kind == kind


@pytest.mark.parametrize(
    "said",
    [
        b'data: {"error":null,"choices":[{"delta":{"content":"Xin"}}]}',
        b'{"choices":[{"delta":{"content":"Xin"}}]}',
        b'data: {"type":"ping"}\n\ndata: {"choices":[{"delta":{"content":"Xin"}}],"message":"fine"}',
    ],
)
def test_what_is_no_error(said: bytes) -> None:
    """Nor is what merely looks a little like one."""
    reader = ReplyReader()
    assert reader.feed(said + b"\n\n") == "Xin"
    assert reader.failure is None
