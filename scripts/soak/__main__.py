"""``python -m scripts.soak --minutes 10 --replicas 2``: prints what was seen; 1 where a bound is broken.

A run that breaks one keeps its folder, with every log in it.
"""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bench.machine import describe
from bench.processes import BenchError, Cores
from scripts.proxy import NoProxy
from scripts.soak import picture, table
from scripts.soak.run import Order, Outcome, soak

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "soak.md"


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print, and say by the exit code whether every bound holds."""
    options = _options(argv)
    order = Order(
        60 * options.minutes,
        options.replicas,
        options.visitors,
        options.every,
        options.seed,
        hurry=options.hurry,
    )
    folder = Path(tempfile.mkdtemp(prefix="desk-soak-"))
    machine = describe(Cores(None, None), "")
    try:
        outcome = asyncio.run(_ended_by_signals(folder, order))
    except (BenchError, NoProxy, KeyboardInterrupt, asyncio.CancelledError) as error:
        print(f"soak: {error or 'stopped'} (logs: {folder})", file=sys.stderr)
        return 1
    print(table.told(outcome))
    drawn = PAGE.with_suffix(".png") if options.write else folder / "soak.png"
    picture.draw(drawn, outcome.begin, outcome.end, outcome.memory, outcome.told, outcome.troubles)
    if options.write:
        faults = [trouble.what for trouble in outcome.troubles if trouble.kind == "outage"]
        PAGE.write_text(table.document(outcome, machine, drawn.name, faults), encoding="utf-8")
    if outcome.broken:
        print(f"\nBroken: {'; '.join(outcome.broken)}. Logs and picture: {folder}")
        return 1
    if options.write:
        shutil.rmtree(folder)
    else:
        print(f"Logs and picture: {folder}")
    return 0


async def _ended_by_signals(folder: Path, order: Order) -> Outcome:
    """SIGTERM ends it as Ctrl-C does: no process is left behind."""
    task = asyncio.current_task()
    assert task is not None
    with suppress(NotImplementedError):  # Windows
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await soak(folder, order)


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--visitors", type=int, default=40, help="at a time (40)")
    parser.add_argument("--every", type=float, default=30.0, help="seconds from one kill to the next (30)")
    parser.add_argument("--hurry", type=float, default=1.0, help="divides the time that people take")
    parser.add_argument("--seed", default="soak", help="the same visitors again")
    parser.add_argument("--write", action="store_true", help="the result into docs/soak.md")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
