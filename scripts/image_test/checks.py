"""What is promised of the image, each beside what was found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from scripts.image_test.chatting import Talk
from scripts.image_test.engines import Config

MB: Final = 1_000_000
MOST_SIZE, MOST_START_S, MOST_MEMORY = 250 * MB, 3.0, 180 * MB


@dataclass(frozen=True)
class Finding:
    """One promise, and whether it was kept."""

    promise: str
    found: str
    kept: bool


@dataclass(frozen=True)
class Figures:
    """What was measured. starts_s: from the order to run it to the first healthy answer, of several fresh containers;
    start_cpu_s: what the last of them took of a core by then; load: of the machine, by others too.

    memory, memory_after: PSS when it has stood idle, before anybody came and after a chat; touched: RSS of the former.
    """

    size: int
    base_size: int
    starts_s: Sequence[float]
    start_cpu_s: float
    load: float
    memory: float
    touched: float
    memory_after: float
    stop_s: float
    stop_while_starting_s: float


def of_image(config: Config) -> Iterator[Finding]:
    """What the image says of itself."""
    yield Finding(
        "runs as nobody special", f"user {config.user}", not re.fullmatch(r"(0|root)?(:.*)?", config.user)
    )
    yield Finding(
        "starts without a shell", " ".join(config.command), config.command[:1] not in ([], ["/bin/sh"])
    )
    yield Finding("asks for its health", " ".join(config.health[1:]), config.health[:1] == ["CMD"])
    volumes = ", ".join(config.volumes)
    yield Finding("leaves volumes to who runs it", volumes or "none declared", not volumes)
    prefix = "org.opencontainers.image."
    labels = sorted(name.removeprefix(prefix) for name in config.labels if name.startswith(prefix))
    yield Finding(
        "says what it is", ", ".join(labels), {"title", "version", "licenses", "base.name"} <= set(labels)
    )


def of_user(seen: Mapping[str, Any], config: Config) -> Iterator[Finding]:
    """What the one who runs it has shown."""
    ids = f"{seen['user']}:{seen['group']}"
    yield Finding("is that user inside", ids, ids == config.user and seen["user"] != 0)
    folders = seen["writable"]
    yield Finding("writes to nothing but its data", ", ".join(folders), set(folders) == {"/data", "/tmp"})  # noqa: S108


def of_inside(seen: Mapping[str, Any]) -> Iterator[Finding]:
    """What a look around inside has shown."""
    for what, key in (
        ("brings no compiler", "compilers"),
        ("brings no installer", "installers"),
        ("brings no caches", "caches"),
        ("brings no source maps", "maps"),
        ("has all its code compiled", "uncompiled"),
    ):
        found = seen[key]
        yield Finding(
            what,
            ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "") or "none",
            not found,
        )
    yield of_bill(seen)


def of_bill(seen: Mapping[str, Any]) -> Finding:
    """The bill of materials names what is installed, and nothing else."""
    listed = {
        component["purl"].split("?")[0] for component in seen["bill"]["components"] if "purl" in component
    }
    python = {f"pkg:pypi/{_plain(name)}@{version}" for name, version in seen["packages"].items()}
    there = python | {f"pkg:generic/python@{seen['python']}"}
    names = {
        re.sub(r"%2B", "+", one).partition("@")[0].rpartition("/")[2]
        for one in listed
        if one.startswith("pkg:deb/")
    }
    differ = [
        *sorted(there ^ {one for one in listed if not one.startswith("pkg:deb/")}),
        *sorted(names ^ set(seen["debs"])),
    ]
    found = f"{len(python)} of Python, {len(names)} of the system" + (
        f"; differ: {', '.join(differ[:5])}" if differ else ""
    )
    return Finding("lists its materials (CycloneDX)", found, not differ and bool(python))


def of_talk(talk: Talk) -> Iterator[Finding]:
    """What a chat through the container has shown."""
    yield Finding("rehearses without a key", "rehearsal" if talk.rehearsal else "no", talk.rehearsal)
    receipt = talk.receipt
    words = f"{len(talk.reply.split())} words, {receipt['finish_reason']}, {receipt['ttft_ms']:.0f} ms to the first"
    yield Finding("answers over a socket", words, bool(talk.reply) and receipt["error"] is None)


def of_log(log: str) -> Finding:
    """Each line of the log is one JSON object, for a collector."""
    lines = [line for line in log.splitlines() if line.strip()]
    plain = [line for line in lines if not _is_object(line)]
    found = f"{len(lines)} lines" + (f"; not so: {plain[0][:60]}" if plain else "")
    return Finding("logs in JSON", found, bool(lines) and not plain)


def of_metrics(names: Sequence[str]) -> Finding:
    """What Prometheus would read."""
    return Finding("tells Prometheus its figures", f"{len(names)} families", bool(names))


def of_figures(figures: Figures) -> Iterator[Finding]:
    """What was measured, beside the limits."""
    over = figures.size - figures.base_size
    sizes = f"{over / MB:.0f} MB over a base of {figures.base_size / MB:.0f} MB"
    yield Finding(f"is at most {MOST_SIZE // MB} MB over its base, unpacked", sizes, over <= MOST_SIZE)
    starts = ", ".join(f"{seconds:.2f}" for seconds in figures.starts_s)
    told = f"{starts} s ({figures.start_cpu_s:.1f} s of CPU; the machine's load: {figures.load:.1f})"
    kept = median(figures.starts_s) <= MOST_START_S
    yield Finding(f"is healthy within {MOST_START_S:g} s of its start", told, kept)
    idle, touched, after = (each / MB for each in (figures.memory, figures.touched, figures.memory_after))
    memory = f"{idle:.0f} MB (RSS {touched:.0f}; {after:.0f} after a chat)"
    kept = max(figures.touched, figures.memory_after) < MOST_MEMORY
    yield Finding(f"takes less than {MOST_MEMORY // MB} MB of memory when idle", memory, kept)
    stops = f"{figures.stop_s:.1f} s; {figures.stop_while_starting_s:.1f} s while it starts"
    yield Finding("ends cleanly on SIGTERM", stops, True)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
