"""``status``: what the running programs and the shared state know of providers and keys."""

import asyncio
from pathlib import Path

import pytest
from terminal import MODEL, OURS, ROOT, Terminal, fingerprint

import emulator
from holysheep import Engine, FileStore
from settings.engine_files import load_engine_files

pytestmark = pytest.mark.slow  # each command is a program of its own


async def test_nothing_runs(both: Terminal) -> None:
    """Both providers are there, with their keys as fingerprints, and it is said that nothing runs."""
    done = await both.run("status", "--json")
    assert done.code == 0 and done.data["running"] == [] and done.data["without_key"] == ["local"]
    assert [provider["name"] for provider in done.data["providers"]] == ["holysheep", "openai"]
    (key,) = done.data["providers"][0]["keys"]
    assert (key["state"], key["tokens"], key["limit"]) == ("ready", 0, 1_000_000)
    people = await both.with_(LC_ALL="vi_VN").run("status")
    assert people.code == 0 and key["fingerprint"] in people.out and "Hỏi trước" in people.out


async def test_a_key_that_was_refused(alone: Terminal, ours: emulator.Emulator) -> None:
    """One command finds it out, the next one knows it; a probe that is answered frees it."""
    ours.set_fault("bad_key", times=1)
    assert (await alone.run("ask", "Xin chào")).code == 1
    done = await alone.run("status", "--json")
    (provider,) = done.data["providers"]
    (key,) = provider["keys"]
    assert (key["state"], key["reason"], provider["available"]) == ("out", "bad_key", False)
    assert "set aside (bad_key)" in (await alone.run("status")).out
    assert (await alone.run("verify", "--model", MODEL)).code == 0
    (provider,) = (await alone.run("status", "--json")).data["providers"]
    assert provider["keys"][0]["state"] == "ready" and provider["keys"][0]["tokens"] > 0


async def test_a_program_that_runs(alone: Terminal, ours: emulator.Emulator, tmp_path: Path) -> None:
    """Its attempts, errors and times are told, and of a ring every key's."""
    files = load_engine_files(environ=alone.environ, env_file=tmp_path / ".env")
    ours.set_fault("server_error", times=1)
    async with Engine(files, store=FileStore(tmp_path / "data" / "engine"), draw=lambda: 0.0) as engine:
        async for _ in engine.stream([{"role": "user", "content": "Xin chào"}], model=MODEL):
            pass
        async with asyncio.timeout(60):  # rather than for ever
            while not (data := (await alone.run("status", "--json")).data)["running"]:
                await asyncio.sleep(0.1)
        people = await alone.run("status")
    recent = data["providers"][0]["recent"]
    assert (recent["attempts"], recent["errors"]) == (2, {"provider_down": 1})
    assert recent["ttft_ms"]["p50"] > 0 and "1 running." in people.out
    assert "provider_down × 1" in people.out and OURS not in people.out
    assert (await alone.run("status", "--json")).data["running"] == []


async def test_everything_that_moves(both: Terminal, ours: emulator.Emulator, tmp_path: Path) -> None:
    """A switch, a rollout that is held and a breaker that is open are told to people, too."""
    folder = tmp_path / "settings"
    folder.mkdir()
    for name in ("models.toml", "providers.toml"):
        (folder / name).write_text((ROOT / "settings" / name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "rollout.toml").write_text("enabled = true\nstarts_on = 2026-01-01\n")
    terminal = both.with_(SETTINGS_DIR=str(folder))
    assert (await terminal.run("rollout", "set", "30", "--reason", "x")).code == 0
    moved = await terminal.run("migrate", "--from", "holysheep", "--to", "openai")
    assert moved.code == 0 and "The rollout is on" in moved.out  # a switch does not reach what it moves
    ours.set_fault("overloaded")
    files = load_engine_files(environ=both.environ, env_file=tmp_path / ".env")
    async with Engine(files, store=FileStore(tmp_path / "data" / "engine")) as engine:
        for _ in range(8):
            await engine.probe("holysheep", fingerprint(OURS), MODEL)
    told, people = await terminal.run("status", "--json"), await terminal.run("status")
    assert (told.data["rollout"]["share"], told.data["switch"]["from"]) == (30, "holysheep")
    (model,) = told.data["providers"][0]["models"]
    assert (model["model"], model["breaker"]) == (MODEL, "open")
    assert "Rollout: 30 % of conversations at holysheep, the others at openai, held by" in people.out
    assert "Asked first: openai wherever holysheep was" in people.out
    assert f"breaker of {MODEL}: open" in people.out
