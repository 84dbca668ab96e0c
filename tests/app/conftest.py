"""The program, started once in each of its two ways, asking an emulator that each test starts anew."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from desk_program import KEY, Browser, Program, browsing, started
from ports import free_port
from started_desk import CHAINLIT, PYTHON

from emulator import Emulator, Pace, running


@dataclass(frozen=True)
class Served:
    """A program and the port of the provider it asks."""

    program: Program
    upstream: int


@pytest.fixture(scope="module", params=[PYTHON, CHAINLIT], ids=["python app.py", "chainlit run"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The program with a key."""
    port = free_port()
    environment = {"HOLYSHEEP_API_KEY": KEY, "HOLYSHEEP_BASE_URL": f"http://127.0.0.1:{port}/v1"}
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        running_program = started(tmp_path_factory.mktemp("desk"), environment, request.param)
        program = runner.run(running_program.__aenter__())
        stack.callback(lambda: runner.run(running_program.__aexit__(None, None, None)))
        yield Served(program, port)


@pytest.fixture
def desk(served: Served) -> Program:
    """The program."""
    return served.program


@pytest.fixture
async def emu(served: Served) -> AsyncIterator[Emulator]:
    """The provider that it asks: twelve tokens at once."""
    pace = Pace(first_token_s=0.01, tokens_per_second=0, tokens=12, fault_speed=100)
    async with running(pace, port=served.upstream, keys={KEY}) as emulator:
        yield emulator


@pytest.fixture
async def browser(desk: Program) -> AsyncIterator[Browser]:
    """A Vietnamese visitor."""
    async with browsing(desk.url) as made:
        yield made
