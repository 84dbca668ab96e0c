"""The program ends, by itself or by force, and comes back: conversations go on where they were."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import expect
from ports import free_port
from started_desk import PYTHON, ROOT, variables
from visitor import DESKTOP, PAIRS, Reader, Visit

from emulator import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

QUESTION = "Áo thun còn cỡ M không?"


class Program:
    """A desk that always comes back at the same address, with the same data."""

    def __init__(self, folder: Path, upstream: str) -> None:
        self._port = free_port()
        key = {"HOLYSHEEP_API_KEY": "sk-journey-0123456789", "HOLYSHEEP_BASE_URL": upstream}  # not a secret
        self._environment = variables(folder, self._port, key)
        self._log = folder / "log.txt"
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *PYTHON, cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        async with aiohttp.ClientSession() as http, asyncio.timeout(180):
            while True:
                try:
                    async with http.get(f"{self.url}/health"):
                        return
                except aiohttp.ClientError:
                    assert self._process.returncode is None, self._log.read_text(encoding="utf-8")
                    await asyncio.sleep(0.05)

    async def end(self) -> None:
        """As a new version is put in place."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.wait()

    async def kill(self) -> None:
        """As a machine that loses its power."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()


@pytest_asyncio.fixture(loop_scope="session")
async def program(emu: Emulator, tmp_path: Path, unmeasured: None) -> AsyncIterator[Program]:
    """A desk of the test's own."""
    made = Program(tmp_path, emu.base_url)
    await made.start()
    yield made
    await made.end()


async def test_a_conversation_outlives_the_program(visit: Visit, emu: Emulator, program: Program) -> None:
    """At its address it is whole after a restart, with totals and buttons, and the model still knows it."""
    visitor = await visit("en", DESKTOP, url=program.url)
    await visitor.ask(QUESTION)
    seen = [await visitor.reply(), await visitor.totals.inner_text()]
    await program.end()
    await program.start()
    await visitor.reload()
    await expect(visitor.receipts).to_have_count(1)
    assert seen == [await visitor.reply(), await visitor.totals.inner_text()]
    await expect(visitor.button(visitor.say("actions.regenerate"))).to_have_count(1)
    await visitor.ask("Còn màu khác không?")
    assert [message.role for message in emu.requests[-1].messages] == ["system", "user", "assistant", "user"]


@pytest.mark.parametrize("reader", PAIRS, ids=["vi-phone", "en-desktop"])
async def test_killed_in_mid_reply(visit: Visit, emu: Emulator, program: Program, reader: Reader) -> None:
    """An open page reconnects, shows what was written and says that it was cut; the conversation goes on."""
    visitor = await visit(*reader, url=program.url)
    await visitor.ask(QUESTION)
    emu.set_pace(tokens_per_second=20, tokens=400)
    await visitor.send("Kể thật dài về áo lụa")
    await expect(visitor.theirs).to_have_count(3)
    await visitor.reading(150)
    written = await visitor.reply()
    address = visitor.page.url
    await program.kill()
    await program.start()
    await expect(visitor.receipts).to_have_count(2, timeout=30_000)
    await expect(visitor.receipts.last).to_contain_text(visitor.say("receipt.interrupted"))
    await expect(visitor.stop).to_have_count(0)
    await expect(visitor.mine).to_have_count(2)
    reply = await visitor.reply(2)
    assert reply.startswith(written[:100])
    await expect(visitor.page.get_by_text(visitor.say("errors.interrupted"))).to_be_visible()
    assert visitor.page.url == address
    await visitor.picture("26-killed")
    emu.set_pace(tokens=30, tokens_per_second=300)
    await visitor.ask("Còn màu khác không?")
    said = [message.content for message in emu.requests[-1].messages if message.role == "user"]
    assert said == [QUESTION, "Kể thật dài về áo lụa", "Còn màu khác không?"]
    assert visitor.page.url == address
