"""Commands as a shell runs them, over providers that are emulators on sockets of this machine."""

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import emulator

ROOT = Path(__file__).parents[2]
OURS, THEIRS = "sk-ours-0123456789", "sk-theirs-0123456789"  # not a secret
MODEL = "deepseek-v3.2"
TOKENS = 40
#: Everything at once, replies of a known length, slow faults some hundred times faster.
AT_ONCE = emulator.Pace(0.0, 0.0, TOKENS, fault_speed=400)
#: Blank wins over a developer's own .env.
_BLANK = (
    *(
        f"{name}_API_KEY{ending}"
        for name in ("HOLYSHEEP", "OPENAI")
        for ending in ("", "S", "_FILE", "S_FILE")
    ),
    *("HOLYSHEEP_BASE_URL", "OPENAI_BASE_URL", "LOCAL_BASE_URL", "DATABASE_URL", "SETTINGS_DIR", "DATA_DIR"),
    *("LC_ALL", "LC_MESSAGES", "LANG"),
)


def fingerprint(key: str) -> str:
    """What stands for a key wherever it is named."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Done:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The one JSON object it printed."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON objects it printed, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def receipt(self) -> dict[str, Any]:
        """The last of them."""
        last = self.lines[-1]
        assert last["type"] == "receipt"
        return last


@dataclass(frozen=True)
class Terminal:
    """environ: beside what every command finds here."""

    environ: Mapping[str, str]

    def with_(self, **more: str) -> "Terminal":
        """The same with other variables."""
        return Terminal({**self.environ, **more})

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        """A command, under way."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "holysheep", *words),
            cwd=ROOT,
            env={**os.environ, **dict.fromkeys(_BLANK, ""), **self.environ},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *words: str) -> Done:
        """A command from its beginning to its end."""
        process = await self.start(*words)
        out, err = await process.communicate()
        assert process.returncode is not None
        done = Done(process.returncode, out.decode(), err.decode())
        assert OURS not in done.out + done.err and THEIRS not in done.out + done.err
        assert "Traceback" not in done.err, done.err
        return done


def events(lines: Sequence[Mapping[str, Any]], type: str) -> list[Mapping[str, Any]]:
    """Those of one type."""
    return [line for line in lines if line["type"] == type]
