"""The demos as they stand now: what is saved while the program runs, wherever, holds from the next turn on."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from demos.demo import Demo, Language
from ledger.versions import DemoVersion

log = logging.getLogger(__name__)

Signature = tuple[int, int, int]

#: Who saves where a file was saved.
FILE = "file"
GONE: Mapping[Language, str] = {"vi": "tệp không còn nữa", "en": "the file is gone"}


class UnknownDemo(LookupError):
    """No demo of that name."""

    def __init__(self, name: str, known: list[str]) -> None:
        self.name, self.known = name, known
        super().__init__(f"no demo '{name}'; there are: {', '.join(known) or 'none'}")


class DemoFileError(Exception):
    """A demo cannot be read; ``texts`` says where and why, in each language."""

    def __init__(self, texts: Mapping[Language, str]) -> None:
        self.texts = texts
        super().__init__(texts["en"])


@dataclass
class _Entry:
    """text: the demo as TOML. signature: of its file as last seen; None where there is none."""

    demo: Demo
    text: str
    signature: Signature | None
    fault: Mapping[Language, str] | None = None


class Shelf:
    """The demos of a folder, one ``NAME.toml`` each, and those on record.

    parse: reads one file into a demo, or raises DemoFileError. A file is looked at (one ``stat``) whenever its demo is
    asked for, so that not even the fastest save is missed. A broken file changes nothing: the last good version stays
    in use, and ``fault`` says what is wrong. Of a file and a version on record the one that was saved later holds.
    """

    def __init__(self, folder: Path, parse: Callable[[Path], Demo], demos: dict[str, Demo]) -> None:
        self._folder = folder
        self._parse = parse
        self._entries = {
            name: _Entry(demo, _text(self._path(name)), _signature(self._path(name)))
            for name, demo in demos.items()
        }
        self._known: dict[str, DemoVersion] = {}
        self._record: Callable[[DemoVersion], object] = lambda version: None

    def number(self, known: Mapping[str, DemoVersion], record: Callable[[DemoVersion], object]) -> None:
        """Go on counting where the record ends. known: each demo's latest version there; record: takes the new ones."""
        self._known, self._record = dict(known), record
        for entry in self._entries.values():
            entry.demo = self._first(entry.demo, entry.text)

    def outdated(self) -> Iterator[DemoVersion]:
        """The versions on record that hold, though no file says so: saved at a desk, after the file was."""
        for name, known in self._known.items():
            entry = self._entries.get(name)
            by_hand = known.content is not None and known.author not in (None, FILE)
            if by_hand if entry is None else entry.demo.version < known.version:
                yield known

    def names(self) -> list[str]:
        """The names of all demos, the first being the one shown where none is asked for."""
        return list(self._entries)

    def recorded(self, name: str) -> int:
        """The number of the latest version that is known here; 0 where there is none."""
        known = self._known.get(name)
        return known.version if known else 0

    def current(self, name: str) -> Demo:
        """The demo as it stands now; raises UnknownDemo."""
        return self._look(name).demo

    def text(self, name: str) -> str:
        """The demo as TOML, as it stands now; raises UnknownDemo."""
        return self._look(name).text

    def look_at_files(self) -> None:
        """See which files were saved, and which are new, though nobody asks for their demos."""
        for path in sorted(self._folder.glob("*.toml")):
            if path.stem in self._entries:
                self._look(path.stem)
            elif not path.name.startswith("."):  # an editor's half-written copy
                self._take_in(path)

    def put(self, version: DemoVersion, demo: Demo) -> None:
        """A version from the record, and what it says, is the demo from now on, unless a later one is."""
        entry = self._entries.get(version.demo)
        if entry is not None and entry.demo.version > version.version:
            return
        signature = entry.signature if entry else _signature(self._path(version.demo))
        numbered = replace(demo, version=version.version)
        self._entries[version.demo] = _Entry(numbered, version.content or "", signature)
        self._known[version.demo] = version

    def pass_over(self, version: DemoVersion) -> None:
        """A version on record that cannot be used here: its number is taken."""
        self._known[version.demo] = version

    def fault(self, name: str) -> Mapping[Language, str] | None:
        """What is wrong with the demo's file as it was last seen, by language; None where it is in use."""
        entry = self._entries.get(name)
        return entry.fault if entry else None

    def _look(self, name: str) -> _Entry:
        entry = self._entries.get(name)
        signature = _signature(self._path(name)) if name.replace("-", "").isalnum() else None
        if entry is None and signature is None:
            raise UnknownDemo(name, self.names())
        if entry is None or (signature is not None and signature != entry.signature):
            entry = self._read(name, entry, signature)
        elif signature is None and entry.signature is not None:
            log.warning("demo %s keeps version %d, its file is gone", name, entry.demo.version)
            entry.signature, entry.fault = None, GONE
        return entry

    def _take_in(self, path: Path) -> None:
        try:
            self._look(path.stem)
        except UnknownDemo as error:
            log.debug("%s is no demo: %s", path.name, error.__cause__ or error)

    def _read(self, name: str, before: _Entry | None, signature: Signature | None) -> _Entry:
        try:
            demo = self._parse(self._path(name))
        except DemoFileError as error:
            if before is None:
                raise UnknownDemo(name, self.names()) from error
            log.warning("demo %s keeps version %d, its file is broken: %s", name, before.demo.version, error)
            before.fault, before.signature = error.texts, signature
            return before
        text = _text(self._path(name))
        numbered = self._next(before.demo, demo, text) if before else self._first(demo, text)
        self._entries[name] = _Entry(numbered, text, signature)
        return self._entries[name]

    def _first(self, demo: Demo, text: str) -> Demo:
        """The demo with its version, as far as the record knows it; one lower than the record's where that is later."""
        known = self._known.get(demo.name)
        if known is None:
            return self._new(replace(demo, version=1), text)
        if known.digest == digest(demo):
            return replace(demo, version=known.version)
        if known.content is not None and known.saved_at >= self._saved_at(demo.name):
            return replace(demo, version=known.version - 1)
        return self._new(replace(demo, version=known.version + 1), text)

    def _next(self, before: Demo, now: Demo, text: str) -> Demo:
        """``now`` with its version: a save that changes nothing is no new version."""
        same = replace(now, version=before.version) == before
        return before if same else self._new(replace(now, version=before.version + 1), text)

    def _new(self, demo: Demo, text: str) -> Demo:
        saved_at = self._saved_at(demo.name)
        version = DemoVersion(demo.name, demo.version, digest(demo), saved_at, content=text, author=FILE)
        self._known[demo.name] = version
        self._record(version)
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
    said = json.dumps(asdict(replace(demo, version=0)), sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def _signature(path: Path) -> Signature | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _text(path: Path) -> str:
    """What the file says; a file that was read a moment ago, and is gone now, said nothing."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""
