"""Commands beside a desk that runs: who answers changes with the next message, and nothing is started anew."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from desk_program import KEY, WirePage, browsing, copied_settings, started
from started_desk import ROOT, variables

from emulator import Emulator, Pace, running

THEIRS = "sk-theirs-0123456789"  # not a secret


@dataclass(frozen=True)
class Moving:
    """A page of a desk that runs, and a terminal beside it."""

    page: WirePage
    environment: dict[str, str]
    theirs: Emulator

    async def command(self, *words: str) -> dict[str, Any]:
        """What a command says, which must go well."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "holysheep", *words, "--json"),
            cwd=ROOT,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        assert process.returncode == 0, out
        told: dict[str, Any] = json.loads(out)
        return told

    async def answered_by(self, provider: str) -> dict[str, Any]:
        """Ask until this one answers; gives the receipt."""
        async with asyncio.timeout(60):  # rather than for ever
            while True:
                await self.page.ask("Còn váy lụa không?")
                if self.page.receipts[-1]["provider"] == provider:
                    return dict(self.page.receipts[-1])


@asynccontextmanager
async def moving(folder: Path, rollout: str = "") -> AsyncIterator[Moving]:
    settings = copied_settings(folder)
    (settings / "rollout.toml").write_text(rollout or "enabled = false\n")
    pace = Pace(first_token_s=0.01, tokens_per_second=0, tokens=12)
    async with running(pace, keys={KEY}) as ours, running(pace, keys={THEIRS}) as theirs:
        environment = {
            "HOLYSHEEP_API_KEY": KEY,
            "HOLYSHEEP_BASE_URL": ours.base_url,
            "OPENAI_API_KEY": THEIRS,
            "OPENAI_BASE_URL": theirs.base_url,
        }
        async with started(folder, environment, settings=settings) as desk, browsing(desk.url) as browser:
            at_hand = {"SETTINGS_DIR": str(settings), **environment}
            yield Moving(await browser.open(), variables(folder, 1, at_hand), theirs)


@pytest.mark.slow
async def test_switch(tmp_path: Path) -> None:
    """There and back in one conversation; the receipt names what stands in, and ``status`` the program."""
    async with moving(tmp_path) as desk:
        assert (await desk.answered_by("holysheep"))["served_model"] == "deepseek-v3.2"
        assert (await desk.command("switch", "--to", "openai"))["changed"]
        receipt = await desk.answered_by("openai")
        assert (receipt["model"], receipt["served_model"]) == ("deepseek-v3.2", "gpt-4.1")
        assert receipt["price_version"].startswith("gpt-4.1@")
        async with asyncio.timeout(60):  # rather than for ever
            while not (told := await desk.command("status"))["running"]:
                await asyncio.sleep(0.2)
        assert told["first"] == "openai"
        assert (await desk.command("switch", "--back"))["undone"]["to"] == "openai"
        await desk.answered_by("holysheep")


@pytest.mark.slow
async def test_a_provider_that_is_down(tmp_path: Path) -> None:
    """Nothing is switched to it, and the desk goes on as before."""
    async with moving(tmp_path) as desk:
        desk.theirs.set_fault("server_error")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "holysheep", "switch", "--to", "openai"),
            cwd=ROOT,
            env=desk.environment,
            stderr=asyncio.subprocess.PIPE,
        )
        _, err = await process.communicate()
        assert process.returncode == 1 and b"nothing was changed" in err
        await desk.answered_by("holysheep")


@pytest.mark.slow
async def test_rollout(tmp_path: Path) -> None:
    """A share of 100 % takes the conversation over, 0 % gives it back, and each receipt knows its cohort."""
    async with moving(tmp_path, "enabled = true\nstarts_on = 2026-01-01\n") as desk:
        await desk.command("rollout", "set", "100", "--reason", "all of them")
        assert (await desk.answered_by("holysheep"))["cohort"] == "holysheep"
        await desk.command("rollout", "set", "0", "--reason", "none of them")
        receipt = await desk.answered_by("openai")
        assert (receipt["cohort"], receipt["served_model"]) == ("legacy", "gpt-4.1")
        told = (await desk.command("rollout", "history"))["history"]
        assert [entry["what"] for entry in told][-2:] == ["set", "set"]
