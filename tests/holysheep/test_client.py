"""Whole replies, by the way all replies come; lists of models, through the openai SDK."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from asking import DEEPSEEK, KEY, QUESTION, TOKENS, asking
from ports import free_port
from raw_lines import Say, full_backlog, head, say, speaking

import emulator
from holysheep import Completion, Engine, EngineError
from holysheep.errors import NoKey, Unreachable

JSON = "application/json"


async def complete(engine: Engine, **options: Any) -> Completion:
    """A whole reply to the usual question."""
    return await engine.complete(QUESTION, **{"model": DEEPSEEK.id, **options})


async def test_a_whole_reply(emu: emulator.Emulator, engine: Engine) -> None:
    """Text and receipt in one piece, asked for with the defaults of the original system."""
    reply = await complete(engine)
    receipt, seen = reply.receipt, emu.requests[0]
    assert reply.text
    assert (receipt.finish_reason, receipt.completion_tokens) == ("stop", TOKENS)
    assert (receipt.usage_source, receipt.cost_bound) == ("reported", "exact")
    assert receipt.cost_usd == receipt.computed_cost_usd == receipt.attempts[0].cost_usd
    assert receipt.ttft_ms is not None
    assert receipt.ttft_ms <= receipt.latency_ms
    assert receipt.request_id == seen.request_id
    assert (seen.stream, seen.temperature, seen.max_tokens) == (True, 0.7, 1024)


@dataclass(frozen=True)
class Case:
    """A fault of the emulator, and what comes of a whole reply; error None: it succeeds."""

    fault: str
    error: str | None
    attempts: int = 1
    times: int | None = None
    limits: dict[str, Any] = field(default_factory=dict)


CASES = (
    Case("bad_key", "bad_key"),
    Case("no_credit", "no_credit"),
    Case("forbidden", "forbidden"),
    Case("unknown_model", "unknown_model"),
    Case("rate_limited_long", "all_busy"),
    Case("no_quota", "no_credit"),
    Case("server_error", "provider_down", attempts=4),
    Case("bad_gateway", "provider_down", attempts=4),
    Case("timeout_504", "silent"),
    Case("context_too_long", "context_too_long"),
    Case("content_filter", "content_filter"),
    Case("html_200", "not_a_provider"),
    Case("empty_stop", "empty_reply"),
    Case("reset", "unreachable", attempts=3),
    Case("cut", "cut"),
    Case("silent", "silent", limits={"first_text_s": 0.3}),
    Case("no_headers", "silent", limits={"first_text_s": 0.3}),
    Case("server_error", None, times=2, attempts=3),
    Case("reset", None, times=1, attempts=2, limits={"retries": 0}),
    Case("filtered_reply", None),
    Case("length", None),
    Case("no_usage", None),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.fault}-{case.times or 'always'}")
async def test_a_whole_reply_meets_a_fault(emu: emulator.Emulator, case: Case) -> None:
    """What can help is tried again; what cannot is raised by its name, with no key in it."""
    emu.set_fault(case.fault, case.times)
    async with asking(emu.base_url, **case.limits) as engine:
        if case.error is None:
            assert len((await complete(engine)).receipt.attempts) == case.attempts
        else:
            with pytest.raises(EngineError) as raised:
                await complete(engine)
            assert raised.value.kind == case.error
            assert KEY not in str(raised.value)
    assert len(emu.requests) == case.attempts


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (say(head("302 Found", Location="http://127.0.0.1:1/v1")), "moved"),
        (say(b"220 mail.example ESMTP\r\n"), "not_a_provider"),
        (say(head(kind=JSON), b'{"error":{"code":429,"message":"slow"}}'), "rate_limited"),
        (say(head(kind=JSON), b"[]"), "empty_reply"),
        (say(head(kind=JSON), b"{"), "garbled"),
        (say(head("401 No", JSON), b'{"error":{"message":"not this key: abc def"}}'), "bad_key"),
    ],
)
async def test_a_whole_reply_meets_an_odd_line(answer: Say, error: str) -> None:
    """Redirects are not followed, and what is no reply is none."""
    async with speaking(answer) as raw, asking(raw.base_url, retries=0) as engine:
        with pytest.raises(EngineError) as raised:
            await complete(engine)
        assert raised.value.kind == error


async def test_a_filtered_reply_without_a_word() -> None:
    """A reply that the filter kept back altogether is an answer, not a fault."""
    filtered = b'{"choices":[{"message":{"content":null},"finish_reason":"content_filter"}]}'
    async with speaking(say(head(kind=JSON), filtered)) as raw, asking(raw.base_url) as engine:
        reply = await complete(engine)
    assert (reply.text, reply.receipt.finish_reason) == ("", "content_filter")


@pytest.mark.parametrize(
    ("base_url", "kind"),
    [
        (f"http://127.0.0.1:{free_port()}/v1", "unreachable"),
        ("http://no-such-host.invalid/v1", "unreachable"),
        ("holysheep", "unreachable"),
        ("http://[::1/v1", "unreachable"),
    ],
    ids=["closed port", "no such host", "no address", "half an address"],
)
async def test_a_base_url_leads_nowhere(base_url: str, kind: str) -> None:
    """Replies and lists fail alike, by one error."""
    async with asking(base_url) as engine:
        for asked in (complete(engine), engine.list_models("holysheep")):
            with pytest.raises(EngineError) as raised:
                await asked
            assert raised.value.kind == kind


async def test_a_host_that_never_accepts_is_not_asked_twice() -> None:
    """A connection that does not come about in time is given up at once."""
    with full_backlog() as base_url:
        async with asking(base_url, connect_s=0.2) as engine:
            with pytest.raises(Unreachable) as raised:
                await complete(engine)
    assert raised.value.repeats == 0


async def test_nothing_of_openai_goes_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a proxy nor OpenAI's own variables change what is sent, or where, or with which key."""
    monkeypatch.setenv("OPENAI_API_KEY", "not-ours")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-openai")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-of-openai")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer not-ours")
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    async with speaking(say(head(kind=JSON), b'{"data":[]}')) as raw, asking(raw.base_url) as engine:
        assert await engine.list_models("holysheep") == []
    top = raw.asked[0][1].decode().lower()
    assert f"authorization: bearer {KEY}\r\n" in top
    assert not any(word in top for word in ("not-ours", "org-of-openai", "project-of-openai"))


async def test_how_much_a_model_holds() -> None:
    """Each server has a name of its own for it; what is no size counts for nothing."""
    rows = (
        b'{"data":[{"id":"a","max_model_len":4096},{"id":"b","meta":{"n_ctx":2048,"n_ctx_train":8192}},'
        b'{"id":"c","max_input_tokens":128000},{"id":"d","context_length":null,"meta":{"n_ctx":0}},'
        b'{"id":"e","max_model_len":"many","meta":null}]}'
    )
    async with speaking(say(head(kind=JSON), rows)) as raw, asking(raw.base_url) as engine:
        listed = await engine.list_models("holysheep")
    assert {model.name: model.context_window for model in listed} == {
        "a": 4096,
        "b": 2048,
        "c": 128_000,
        "d": None,
        "e": None,
    }


async def test_the_models_of_a_provider(emu: emulator.Emulator, engine: Engine) -> None:
    """A provider's own list, by name."""
    assert [model.name for model in await engine.list_models("holysheep")] == list(emulator.MODELS)
    with pytest.raises(NoKey, match="nobody"):
        await engine.list_models("nobody")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (say(head("401 No", JSON), b"{}"), "bad_key"),
        (say(head("404 No", "text/html"), b"<html>"), "not_a_provider"),
        (say(head("503 No", JSON), b"{}"), "provider_down"),
        (say(head(kind="text/html"), b"<html>"), "not_a_provider"),
        (say(head(kind=JSON), b'{"models":[]}'), "not_a_provider"),
        (say(head(kind=JSON), b'{"data":null}'), "not_a_provider"),
        (say(head(kind=JSON), b'{"data":["gpt"]}'), "not_a_provider"),
        (say(head(kind=JSON), b"[]"), "not_a_provider"),
        (say(head(kind=JSON), b"{"), "not_a_provider"),
    ],
)
async def test_what_is_no_list_of_models(answer: Say, error: str) -> None:
    """Whatever else comes in its place is an error of ours."""
    async with speaking(answer) as raw, asking(raw.base_url) as engine:
        with pytest.raises(EngineError) as raised:
            await engine.list_models("holysheep")
        assert raised.value.kind == error


async def test_half_an_emoji_is_sent_whole() -> None:
    """Halves of surrogate pairs are joined for whole replies, too."""
    answer = say(head(kind=JSON), b'{"choices":[{"message":{"content":"a"}}]}')
    async with speaking(answer) as raw, asking(raw.base_url) as engine:
        messages = [{"role": "user", "content": "\ud83d\ude00"}]
        assert (await engine.complete(messages, model=DEEPSEEK.id)).receipt.cost_usd != Decimal(0)
    assert "😀".encode() in raw.asked[0][2]


async def test_a_key_that_no_header_can_carry(emu: emulator.Emulator) -> None:
    """A key with a typographic quote is a bad key, and is not sent."""
    async with asking(emu.base_url, api_keys=("“sk-abc”",)) as engine:
        with pytest.raises(EngineError) as raised:
            await complete(engine)
    assert (raised.value.kind, emu.requests) == ("bad_key", [])
