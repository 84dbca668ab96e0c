"""The program's start: with nothing set up, with a server of one's own, and what keeps it from starting."""

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest
from desk_program import KEY, browsing, copied_settings, refused, started
from ports import free_port
from started_desk import CHAINLIT, PYTHON

from emulator import Pace, running

pytestmark = pytest.mark.slow

NEW_MODEL = """
[[models]]
id = "brand-new-model"
label = "Brand New"
price = 1
valid_from = 2026-01-01
context_window = 32_000
"""


async def test_rehearsal_and_a_server_of_ones_own(tmp_path: Path) -> None:
    """Without a key the rehearsal answers, also for a model that was just added to the price list; the models of a
    local server stand beside them at price 0, and are asked for real."""
    settings = copied_settings(tmp_path)
    with (settings / "models.toml").open("a", encoding="utf-8") as file:
        file.write(NEW_MODEL)
    own = ("llama3.2", "deepseek-v3.2")
    async with (
        running(Pace(0.01, 0, 12), models=own) as emu,
        started(tmp_path, {"LOCAL_BASE_URL": emu.base_url}, settings=settings) as program,
        browsing(program.url) as browser,
    ):
        page = await browser.open()
        await page.until(lambda: len(page.told("chat_settings")[-1][0]["inputs"][0]["items"]) == 7)
        labels = {
            item["label"]: item["value"] for item in page.told("chat_settings")[-1][0]["inputs"][0]["items"]
        }
        assert (
            labels["llama3.2 · $0"] == "llama3.2"
            and labels["local/deepseek-v3.2 · $0"] == "local/deepseek-v3.2"
        )
        assert (
            labels["DeepSeek V3.2 · $0.42/triệu token"] == "deepseek-v3.2" and page.desk["rehearsal"] is True
        )
        for model in ("brand-new-model", "llama3.2", "local/deepseek-v3.2", "deepseek-v3.2"):
            await page.emit("chat_settings_change", {"model": model})
            await page.ask(f"Xin chào {model}")
        shown = [(r["provider"], r["cost_usd"], r["cost_bound"], r["error"]) for r in page.receipts]
        assert shown == [(name, "0", "exact", None) for name in ("rehearsal", "local", "local", "rehearsal")]
        assert [request.model for request in emu.requests] == ["llama3.2", "deepseek-v3.2"]
        assert page.desk["totals"].startswith("4 câu trả lời") and " · $0 · " in page.desk["totals"]


async def test_a_local_server_that_is_not_up_yet(tmp_path: Path) -> None:
    """The program starts all the same, and its log says what it is waiting for."""
    url = f"http://127.0.0.1:{free_port()}/v1"
    async with started(tmp_path, {"LOCAL_BASE_URL": url}) as program, browsing(program.url) as browser:
        status, text = await browser.get()
        assert status == 200 and '<div id="desk-banner" role="status">DIỄN TẬP' in text
        async with asyncio.timeout(60):  # rather than for ever
            while "LOCAL_BASE_URL gave no list of models" not in program.printed:
                await asyncio.sleep(0.05)


COMMANDS = pytest.mark.parametrize("command", [PYTHON, CHAINLIT], ids=["python app.py", "chainlit run"])


@COMMANDS
async def test_bad_settings(tmp_path: Path, command: Sequence[str]) -> None:
    """It does not start, and tells all faults of all files at once, without the key."""
    settings = copied_settings(tmp_path)
    (settings / "models.toml").write_text("default = 7\n", encoding="utf-8")
    (settings / "demos" / "boutique.toml").write_text('title = "x\n', encoding="utf-8")
    (settings / "demos" / "cosmetics.toml").write_text('titel = "x"\n', encoding="utf-8")
    code, output = await refused(
        tmp_path, settings, free_port(), command, HOLYSHEEP_API_KEY=KEY, LOG_LEVEL="loud"
    )
    assert code != 0 and "Traceback" not in output and KEY not in output
    for told in (
        "models.toml:1: default: found 7",
        "boutique.toml:1",
        "cosmetics.toml:1: titel",
        "LOG_LEVEL: found",
    ):
        assert told in output
    assert "persona" in output


@COMMANDS
async def test_a_busy_port(tmp_path: Path, command: Sequence[str]) -> None:
    """One line, in both languages, that says what and how to mend it."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, output = await refused(tmp_path, copied_settings(tmp_path), port, command)
    (line,) = output.strip().splitlines()
    assert code != 0 and line.startswith(f"Demo Desk: port {port} on 127.0.0.1: ")
    assert "đặt PORT khác trong .env" in line and "set another PORT in .env" in line


async def test_a_host_that_is_not_ours(tmp_path: Path) -> None:
    """One line, with another mend."""
    code, output = await refused(tmp_path, copied_settings(tmp_path), free_port(), HOST="192.0.2.1")
    (line,) = output.strip().splitlines()
    assert code != 0 and "192.0.2.1" in line and "Mend HOST or PORT in .env" in line


async def test_a_folder_that_chainlit_cannot_write_to(tmp_path: Path) -> None:
    """One line, before Chainlit would end in a traceback; under ``chainlit run`` Chainlit comes first. (A file in the
    folder's place: root may write anywhere.)"""
    (tmp_path / ".files").touch()
    settings, port = copied_settings(tmp_path), free_port()
    code, output = await refused(tmp_path, settings, port, CHAINLIT_APP_ROOT=str(tmp_path))
    (line,) = output.strip().splitlines()
    assert code != 0 and f"cannot write to {tmp_path / '.files'}" in line and "không ghi được" in line
