"""Plays every row of the fault table and prints what was seen, as Markdown.

``python -m scripts.faults [--row 28] [--write docs/faults.md]``. The exit status is 1 where a row is not as it should
be. The cases are those of ``tests/faults``, over real sockets, by a clock that leaps over the waits.
"""

import argparse
import asyncio
import importlib
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emulator.rows import ROWS

ROOT: Final = Path(__file__).resolve().parents[1]
CASES: Final = ROOT / "tests" / "faults"
HEAD: Final = """# What goes wrong, and what was seen

Written by `make faults WRITE=1`; do not edit by hand. Each line is one case of `tests/faults`: emulator and engine on
real sockets, with the time limits of the shipped settings, by a clock that leaps over the waits.

How to read what was seen. **Asked**: each request, in order: `H` is HolySheep and `O` the legacy provider, with the
number of the key; what came of it; and what it cost: `0` nothing, `?` nobody knows, `$` some; between them the seconds
from one to the next, where the wire saw both. **Came**: what the screen did (`breaking`: what is shown dims;
`restarted`: a fresh reply takes its place), how much of the reply stands in the end, the end, and when the turn was
over. **Metered**: whose figures they are, and how far the cost is known.
"""
TABLE: Final = ("#", "fault", "must", "case", "seen: asked", "seen: came", "seen: metered")


@dataclass(frozen=True)
class Played:
    """One case and what came of it. wrong: in sentences."""

    case: Any
    cells: tuple[str, str, str]
    wrong: Sequence[str]


def main(argv: Sequence[str] | None = None) -> int:
    """Play, print, and say by the exit status whether all was well."""
    options = _options(argv)
    sys.path.insert(0, str(CASES))
    cases = importlib.import_module("table").CASES
    logging.disable(logging.CRITICAL)  # what the engine tells its log is not for this table
    try:
        played = [_play(case) for case in cases if options.row in (None, case.row)]
    finally:
        logging.disable(logging.NOTSET)
    text = "\n".join(_document(played))
    if options.write:
        (ROOT / options.write).write_text(f"{text}\n", encoding="utf-8")
        print(f"{options.write}: {_sum(played)}")
    else:
        print(text)
    return 1 if any(one.wrong for one in played) else 0


def _play(case: Any) -> Played:
    """One case, in a loop of its own."""
    table, clock = importlib.import_module("table"), importlib.import_module("clock")
    faults = importlib.import_module("case").faults

    async def run() -> Played:
        return await table.play(  # type: ignore[no-any-return]
            case, lambda case, seen, world: Played(case, _cells(seen), faults(case, seen, world))
        )

    try:
        with asyncio.Runner(loop_factory=clock.LeapingLoop) as runner:
            return runner.run(run())
    except AssertionError as error:
        return Played(case, ("", "", ""), [f"{error or 'an assertion'} ({case.drive.__name__})"])


def _cells(seen: Any) -> tuple[str, str, str]:
    receipt = seen.receipt
    steps = [f"`{each}`" for each in seen.attempts.split(", ") if each] or ["nobody"]
    gaps = (
        [f" → {gap:.1f} s → " for gap in seen.gaps]
        if len(seen.gaps) == len(steps) - 1
        else [" → "] * len(steps)
    )
    asked = "".join(f"{step}{gap}" for step, gap in zip(steps, [*gaps[: len(steps) - 1], ""], strict=True))
    text = {"whole": "whole text", "half": "a part of the text", "empty": "no text"}.get(
        seen.extent, "its text"
    )
    end = receipt.error or receipt.finish_reason
    marks = "".join(f", {mark}" for mark in receipt.marks)
    came = [seen.shown, text, *sorted(seen.notes - {"breaking"}), f"`{end}`{marks}", f"{seen.took:.1f} s"]
    cost = "" if receipt.cost_usd is None else f", {receipt.cost_usd:f} USD"
    return (
        asked,
        ", ".join(part for part in came if part),
        f"{receipt.usage_source}, {receipt.cost_bound}{cost}",
    )


def _document(played: Sequence[Played]) -> Iterator[str]:
    yield HEAD
    yield f"{_sum(played)}\n"
    yield _line(TABLE)
    yield _line(["---"] * len(TABLE))
    before = 0
    for one in sorted(played, key=lambda one: one.case.row):
        row = ROWS[one.case.row]
        first = ("", "", "") if one.case.row == before else (str(one.case.row), row.fault, row.must)
        before = one.case.row
        name = f"`{one.case.name[4:]}`" + ("" if not one.wrong else " **not as it should be**")
        yield _line([*first, name, *one.cells])
    if any(one.wrong for one in played):
        yield "\n## Not as it should be\n"
        yield from (f"- {one.case.name}: {'; '.join(one.wrong)}" for one in played if one.wrong)


def _sum(played: Sequence[Played]) -> str:
    rows, bad = {one.case.row for one in played}, {one.case.row for one in played if one.wrong}
    told = ", ".join(map(str, sorted(bad)))
    return f"{len(played)} cases of {len(rows)} rows; " + (
        f"not as they should be: {told}." if bad else "all hold."
    )


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.faults", description="The fault table, as it is seen."
    )
    parser.add_argument("--row", type=int, choices=sorted(ROWS), metavar="1-120", help="only this row")
    parser.add_argument("--write", metavar="FILE", help="write it there, below the project's folder")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
