"""docs/library.md: each of its programs runs as it stands there, with no settings, database or Chainlit."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest
from terminal import OURS, ROOT, THEIRS, TOKENS

import emulator

pytestmark = pytest.mark.slow  # each of them is a program of its own

PAGE = ROOT / "docs" / "library.md"
REPLY, STOP, TWO = re.findall(
    r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
#: What the page says is not needed is not there.
_WITHOUT = """
import sys
for name in ("chainlit", "sqlalchemy", "settings", "ledger", "demos"):
    sys.modules[name] = None
"""


async def run(program: str, folder: Path, **environ: str) -> list[str]:
    """The lines it prints, in a folder of its own."""
    (folder / "program.py").write_text(_WITHOUT + program, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "program.py"),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0 and not err, err.decode()
    return out.decode().splitlines()


@pytest.fixture
def environ(ours: emulator.Emulator, theirs: emulator.Emulator) -> dict[str, str]:
    """Two providers."""
    return {
        "HOLYSHEEP_BASE_URL": ours.base_url,
        "HOLYSHEEP_API_KEY": OURS,
        "HOLYSHEEP_API_KEYS": OURS,
        "OPENAI_BASE_URL": theirs.base_url,
        "OPENAI_API_KEY": THEIRS,
    }


async def test_one_reply(environ: dict[str, str], tmp_path: Path, ours: emulator.Emulator) -> None:
    """A reply and its receipt; one that breaks off is replaced by a whole one."""
    *text, figures = await run(REPLY, tmp_path, **environ)
    reason, tokens, cost, attempts = figures.split()
    assert (reason, attempts) == ("stop", "1") and int(tokens) > TOKENS and float(cost) > 0
    ours.set_fault("cut", times=1)
    *again, figures = await run(REPLY, tmp_path, **environ)
    assert again == text and figures.split()[::3] == ["stop", "2"]


async def test_stop(environ: dict[str, str], tmp_path: Path, ours: emulator.Emulator) -> None:
    """It stops in the middle, and a price that is not known is no 0."""
    ours.set_pace(first_token_s=0.0, tokens_per_second=50.0, tokens=400)
    assert await run(STOP, tmp_path, **environ) == ["stopped None"]


async def test_two_providers(environ: dict[str, str], tmp_path: Path, ours: emulator.Emulator) -> None:
    """The other one answers where the first refuses its key, and the next run knows it."""
    ours.set_fault("bad_key")
    for errors in ("['bad_key', None]", "[None]"):
        *_, receipt, first, second = await run(TWO, tmp_path, **environ)
        assert receipt == f"openai gpt-4.1 {errors}"
        assert (first, second) == ("holysheep False ['out']", "openai True ['ready']")
