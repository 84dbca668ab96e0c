"""A real program on real sockets, hostile clients at addresses of their own, and somebody who only wants to chat."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "app"))  # folders of tests are no packages

from bystander import Bystander, Undisturbed, browser_at
from desk_program import KEY, Program, copied_settings, started
from links_at import demos
from ports import free_port
from started_desk import ROOT

from emulator import Emulator, Pace, running

#: The program's limits in these tests: 40 sockets, 10 of one address, 3 replies at once.
LIMITS: Mapping[str, str] = {"MAX_SOCKETS": "40", "MAX_TURNS": "3"}


@dataclass(frozen=True)
class Besieged:
    """A program, a link of it, and the port of the provider it asks."""

    program: Program
    link: str
    upstream: int


def _provider(port: int) -> subprocess.Popen[bytes]:
    """A provider that goes on between two tests, too: what a hostile client has asked for is still being answered."""
    pace = ("--first-token-ms", "10", "--tokens-per-second", "0", "--tokens", "12", "--keys", KEY)
    return subprocess.Popen([sys.executable, "-m", "emulator", "--port", str(port), *pace], cwd=ROOT)


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()


@pytest.fixture(scope="module")
def besieged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Besieged]:
    """The program, up once for all tests of a file, and the provider that it asks: twelve tokens at once. A file that
    says ``OWN_PROVIDER`` has its own, ``emu``."""
    port = free_port()
    environment = {"HOLYSHEEP_API_KEY": KEY, "HOLYSHEEP_BASE_URL": f"http://127.0.0.1:{port}/v1", **LIMITS}
    folder = tmp_path_factory.mktemp("desk")
    settings = copied_settings(folder)
    demo = settings / "demos" / "boutique.toml"
    # Somebody who chats on and on must not be taken for the flood.
    demo.write_text(
        demo.read_text(encoding="utf-8").replace("per_minute = 12", "per_minute = 600"), encoding="utf-8"
    )
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        if not getattr(request.module, "OWN_PROVIDER", False):
            stack.callback(_ended, _provider(port))
        context = started(folder, environment, settings=settings)
        program = runner.run(context.__aenter__())
        stack.callback(lambda: runner.run(context.__aexit__(None, None, None)))
        link = runner.run(
            demos(
                program.url,
                folder,
                settings,
                "publish",
                "boutique",
                "--messages",
                "100000",
                "--budget",
                "100",
            )
        )
        yield Besieged(program, link["url"].rstrip("/"), port)


@pytest.fixture
def desk(besieged: Besieged) -> Program:
    """The program."""
    return besieged.program


@pytest.fixture
def link(besieged: Besieged) -> str:
    """The address of a link, no stroke at its end."""
    return besieged.link


@pytest.fixture
async def emu(besieged: Besieged) -> AsyncIterator[Emulator]:
    """The provider of a test that changes its pace."""
    pace = Pace(first_token_s=0.01, tokens_per_second=0, tokens=12)
    async with running(pace, port=besieged.upstream, keys={KEY}) as emulator:
        yield emulator


@pytest.fixture
def undisturbed(link: str) -> Undisturbed:
    """``async with undisturbed():`` somebody else, at another address, asks one thing after the other all the while.

    They keep their socket, and every question is answered."""

    @asynccontextmanager
    async def made() -> AsyncIterator[Bystander]:
        async with browser_at("127.0.0.77", link) as browser:
            bystander = Bystander(await browser.open(tab="bystander"))
            await bystander.begin()
            yield bystander
            await bystander.end()

    return made
