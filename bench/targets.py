"""What the figures ought to be, and whether they are: pure comparisons of medians."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.added import WHICH, above, added
from bench.roster import ENGINE, POSTGRESQL, RAW, SDK, SQLITE, STORES
from bench.rows import Quantity

Medians = Mapping[tuple[str, str], float]
"""Median by quantity key and contender name."""

PEERS = ("bare", "gradio", "streamlit")
OURS = "ours"
OURS_SHORT = "ours_short"


@dataclass(frozen=True)
class Verdict:
    """One target beside what was reached; `met` is None when the run did not measure it."""

    target: str
    reached: str
    met: bool | None


@dataclass(frozen=True)
class Share:
    """At most, or at least, so many times a peer's figure."""

    key: str
    title: str
    bound: Literal["at most", "at least"]
    factor: float
    words: str

    def judge(self, medians: Medians) -> Verdict:
        """Compare ours with bare Chainlit's."""
        ours, bare = medians.get((self.key, OURS)), medians.get((self.key, "bare"))
        target = f"{self.title}: {self.bound} {self.words} bare Chainlit's"
        if ours is None or not bare:
            return Verdict(target, "not measured", None)
        ratio = ours / bare
        met = ratio <= self.factor if self.bound == "at most" else ratio >= self.factor
        return Verdict(target, f"{ours:.0f} against {bare:.0f} ({ratio:.2f} times)", met)


@dataclass(frozen=True)
class Ahead:
    """Lower than every peer's figure."""

    key: str
    title: str

    def judge(self, medians: Medians) -> Verdict:
        """Compare ours with the best of the peers."""
        target = f"{self.title}: ahead of all three peers"
        ours = medians.get((self.key, OURS))
        peers = [medians[self.key, peer] for peer in PEERS if (self.key, peer) in medians]
        if ours is None or len(peers) < len(PEERS):
            return Verdict(target, "not measured", None)
        return Verdict(target, f"{ours:.0f} against {min(peers):.0f} (the best peer)", ours < min(peers))


@dataclass(frozen=True)
class AtMost:
    """No more than a fixed figure."""

    key: str
    title: str
    limit: float
    unit: str
    contender: str = OURS

    def judge(self, medians: Medians) -> Verdict:
        """Compare ours with the limit."""
        target = f"{self.title}: at most {self.limit:g} {self.unit}"
        ours = medians.get((self.key, self.contender))
        if ours is None:
            return Verdict(target, "not measured", None)
        return Verdict(target, f"{ours:.1f} {self.unit}", ours <= self.limit)


@dataclass(frozen=True)
class AtLeast:
    """No less than a fixed figure."""

    key: str
    title: str
    limit: float
    unit: str
    contender: str = OURS

    def judge(self, medians: Medians) -> Verdict:
        """Compare ours with the limit."""
        target = f"{self.title}: at least {self.limit:g} {self.unit}"
        ours = medians.get((self.key, self.contender))
        if ours is None:
            return Verdict(target, "not measured", None)
        return Verdict(target, f"{ours:,.0f} {self.unit}", ours >= self.limit)


def on_every_store(key: str, title: str, limit: float, unit: str) -> list[AtMost]:
    """The same limit on both databases."""
    return [AtMost(key, f"{title}, {STORES[name]}", limit, unit, name) for name in (SQLITE, POSTGRESQL)]


@dataclass(frozen=True)
class HalfOfSdk:
    """What our engine adds above the raw client: at most half of what the openai SDK adds above it."""

    added: Quantity
    above: Quantity

    def judge(self, medians: Medians) -> Verdict:
        """Compare the engine with the SDK; both figures of the whole are told beside it."""
        target = f"{self.above.title}: at most half of the openai SDK's"
        ours, theirs = medians.get((self.above.key, ENGINE)), medians.get((self.above.key, SDK))
        if ours is None or theirs is None:
            return Verdict(target, "not measured", None)
        digits, unit = self.above.digits, self.above.unit
        whole = [medians[self.added.key, name] for name in (RAW, ENGINE, SDK)]
        told = ", ".join(f"{figure:,.{digits}f}" for figure in whole)
        reached = f"{ours:,.{digits}f} against {theirs:,.{digits}f} {unit} (raw, ours, SDK: {told})"
        return Verdict(target, reached, ours <= theirs / 2)


@dataclass(frozen=True)
class Flat:
    """One of our figures hardly more than another of ours."""

    key: str
    base: str
    title: str
    factor: float

    def judge(self, medians: Medians) -> Verdict:
        """Compare the later figure with the earlier one."""
        target = f"{self.title}: flat (within {self.factor - 1:.0%})"
        late, early = medians.get((self.key, OURS)), medians.get((self.base, OURS))
        if late is None or not early:
            return Verdict(target, "not measured", None)
        return Verdict(target, f"{late:.0f} after {early:.0f}", late <= early * self.factor)


Target = Share | Ahead | AtMost | AtLeast | HalfOfSdk | Flat

TARGETS: Sequence[Target] = (
    Share("cpu_per_token", "server CPU per token", "at most", 1 / 5, "a fifth of"),
    Share("burst_p50", "40 at one instant, added time to first text, p50", "at most", 1 / 3, "a third of"),
    Share("burst_p99", "40 at one instant, added time to first text, p99", "at most", 1 / 3, "a third of"),
    Share(
        "streams_prompt",
        "streams on one core, p99 gap at most 200 ms, pace kept",
        "at least",
        5.0,
        "five times",
    ),
    Share("streams_smooth", "the same by the gap alone", "at least", 5.0, "five times"),
    Ahead("page_latency_start", "Enter to first text, at the start"),
    Ahead("page_latency_late", "Enter to first text, after many turns"),
    Ahead("page_thread_start", "main thread per reply, at the start"),
    Ahead("page_thread_late", "main thread per reply, after many turns"),
    AtMost("page_stall_start", "longest stall on screen, at the start", 150, "ms"),
    AtMost("page_stall_late", "longest stall on screen, after many turns", 150, "ms"),
    AtMost("memory_second", "memory kept per session of the second lot", 1.0, "KiB", OURS_SHORT),
    Flat("length_100", "length_10", "CPU per token, turn 100 against turn 10", 1.25),
    Flat("length_1000", "length_10", "CPU per token, turn 1,000 against turn 10", 1.25),
    *on_every_store("record_p50_1", "what recording adds to the first token, 1 conversation, p50", 2.0, "ms"),
    *on_every_store("record_p50_40", "the same, 40 conversations, p50", 2.0, "ms"),
    AtLeast("record_rate_40", f"recorded durably, {STORES[SQLITE]}", 500, "turns/s", SQLITE),
    *(
        AtLeast(
            f"replicas_rate_2_{how}",
            f"recorded on PostgreSQL by two programs{words}",
            1000,
            "turns/s",
            POSTGRESQL,
        )
        for how, words in (("free", ""), ("shared", ", under one link's budget"))
    ),
    *(
        target
        for by in ("day", "demo", "link", "model", "provider", "cohort", "version")
        for target in on_every_store(
            f"report_{by}_1000000", f"report by {by} over 1,000,000 receipts", 2000, "ms"
        )
    ),
    *on_every_store("link_resolve", "resolving a link, warm", 100, "µs"),
    *on_every_store("link_added", "what link, checks and budget add to a message, p50", 1, "ms"),
    *on_every_store("edit_used", "from an edit to the first reply that uses it", 1000, "ms"),
    *on_every_store("new_to_reply", "`new` to the first reply through the link, by commands", 5000, "ms"),
    AtMost("cold_typing", "a link opened cold on a slow phone until one can type", 1500, "ms"),
    Ahead("cold_typing", "opened cold until one can type"),
    AtMost(
        "cold_words", "the same until the first reply's first words, beside the model's own time", 4000, "ms"
    ),
    Ahead("cold_words", "opened cold until the first reply's first words"),
    AtMost("bubble_typing", "in a shop's page from pressing the bubble until one can type", 1500, "ms"),
    AtMost(
        "bubble_words", "the same until the first reply's first words, beside the model's own", 4000, "ms"
    ),
    AtMost("shop_added", "what the bubble adds to a shop's page before the first press", 8, "kB"),
    AtMost("cold_page", "a link's page itself, as sent", 30, "kB"),
    AtMost("minute_ours", "one minute by clicks: our part of it", 5000, "ms"),
    AtMost("minute_person", "one minute by clicks: a person's part, by the keystroke-level model", 60, "s"),
    *on_every_store("open_1000000", "opening 1,000 turns among 1,000,000", 300, "ms"),
    AtMost("start_time", "from the command to the first healthy answer", 3.0, "s"),
    AtMost("memory_idle", "memory of the idle server", 180, "MB"),
    AtMost("image_size", "the image over its base, unpacked", 250, "MB"),
    *(HalfOfSdk(added(*which), above(*which)) for which in WHICH),
)


def verdicts(medians: Medians) -> list[Verdict]:
    """Every target's verdict, in order."""
    return [target.judge(medians) for target in TARGETS]
