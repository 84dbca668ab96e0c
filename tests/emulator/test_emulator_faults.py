"""Every fault does on the wire what its row says."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from wire_client import BODY, TOKENS, Wire, ask, request_bytes

from emulator import FAULTS, Emulator

HALF = TOKENS // 2
HANGS_S = 0.3
"""How long silence must last to be taken for silence."""


@dataclass(frozen=True)
class Case:
    """What a streamed request meets. ``code`` is the error's; ``also`` checks what no column holds."""

    name: str
    status: int | None = 200
    kind: str = "text/event-stream"
    end: str = "whole"
    tokens: int = TOKENS
    finish: str | None = "stop"
    done: bool = True
    usage: bool = True
    code: str | None = None
    ended: str | None = "whole"
    also: Callable[[Wire], bool] = lambda wire: True


def refusal(
    name: str, status: int, code: str | None, also: Callable[[Wire], bool] = lambda wire: True
) -> Case:
    """An error status with a JSON body."""
    return Case(name, status, "application/json", "whole", 0, None, False, False, code, "fault", also)


def page(name: str, status: int) -> Case:
    """An HTML page."""
    return Case(
        name,
        status,
        "text/html",
        "whole",
        0,
        None,
        False,
        False,
        ended="fault",
        also=lambda wire: wire.body.lstrip().startswith((b"<html", b"<!doctype")),
    )


def broken(
    name: str,
    end: str,
    tokens: int,
    ended: str | None = "fault",
    status: int | None = 200,
    also: Callable[[Wire], bool] = lambda wire: True,
) -> Case:
    """A stream with no proper end."""
    return Case(
        name,
        status,
        "text/event-stream" if status else "",
        end,
        tokens,
        None,
        False,
        False,
        None,
        ended,
        also,
    )


def retry_after(seconds: str) -> Callable[[Wire], bool]:
    """The header says so."""
    return lambda wire: wire.headers["retry-after"] == seconds


def lasts(seconds: float) -> Callable[[Wire], bool]:
    """The last byte came no earlier; 3 ms for clocks that tick in milliseconds."""
    return lambda wire: wire.arrivals[-1] >= seconds - 0.003


CASES = (
    refusal("bad_key", 401, "invalid_api_key"),
    refusal("no_credit", 402, "insufficient_balance"),
    refusal("forbidden", 403, "permission_denied"),
    refusal("unknown_model", 404, "model_not_found"),
    refusal("rate_limited", 429, "rate_limit_exceeded", retry_after("1")),
    refusal("rate_limited_long", 429, "rate_limit_exceeded", retry_after("120")),
    refusal("no_quota", 429, "insufficient_quota"),
    refusal("server_error", 500, None),
    page("bad_gateway", 502),
    refusal("unavailable", 503, "no_available_channel"),
    page("timeout_504", 504),
    refusal("overloaded", 529, None),
    refusal("context_too_long", 400, "context_length_exceeded"),
    refusal("content_filter", 400, "content_policy_violation"),
    refusal("bad_parameter", 400, "unknown_parameter", lambda wire: b'"stream_options"' in wire.body),
    broken("reset", "reset", 0, status=None),
    broken("no_headers", "open", 0, ended=None, status=None),
    broken("silent", "open", 0, ended=None, also=lambda wire: wire.body == b""),
    Case("slow_start", also=lambda wire: wire.arrivals[0] >= 0.2 - 0.003),
    broken(
        "comments_only",
        "open",
        0,
        ended=None,
        also=lambda wire: wire.body.startswith(b": keep-alive\n\n" * 3),
    ),
    broken("cut_before_text", "reset", 0, also=lambda wire: b'"role":"assistant"' in wire.body),
    broken("cut", "closed", HALF),
    broken("cut_clean", "whole", HALF),
    broken("stall", "open", HALF, ended=None),
    Case("slow_drip", also=lasts((TOKENS - 1) * 0.02)),
    Case("bursts", also=lasts(0.006)),
    Case("split_bytes", also=lambda wire: len(wire.arrivals) > 10 * TOKENS),
    Case("error_first", tokens=0, finish=None, usage=False, code="rate_limit_exceeded", ended="fault"),
    Case(
        "error_in_stream", tokens=HALF, finish=None, done=False, usage=False, code="overloaded", ended="fault"
    ),
    Case("finish_error", tokens=HALF, finish="error", usage=False, ended="fault"),
    Case("filtered_reply", tokens=HALF, finish="content_filter", ended="fault"),
    Case("length", finish="length"),
    Case(
        "empty",
        tokens=0,
        finish=None,
        done=False,
        usage=False,
        ended="fault",
        also=lambda wire: wire.body == b"",
    ),
    Case("empty_stop", tokens=0, also=lambda wire: wire.usage()["completion_tokens"] == 0),
    Case("no_usage", usage=False),
    Case(
        "usage_null",
        usage=False,
        also=lambda wire: wire.events()[-1] | {"choices": [], "usage": None} == wire.events()[-1],
    ),
    Case("usage_cost", also=lambda wire: wire.usage()["cost_usd"] == 0.000123),
    Case(
        "usage_every_chunk",
        also=lambda wire: (
            [event["usage"]["completion_tokens"] for event in wire.events()[1 : TOKENS + 1]]
            == list(range(1, TOKENS + 1))
        ),
    ),
    Case("no_done", done=False),
    Case("done_without_finish", finish=None, usage=False),
    Case(
        "bad_chunk",
        also=lambda wire: sum(line.startswith('{"id":"chatcmpl-broken"') for line in wire.data_lines()) == 1,
    ),
    page("html_200", 200),
    Case(
        "json_200",
        kind="application/json",
        tokens=0,
        finish=None,
        done=False,
        usage=False,
        also=lambda wire: json.loads(wire.body)["choices"][0]["message"]["content"] != "",
    ),
    Case("crlf", also=lambda wire: wire.body.count(b"\r\n") == wire.body.count(b"\n")),
    Case(
        "other_model",
        also=lambda wire: {event["model"] for event in wire.events()} == {"deepseek-v3.2-fallback"},
    ),
    Case("reasoning", also=lambda wire: "reasoning_content" in wire.events()[1]["choices"][0]["delta"]),
)


def patience(status: int | None, end: str) -> dict[str, float]:
    """How long to wait for what comes: the shorter time only where nothing is to come."""
    if end != "open":
        return {}
    return {"silence_s": HANGS_S} if status else {"head_s": HANGS_S}


def error_code(wire: Wire) -> str | None:
    """The code of the error object, in an event or in the body."""
    if wire.headers.get("content-type", "").startswith("application/json"):
        return json.loads(wire.body).get("error", {}).get("code")  # type: ignore[no-any-return]
    return next((event["error"]["code"] for event in wire.events() if "error" in event), None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_streamed_request_meets_the_fault(emu: Emulator, case: Case) -> None:
    """What leaves the socket is what the row says, and so is what the emulator notes."""
    emu.set_fault(case.name)
    comments = case.name == "comments_only"
    wire = await ask(
        emu, **patience(case.status, case.end), enough=lambda body: comments and body.count(b"\n\n") >= 3
    )

    assert (wire.status, wire.end) == (case.status, case.end)
    assert wire.headers.get("content-type", "").startswith(case.kind)
    assert error_code(wire) == case.code
    assert (len(wire.deltas()), wire.finish()) == (case.tokens, case.finish)
    assert ("[DONE]" in wire.data_lines(), bool(wire.usage())) == (case.done, case.usage)
    assert case.also(wire)
    seen = emu.requests[-1]
    assert seen.fault == case.name
    if case.ended:
        assert seen.ended == case.ended


WHOLE = {
    "reset": (None, "reset"),
    "no_headers": (None, "open"),
    "silent": (200, "open"),
    "stall": (200, "open"),
    "cut": (200, "closed"),
    "cut_before_text": (200, "reset"),
}


@pytest.mark.parametrize("name", [case.name for case in CASES if not FAULTS[case.name].streams_only])
async def test_a_whole_reply_meets_the_fault(emu: Emulator, name: str) -> None:
    """Faults that are not about the stream also strike a reply that is asked for whole."""
    emu.set_fault(name)
    case = next(case for case in CASES if case.name == name)
    status, end = WHOLE.get(name, (case.status, "whole"))
    body = {key: value for key, value in BODY.items() if not key.startswith("stream")}
    wire = await ask(emu, body, **patience(status, end))
    assert (wire.status, wire.end) == (status, end)


async def test_times_counts_requests(emu: Emulator) -> None:
    """A fault set for two requests strikes twice and no more."""
    emu.set_fault("server_error", times=2)
    assert [(await ask(emu)).status for _ in range(3)] == [500, 500, 200]


async def test_cleared_faults_are_gone(emu: Emulator) -> None:
    """After clearing, replies are whole again."""
    emu.set_fault("cut")
    emu.clear_faults()
    assert (await ask(emu)).end == "whole"


@pytest.mark.parametrize(("name", "times"), [("no_such", None), ("cut", 0)])
def test_a_wrong_fault_is_refused(name: str, times: int | None) -> None:
    """An unknown name or a count below one is an error at once."""
    with pytest.raises(ValueError, match=r"no_such|times"):
        Emulator().set_fault(name, times)


async def test_split_bytes_joins_to_the_same_text(emu: Emulator) -> None:
    """The packets end inside characters, yet their sum is the faultless reply."""
    plain = (await ask(emu)).deltas()
    emu.set_fault("split_bytes")
    assert (await ask(emu)).deltas() == plain
    assert any(ord(letter) > 127 for letter in "".join(plain))


def test_request_bytes_are_http() -> None:
    """The raw client's own request is well formed."""
    assert request_bytes().split(b"\r\n\r\n")[1] == json.dumps(BODY).encode()
