"""A run's figures, as they are printed and as they stand in docs/soak.md."""

from collections import Counter
from collections.abc import Sequence

from bench.figures import percentile
from bench.machine import Machine
from bench.table import grid
from scripts.soak.judge import LEAST_SHARE, SETTLING_S
from scripts.soak.run import Outcome

Row = tuple[str, str, str]


def rows(outcome: Outcome) -> list[Row]:
    """What was seen, its figure, and the bound with whether it holds."""
    v, kinds = outcome.verdict, Counter(trouble.kind for trouble in outcome.troubles)
    visits = sum(bool(told.asked) for told in outcome.told)
    bad = sum(t.end - t.begin for t in outcome.troubles if t.kind == "outage")
    return [
        ("ran for", f"{outcome.end - outcome.begin:.0f} s, {outcome.order.replicas} replicas", ""),
        ("visitors at a time, visits", f"{outcome.order.visitors}, {visits:,}", ""),
        ("replicas killed, and told to leave", f"{kinds['kill']}, {kinds['drain']}", ""),
        ("PostgreSQL restarted", f"{kinds['postgres']} times", ""),
        ("the provider turned bad", f"{kinds['outage']} times, {bad:.0f} s", ""),
        ("turns asked", f"{v.asked:,}", ""),
        ("answered", f"{v.answered:,}", ""),
        ("answered after a fault", f"{v.after_fault:,}", ""),
        ("  sent again by the page, asked again by the visitor", f"{v.resent:,}, {v.repeated:,}", ""),
        ("lost", f"{len(v.lost)}", _held("0", not v.lost)),
        ("double", f"{len(v.double)}", _held("0", not v.double)),
        (
            "replies cut by a replica that was told to leave",
            f"{len(v.cut_by_leaving)}",
            _held("0", not v.cut_by_leaving),
        ),
        (
            "answered outside the provider's outages",
            f"{v.calm_answered:,} of {v.calm:,} ({v.share:.2%})",
            _held(f"at least {LEAST_SHARE:.1%}", v.share >= LEAST_SHARE),
        ),
        ("first words, outside of any fault, p50 and p99", _pair(v.calm_first_words), ""),
        ("first words, all of them, p50 and p99", _pair(v.first_words), ""),
        ("a page away from its server, p50, p99 and longest", _away(v.away), ""),
        ("cut replies of which a reader saw more than is on record", f"{v.shortened:,}", ""),
        ("clicks on «ask again» that nobody heard", f"{v.unheard:,}", ""),
        ("most memory of a replica", f"{outcome.memory.most():.0f} MiB", ""),
        ("other faults", f"{len(v.faults)}", _held("0", not v.faults)),
        (
            "python -m ledger check",
            "clean" if outcome.checked[0] else "not clean",
            _held("clean", outcome.checked[0]),
        ),
    ]


def _held(bound: str, holds: bool) -> str:
    return f"{bound}: {'holds' if holds else 'BROKEN'}"


def _pair(waits: Sequence[float]) -> str:
    if not waits:
        return "none"
    return f"{percentile(waits, 0.5):.2f} s, {percentile(waits, 0.99):.2f} s ({len(waits):,} messages)"


def _away(waits: Sequence[float]) -> str:
    if not waits:
        return "never"
    shown = ", ".join(
        f"{value:.1f} s" for value in (percentile(waits, 0.5), percentile(waits, 0.99), max(waits))
    )
    return f"{shown} ({len(waits):,} times)"


def told(outcome: Outcome) -> str:
    """For the terminal: the table, and whatever is wrong."""
    lines = [f"{what:58} {figure:42} {bound}" for what, figure, bound in rows(outcome)]
    v = outcome.verdict
    lines.append("turns on record ended: " + ", ".join(f"{n:,} {end}" for end, n in v.ends.most_common()))
    for title, found in (
        ("lost", v.lost),
        ("double", v.double),
        ("unanswered", v.unanswered),
        ("cut by leaving", v.cut_by_leaving),
        ("faults", v.faults),
    ):
        lines += [f"{title}: {one}" for one in found[:20]]
        lines += [f"{title}: and {len(found) - 20} more"] if len(found) > 20 else []
    lines += [f"{count} tracebacks: {line}" for line, count in outcome.tracebacks.most_common(10)]
    if not outcome.checked[0]:
        lines.append(outcome.checked[1])
    return "\n".join(lines)


_HEAD = """# A soak

Written by `make soak MINUTES=10 REPLICAS=2 WRITE=1`; do not edit by hand.

Proxy, replicas, PostgreSQL and the provider (the emulator) are real processes on loopback. Visitors come to links
over real sockets, each from an address and with a cookie of its own; they read and think, ask, sometimes twice in a
row, load the page anew, leave, and others come. Their pages do as the real one does: they come back by themselves
after a lost connection, send each message until they are told that it is on record, and a visitor whose reply was cut
presses "ask again". Meanwhile a replica is killed (SIGKILL; one time in four it is told to leave, SIGTERM) every
{every:.0f} s, each in turn, and started again a second later; PostgreSQL is restarted; and the provider does one
thing wrong after the other for a while: {faults}.
"""
_TAIL = """
**Lost** is a message that was acknowledged and is not on record, one that was never answered though its visitor kept
asking, a reply that was read and is not on record, a turn that never ended. **Double** is a message with more turns
on record than its visitor asked for. **Outside the outages** are messages that were not under way while the provider
was bad; they count as answered when a whole reply came, and the provider's part in it never failed; what a dying
replica cut may be asked again. A replica that is told to leave waits for its replies; those that an outage held up
are not counted there. **First words** are counted from sending the message; one that was sent while the reply before
it went on had to wait for that, and is left out. **Outside of any fault** leaves out messages within {settling:.0f} s
of anything that was done. The visitors share the machine's cores with all that is measured.
"""


def document(outcome: Outcome, machine: Machine, picture: str, faults: Sequence[str]) -> str:
    """docs/soak.md."""
    wanted = ("date", "CPU", "system", "Python", "load average before the run")
    facts = "".join(f"- {name}: {value}\n" for name, value in machine.facts() if name in wanted)
    lines = [[what.strip(), figure, bound] for what, figure, bound in rows(outcome)]
    shown = ", ".join(f"`{fault}`" for fault in dict.fromkeys(faults))
    head = _HEAD.format(every=outcome.order.every_s, faults=shown)
    tail = _TAIL.format(settling=SETTLING_S)
    table = grid(["", "seen", "bound"], lines)
    words = (
        f"Memory of each replica and the wait for first words, over {outcome.order.seconds / 60:.0f} minutes"
    )
    return f"{head}\n{facts}\n{table}{tail}\n![{words}]({picture})\n"
