"""Faults that no well-behaved server can play, each over a real socket."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

import pytest
from asking import KEY, ask, asking, read
from ports import free_port
from raw_lines import DONE, Say, chunked, event, full_backlog, head, say, speaking, word

import emulator
from holysheep import leg
from holysheep.events import FinishReason

OK = (head(), word("Xin chào"), word("", "stop"), DONE)
WHOLE = "Xin chào"
XIN = word("Xin")
THOUGHT = event({"choices": [{"delta": {"reasoning_content": "hm"}}]})
CHUNKED = head(Transfer_Encoding="chunked")
REFUSAL = b'{"error":{"message":"too long","code":"context_length_exceeded"}}'
JSON = "application/json"
ERROR = event({"error": {"message": "upstream is gone", "code": 502}})
DOCUMENT = b'{"choices":[{"message":{"content":"Xin"},"finish_reason":"stop"}]}'


@dataclass(frozen=True)
class Case:
    """What the provider says on its socket, and what comes of it.

    kept: text that stays. asked: requests in all. limits: of the provider.
    """

    name: str
    answers: tuple[Say, ...]
    kept: str = ""
    finish: FinishReason = "failed"
    error: str | None = None
    asked: int = 1
    limits: dict[str, Any] = field(default_factory=dict)


def failed(name: str, error: str, *answers: Say, asked: int = 1, **limits: Any) -> Case:
    """No text came."""
    return Case(name, answers, error=error, asked=asked, limits=limits)


def cut(name: str, kept: str, *answers: Say, error: str = "cut", **limits: Any) -> Case:
    """Some text came, and stays."""
    return Case(name, answers, kept, "cut", error, limits=limits)


def fine(
    name: str, kept: str, *answers: Say, finish: FinishReason = "stop", asked: int = 1, **limits: Any
) -> Case:
    """The reply is whole."""
    return Case(name, answers, kept, finish, asked=asked, limits=limits)


CASES = (
    failed("redirect", "moved", say(head("302 Found", Location="http://127.0.0.1:1/v1"))),
    failed("redirect-308", "moved", say(head("308 Moved", Location="/v2"))),
    failed("no-http", "not_a_provider", say(b"220 mail.example ESMTP\r\n")),
    failed("endless-header", "garbled", say(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000), asked=2),
    failed("hangs-up", "unreachable", say(), asked=3),
    fine("hangs-up-once", WHOLE, say(), say(*OK), asked=2),
    fine("hangs-up-once-no-repeats", WHOLE, say(), say(*OK), asked=2, retries=0),
    fine("reset-twice", WHOLE, say(ending="reset"), say(ending="reset"), say(*OK), asked=3),
    fine("down-then-well", WHOLE, say(head("500 Oh", JSON), b"{}"), say(*OK), asked=2),
    failed("no-repeats-wanted", "provider_down", say(head("500 Oh", x_should_retry="false"))),
    failed(
        "error-in-pieces", "context_too_long", say(head("400 No", JSON), REFUSAL[:20], 0.02, REFUSAL[20:])
    ),
    failed("error-cut-short", "no_credit", say(head("402 Pay", JSON, Content_Length="100"), b'{"error')),
    failed("404-of-a-web-server", "wrong_address", say(head("404 No", JSON), b'{"detail":"Not Found"}')),
    failed("403-page", "not_a_provider", say(head("403 Forbidden", "text/html"), b"<html>blocked")),
    failed("bytes-of-no-kind", "not_a_provider", say(head(kind="application/octet-stream"), b"\0" * 99)),
    failed("json-error-in-200", "rate_limited", say(head(kind=JSON), b'{"error":{"code":429}}'), retries=0),
    failed("json-torn", "garbled", say(head(kind=JSON), b'{"choices":[{"mess'), asked=2),
    failed("json-cut", "cut", say(head(kind=JSON, Content_Length="100"), b'{"choices":['), asked=2),
    failed("json-without-end", "garbled", say(head(kind=JSON), b" " * (9 << 20)), asked=2),
    failed("json-without-a-choice", "empty_reply", say(head(kind=JSON), b"[]"), asked=2),
    failed("nothing-at-all", "empty_reply", say(head("204 No Content", JSON, Content_Length="0")), asked=2),
    cut(
        "chunk-size-is-no-number",
        "Xin",
        say(CHUNKED, chunked(XIN), 0.05, b"zz\r\n", ending="hang"),
        silence_s=3600,
    ),
    cut("cut-in-one-packet", WHOLE, say(CHUNKED + chunked(word("Xin "), word("chào")))),
    cut("reset-after-text", "Xin", say(CHUNKED, chunked(XIN), 0.05, ending="reset")),
    fine("cut-after-the-reason", "Xin", say(CHUNKED, chunked(word("Xin", "stop")))),
    fine("open-after-done", WHOLE, say(*OK, ending="hang")),
    fine("text-after-done", WHOLE, say(*OK, word("not yours"))),
    fine("last-event-has-no-end", WHOLE, say(head(), XIN, word(" chào", "length").rstrip()), finish="length"),
    fine("length-in-other-words", "Xin", say(head(), word("Xin", "MAX_TOKENS"), DONE), finish="length"),
    fine("filtered-before-text", "", say(head(), word("", "content_filter"), DONE), finish="content_filter"),
    cut("silent-past-its-end", "Xin", say(head(), XIN, ending="hang"), reply_s=0.3, silence_s=3600),
    cut("too-many-bad-chunks", "Xin", say(head(), XIN, b"data: {\n\n" * 4, DONE), error="garbled"),
    cut("endless-line", "Xin", say(head(), XIN, b"data: " + b"x" * (2 << 20)), error="garbled"),
    fine("a-stream-called-plain-text", WHOLE, say(head(kind="text/plain"), *OK[1:])),
    fine("a-stream-called-json", WHOLE, say(head(kind=JSON), *OK[1:])),
    fine("a-document-called-a-stream", "Xin", say(head(), DOCUMENT[:20], 0.02, DOCUMENT[20:])),
    fine("a-document-called-plain-text", "Xin", say(head(kind="text/plain"), DOCUMENT)),
    failed("an-error-called-a-stream", "context_too_long", say(head(), REFUSAL)),
    failed("blank-lines-only", "empty_reply", say(head(), word("\n\n"), word(" ", "stop"), DONE)),
    fine("blank-lines-first", "\n\nXin", say(head(), word("\n\n"), word("Xin", "stop"), DONE)),
    failed("an-error-after-blank-lines", "provider_down", say(head(), word("\n"), ERROR), retries=0),
    failed("thought-only", "thought_only", say(head(), THOUGHT, word("", "stop"), DONE)),
    failed("comments-then-nothing", "empty_reply", say(head(), b": wait\n\n"), asked=2),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_stream_meets_an_odd_line(case: Case) -> None:
    """Whatever comes over the line, the turn ends in one receipt, with all text that is proven."""
    async with speaking(*case.answers) as raw, asking(raw.base_url, **case.limits) as engine:
        async with asyncio.timeout(10):
            turn = await ask(engine)
        assert turn.text == case.kept
        assert (turn.receipt.finish_reason, turn.receipt.error) == (case.finish, case.error)
        assert len(raw.asked) == case.asked


@dataclass(frozen=True)
class Nowhere:
    """A base URL that leads nowhere; sent: how many requests are tried."""

    name: str
    base_url: str
    error: str = "unreachable"
    sent: int = 1


@pytest.mark.parametrize(
    "case",
    [
        Nowhere("refused", f"http://127.0.0.1:{free_port()}/v1", sent=2),
        Nowhere("no-such-host", "http://no-such-host.invalid/v1", sent=2),
        Nowhere("no-url", "holysheep"),
        Nowhere("no-http", "ftp://127.0.0.1/v1"),
        Nowhere("torn", "http://[::1/v1"),
        Nowhere("with-a-name", "http://me:secret@127.0.0.1/v1"),
    ],
    ids=lambda case: case.name,
)
async def test_a_base_url_leads_nowhere(case: Nowhere) -> None:
    """No connection: tried once more where that can help; nothing was spent, no address is told."""
    async with asking(case.base_url) as engine:
        receipt = (await ask(engine)).receipt
    assert (receipt.finish_reason, receipt.error, len(receipt.attempts)) == ("failed", case.error, case.sent)
    assert receipt.cost_usd == 0
    assert receipt.cost_bound == "exact"
    assert "secret" not in receipt.detail


async def test_a_broken_tls_line_is_not_asked_twice() -> None:
    """Where TLS fails, nothing is sent, and nothing repeated."""
    async with speaking(say()) as raw:
        raw.greeting = b"220 no TLS here\r\n"
        async with asking(raw.base_url.replace("http:", "https:")) as engine:
            receipt = (await ask(engine)).receipt
        assert (receipt.error, len(receipt.attempts), raw.opened) == ("unreachable", 1, 1)
        assert "SSL" in receipt.detail


async def test_a_host_that_never_accepts_is_not_asked_twice() -> None:
    """A connection that does not come about in time is given up at once."""
    with full_backlog() as base_url:
        async with asking(base_url, connect_s=0.2) as engine:
            receipt = (await ask(engine)).receipt
    assert (receipt.error, len(receipt.attempts)) == ("unreachable", 1)


async def test_a_stale_connection_costs_nobody_a_repeat() -> None:
    """A kept connection that the provider closes at the next request is replaced unseen."""
    whole = say(CHUNKED, chunked(*OK[1:]) + b"0\r\n\r\n", ending="keep")
    async with speaking(whole, say(), whole) as raw, asking(raw.base_url, retries=0) as engine:
        assert (await ask(engine)).text == "Xin chào"
        stale = await ask(engine)
        assert (stale.text, stale.receipt.finish_reason) == ("Xin chào", "stop")
        assert [connection for connection, _, _ in raw.asked] == [1, 1, 2]


async def test_connections_are_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply read to its end leaves its connection to the next, also where that end comes late."""
    monkeypatch.setattr(leg, "DRAIN_S", 10)  # "late" is as late as the machine is busy
    late = say(CHUNKED, chunked(*OK[1:]), 0.01, b"0\r\n\r\n", ending="keep")
    refused = say(head("429 Slow", Content_Length=str(len(REFUSAL))), REFUSAL, ending="keep")
    async with speaking(late, refused, late) as raw, asking(raw.base_url) as engine:
        for _ in range(3):
            await ask(engine)
        assert raw.opened == 1


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy variable meant for something else does not carry the key away."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
        monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{free_port()}")
    async with speaking(say(*OK)) as raw, asking(raw.base_url) as engine:
        assert (await ask(engine)).text == "Xin chào"


async def test_what_is_sent() -> None:
    """The request is OpenAI's, under the provider's own name of the model, and asks for usage."""
    own_names = {"model_names": {"deepseek-v3.2": "deepseek-chat"}, "headers": {"X-Title": "Demo Desk"}}
    async with speaking(say(*OK)) as raw, asking(raw.base_url, **own_names) as engine:
        await ask(engine)
    _, top, body = raw.asked[0]
    assert top.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert f"Authorization: Bearer {KEY}".encode() in top
    assert b"Accept-Encoding: identity" in top
    assert b"X-Title: Demo Desk" in top
    for part in (
        b'"model":"deepseek-chat"',
        b'"temperature":0.7',
        b'"max_tokens":1024',
        b'"include_usage":true',
    ):
        assert part in body


async def test_usage_is_not_asked_of_who_does_not_know_it() -> None:
    """Where the provider refuses stream_options, they are left out."""
    async with speaking(say(*OK)) as raw, asking(raw.base_url, reports_usage=False) as engine:
        await ask(engine)
    assert b"stream_options" not in raw.asked[0][2]


async def test_half_an_emoji_is_sent_whole() -> None:
    """Halves of surrogate pairs, as a browser can send them, are joined, or replaced where alone."""
    async with speaking(say(*OK)) as raw, asking(raw.base_url) as engine:
        turn = await ask(engine, "Chào \ud83d\ude00, \ud83d!")
    assert turn.text == "Xin chào"
    assert "Chào 😀, \N{REPLACEMENT CHARACTER}!".encode() in raw.asked[0][2]


async def test_a_key_that_no_header_can_carry() -> None:
    """A key with a line end or a typographic quote is a bad key, and is not sent."""
    async with speaking(say(*OK)) as raw:
        for key in ("sk-abc\n", "“sk-abc”", "sk abc"):
            async with asking(raw.base_url, api_keys=(key,)) as engine:
                assert (await ask(engine)).receipt.error == "bad_key"
        assert raw.asked == []


async def test_a_key_never_stays_in_the_receipt() -> None:
    """A provider that repeats the key in its refusal does not get it into the log."""
    strange = "my very own kind of key".replace(" ", "")
    body = b'{"error":{"message":"Incorrect API key provided: ' + strange.encode() + b'"}}'
    async with (
        speaking(say(head("401 No", JSON), body)) as raw,
        asking(raw.base_url, api_keys=(strange,)) as engine,
    ):
        receipt = (await ask(engine)).receipt
    assert (receipt.error, receipt.detail) == ("bad_key", "Incorrect API key provided: [key]")


async def test_thinking_is_a_sign_of_life() -> None:
    """A model that thinks longer than its first word may take is not cut off."""
    thinking = say(head(), *(THOUGHT, 0.1) * 6, word("Xin chào", "stop"), DONE)
    async with speaking(thinking) as raw, asking(raw.base_url, first_text_s=0.4, silence_s=0.4) as engine:
        assert (await ask(engine)).text == "Xin chào"


@pytest.mark.parametrize("cadence_s", [0.0, 0.05])
@pytest.mark.parametrize(
    ("part", "limits", "error"),
    [(word("."), {"reply_s": 0.35}, "cut"), (b": wait\n\n", {"silence_s": 0.2}, "stalled")],
)
async def test_nothing_dribbles_on_for_ever(
    part: bytes, limits: dict[str, float], error: str, cadence_s: float
) -> None:
    """A lively reply has a limit as a whole, and comments do not pass for text."""
    dribbling = say(head(), XIN, *(part, 0.02) * 150, ending="hang")
    async with speaking(dribbling) as raw, asking(raw.base_url, **limits) as engine:
        turn = await ask(engine, cadence_s=cadence_s)
    assert turn.text.startswith("Xin")
    assert len(turn.text) < 150
    assert (turn.receipt.finish_reason, turn.receipt.error) == ("cut", error)


async def test_a_reply_that_said_why_it_ended_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that sends its reason and then neither usage nor [DONE] has soon said enough."""
    monkeypatch.setattr("holysheep.leg.EPILOGUE_S", 0.1)
    said = say(head(), word("Xin", "stop"), ending="hang")
    async with speaking(said) as raw, asking(raw.base_url, silence_s=3600) as engine, asyncio.timeout(10):
        receipt = (await ask(engine)).receipt
    assert (receipt.finish_reason, receipt.error, receipt.usage_source) == ("stop", None, "estimated")


async def test_what_nobody_foresaw_is_a_receipt_too(caplog: pytest.LogCaptureFixture) -> None:
    """A request that cannot even be written ends in a receipt, and in the log."""
    async with speaking(say(*OK)) as raw, asking(raw.base_url) as engine:
        with caplog.at_level(logging.ERROR):
            receipt = (await ask(engine, temperature=object())).receipt
    assert (receipt.finish_reason, receipt.error) == ("failed", "failed")
    assert "Traceback" in caplog.text


async def test_an_engine_that_is_closed_says_so() -> None:
    """After close() nothing is sent any more."""
    async with speaking(say(*OK)) as raw:
        async with asking(raw.base_url) as engine:
            await ask(engine)
        receipt = (await ask(engine)).receipt
        assert (receipt.error, len(raw.asked)) == ("unreachable", 1)


@pytest.mark.parametrize("pause", [0.0, 0.05])
async def test_what_nobody_asked_for_is_nobodys_reply(pause: float) -> None:
    """A second answer on a connection that is kept alive is never taken for the next turn's."""
    body = b"".join(OK[1:])
    mine = head(Content_Length=str(len(body))) + body
    foreign = mine.replace(b"Xin", b"Lop")
    async with (
        speaking(say(mine, pause, foreign, ending="hang"), say(mine), say(mine)) as raw,
        asking(raw.base_url) as engine,
    ):
        for _ in range(3):
            assert (await ask(engine)).text == WHOLE
            await asyncio.sleep(0.1)
        assert len(raw.asked) == 3


async def test_content_in_parts_and_none(emu: emulator.Emulator) -> None:
    """OpenAI's other form of a message is taken for its text."""
    async with asking(emu.base_url) as engine:
        messages = [
            {"role": "assistant", "content": None},
            {"role": "user", "content": [{"type": "text", "text": "Xin chào"}, {"type": "image_url"}]},
        ]
        assert (await read(engine.stream(messages, model="deepseek-v3.2"))).receipt.finish_reason == "stop"
    assert [message.content for message in emu.requests[0].messages] == ["", "Xin chào"]


@pytest.mark.parametrize("where", ["X-Request-Id", "model", "error"])
async def test_a_key_that_is_echoed_goes_nowhere(where: str) -> None:
    """Proxies repeat what they were sent in ids, names and errors."""
    key = "plainwordtokenwithoutdigits"
    if where == "error":
        said = say(head(), event({"error": {"message": f"no such user: {key}"}}))
    elif where == "model":
        said = say(
            head(),
            event({"model": key, "choices": [{"delta": {"content": "Xin"}, "finish_reason": "stop"}]}),
            DONE,
        )
    else:
        said = say(head(X_Request_Id=f"Bearer {key}"), *OK[1:])
    async with speaking(said) as raw, asking(raw.base_url, api_keys=(key,), retries=0) as engine:
        assert key not in repr((await ask(engine)).receipt)
