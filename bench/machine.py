"""What the figures were taken on."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from bench.processes import Cores

_PACKAGES = (
    "chainlit",
    "gradio",
    "streamlit",
    "openai",
    "litellm",
    "aiohttp",
    "uvicorn",
    "uvloop",
    "python-socketio",
    "playwright",
)


@dataclass(frozen=True)
class Machine:
    """Hardware, versions and circumstances of one run."""

    taken: str
    cpu: str
    cores: int
    memory_gib: float
    system: str
    python: str
    packages: str
    pinning: str
    load_before: str

    def facts(self) -> Iterator[tuple[str, str]]:
        """Name and value of each fact, for people."""
        yield "date", self.taken
        yield "CPU", f"{self.cpu}, {self.cores} cores, {self.memory_gib:.0f} GiB"
        yield "system", self.system
        yield "Python", self.python
        yield "versions", self.packages
        yield "cores", self.pinning
        yield "load average before the run", self.load_before


def describe(cores: Cores, browser: str) -> Machine:
    """Look around; call it before the run, while the machine is still quiet."""
    pinned = (
        f"server alone on core {cores.server}; load, emulator and browser on core {cores.rest}"
        if cores.server is not None
        else "not pinned: this system has no way, or one core only"
    )
    return Machine(
        taken=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        cpu=_cpu_model(),
        cores=os.cpu_count() or 1,
        memory_gib=psutil.virtual_memory().total / 2**30,
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        packages=", ".join([*_versions(), browser]),
        pinning=pinned,
        load_before=f"{psutil.getloadavg()[0]:.2f}",
    )


def _versions() -> Iterator[str]:
    for package in _PACKAGES:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            continue


def _cpu_model() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
