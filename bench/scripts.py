"""What has to run inside the house's own environment: scripts in a process each, an order in, figures out.

They lie in contenders/books/ and contenders/clients/, which are no packages: nothing of the house is imported here.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.processes import ROOT, BenchError, start
from bench.roster import CONTENDERS
from bench.stage import Stage

BOOKS = CONTENDERS / "books"
CLIENTS = CONTENDERS / "clients"


async def run_script(
    stage: Stage, name: str, order: Mapping[str, object], limit_s: float, folder: Path = BOOKS
) -> dict[str, Any]:
    """Give a script its order, wait for its end, and return the figures it printed."""
    child = await start(
        name,
        [sys.executable, str(folder / f"{name}.py")],
        log=stage.folder / f"{name}.log",
        core=stage.cores.server,
        environment={"PYTHONPATH": str(ROOT), "CHAINLIT_APP_ROOT": str(stage.folder)},
        pipes=True,
    )
    async with stage.kept(child):
        try:
            async with asyncio.timeout(limit_s):
                printed, _ = await child.process.communicate(json.dumps(order).encode())
        except TimeoutError:
            raise BenchError(f"{name} did not end within {limit_s:g} s:\n{child.last_words()}") from None
        if child.process.returncode:
            raise BenchError(f"{name} ended with {child.process.returncode}:\n{child.last_words()}")
    figures: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return figures
