"""The running program's health, asked as a probe asks: by an address, without a name or a cookie."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from desk_program import KEY, Program, browsing, started
from ports import free_port
from postgres_server import NoServer, Postgres, own_server

from emulator import Pace, running

pytestmark = pytest.mark.slow

WELL = {"database": True, "migrations": True, "provider": True, "draining": False}


async def asked(program: Program, path: str, **headers: str) -> tuple[int, str]:
    """What a probe is told."""
    async with aiohttp.ClientSession() as http, http.get(program.url + path, headers=headers) as answer:
        return answer.status, await answer.text()


async def until_ready(program: Program, **parts: bool) -> tuple[int, Any]:
    """Ask until the parts are so."""
    async with asyncio.timeout(60):
        while True:
            status, text = await asked(program, "/readyz")
            found = json.loads(text)
            if found.items() >= parts.items():
                return status, found
            await asyncio.sleep(0.1)


async def test_a_rehearsal_is_ready(tmp_path: Path) -> None:
    """Without a key the rehearsal counts as a provider; the database moved away is noticed, and its return."""
    async with started(tmp_path, {}) as program:
        assert await asked(program, "/healthz", Host="10.0.0.7:8000") == (200, "ok\n")
        status, text = await asked(program, "/readyz", Host="10.0.0.7:8000")
        assert status == 200 and json.loads(text) == WELL
        file = tmp_path / "ledger.db"
        file.rename(tmp_path / "elsewhere.db")
        status, found = await until_ready(program, database=False)
        assert status == 503 and found["provider"]
        (tmp_path / "elsewhere.db").rename(file)
        assert await until_ready(program, database=True) == (200, WELL)
    assert "not ready: database" in program.printed and "ready again: database" in program.printed


async def test_a_key_that_is_refused(tmp_path: Path) -> None:
    """The only key is refused: nobody can answer; a proxy that leaves that out goes on sending people."""
    port = free_port()
    environment = {"HOLYSHEEP_API_KEY": KEY, "HOLYSHEEP_BASE_URL": f"http://127.0.0.1:{port}/v1"}
    async with (
        running(Pace(0.01, 0, 12), port=port, keys={"another"}),
        started(tmp_path, environment) as program,
        browsing(program.url) as browser,
    ):
        assert (await asked(program, "/readyz"))[0] == 200
        page = await browser.open()
        await page.say("Xin chào")
        await page.until(lambda: page.notices)
        assert await until_ready(program, provider=False) == (503, {**WELL, "provider": False})
        assert (await asked(program, "/readyz?exclude=provider"))[0] == 200
        assert await asked(program, "/healthz") == (200, "ok\n")


async def test_nobody_is_there(tmp_path: Path) -> None:
    """A provider that cannot be reached is cut off after a few tries, and is not usable meanwhile."""
    environment = {"HOLYSHEEP_API_KEY": KEY, "HOLYSHEEP_BASE_URL": f"http://127.0.0.1:{free_port()}/v1"}
    async with started(tmp_path, environment) as program, browsing(program.url) as browser:
        page = await browser.open()
        for _ in range(3):
            count = len(page.notices)
            await page.say("Xin chào")
            await page.until(lambda before=count: len(page.notices) > before)
        assert await until_ready(program, provider=False) == (503, {**WELL, "provider": False})


@pytest.mark.database
async def test_the_database_restarts(tmp_path: Path) -> None:
    """That it is away is said within seconds, and so is its return; the program is alive all the time."""
    try:
        with own_server() as server:
            await restarted(server, tmp_path)
    except NoServer as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no PostgreSQL: {error}")


async def restarted(server: Postgres, folder: Path) -> None:
    """Through a restart of its database."""
    async with started(folder, {"DATABASE_URL": server.url("postgres")}) as program:
        assert await until_ready(program, database=True) == (200, WELL)
        server.stop(signal.SIGQUIT)
        status, found = await until_ready(program, database=False)
        assert status == 503 and found["provider"] and (await asked(program, "/healthz"))[0] == 200
        server.start()
        assert await until_ready(program, database=True) == (200, WELL)
