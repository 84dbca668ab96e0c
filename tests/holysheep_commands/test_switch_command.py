"""``switch`` and ``migrate``: verified before, followed by the running program, undone by ``switch --back``."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from terminal import MODEL, OURS, THEIRS, Terminal, fingerprint

import emulator
from holysheep import Engine, FileStore
from settings.engine_files import load_engine_files

pytestmark = pytest.mark.slow  # each command is a program of its own

SECOND = "sk-second-0123456789"  # not a secret


@pytest.fixture
async def running(both: Terminal, tmp_path: Path) -> AsyncIterator[Engine]:
    """A program that runs while the commands are given."""
    files = load_engine_files(environ=both.environ, env_file=tmp_path / ".env")
    async with Engine(files, store=FileStore(tmp_path / "data" / "engine")) as engine:
        yield engine


async def first(engine: Engine, name: str, model: str = MODEL) -> None:
    """Wait until the program asks this provider first."""
    async with asyncio.timeout(30):  # rather than for ever
        while engine.routes(model)[0].provider.name != name:
            await asyncio.sleep(0.02)


async def test_there_and_back(both: Terminal, running: Engine, theirs: emulator.Emulator) -> None:
    """The program that runs asks the other provider, and then its own again; what is undone twice is refused."""
    done = await both.run("switch", "--to", "openai", "--json")
    assert (done.code, done.data["changed"]) == (0, True)
    assert (done.data["switch"]["to"], done.data["switch"]["from"]) == ("openai", None)
    assert [probe["model"] for probe in done.data["probes"]] == ["gpt-4.1"] and len(theirs.requests) == 1
    await first(running, "openai")
    receipt = (await both.run("ask", "--json", "Xin chào")).receipt
    assert (receipt["provider"], receipt["served_model"], receipt["model"]) == ("openai", "gpt-4.1", MODEL)
    back = await both.run("switch", "--back", "--json")
    assert (back.code, back.data["switch"], back.data["undone"]["to"]) == (0, None, "openai")
    await first(running, "holysheep")
    again = await both.run("switch", "--back", "--json")
    assert (again.code, again.data) == (1, {"changed": False, "error": "nothing_to_undo"})


async def test_each_switch_can_be_undone(both: Terminal) -> None:
    """Back leads to the state before the last switch, whatever that was."""
    for words in (("--to", "openai"), ("--to", "holysheep"), ("--back",)):
        assert (await both.run("switch", *words)).code == 0
    assert (await both.run("status", "--json")).data["first"] == "openai"
    assert (await both.run("switch", "--back")).code == 0
    assert (await both.run("status", "--json")).data["first"] is None


@pytest.mark.parametrize("fault", ["bad_key", "unknown_model", "server_error", "json_200"])
async def test_what_is_not_verified(
    fault: str, both: Terminal, theirs: emulator.Emulator, tmp_path: Path
) -> None:
    """Nothing is changed, nothing is called done, and the table says why."""
    theirs.set_fault(fault)
    done = await both.run("switch", "--to", "openai")
    assert (done.code, done.out) == (1, "") and "nothing was changed" in done.err and "Done" not in done.err
    told = (await both.run("switch", "--to", "openai", "--json")).data
    assert (told["changed"], told["error"], told["missing"]) == (False, "not_verified", ["gpt-4.1"])
    assert not (tmp_path / "data" / "engine" / "switch.json").exists()


async def test_a_model_that_is_missing(both: Terminal, ours: emulator.Emulator) -> None:
    """One model that visitors would ask for in vain is enough to stay."""
    ours.models = ("deepseek-v3.2", "gemini-2.5-flash", "gpt-4.1")
    done = await both.run("switch", "--to", "holysheep", "--json")
    assert (done.code, done.data["missing"]) == (1, ["claude-sonnet-4.5"])


async def test_a_ring_with_one_bad_key(both: Terminal, ours: emulator.Emulator) -> None:
    """The others answer for it; it is named."""
    ours.set_fault("bad_key", key=fingerprint(OURS))
    terminal = both.with_(HOLYSHEEP_API_KEYS=f"{OURS},{SECOND}")
    done = await terminal.run("switch", "--to", "holysheep")
    assert done.code == 0 and "cannot be used (bad_key)" in done.out and "Done: holysheep" in done.out


async def test_migrate(both: Terminal, running: Engine) -> None:
    """Only what one provider was asked first for goes to the other; it is undone the same way."""
    done = await both.run("migrate", "--from", "holysheep", "--to", "openai", "--json")
    assert (done.code, done.data["switch"]["from"]) == (0, "holysheep")
    assert "deepseek-v3.2" in done.data["moved"]
    await first(running, "openai")
    done = await both.run("migrate", "--from", "openai", "--to", "holysheep")
    assert done.code == 0 and "Done" in done.out
    await first(running, "holysheep")
    assert (await both.run("switch", "--back")).code == 0
    await first(running, "openai")


async def test_migrate_where_nothing_moves(both: Terminal) -> None:
    """It holds from now on, and that no model moves today is said."""
    done = await both.run("migrate", "--from", "openai", "--to", "holysheep", "--json")
    assert (done.code, done.data["changed"], done.data["moved"]) == (0, True, [])


async def test_wrong_names(alone: Terminal) -> None:
    """Who is not there, has no key, or is the same."""
    assert (await alone.run("switch", "--to", "nobody")).code == 2
    assert (await alone.run("migrate", "--from", "openai", "--to", "openai")).code == 2
    done = await alone.run("switch", "--to", "openai", "--json")
    assert (done.code, done.data["error"]) == (1, "no_key") and "OPENAI_API_KEY" in done.data["detail"]
    twice = [await alone.run("switch", "--to", "holysheep", "--json") for _ in range(2)]
    assert [(done.code, done.data["changed"]) for done in twice] == [(0, True), (0, False)]
    assert THEIRS not in twice[0].out


@pytest.mark.database
async def test_where_the_books_are_in_postgresql(
    both: Terminal, new_postgres: Callable[..., str], tmp_path: Path
) -> None:
    """It is kept there, also in a database that no program has used yet, and nothing on this machine's disk."""
    terminal = both.with_(DATABASE_URL=new_postgres())
    assert (await terminal.run("switch", "--to", "openai")).code == 0
    assert (await terminal.run("status", "--json")).data["first"] == "openai"
    assert (await terminal.run("ask", "--json", "Xin chào")).receipt["provider"] == "openai"
    assert not (tmp_path / "data" / "engine").exists()


async def test_state_that_cannot_be_kept(both: Terminal, tmp_path: Path) -> None:
    """Nothing is called done that could not be written down."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "engine").write_text("in the way")
    done = await both.run("switch", "--to", "openai")
    assert (done.code, done.out) == (1, "") and done.err
