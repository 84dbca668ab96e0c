"""What a run of cancelled turns did, and what is wrong with it by what the providers saw."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from scripts.cancelled_providers import TOKENS
from scripts.cancelled_turn import MOMENTS, WAYS, Turn

Seen = dict[str, Any]
"""A request as the emulator saw it (``emulator.seen.SeenRequest``)."""


@dataclass
class Figures:
    """What was done, and what was found wrong. gone_ms: from the end of a turn until the provider saw it."""

    seed: str
    turns: list[Turn] = field(default_factory=list)
    engines: int = 0
    requests: int = 0
    given_up: int = 0
    connections: int = 0
    used_again: int = 0
    gone_ms: list[float] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    took_s: float = 0.0

    def __str__(self) -> str:
        cancelled = [turn for turn in self.turns if turn.ended_at is not None]
        moments = Counter(turn.moment for turn in cancelled)
        ways = Counter(way for turn in cancelled for way in turn.ways)
        ends = Counter(turn.receipt.finish_reason if turn.receipt else "none" for turn in self.turns)
        gone = sorted(self.gone_ms) or [0.0]
        p50, p99 = gone[len(gone) // 2], gone[len(gone) * 99 // 100]
        rows = [
            ("turns", f"{len(self.turns):,}, of {self.engines} engines"),
            ("ended from outside", f"{len(cancelled):,} (the others by themselves, or with their engine)"),
            *((f"  {words}", f"{moments[moment]:,}") for moment, words in MOMENTS.items()),
            *((f"  {words}", f"{ways[way]:,}") for way, words in WAYS.items()),
            ("  twice", f"{sum(len(turn.ways) > 1 for turn in cancelled):,}"),
            ("receipts", ", ".join(f"{end} {count:,}" for end, count in ends.most_common())),
            ("requests the providers saw", f"{self.requests:,}, {self.given_up:,} of them given up by us"),
            ("  seen to end", f"p50 {p50:.1f} ms after the turn, p99 {p99:.1f} ms, last {gone[-1]:.1f} ms"),
            ("connections", f"{self.connections:,}, used again after such a request: {self.used_again:,}"),
            ("tasks, descriptors, pool, keys, memory", "as before" if not self.left else "see below"),
            ("left or wrong", f"{len(self.left) + len(self.wrong):,}"),
            ("took", f"{self.took_s:.0f} s, seed {self.seed}"),
        ]
        return "\n".join(f"{name:50} {value}" for name, value in rows)


def judge(figures: Figures, seen_by: Sequence[Sequence[Seen]]) -> None:
    """Hold the turns against what each provider saw."""
    figures.wrong += [
        f"{turn.name} ({turn.moment}; {', '.join(turn.ways)}): {what}"
        for turn in figures.turns
        for what in turn.wrong
    ]
    by_name: dict[str, list[Seen]] = defaultdict(list)
    for seen in seen_by:
        figures.requests += len(seen)
        figures.left += [f"{each['request_id']} never ended" for each in seen if not each["ended"]]
        _judge_connections(figures, seen)
        for request in seen:
            # a request whose body did not come whole has no messages
            by_name[request["messages"][0]["content"] if request["messages"] else ""].append(request)
    for turn in figures.turns:
        _judge_turn(figures, turn, by_name[turn.name])


def _judge_connections(figures: Figures, seen: Sequence[Seen]) -> None:
    connections: dict[int, list[Seen]] = defaultdict(list)
    for request in seen:
        connections[request["connection"]].append(request)
    figures.connections += len(connections)
    for on_it in connections.values():
        for one, other in pairwise(on_it):
            if one["ended"] == "client_gone":
                figures.used_again += 1
                figures.wrong.append(f"{other['request_id']} came where {one['request_id']} was given up")


def _judge_turn(figures: Figures, turn: Turn, seen: Sequence[Seen]) -> None:
    gone = [request for request in seen if request["ended"] == "client_gone"]
    figures.given_up += len(gone)
    if (ended_at := turn.ended_at) is not None:
        figures.gone_ms += [
            1000 * (each["ended_at"] - ended_at) for each in gone if each["ended_at"] > ended_at
        ]
    if (receipt := turn.receipt) is None:
        return
    if len(seen) > len(receipt.attempts):
        figures.wrong.append(f"{turn.name}: {len(seen)} requests, {len(receipt.attempts)} on its receipt")
    if receipt.request_id is not None and receipt.request_id not in {each["request_id"] for each in seen}:
        figures.wrong.append(f"{turn.name}: its receipt names a request that is not its own")
    if receipt.finish_reason == "stop" and turn.tokens < TOKENS:
        figures.wrong.append(f"{turn.name}: part of a reply passes for a whole one")
