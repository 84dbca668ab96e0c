"""The demos as they stand now: a file saved while the program runs holds from the next turn on."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from demos.demo import Demo, Language
from ledger.versions import DemoVersion

log = logging.getLogger(__name__)

Signature = tuple[int, int, int]


GONE: Mapping[Language, str] = {"vi": "tệp không còn nữa", "en": "the file is gone"}


class UnknownDemo(LookupError):
    """No demo of that name."""

    def __init__(self, name: str, known: list[str]) -> None:
        self.name, self.known = name, known
        super().__init__(f"no demo '{name}'; there are: {', '.join(known) or 'none'}")


class DemoFileError(Exception):
    """A demo file cannot be used; ``texts`` says where and why, in each language."""

    def __init__(self, texts: Mapping[Language, str]) -> None:
        self.texts = texts
        super().__init__(texts["en"])


@dataclass
class _Entry:
    demo: Demo
    signature: Signature | None
    fault: Mapping[Language, str] | None = None


class Shelf:
    """The demos of a folder, one ``NAME.toml`` each.

    parse: reads one file into a demo, or raises DemoFileError. A file is looked at (one ``stat``)
    whenever its demo is asked for, so that not even the fastest save is missed. A broken file
    changes nothing: the last good version stays in use, and ``fault`` says what is wrong.
    """

    def __init__(self, folder: Path, parse: Callable[[Path], Demo], demos: dict[str, Demo]) -> None:
        self._folder = folder
        self._parse = parse
        self._entries = {name: _Entry(demo, _signature(self._path(name))) for name, demo in demos.items()}
        self._known: Mapping[str, DemoVersion] = {}
        self._record: Callable[[DemoVersion], object] = lambda version: None

    def number(self, known: Mapping[str, DemoVersion], record: Callable[[DemoVersion], object]) -> None:
        """Go on counting where the record ends. known: each demo's latest version there; record: takes the new ones."""
        self._known, self._record = known, record
        for entry in self._entries.values():
            entry.demo = self._first(entry.demo)

    def names(self) -> list[str]:
        """The names of all demos, the first being the one shown where none is asked for."""
        return list(self._entries)

    def current(self, name: str) -> Demo:
        """The demo as it stands now; raises UnknownDemo."""
        entry = self._entries.get(name)
        signature = _signature(self._path(name)) if name.replace("-", "").isalnum() else None
        if entry is None and signature is None:
            raise UnknownDemo(name, self.names())
        if entry is None or (signature is not None and signature != entry.signature):
            entry = self._read(name, entry, signature)
        elif signature is None and entry.signature is not None:
            log.warning("demo %s keeps version %d, its file is gone", name, entry.demo.version)
            entry.signature, entry.fault = None, GONE
        return entry.demo

    def fault(self, name: str) -> Mapping[Language, str] | None:
        """What is wrong with the demo's file as it was last seen, by language; None where it is in use."""
        entry = self._entries.get(name)
        return entry.fault if entry else None

    def _read(self, name: str, before: _Entry | None, signature: Signature | None) -> _Entry:
        try:
            demo = self._parse(self._path(name))
        except DemoFileError as error:
            if before is None:
                raise UnknownDemo(name, self.names()) from error
            log.warning("demo %s keeps version %d, its file is broken: %s", name, before.demo.version, error)
            before.fault, before.signature = error.texts, signature
            return before
        numbered = self._next(before.demo, demo) if before else self._first(demo)
        self._entries[name] = _Entry(numbered, signature)
        return self._entries[name]

    def _first(self, demo: Demo) -> Demo:
        """The demo with its version, as far as the record knows it."""
        known = self._known.get(demo.name)
        if known is not None and known.digest == digest(demo):
            return replace(demo, version=known.version)
        return self._new(replace(demo, version=known.version + 1 if known else 1))

    def _next(self, before: Demo, now: Demo) -> Demo:
        """``now`` with its version: a save that changes nothing is no new version."""
        same = replace(now, version=before.version) == before
        return before if same else self._new(replace(now, version=before.version + 1))

    def _new(self, demo: Demo) -> Demo:
        self._record(DemoVersion(demo.name, demo.version, digest(demo), self._saved_at(demo.name)))
        return demo

    def _saved_at(self, name: str) -> datetime:
        """When its file was saved; now where that is in the future, or there is none any more."""
        now = datetime.now(UTC)
        found = _signature(self._path(name))
        return now if found is None else min(now, datetime.fromtimestamp(found[0] / 1e9, UTC))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.toml"


def digest(demo: Demo) -> str:
    """SHA-256 of all that a demo says, in hexadecimal; its version does not count."""
    said = json.dumps(asdict(replace(demo, version=0)), sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _signature(path: Path) -> Signature | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
