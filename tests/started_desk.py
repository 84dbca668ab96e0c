"""The program as people start it, for tests that ask it from outside: over a raw socket, or in a browser."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
from ports import free_port

from web.operators import COOKIE, OPERATOR, Operators

ROOT: Final = Path(__file__).resolve().parents[1]
PYTHON: Final = (sys.executable, "app.py")
CHAINLIT: Final = (sys.executable, "-m", "chainlit", "run", "app.py", "--headless")
LOG: Final = "log.txt"
#: The installation's, so that tests can sign in by themselves.
SECRET: Final = "known to all of these tests and to nobody else"

#: Whatever the developer's own environment or .env says, no test asks a provider for money.
NOBODY: Final = [
    "HOLYSHEEP_API_KEY",
    "HOLYSHEEP_API_KEYS",
    "HOLYSHEEP_API_KEY_FILE",
    "HOLYSHEEP_API_KEYS_FILE",
    "HOLYSHEEP_BASE_URL",
    "OPENAI_API_KEY",
    "OPENAI_API_KEYS",
    "OPENAI_API_KEY_FILE",
    "OPENAI_API_KEYS_FILE",
    "OPENAI_BASE_URL",
    "LOCAL_BASE_URL",
    "DATABASE_URL",
    "SETTINGS_DIR",
    "PUBLIC_URL",
    "OPERATOR_PASSWORD",
    "OPERATOR_PASSWORD_FILE",
    "OPERATOR_PASSWORDS",
    "OPERATOR_PASSWORDS_FILE",
    "DEFAULT_DEMO",
    "METRICS_ADDR",  # blank: no test listens where another one does
    "MAX_SOCKETS",
    "MAX_TURNS",
    "FORWARDED_ALLOW_IPS",
    "LOG_LEVEL",
    "LOG_FORMAT",
]


def variables(folder: Path, port: int, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program: nobody's key, English messages, ``SECRET``, and ``environment`` over it."""
    own = {"HOST": "127.0.0.1", "PORT": str(port), "DATA_DIR": str(folder), "LC_ALL": "C.UTF-8"}
    own["CHAINLIT_AUTH_SECRET"] = SECRET
    own["DRAIN_SECONDS"] = "0"  # a test that ends in mid-reply need not wait for that
    chainlit = {"CHAINLIT_HOST": "127.0.0.1", "CHAINLIT_PORT": str(port)}
    return {**os.environ, **dict.fromkeys(NOBODY, ""), **own, **chainlit, **environment}


def signed_in() -> dict[str, str]:
    """The cookie of an operator of a desk without a password, where each browser keeps a history of its own."""
    return {COOKIE: Operators(SECRET).session(OPERATOR)}


@asynccontextmanager
async def served(
    folder: Path,
    environment: Mapping[str, str] | None = None,
    command: Sequence[str] = PYTHON,
    port: int | None = None,
) -> AsyncIterator[str]:
    """The program's address once it answers; it is ended when the context ends.

    folder: for its data and ``LOG``. environment: over the test's own; nothing of it means rehearsal. port: a free one.
    """
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    with (folder / LOG).open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env=variables(folder, port, environment or {}),
            stdout=log,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        async with aiohttp.ClientSession() as http, asyncio.timeout(180):
            while not await _healthy(http, url):
                assert process.returncode is None, (folder / LOG).read_text(encoding="utf-8")
                await asyncio.sleep(0.05)
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(30):
                await process.wait()
        except TimeoutError:
            process.kill()
            raise


async def _healthy(http: aiohttp.ClientSession, url: str) -> bool:
    with contextlib.suppress(aiohttp.ClientError):
        async with http.get(f"{url}/health") as answer:
            return answer.status == 200
    return False
