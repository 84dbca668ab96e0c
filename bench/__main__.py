"""`python -m bench`: measure everything side by side and write table and pictures."""

from __future__ import annotations

import argparse
import asyncio
import atexit
import json
import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from bench.growth_picture import draw_growth
from bench.machine import Machine, describe
from bench.measures import (
    beside,
    browser,
    burst,
    capacity,
    carried,
    cpu,
    data_layer,
    durable,
    first_paint,
    growth,
    length,
    links,
    memory,
    one_minute,
    recording,
    replicas,
    shipped,
    shop_page,
)
from bench.pages import browser_version
from bench.picture import draw
from bench.plan import FULL_PLAN, QUICK_PLAN, Plan
from bench.processes import ROOT, choose_cores, pin
from bench.progress import say
from bench.publish import has_place, publish, publish_part
from bench.rows import Row, medians
from bench.stage import Stage
from bench.table import markdown
from bench.targets import Verdict, verdicts

RESULTS = ROOT / "bench" / "results"
DOCUMENTS = ROOT / "docs"

PICTURES = {"performance.png": "latest.png", "ledger-growth.png": "growth.png"}
"""Where the documents have a picture, and what it is called among the results."""

Measure = Callable[[Stage, Plan], Awaitable[list[Row]]]

MEASURES: dict[str, tuple[str, Measure]] = {
    "a": ("server CPU per token", cpu.measure),
    "b": ("messages at one instant, gaps", burst.measure),
    "c": ("streams on one core", capacity.measure),
    "d": ("the page in a browser", browser.measure),
    "e": ("memory", memory.measure),
    "f": ("length of the conversation", length.measure),
    "g": ("what recording costs", recording.measure),
    "h": ("turns recorded durably", durable.measure),
    "i": ("the ledger as it grows", growth.measure),
    "j": ("Chainlit's own data layer", data_layer.measure),
    "k": ("demos and links", links.measure),
    "l": ("a page opened cold", first_paint.measure),
    "m": ("one minute", one_minute.measure),
    "n": ("a shop's page with the bubble", shop_page.measure),
    "o": ("the engine beside others", beside.measure),
    "p": ("start, idle memory, size", shipped.measure),
    "q": ("turns over two replicas", replicas.measure),
    "r": ("visitors over two replicas", carried.measure),
}
CONTENDERS = ("bare", "gradio", "streamlit", "ours")


def options(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    names = "; ".join(f"{letter}: {title}" for letter, (title, _) in MEASURES.items())
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", type=_letters, default=list(MEASURES), help=f"such as a,b ({names})")
    parser.add_argument("--contenders", type=_contenders, default=list(CONTENDERS), help=",".join(CONTENDERS))
    parser.add_argument(
        "--quick", action="store_true", help="one short round: shows that it works, proves nothing"
    )
    parser.add_argument("--port", type=int, default=9700, help="first of about 80 free ports (default 9700)")
    parser.add_argument("--publish", action="store_true", help="also write table and pictures into docs/")
    chosen = parser.parse_args(argv)
    if chosen.publish and not has_place(_part(chosen.only), DOCUMENTS):
        parser.error(f"docs/performance.md has no place for {_part(chosen.only)} alone")
    return chosen


def _part(letters: Sequence[str]) -> str:
    """What is measured, where that is not all of it."""
    return "" if list(letters) == list(MEASURES) else ",".join(letters)


def _letters(text: str) -> list[str]:
    return _chosen(text, MEASURES)


def _contenders(text: str) -> list[str]:
    return _chosen(text, CONTENDERS)


def _chosen(text: str, known: Sequence[str] | dict[str, tuple[str, Measure]]) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in names if name not in known]:
        raise argparse.ArgumentTypeError(
            f"no such thing as {', '.join(unknown)}; there are {', '.join(known)}"
        )
    return names


async def run(stage: Stage, plan: Plan, letters: Sequence[str]) -> tuple[list[Row], list[str]]:
    """All measurements in turn; one that fails is reported and does not end the others."""
    rows: list[Row] = []
    failures: list[str] = []
    for letter in letters:
        title, measure = MEASURES[letter]
        say(f"{letter}: {title}")
        try:
            async with stage.emulator():
                rows += await measure(stage, plan)
        except Exception as error:  # what was measured so far is not lost by it
            failures.append(f"{title}: {error}")
            say(f"{letter} FAILED: {error}")
    return rows, failures


def write(machine: Machine, rows: list[Row], judged: list[Verdict], failures: list[str]) -> str:
    """Fill the results folder with table, record and pictures; returns the table."""
    RESULTS.mkdir(exist_ok=True)
    text = markdown(machine, rows, judged, failures)
    (RESULTS / "latest.md").write_text(f"# Measurements\n\n{text}", encoding="utf-8")
    record = {
        "machine": asdict(machine),
        "rows": [asdict(row) for row in rows],
        "targets": [asdict(verdict) for verdict in judged],
        "failures": failures,
    }
    (RESULTS / "latest.json").write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")
    draw(medians(rows), machine, RESULTS / "latest.png")
    draw_growth(medians(rows), machine, RESULTS / "growth.png")
    return text


async def main(chosen: argparse.Namespace) -> int:
    """One run from start to end; returns the exit code."""
    cores = choose_cores()
    machine = describe(cores, await browser_version())
    pin(os.getpid(), cores.rest)
    plan = QUICK_PLAN if chosen.quick else FULL_PLAN
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        stage = Stage(Path(folder), cores, chosen.port, chosen.contenders)
        atexit.register(stage.kill_all)
        _end_on(signal.SIGTERM)
        rows, failures = await run(stage, plan, chosen.only)
    part = _part(chosen.only)
    judged = [verdict for verdict in verdicts(medians(rows)) if verdict.met is not None or not part]
    text = write(machine, rows, judged, failures)
    print(text)
    say(f"table, record and pictures are in {RESULTS.relative_to(ROOT)}/latest.*")
    if chosen.publish and part:
        publish_part(part, text, DOCUMENTS)
    elif chosen.publish:
        publish(text, {name: RESULTS / picture for name, picture in PICTURES.items()}, DOCUMENTS)
    return 1 if failures else 0


def _end_on(signal_number: signal.Signals) -> None:
    """End as Ctrl-C does, so that every `finally` runs and no server is left behind."""
    task = asyncio.current_task()
    if task is not None:
        with suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(signal_number, task.cancel)


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(options(None))))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit("stopped")
