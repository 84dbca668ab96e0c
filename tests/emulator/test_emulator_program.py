"""The emulator as a program of its own, steered over HTTP."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from wire_client import BODY

from emulator import FAULTS

KEY = {"Authorization": "Bearer test-key"}
PORTS = range(9905, 9920)


async def start(*options: str) -> asyncio.subprocess.Process:
    """``python -m emulator`` with ``options``."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "emulator",
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


def free_port() -> int:
    """One of the ports set aside for these tests."""
    for port in PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise OSError(f"no free port in {PORTS}")


@pytest.fixture
async def program() -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A running program and its address without ``/v1``."""
    process = await start(
        "--port",
        str(free_port()),
        "--first-token-ms",
        "0",
        "--tokens-per-second",
        "0",
        "--tokens",
        "5",
        "--keys",
        "test-key,other",
        "--models",
        "deepseek-v3.2,qwen3",
    )
    assert process.stdout
    line = (await process.stdout.readline()).decode()
    yield process, line.split()[-1].removesuffix("/v1")
    if process.returncode is None:
        process.kill()
        await process.wait()


async def call(method: str, url: str, body: Any = None) -> Any:
    """The JSON of one request to the program."""
    async with aiohttp.ClientSession() as http, http.request(method, url, json=body, headers=KEY) as response:
        return await response.json()


async def chat(root: str) -> tuple[int, bytes]:
    """One streamed chat request."""
    async with (
        aiohttp.ClientSession(headers=KEY) as http,
        http.post(f"{root}/v1/chat/completions", json=BODY) as response,
    ):
        return response.status, await response.read()


async def test_it_is_steered_over_http(program: tuple[asyncio.subprocess.Process, str]) -> None:
    """Faults, pace and the record are within reach of a test in another process."""
    _, root = program
    assert [row["id"] for row in (await call("GET", f"{root}/v1/models"))["data"]] == [
        "deepseek-v3.2",
        "qwen3",
    ]
    await call("POST", f"{root}/emulator/fault", {"name": "server_error", "times": 1})
    assert [(await chat(root))[0] for _ in range(2)] == [500, 200]
    await call("POST", f"{root}/emulator/fault", {"name": "server_error"})
    await call("DELETE", f"{root}/emulator/fault")
    assert (await call("POST", f"{root}/emulator/pace", {"tokens": 2}))["tokens"] == 2
    assert (await chat(root))[1].count(b'"content":') == 3
    seen = await call("GET", f"{root}/emulator/requests")
    assert [row["fault"] for row in seen] == ["server_error", None, None]
    assert seen[-1]["messages"][0]["content"] == "Áo khoác giá bao nhiêu?"
    await call("DELETE", f"{root}/emulator/requests")
    assert await call("GET", f"{root}/emulator/requests") == []
    assert set(await call("GET", f"{root}/emulator/faults")) == set(FAULTS)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("fault", {"name": "no_such"}),
        ("fault", {"name": "cut", "times": "x"}),
        ("fault", []),
        ("pace", {"speed": 1}),
        ("pace", {"tokens": -1}),
    ],
    ids=str,
)
async def test_wrong_orders_are_refused(
    program: tuple[asyncio.subprocess.Process, str], path: str, body: Any
) -> None:
    """An order that makes no sense is answered with the reason."""
    assert (await call("POST", f"{program[1]}/emulator/{path}", body))["error"]["message"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
async def test_a_signal_ends_it_cleanly(program: tuple[asyncio.subprocess.Process, str], number: int) -> None:
    """SIGINT and SIGTERM end it with status 0 and nothing on stderr, with a stream open."""
    process, root = program
    await call("POST", f"{root}/emulator/fault", {"name": "stall"})
    async with (
        aiohttp.ClientSession(headers=KEY) as http,
        http.post(f"{root}/v1/chat/completions", json=BODY) as response,
    ):
        await response.content.readline()
        process.send_signal(number)
        _, errors = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, errors) == (0, b"")


async def test_a_busy_port_is_one_line(program: tuple[asyncio.subprocess.Process, str]) -> None:
    """A port in use ends the second program with one line that names it."""
    port = program[1].rsplit(":", 1)[1]
    second = await start("--port", port)
    _, errors = await second.communicate()
    assert second.returncode == 1
    assert errors.decode().count("\n") == 1
    assert port in errors.decode()


async def test_the_list_names_every_fault() -> None:
    """``--list`` prints one line a fault."""
    process = await start("--list")
    out, _ = await process.communicate()
    assert [line.split()[0] for line in out.decode().splitlines()] == list(FAULTS)


@pytest.mark.parametrize("wrong", [("--fault", "no_such"), ("--tokens", "-1")], ids=" ".join)
async def test_wrong_options_are_one_line(wrong: tuple[str, ...]) -> None:
    """An option that makes no sense ends the program with status 2 and the reason."""
    process = await start(*wrong)
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert errors.decode().startswith("emulator: ")
