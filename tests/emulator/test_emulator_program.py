"""The emulator as a program of its own, steered over HTTP."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from ports import free_port
from wire_client import BODY

from emulator import FAULTS
from emulator.__main__ import main

pytestmark = pytest.mark.slow

KEY = {"Authorization": "Bearer test-key"}


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


QUICK = ("--first-token-ms", "0", "--tokens-per-second", "0", "--tokens", "5")


@asynccontextmanager
async def running() -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A program that answers, and its address without ``/v1``."""
    named = ("--keys", "test-key,other", "--models", "deepseek-v3.2,qwen3")
    process = await start("--port", str(free_port()), *QUICK, *named)
    assert process.stdout
    line = (await process.stdout.readline()).decode()
    yield process, line.split()[-1].removesuffix("/v1")
    if process.returncode is None:
        process.kill()
        await process.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def root() -> AsyncIterator[str]:
    """The address of one program for all that only ask it."""
    async with running() as (_, address):
        yield address


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


async def test_it_is_steered_over_http(root: str) -> None:
    """Faults, pace and the record are within reach of a test in another process."""
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


async def test_faults_in_turn_are_ordered_over_http(root: str) -> None:
    """One a request; or for one key alone; or for a time."""
    names = ["server_error", None, "bad_key"]
    assert await call("POST", f"{root}/emulator/faults", {"names": names}) == {"names": names}
    assert [(await chat(root))[0] for _ in range(4)] == [500, 200, 401, 200]
    await call("POST", f"{root}/emulator/fault", {"name": "cut", "key": "somebody's", "seconds": 60})
    assert (await chat(root))[0] == 200
    assert (await call("GET", f"{root}/emulator/requests"))[-1]["fault"] is None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("fault", {"name": "no_such"}),
        ("fault", {"name": "cut", "times": "x"}),
        ("fault", []),
        ("fault", {"name": "cut", "seconds": 0}),
        ("faults", {"names": "cut"}),
        ("faults", {"names": ["cut", "no_such"]}),
        ("pace", {"speed": 1}),
        ("pace", {"tokens": -1}),
    ],
    ids=str,
)
async def test_wrong_orders_are_refused(root: str, path: str, body: Any) -> None:
    """An order that makes no sense is answered with the reason."""
    assert (await call("POST", f"{root}/emulator/{path}", body))["error"]["message"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
async def test_a_signal_ends_it_cleanly(number: int) -> None:
    """SIGINT and SIGTERM end it with status 0 and nothing on stderr, with a stream open."""
    async with running() as (process, root):
        await call("POST", f"{root}/emulator/fault", {"name": "stall"})
        async with (
            aiohttp.ClientSession(headers=KEY) as http,
            http.post(f"{root}/v1/chat/completions", json=BODY) as response,
        ):
            await response.content.readline()
            process.send_signal(number)
            _, errors = await asyncio.wait_for(process.communicate(), 10)
        assert (process.returncode, errors) == (0, b"")


async def test_a_busy_port_is_one_line(root: str) -> None:
    """A port in use ends the second program with one line that names it."""
    port = root.rsplit(":", 1)[1]
    second = await start("--port", port)
    _, errors = await second.communicate()
    assert second.returncode == 1
    assert errors.decode().count("\n") == 1
    assert port in errors.decode()


def test_the_list_names_every_fault(capsys: pytest.CaptureFixture[str]) -> None:
    """``--list`` prints one line a fault."""
    assert main(["--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(FAULTS)


@pytest.mark.parametrize("wrong", [("--fault", "no_such"), ("--tokens", "-1")], ids=" ".join)
def test_wrong_options_are_one_line(wrong: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """An option that makes no sense ends the program with status 2 and the reason."""
    assert main(wrong) == 2
    said = capsys.readouterr().err
    assert said.startswith("emulator: ") and said.count("\n") == 1
