"""The faults of statuses, tempo, framing, payload and counting do on the wire what their lines say."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from test_emulator_faults import CASES as FIRST_CASES
from wire_client import BODY, TOKENS, Wire, ask

from emulator import FAULTS, Emulator
from emulator.faults.gateways import MANY_MESSAGES
from emulator.seen import fingerprint

HALF = TOKENS // 2
Check = Callable[[Wire], bool]


@dataclass(frozen=True)
class Case:
    """``check`` is what the line of the fault promises."""

    name: str
    check: Check
    status: int | None = 200
    end: str = "whole"


def says(**headers: str) -> Check:
    """The headers say so."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda wire: named.items() <= wire.headers.items()


def holds(*words: bytes) -> Check:
    """The body has them all."""
    return lambda wire: all(word in wire.body for word in words)


def counts(**usage: int) -> Check:
    """The usage says so."""
    return lambda wire: usage.items() <= wire.usage().items()


def limited(name: str, check: Check, status: int = 429) -> Case:
    """Too much was asked."""
    return Case(name, check, status)


def last_id(wire: Wire) -> bool:
    """The last chunk has another id than the first."""
    return wire.events()[0]["id"] != wire.events()[-1]["id"]  # type: ignore[no-any-return]


def own_ids(wire: Wire) -> bool:
    """No two chunks have the same id."""
    ids = [event["id"] for event in wire.events()]
    return len(set(ids)) == len(ids)


CASES = (
    limited("rate_limited_short", says(retry_after="4")),
    limited("rate_limited_date", lambda wire: wire.headers["retry-after"].endswith("GMT")),
    limited("rate_limited_ms", says(retry_after_ms="2500", retry_after="9")),
    limited("rate_limited_ms_azure", says(x_ms_retry_after_ms="2500", retry_after_ms="soon")),
    limited("rate_limited_reset", says(x_ratelimit_reset_tokens="6m0s")),
    limited("rate_limited_reset_ms", says(x_ratelimit_reset_requests="900ms")),
    limited("rate_limited_bare", lambda wire: not any("ratelimit" in name for name in wire.headers)),
    limited("retry_after_zero", says(retry_after="0")),
    limited("retry_after_negative", says(retry_after="-5")),
    limited("retry_after_word", says(retry_after="abc")),
    limited("retry_after_day", says(retry_after="86400")),
    limited("retry_after_nan", says(retry_after="nan")),
    limited("retry_after_infinite", says(retry_after="inf")),
    limited("no_credit_for_now", says(retry_after="3"), 402),
    limited("balance_exhausted", holds(b"credit_balance_exhausted")),
    limited("spend_limit", holds(b"project_spend_limit_exceeded")),
    limited("organization_limit", holds(b"organization_usage_limit_exceeded")),
    *(
        Case(f"redirect_{code}", lambda wire: "location" in wire.headers, code)
        for code in (301, 302, 307, 308)
    ),
    Case("small_window", lambda wire: len(wire.deltas()) == TOKENS),
    Case("no_stream_options", holds(b"'stream_options'"), 400),
    Case("no_max_tokens", lambda wire: len(wire.deltas()) == TOKENS),
    Case("no_temperature", lambda wire: len(wire.deltas()) == TOKENS),
    Case("bad_model", holds(b"Invalid model name"), 400),
    Case("region_blocked", holds(b"unsupported_country"), 403),
    Case("moderated", holds(b"flagged_input"), 403),
    Case("waf_page", holds(b"<html>"), 403),
    Case("wrong_path", holds(b"<html>"), 404),
    Case("wrong_path_detail", holds(b"Not Found"), 404),
    Case("timeout_408", holds(b"timed out"), 408),
    Case("conflict", holds(b"conflict"), 409),
    Case("too_large", holds(b"too large"), 413),
    Case("unprocessable", holds(b"Unprocessable"), 422),
    Case("should_retry", says(x_should_retry="true"), 422),
    Case("should_not_retry", says(x_should_retry="false"), 500),
    Case("unavailable_short", says(retry_after="3"), 503),
    Case("unavailable_long", says(retry_after="120"), 503),
    *(Case(f"origin_{code}", holds(b"<html>"), code) for code in range(520, 527)),
    Case("error_text", holds(b'{"error": "The'), 500),
    Case("error_message", holds(b'{"message": "The'), 500),
    Case("error_detail", holds(b'{"detail": "The'), 500),
    Case("error_list", holds(b'[{"error"'), 500),
    Case("error_blank", holds(b'{"message": ""}'), 500),
    Case("error_null", holds(b"null"), 500),
    Case("error_code_number", holds(b'"code": 500'), 500),
    Case("error_code_digits", holds(b'"code": "500"'), 500),
    Case("error_not_json", holds(b"{upstream"), 500),
    Case("error_nothing", lambda wire: wire.body == b"", 500),
    Case("no_content_204", lambda wire: wire.body == b"", 204),
    Case("empty_json_200", holds(b"{}")),
    Case("quota_in_words", holds(b"current quota"), 429),
    Case("limited_200", holds(b"rate_limit_exceeded")),
    Case("bad_key_200", holds(b"invalid_api_key")),
    Case("portal_200", holds(b"sign in")),
    Case("late_headers", lambda wire: wire.arrivals[0] >= 0.19),
    Case("blank_then_silent", lambda wire: wire.deltas() == ["\n\n"], end="open"),
    Case("queued", lambda wire: wire.body.count(b": keep-alive") == 25 and len(wire.deltas()) == TOKENS),
    Case("stall_then_comments", holds(b": keep-alive"), end="open"),
    Case("token_drip", lambda wire: wire.arrivals[-1] - wire.arrivals[0] >= 3.8),
    Case("byte_drip", lambda wire: len(set(wire.arrivals)) >= 9, end="open"),
    Case("drip_in_mid_reply", lambda wire: len(wire.deltas()) == HALF, end="open"),
    Case("open_after_finish", lambda wire: wire.usage() and "[DONE]" not in wire.data_lines(), end="open"),
    Case("open_after_done", holds(b"[DONE]"), end="open"),
    Case("more_after_done", lambda wire: wire.body.index(b"[DONE]") < wire.body.index(b"secret")),
    Case("cr_only", lambda wire: b"\n" not in wire.body and wire.body.endswith(b"[DONE]\r\r")),
    Case("split_crlf", lambda wire: wire.body.count(b"\r\n") == wire.body.count(b"\r") > 80),
    Case("odd_line_ends", lambda wire: "\u2028a\u2029b\u0085c" in wire.body.decode()),
    Case("comments_between", lambda wire: wire.body.count(b": OPENROUTER") == wire.body.count(b"data: ")),
    Case("ids_and_names", holds(b"event: message\nid: 3\nretry: 3000\ndata: ")),
    Case("no_space", lambda wire: b"data: " not in wire.body and b'data:{"id"' in wire.body),
    Case("two_spaces", holds(b'data:  {"id"')),
    Case("multi_line", holds(b'data: {\ndata:  "id"')),
    Case("bom", lambda wire: wire.body.startswith(b"\xef\xbb\xbfdata: ")),
    Case("open_end", lambda wire: wire.body.endswith(b"}") and b"completion_tokens" in wire.body[-400:]),
    Case("giant_line", lambda wire: max(map(len, wire.body.split(b"\n"))) > 1 << 20),
    Case("endless_line", lambda wire: len(wire.body) > 5 << 20, end="open"),
    Case("bad_chunks", lambda wire: wire.body.count(b"{oops") > 4),
    Case("broken_usage", lambda wire: wire.usage() is None and "[DONE]" in wire.data_lines()),
    Case("error_event", holds(b"event: error\n")),
    Case("error_event_coded", holds(b'event: error\ndata: {"type":"error"', b"invalid_api_key")),
    Case("stream_as_text", says(content_type="text/plain; charset=utf-8")),
    Case("stream_untyped", lambda wire: "content-type" not in wire.headers and len(wire.deltas()) == TOKENS),
    Case("error_event_later", lambda wire: len(wire.deltas()) == HALF and b"event: error\n" in wire.body),
    Case("error_after_role", lambda wire: wire.deltas() == [] and b'"status":502' in wire.body),
    Case("bad_key_first", lambda wire: wire.events()[0]["error"]["code"] == "invalid_api_key"),
    Case("gzip_if_accepted", lambda wire: len(wire.deltas()) == TOKENS),
    Case("gzip_unsaid", lambda wire: b"[DONE]" in gzip.decompress(wire.body)),
    Case("role_twice", lambda wire: wire.body.count(b'"role":"assistant"') == 3),
    Case("no_content", holds(b'"delta":null', b'"choices":null', b'"delta":{}')),
    Case("empty_choices", holds(b"prompt_filter_results")),
    Case("second_choice", lambda wire: wire.body.count(b" WRONG") == TOKENS),
    Case("refusal", lambda wire: wire.deltas() == [] and wire.body.count(b'"refusal":"') >= TOKENS),
    Case("reasoning_openrouter", holds(b"reasoning_details")),
    Case("thoughts_only", lambda wire: wire.deltas() == [] and wire.usage()["completion_tokens"] == 12),
    Case("thoughts_for_long", lambda wire: wire.body.count(b"reasoning_content") == 20),
    Case("tool_call", lambda wire: wire.finish() == "tool_calls"),
    Case("known_other_model", lambda wire: {event["model"] for event in wire.events()} == {"gpt-4.1"}),
    Case(
        "dated_model",
        lambda wire: {event["model"] for event in wire.events()} == {"deepseek-v3.2-2026-01-15"},
    ),
    Case("changed_id", last_id),
    Case("id_after_role", last_id),
    Case("ids_of_their_own", own_ids),
    Case("runaway", lambda wire: len(wire.deltas()) > 2000, end="open"),
    Case("flood", lambda wire: len(wire.body) > 10 << 20),
    Case("flood_of_nothing", lambda wire: len(wire.body) > 10 << 20 and wire.deltas() == [], end="open"),
    Case("markup", holds(b"<script>", b"![beacon]", b"\\u001b")),
    Case("usage_split", lambda wire: "prompt_tokens" not in wire.usage()),
    Case("usage_zero", counts(prompt_tokens=0, completion_tokens=0)),
    Case("usage_negative", counts(completion_tokens=-5)),
    Case("usage_wrong_sum", counts(total_tokens=7)),
    Case("usage_tenfold", lambda wire: wire.usage()["prompt_tokens"] > 300),
    Case("usage_beyond_limit", counts(completion_tokens=3072)),
    Case("usage_million", counts(prompt_tokens=1_000_000)),
    Case("cached_inside", lambda wire: wire.usage()["prompt_tokens_details"]["cached_tokens"] > 2),
    Case("cached_beside", counts(cache_read_input_tokens=400)),
    Case("usage_cost_float", holds(b"0.03790550000000001")),
    Case("odd_reason", lambda wire: wire.finish() == "eos"),
)
#: Some never end, and are left when this came; the tempo of these tests would take too long otherwise.
ENOUGH: dict[str, Callable[[bytes], bool]] = {
    "runaway": lambda body: len(body) > 600_000,
    "byte_drip": lambda body: len(body) >= 10,
    "drip_in_mid_reply": lambda body: body.count(b"\n\n") > HALF,
    "stall_then_comments": lambda body: body.count(b": keep-alive") > 2,
}
BROKEN = {"headers_too_large", "http_garbage"}  # no answer that this client can read


def test_the_tables_are_complete() -> None:
    """Each fault has its row in one of the two tables."""
    names = [case.name for case in (*FIRST_CASES, *CASES)] + sorted(BROKEN)
    assert sorted(names) == sorted(FAULTS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_streamed_request_meets_it(emu: Emulator, case: Case) -> None:
    """What leaves the socket is what the fault's line says."""
    emu.set_fault(case.name)
    enough = ENOUGH.get(case.name, lambda body: False)
    wire = await ask(emu, silence_s=0.3 if case.end == "open" else 10.0, enough=enough)
    assert (wire.status, wire.end) == (case.status, case.end)
    assert case.check(wire)
    assert emu.requests[-1].fault == case.name


async def test_faults_come_in_turn(emu: Emulator) -> None:
    """One a request, None for a good one, and then all is well."""
    emu.set_faults(["server_error", None, "bad_key"])
    assert [(await ask(emu)).status for _ in range(5)] == [500, 200, 401, 200, 200]


async def test_a_fault_strikes_one_key_only(emu: Emulator) -> None:
    """Other keys meet the plan for all, or none."""
    emu.set_fault("no_quota", key=fingerprint("first-key"))
    assert (await ask(emu, key="first-key")).status == 429
    assert (await ask(emu, key="other-key")).status == 200
    emu.set_fault("server_error")
    assert (await ask(emu, key="first-key")).status == 429
    assert (await ask(emu, key="other-key")).status == 500
    emu.clear_faults()
    assert (await ask(emu, key="first-key")).status == 200


async def test_a_fault_lasts_for_a_time(emu: Emulator) -> None:
    """After so many seconds the provider is well again."""
    now = 100.0
    flapping = Emulator(emu.pace, clock=lambda: now)
    await flapping.start()
    try:
        flapping.set_fault("server_error", seconds=60)
        assert (await ask(flapping)).status == 500
        now = 160.0
        assert (await ask(flapping)).status == 200
    finally:
        await flapping.stop()


async def test_a_small_window_takes_fewer_messages(emu: Emulator) -> None:
    """The fault looks at what is asked."""
    emu.set_fault("small_window")
    many = {**BODY, "messages": [{"role": "user", "content": "?"}] * (MANY_MESSAGES + 1)}
    assert (await ask(emu, many)).status == 400


@pytest.mark.parametrize("name", sorted(BROKEN))
async def test_an_answer_nobody_can_read(emu: Emulator, name: str) -> None:
    """It is noted as a fault all the same."""
    emu.set_fault(name)
    with pytest.raises(Exception, match=r"imit|index out of range"):
        await ask(emu)
    assert emu.requests[-1].fault == name


def test_seconds_must_be_above_zero() -> None:
    """A time that is over before it began is an error at once."""
    with pytest.raises(ValueError, match="seconds"):
        Emulator().set_fault("cut", seconds=0)


async def test_requests_tell_of_their_connection_and_fields(emu: Emulator) -> None:
    """Two requests on two connections differ; the names in the body are kept."""
    await ask(emu)
    await ask(emu)
    first, second = emu.requests
    assert first.connection != second.connection
    assert json.loads(json.dumps(first.fields)) == sorted(BODY)
