"""One case of the table: what is played, and what must come of it on the wire, on the screen and in the books."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from seen import Seen
from world import Play, World

Window = tuple[float, float]
Drive = Callable[[World], Awaitable[Seen]]
Also = Callable[[Seen, World], Iterator[str]]


@dataclass(frozen=True)
class Case:
    """A row, what plays it, and what must be seen.

    first, second: what HolySheep and the legacy provider play; ``second`` None: there is no other provider.
    keys: of HolySheep. turns: how often the question is asked, the last turn being the one that counts.
    long: the conversation has more messages. changes: settings of HolySheep. drive: what is done, unless one asks.
    attempts, shown, error: patterns, the first two over those of ``Seen``. gaps: seconds between the requests, as the
    wire saw them. took, ttft: seconds of the turn, and to its first text.
    text: whole, half (some of it), empty, or the words themselves. notes: kinds that must be among the notices.
    also: what no field holds; yields what is wrong.
    """

    row: int
    scenario: str
    first: Play
    second: Play | None = None
    attempts: str = r"H1 ok \$"
    keys: int = 1
    turns: int = 1
    long: bool = False
    tokens: int = 40
    changes: Mapping[str, Any] = field(default_factory=dict)
    drive: Drive | None = None
    gaps: tuple[Window, ...] = ()
    took: Window | None = None
    ttft: Window | None = None
    shown: str | None = "text"
    text: str | None = "whole"
    finish: str | None = "stop"
    error: str | None = None
    usage: str = "reported"
    bound: str | None = "exact"
    marks: frozenset[str] = frozenset()
    notes: frozenset[str] = frozenset()
    also: Also | None = None

    @property
    def name(self) -> str:
        """How the case is called in a list of tests."""
        keys = f"{self.keys}_keys" if self.keys > 1 else ""
        other = f"elsewhere_{self.second.fault}".removesuffix("_") if self.second else ""
        turn = f"turn_{self.turns}" if self.turns > 1 else ""
        drive = getattr(self.drive, "__name__", "") if self.drive else ""
        drive = "" if drive == self.scenario else drive
        extra = [part for part in (keys, other, turn, drive, *self._odd()) if part]
        return "-".join([f"{self.row:03}", self.scenario, *extra])

    def _odd(self) -> Iterator[str]:
        yield "long" if self.long else ""
        yield from (f"{name}_{value}" for name, value in self.changes.items() if isinstance(value, str | int))
        yield self.first.words


def faults(case: Case, seen: Seen, world: World) -> list[str]:
    """All that is not as it should be, in sentences."""
    found = [
        f"{what}: must be {must!r}, is {got!r}"
        for what, must, got in _pairs(case, seen)
        if must is not None and must != got
    ]
    found += [
        f"{what}: must match {must!r}, is {got!r}"
        for what, must, got in _patterns(case, seen)
        if must is not None and not re.fullmatch(must, got)
    ]
    found += _times(case, seen)
    if not case.notes <= seen.notes:
        found.append(f"notices: must have {sorted(case.notes)}, are {sorted(seen.notes)}")
    found += world.always(seen)
    if not case.drive and not world.lines and len(seen.arrived) != len(seen.receipt.attempts):
        found.append(f"{len(seen.receipt.attempts)} attempts on the receipt, {len(seen.arrived)} on the wire")
    if case.also:
        found += case.also(seen, world)
    return found


def _pairs(case: Case, seen: Seen) -> Iterator[tuple[str, Any, Any]]:
    receipt = seen.receipt
    yield "text", case.text, seen.extent if case.text in ("whole", "half", "empty") else seen.text
    yield "finish_reason", case.finish, receipt.finish_reason
    yield "usage_source", case.usage, receipt.usage_source
    yield "cost_bound", case.bound, receipt.cost_bound
    yield "marks", sorted(case.marks), sorted(receipt.marks)


def _patterns(case: Case, seen: Seen) -> Iterator[tuple[str, str | None, str]]:
    yield "attempts", case.attempts, seen.attempts
    yield "shown", case.shown, seen.shown
    yield "error", case.error or "none", seen.receipt.error or "none"


def _times(case: Case, seen: Seen) -> Iterator[str]:
    gaps = seen.gaps
    for index, window in enumerate(case.gaps):
        if index >= len(gaps) or not _within(window, gaps[index]):
            yield f"gap {index + 1}: must be within {window}, the gaps are {gaps}"
    if case.took and not _within(case.took, seen.took):
        yield f"turn: must take {case.took} s, took {seen.took:.3f}"
    if case.ttft and not _within(case.ttft, (seen.receipt.ttft_ms or 0.0) / 1000):
        yield f"first text: must come in {case.ttft} s, came in {seen.receipt.ttft_ms} ms"


def _within(window: Window, value: float) -> bool:
    return window[0] - 1e-6 <= value <= window[1] + 1e-6
