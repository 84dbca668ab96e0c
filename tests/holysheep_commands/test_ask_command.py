"""``ask``: what a script reads, what a person reads, and when the exit code is 0."""

import asyncio
import json
import signal

import pytest
from terminal import MODEL, THEIRS, TOKENS, Terminal, events

import emulator

#: The receipt as every step has it (docs), in its order.
KEYS = (
    *("provider", "model", "served_model", "cohort", "ttft_ms", "latency_ms", "tokens_per_second"),
    *(
        "prompt_tokens",
        "cached_tokens",
        "completion_tokens",
        "reasoning_tokens",
        "total_tokens",
        "usage_source",
    ),
    *("cost_usd", "cost_bound", "price_version", "finish_reason", "attempts", "request_id", "error"),
    *("demo", "demo_version"),
)


async def test_json(alone: Terminal) -> None:
    """Pieces of text, then the receipt with all its keys and the whole reply; 0 for a whole one."""
    done = await alone.run("ask", "--model", MODEL, "--json", "Áo dài giá bao nhiêu?")
    assert done.code == 0
    assert {line["type"] for line in done.lines} == {"delta", "receipt"}
    assert tuple(done.receipt) == ("type", *KEYS, "text")
    assert done.receipt["text"] == "".join(line["text"] for line in events(done.lines, "delta"))
    assert (done.receipt["provider"], done.receipt["model"], done.receipt["finish_reason"]) == (
        *("holysheep", MODEL),
        "stop",
    )
    assert done.receipt["completion_tokens"] == TOKENS and done.receipt["attempts"] == 1
    assert (done.receipt["cohort"], done.receipt["cost_bound"]) == (None, "exact")


async def test_for_people(alone: Terminal) -> None:
    """The reply alone on stdout, whole; on stderr one line of who answered, how fast, and what it cost."""
    told = await alone.run("ask", "--json", "Xin chào")
    done = await alone.run("ask", "Xin chào")
    assert done.code == 0
    assert done.out.rstrip("\n") == told.receipt["text"].rstrip("\n") and done.out.endswith("\n")
    (line,) = done.err.splitlines()
    assert line.startswith(f"holysheep · {MODEL} · ") and line.endswith(" · stop")


async def test_an_attempt_that_is_repeated(alone: Terminal, ours: emulator.Emulator) -> None:
    """It is told as it happens, why and after how long."""
    ours.set_fault("server_error", times=1)
    done = await alone.run("ask", "--json", "Xin chào")
    (retrying,) = events(done.lines, "retrying")
    assert retrying["reason"] == "provider_down" and retrying["wait_s"] >= 0
    assert (done.code, done.receipt["attempts"], done.receipt["finish_reason"]) == (0, 2, "stop")


async def test_no_key(bare: Terminal) -> None:
    """No rehearsal in its place: clear words, a receipt all the same, and 1."""
    done = await bare.run("ask", "--json", "Xin chào")
    assert (done.code, done.receipt["error"], done.receipt["finish_reason"]) == (1, "no_key", "failed")
    assert (done.receipt["text"], done.receipt["attempts"]) == ("", 0)
    assert "set HOLYSHEEP_API_KEY" in done.err
    people = await bare.run("ask", "Xin chào")
    assert (people.code, people.out) == (1, "")


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (
            ("--model", "gpt-5"),
            "there is no model “gpt-5”; there are: deepseek-v3.2, gemini-2.5-flash, gpt-4.1",
        ),
        (("--provider", "nobody"), "there is no provider “nobody”; there are: holysheep, openai, local"),
    ],
)
async def test_what_is_not_there(words: tuple[str, ...], wrong: str, alone: Terminal) -> None:
    """A wrong name is a wrong command, and what exists is named."""
    done = await alone.run("ask", *words, "Xin chào")
    assert (done.code, done.out) == (2, "") and wrong in done.err


async def test_a_provider_without_a_key(alone: Terminal) -> None:
    """One that is known and cannot be asked says which variable is missing."""
    done = await alone.run("ask", "--provider", "openai", "--model", "gpt-4.1", "--json", "Xin chào")
    assert (done.code, done.receipt["error"], done.receipt["provider"]) == (1, "no_key", "openai")
    assert "set OPENAI_API_KEY" in done.err


async def test_ctrl_c(alone: Terminal, ours: emulator.Emulator) -> None:
    """The reply stops, upstream too, and the receipt still comes."""
    ours.pace = emulator.Pace(0.0, 20.0, 400)
    process = await alone.start("ask", "--json", "Xin chào")
    assert process.stdout is not None and process.stderr is not None
    first = await process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, err = await asyncio.gather(process.stdout.read(), process.stderr.read())
    lines = [json.loads(line) for line in (first + rest).decode().splitlines()]
    assert (await process.wait(), lines[-1]["type"], lines[-1]["finish_reason"]) == (
        130,
        "receipt",
        "stopped",
    )
    assert lines[-1]["text"].startswith(lines[0]["text"]) and b"Traceback" not in err


async def test_nobody_reads_on(alone: Terminal, ours: emulator.Emulator) -> None:
    """A pipe that closes ends the reply, without a word of Python's."""
    ours.pace = emulator.Pace(0.0, 50.0, 400)
    process = await alone.start("ask", "Xin chào")
    assert process.stdout is not None and process.stderr is not None
    await process.stdout.read(1)
    process.stdout._transport.close()  # type: ignore[attr-defined]
    err = await process.stderr.read()
    assert (await process.wait(), err) == (1, b"")


async def test_shared_state_that_is_out_of_reach(alone: Terminal) -> None:
    """One question is answered without it, and the reason is told."""
    done = await alone.with_(DATABASE_URL="postgresql://desk@127.0.0.1:9/desk").run(
        "ask", "--json", "Xin chào"
    )
    assert done.code == 0 and "127.0.0.1:9" in done.err


async def test_a_server_of_one_s_own(bare: Terminal, ours: emulator.Emulator) -> None:
    """Its models are those it lists, and cost nothing; ``verify`` asks each."""
    ours.models = ("llama3.1", "qwen3")
    local = bare.with_(LOCAL_BASE_URL=ours.base_url)
    done = await local.run("ask", "--model", "qwen3", "--json", "Xin chào")
    assert (done.code, done.receipt["provider"], done.receipt["served_model"]) == (0, "local", "qwen3")
    assert float(done.receipt["cost_usd"]) == 0
    wrong = await local.run("ask", "--model", "qwen4", "Xin chào")
    assert wrong.code == 2 and "claude-sonnet-4.5, llama3.1, qwen3" in wrong.err
    told = await local.run("verify", "--json")
    assert [(probe["model"], probe["ok"]) for probe in told.data["probes"]] == [
        ("llama3.1", True),
        ("qwen3", True),
    ]
    gone = await bare.with_(LOCAL_BASE_URL="http://127.0.0.1:9/v1").run("verify", "--json")
    assert (gone.code, [probe["error"] for probe in gone.data["probes"]]) == (1, ["unreachable"])


async def test_the_legacy_alone(bare: Terminal, theirs: emulator.Emulator) -> None:
    """With no other key it answers everything, with the model that it has."""
    alone = bare.with_(OPENAI_BASE_URL=theirs.base_url, OPENAI_API_KEY=THEIRS)
    done = await alone.run("ask", "--json", "Xin chào")
    assert (done.code, done.receipt["model"], done.receipt["served_model"]) == (0, MODEL, "gpt-4.1")
    assert done.receipt["provider"] == "openai" and done.receipt["price_version"].startswith("gpt-4.1@")


async def test_what_goes_on_for_people(both: Terminal, ours: emulator.Emulator) -> None:
    """What is repeated, broke off and is anew is told on stderr in their language; the whole reply comes last."""
    ours.set_faults(["server_error", "cut"])
    done = await both.with_(LC_ALL="vi_VN.UTF-8").run("ask", "Xin chào")
    whole = (await both.run("ask", "--json", "Xin chào")).receipt["text"]
    assert done.code == 0 and done.out.splitlines()[-1] == whole.splitlines()[-1]
    assert len(done.out) > len(whole) and whole.rstrip() in done.out
    assert "provider_down: thử lại sau" in done.err and "đang hỏi lại" in done.err
    assert "câu trả lời mới, từ đầu" in done.err and done.err.splitlines()[-1].endswith(" · stop")


async def test_another_model_for_people(both: Terminal) -> None:
    """That another model answers is told, and a provider that has nothing in its place says so."""
    done = await both.run("ask", "--provider", "openai", "Xin chào")
    assert done.code == 0 and "gpt-4.1 answers in its place" in done.err
    done = await both.with_(LOCAL_BASE_URL="http://127.0.0.1:9/v1").run(
        "ask", "--provider", "local", "--json", "Chào"
    )
    assert (done.code, done.receipt["error"]) == (1, "unknown_model")
    assert f"local has no {MODEL} and nothing in its place" in done.err


async def test_a_question_from_stdin(alone: Terminal, ours: emulator.Emulator) -> None:
    """``-`` stands for what is piped in."""
    assert (await alone.run("ask", "-", "--json")).code == 0
    assert ours.requests[-1].messages[-1].content == ""
