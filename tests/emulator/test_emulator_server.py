"""The emulator as a client of the API meets it: replies, usage, pace, refusals, clients that leave."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest
from openai import AsyncOpenAI, AuthenticationError, NotFoundError
from wire_client import BODY, TOKENS, ask, request_bytes, until

from emulator import MODELS, Emulator, Pace, running

TURNS: list[dict[str, str]] = [
    {"role": "system", "content": "You help customers."},
    {"role": "user", "content": "How long does shipping take?"},
    {"role": "assistant", "content": "Two days."},
    {"role": "user", "content": "And how do I return it?"},
]


def sdk(emu: Emulator, key: str = "test-key") -> AsyncOpenAI:
    """The official client, pointed at the emulator."""
    return AsyncOpenAI(api_key=key, base_url=emu.base_url, max_retries=0)


async def test_the_sdk_reads_a_stream(emu: Emulator) -> None:
    """The official client finds text, finish reason and usage in the stream."""
    async with sdk(emu) as client:
        stream = await client.chat.completions.create(**BODY)  # type: ignore[call-overload]
        chunks = [chunk async for chunk in stream]
    text = [
        chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content
    ]
    assert len(text) == TOKENS
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert (chunks[-1].choices, chunks[-1].usage.completion_tokens) == ([], TOKENS)


async def test_the_sdk_reads_a_whole_reply(emu: Emulator) -> None:
    """The official client finds the same in a reply that is not streamed."""
    async with sdk(emu) as client:
        raw = await client.chat.completions.with_raw_response.create(model="gpt-4.1", messages=TURNS)  # type: ignore[arg-type]
    reply = raw.parse()
    assert raw.headers["x-request-id"] == emu.requests[-1].request_id
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + TOKENS
    assert emu.requests[-1].ended == "whole"


async def test_models_are_listed(emu: Emulator) -> None:
    """The list holds the four models, and one of them can be asked for alone."""
    async with sdk(emu) as client:
        assert [model.id async for model in client.models.list()] == list(MODELS)
        assert (await client.models.retrieve("gpt-4.1")).id == "gpt-4.1"
        with pytest.raises(NotFoundError):
            await client.models.retrieve("gpt-2")


async def test_keys_are_checked(emu: Emulator) -> None:
    """With keys configured another key is refused, on the list of models too."""
    emu.keys = {"right"}
    async with sdk(emu, "right") as client:
        await client.models.list()
    async with sdk(emu, "wrong") as client:
        with pytest.raises(AuthenticationError) as refused:
            await client.models.list()
    assert refused.value.code == "invalid_api_key"
    assert (await ask(emu, key="wrong")).status == 401
    assert "wrong" not in repr(emu.requests[-1])


async def test_a_key_is_always_needed(emu: Emulator) -> None:
    """Without an Authorization header nothing is answered, even when any key will do."""
    assert (await ask(emu, key=None)).status == 401


@pytest.mark.parametrize(
    ("change", "status", "param"),
    [
        ({"model": "gpt-2"}, 404, "model"),
        ({"model": 4}, 400, "model"),
        ({"model": None}, 400, None),
        ({"messages": []}, 400, "messages"),
        ({"messages": None}, 400, "messages"),
        ({"messages": "hello"}, 400, "messages"),
        ({"messages": ["hello"]}, 400, "messages[0]"),
        ({"messages": [{"role": "boss", "content": "hello"}]}, 400, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 7}]}, 400, "messages[0].content"),
        ({"temperature": "hot"}, 400, "temperature"),
        ({"temperature": 3}, 400, "temperature"),
        ({"max_tokens": 0}, 400, "max_tokens"),
        ({"max_tokens": True}, 400, "max_tokens"),
        ({"stream": "yes"}, 400, "stream"),
        ({"stream": False}, 400, "stream_options"),
    ],
    ids=str,
)
async def test_a_wrong_field_is_named(emu: Emulator, change: dict[str, Any], status: int, param: str) -> None:
    """A request with a faulty field is refused, and the error names the field."""
    wire = await ask(emu, BODY | change)
    assert wire.status == status
    assert f'"param": "{param}"'.replace('"None"', "null").encode() in wire.body


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"\xff", b"[" * 100_000], ids=["broken", "array", "bytes", "deep"]
)
async def test_a_body_that_is_no_object_is_refused(emu: Emulator, body: bytes) -> None:
    """Broken JSON and JSON of another kind are 400s."""
    assert (await ask(emu, body)).status == 400


async def test_half_a_character_in_a_prompt_is_survived(emu: Emulator) -> None:
    """A lone surrogate in a fact that the reply quotes does not break the reply."""
    emu.set_pace(tokens=0)
    turns = [
        {"role": "system", "content": "- kettle \ud800: 5$"},
        {"role": "user", "content": "kettle \ud83d?"},
    ]
    wire = await ask(emu, BODY | {"messages": turns})
    assert (wire.finish(), "kettle ?: 5$" in "".join(wire.deltas())) == ("stop", True)


async def test_an_unknown_address_is_a_json_404(emu: Emulator) -> None:
    """Addresses that do not exist answer in the API's words too."""
    async with aiohttp.ClientSession() as http, http.get(emu.base_url + "/nothing") as response:
        assert response.status == 404
        assert (await response.json())["error"]["code"] == "unknown_url"


async def test_the_request_is_recorded(emu: Emulator) -> None:
    """What was asked can be looked up, with a fingerprint in place of the key."""
    await ask(emu, BODY | {"temperature": 0.2, "max_tokens": 7})
    seen = emu.requests[-1]
    assert (seen.path, seen.model, seen.stream) == ("/v1/chat/completions", "deepseek-v3.2", True)
    assert (seen.temperature, seen.max_tokens, seen.tokens_sent) == (0.2, 7, 7)
    assert seen.messages[-1].content == "Áo khoác giá bao nhiêu?"
    assert len(seen.key_fingerprint) == 12
    assert seen.ended_at is not None
    assert seen.ended_at >= seen.started_at


async def test_max_tokens_ends_a_reply(emu: Emulator) -> None:
    """A reply that meets the limit says so."""
    assert (await ask(emu, BODY | {"max_tokens": 7})).finish() == "length"


async def test_only_the_latest_requests_are_kept() -> None:
    """The record does not grow without end."""
    async with running(Pace(0, 0, 1), keep=3) as emu:
        for _ in range(5):
            await ask(emu)
        assert len(emu.requests) == 3


async def test_a_known_beginning_is_cached(emu: Emulator) -> None:
    """The second turn of a chat finds the first turn's prompt cached, for the same model only."""
    first = (await ask(emu, BODY | {"messages": TURNS[:2]})).usage()
    second = (await ask(emu, BODY | {"messages": TURNS})).usage()
    other = (await ask(emu, BODY | {"messages": TURNS, "model": "gpt-4.1"})).usage()
    assert first["prompt_tokens_details"]["cached_tokens"] == 0
    assert second["prompt_tokens_details"]["cached_tokens"] == first["prompt_tokens"]
    assert other["prompt_tokens_details"]["cached_tokens"] == 0


async def test_the_pace_is_kept() -> None:
    """No token leaves before its time, counted from the request; 3 ms for clocks that tick in ms."""
    pace = Pace(0.1, 100, 20)
    async with running(pace) as emu:
        wire = await ask(emu)
    words = wire.arrivals[1 : 1 + pace.tokens]
    early = [index for index, at in enumerate(words) if at < pace.due(index) - 0.003]
    assert early == []


async def test_a_reply_can_carry_the_time() -> None:
    """Each token of a stamped reply is the time at which it leaves, the first one also when it was asked for."""
    asked = time.monotonic_ns()
    async with running(Pace(0.02, 200, 5, stamped=True)) as emu:
        wire = await ask(emu)
    stamps = [int(word) for word in "".join(wire.deltas()).split()]
    assert len(stamps) == 6
    assert stamps == sorted(stamps)
    assert asked < stamps[0] <= stamps[1] - 10_000_000
    assert stamps[-1] < time.monotonic_ns()
    assert (wire.end, wire.finish()) == ("whole", "stop")


async def test_connections_are_told_apart(emu: Emulator) -> None:
    """Requests on one connection carry its number, those on another one another."""
    for _ in range(2):
        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                async with session.get(emu.base_url + "/models"):
                    pass
                async with session.post(
                    emu.base_url + "/chat/completions", json=BODY, headers={"Authorization": "Bearer k"}
                ) as response:
                    await response.read()
    one, same, other, again = [seen.connection for seen in emu.requests]
    assert one == same != other == again


async def test_a_new_pace_holds_from_the_next_request(emu: Emulator) -> None:
    """The length of replies can change while the server runs."""
    emu.set_pace(tokens=3)
    assert len((await ask(emu)).deltas()) == 3
    emu.set_pace(Pace(0, 0, 5))
    assert len((await ask(emu)).deltas()) == 5


@pytest.mark.parametrize("fault", [None, "silent", "no_headers", "stall", "comments_only"])
async def test_a_client_that_leaves_is_noticed(emu: Emulator, fault: str | None) -> None:
    """When the client closes its socket, the reply stops and the record says so."""
    emu.set_pace(first_token_s=0, tokens_per_second=5, tokens=1000)
    if fault:
        emu.set_fault(fault)
    _, writer = await asyncio.open_connection(emu.host, emu.port)
    writer.write(request_bytes())
    await until(lambda: bool(emu.requests) and emu.requests[0].status == 200)
    writer.close()
    await until(lambda: emu.requests[0].ended is not None)
    assert emu.requests[0].ended == "client_gone"
    assert emu.requests[0].tokens_sent < 1000


@pytest.mark.slow
async def test_a_client_that_does_not_read_is_waited_for() -> None:
    """Bytes do not pile up for a client that reads nothing, and none is lost when it does."""
    async with running(Pace(0, 0, 60_000)) as emu:
        reader, writer = await asyncio.open_connection(emu.host, emu.port, limit=1024)
        writer.write(request_bytes())
        await until(lambda: bool(emu.requests) and emu.requests[0].tokens_sent > 0)
        before = -1
        while before != emu.requests[0].tokens_sent:
            before = emu.requests[0].tokens_sent
            await asyncio.sleep(0.1)
        assert before < 60_000
        while not (await reader.read(1 << 20)).endswith(b"0\r\n\r\n"):
            pass
        assert emu.requests[0].tokens_sent == 60_000
        writer.close()


async def test_a_connection_carries_many_requests(emu: Emulator) -> None:
    """Streams end so that the client can use the connection again."""
    reader, writer = await asyncio.open_connection(emu.host, emu.port)
    for _ in range(3):
        writer.write(request_bytes())
        assert (await reader.readuntil(b"\r\n0\r\n\r\n")).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_stop_ends_replies_under_way() -> None:
    """Stopping does not wait for a slow reply, and does not blame the client."""
    emu = Emulator(Pace(0, 1, 1000))
    await emu.start()
    _, writer = await asyncio.open_connection(emu.host, emu.port)
    writer.write(request_bytes())
    await until(lambda: bool(emu.requests) and emu.requests[0].tokens_sent > 0)
    await emu.stop()
    assert emu.requests[0].ended is None
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(emu.host, emu.port)


@pytest.mark.parametrize(
    "wrong", [{"first_token_s": -1}, {"tokens_per_second": -1}, {"tokens": -1}, {"fault_speed": 0}], ids=str
)
def test_an_impossible_pace_is_refused(wrong: dict[str, float]) -> None:
    """The error names the field and what was given."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Pace(**wrong)  # type: ignore[arg-type]
