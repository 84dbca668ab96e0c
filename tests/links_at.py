"""Links of a running program, made by its commands as an operator would."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from started_desk import ROOT, variables

#: Does a command of ``python -m demos`` at the desk of a test.
Do = Callable[..., Awaitable[Any]]


async def demos(url: str, folder: Path, settings: Path, *words: str, ok: bool = True) -> Any:
    """``python -m demos WORDS --json`` beside the program at ``url``; what it prints, or its complaint where it is to
    fail. folder: the program's data. settings: its settings."""
    environment = variables(folder, int(url.rpartition(":")[2]), {"SETTINGS_DIR": str(settings)})
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "demos", *words, *(["--json"] if ok else [])),
        cwd=ROOT,
        env={**environment, "PUBLIC_URL": url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert (process.returncode == 0) is ok, err.decode()
    return json.loads(out) if ok else err.decode()
