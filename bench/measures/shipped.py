"""What a deployment pays before anybody comes: time to start, memory when idle, size on disk."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import psutil
from packaging.requirements import Requirement

from bench.plan import Plan
from bench.processes import ROOT
from bench.progress import say
from bench.rows import Quantity, Row, Tally
from bench.stage import Stage

START = Quantity("start_time", "from the command to the first healthy answer", "s", 2)
START_CPU = Quantity("start_cpu", "CPU time until then", "s", 2)
IDLE = Quantity("memory_idle", "memory of the idle server, its children included (PSS)", "MB")
INSTALLED = Quantity("installed_size", "what pip installs for it, compiled", "MB")
IMAGE = Quantity("image_size", "the image over its base, unpacked", "MB")

#: Where `make image-test` leaves its figures.
RECORD = ROOT / "dist" / "image-figures.json"
_IDLE_S = 10.0
_MB = 1e6
_PACKAGES = {
    "bare": ("chainlit", "openai"),
    "gradio": ("gradio", "openai"),
    "streamlit": ("streamlit", "openai"),
}
_PINNED = re.compile(r"^([a-z0-9-]+)==", re.MULTILINE)


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """One server at a time, on every core, started once before so that its files are in the system's cache."""
    tally = Tally()
    names = stage.taking_part(["ours", "bare", "gradio", "streamlit"])
    stage = stage.on_every_core()
    for round_number in range(plan.start_rounds + 1):
        for name in names:
            async with stage.servers([name]) as servers:
                took = servers[name].started_s
                if round_number == 0:
                    continue
                tally.add(START, name, took)
                tally.add(START_CPU, name, servers[name].started_cpu_s)
                await asyncio.sleep(_IDLE_S)
                tally.add(IDLE, name, _pss(servers[name].child.pid) / _MB)
            say(f"start, round {round_number}, {name}: {took:.2f} s, {tally.last(IDLE, name):.0f} MB idle")
    pins = tuple(_PINNED.findall((ROOT / "requirements.txt").read_text(encoding="utf-8")))
    for name in names:
        tally.add(INSTALLED, name, _installed(_PACKAGES.get(name, pins)) / _MB)
    if "ours" in names and RECORD.exists():
        record = json.loads(RECORD.read_text(encoding="utf-8"))
        note = (
            f"by `make image-test` on {record['taken']}, over {record['base']} ({record['base_mb']:.0f} MB)"
        )
        tally.add(IMAGE, "ours", record["size_mb"] - record["base_mb"], note)
    return tally.rows()


def _pss(pid: int) -> int:
    """Memory of a process and its children; what they share with others is shared out."""
    process = psutil.Process(pid)
    return sum(int(each.memory_full_info().pss) for each in [process, *process.children(recursive=True)])


def _installed(names: tuple[str, ...]) -> int:
    """Bytes of the files of these distributions and of all that they require here."""
    return sum(_bytes(each) for each in _closure(names))


def _closure(names: tuple[str, ...]) -> Iterator[metadata.Distribution]:
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another system
        yield found
        wanted = (Requirement(line) for line in found.requires or ())
        waiting += [
            each.name for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})
        ]


def _bytes(found: metadata.Distribution) -> int:
    paths = (Path(str(file.locate())) for file in found.files or ())
    return sum(path.stat().st_size for path in paths if path.is_file())
