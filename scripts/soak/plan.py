"""When what is done to which part: a plain list, the same for the same run."""

from collections.abc import Iterator
from dataclasses import dataclass

from scripts.soak.story import Kind

#: A replica is ended so often, in seconds: each in turn.
EVERY_S = 30.0
#: One of so many is ended by SIGTERM, as a new release does it.
DRAIN_EACH = 4
#: Where PostgreSQL is restarted, as shares of the run.
RESTARTS = (0.35, 0.7)
#: From one time at which the provider turns bad to the next, and for how long it does, in seconds.
BAD_EVERY_S, BAD_S = 70.0, 10.0
#: What it does wrong, by turns (``python -m emulator --list``).
FAULTS = ("server_error", "rate_limited", "stall", "cut", "silent", "unavailable")


@dataclass(frozen=True, order=True)
class Deed:
    """at: seconds from the start. which: the replica's number, or the fault's name. lasts_s: of an outage."""

    at: float
    kind: Kind
    which: str = ""
    lasts_s: float = 0.0


def deeds(seconds: float, replicas: int, every_s: float = EVERY_S) -> list[Deed]:
    """All of a run, in order. The last one is early enough for its end to be seen."""
    return sorted(
        [*_ended(seconds, replicas, every_s), *_restarted(seconds, every_s), *_bad(seconds, every_s)]
    )


def _ended(seconds: float, replicas: int, every_s: float) -> Iterator[Deed]:
    for number in range(int((seconds - every_s / 2) / every_s)):
        kind: Kind = "drain" if number % DRAIN_EACH == DRAIN_EACH - 1 else "kill"
        # Turn by turn, and the drains also reach every one.
        which = (number + number // DRAIN_EACH) % replicas
        yield Deed((number + 1) * every_s, kind, str(which))


def _restarted(seconds: float, every_s: float) -> Iterator[Deed]:
    """In the middle between two kills: a part that dies beside a dead one is another trouble."""
    places = sorted({int(seconds * share / every_s) for share in RESTARTS})
    yield from (Deed((place + 0.5) * every_s, "postgres") for place in places if place >= 1)


def _bad(seconds: float, every_s: float) -> Iterator[Deed]:
    step, lasts = BAD_EVERY_S * every_s / EVERY_S, BAD_S * every_s / EVERY_S
    for number in range(int((seconds - lasts) / step)):
        yield Deed((number + 0.6) * step, "outage", FAULTS[number % len(FAULTS)], lasts)
