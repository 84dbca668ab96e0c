"""Where operations wait on disk while the database does not take them: one a line, in order, for their owner's eyes.

``NAME.jsonl`` waits to be written; ``refused-NAME.jsonl`` holds what the database would not take, for a person.
"""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import orjson

from holysheep.lock import Lock, locked
from ledger.operations import Operation, from_plain, to_plain, without_texts

log = logging.getLogger(__name__)

_REFUSED = "refused-"

#: Is given an operation's plain form, gives what is to stand there; None takes the line out.
Change: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]


class Spool:
    """The file of one replica. Methods block, and raise OSError where the disk does not do as asked."""

    #: Folders whose lock a ``next`` of this program holds: what is refused meanwhile is written under that lock.
    _held: ClassVar[set[Path]] = set()

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._file = folder / f"{name}.jsonl"
        self._refused = folder / f"{_REFUSED}{name}.jsonl"
        self._done: tuple[int, int] = (0, 0)

    def append(self, operations: Iterable[Operation]) -> None:
        """Put operations at the end; they are on the disk on return."""
        self._append(self._file, [to_plain(operation) for operation in operations])

    def refuse(self, operation: Operation, why: str) -> None:
        """Keep an operation that can never be written. refused_at: in microseconds; not every one says when it was."""
        said = {"why": why, "refused_at": time.time_ns() // 1000}
        self._append(self._refused, [{**to_plain(operation), **said}])

    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._file.exists()

    def size(self) -> int:
        """Bytes that wait."""
        try:
            return self._file.stat().st_size
        except FileNotFoundError:
            return 0

    @asynccontextmanager
    async def next(self, most: int) -> AsyncIterator[list[Operation]]:
        """The first of what waits; it has been written, and is gone, when the block ends well.

        Nobody rewrites the file meanwhile. What is handed out twice, after a crash, is written once.
        """
        lock = Lock(self._folder)
        # In no thread: that one could end up with a lock that nobody waits for any more.
        while not lock.take():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        self._held.add(self._folder)
        try:
            lines, place = await asyncio.to_thread(self._lines, most)
            yield [operation for line in lines if (operation := _operation(line)) is not None]
            self._forget(place)
        finally:
            self._held.discard(self._folder)
            lock.release()

    def _lines(self, most: int) -> tuple[list[bytes], tuple[int, int]]:
        """The next lines, and (inode, offset) of their end."""
        with self._file.open("rb") as file:
            inode = os.fstat(file.fileno()).st_ino
            # Rewritten since: from the start again.
            file.seek(self._done[1] if self._done[0] == inode else 0)
            lines = list(islice(file, most))
            return lines, (inode, file.tell())

    def _forget(self, place: tuple[int, int]) -> None:
        self._done = place
        if place[1] >= self._file.stat().st_size:
            self._file.unlink()
            self._done = (0, 0)

    def _append(self, path: Path, rows: list[dict[str, Any]]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with nullcontext() if self._folder in self._held else locked(self._folder):
            fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(fd, "r+b", buffering=0) as file:
                size = file.seek(0, os.SEEK_END)
                rest = memoryview(b"".join(map(_line, rows)))
                try:
                    while rest:
                        rest = rest[file.write(rest) :]
                    os.fsync(fd)
                except OSError:
                    file.truncate(size)  # no half line
                    raise
        _sync(self._folder)


def names(folder: Path) -> list[str]:
    """Whose operations wait in the folder."""
    return sorted(file.stem for file in folder.glob("*.jsonl") if not file.name.startswith(_REFUSED))


def rewrite(folder: Path, change: Change) -> int:
    """Change what waits in the folder, also what was refused; gives how many lines are different now.

    Safe while a server runs. Raises OSError; each file is either as it was, or changed as a whole.
    """
    return _rewrite_all(folder, "*.jsonl", change) if folder.is_dir() else 0


def rewrite_refused(folder: Path, change: Change) -> int:
    """The same of what was refused only."""
    return _rewrite_all(folder, f"{_REFUSED}*.jsonl", change) if any(_refused_files(folder)) else 0


def read_refused(folder: Path) -> Iterator[Mapping[str, Any]]:
    """What was refused, in its plain form; what cannot be read is passed over. Raises OSError."""
    for file in _refused_files(folder):
        for line in file.read_bytes().split(b"\n"):
            with suppress(orjson.JSONDecodeError):
                yield orjson.loads(line)


def _refused_files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{_REFUSED}*.jsonl"))


def _rewrite_all(folder: Path, pattern: str, change: Change) -> int:
    with locked(folder):
        changed = sum(_rewrite(file, change) for file in sorted(folder.glob(pattern)))
        _sync(folder)
    return changed


def _rewrite(file: Path, change: Change) -> int:
    before = [line for line in file.read_bytes().split(b"\n") if line]
    after = [_changed(line, change) for line in before]
    different = sum(old != new for old, new in zip(before, after, strict=True))
    if not different:
        return 0
    new_file = file.with_suffix(".new")
    fd = os.open(new_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "wb") as new:
        new.write(b"".join(line + b"\n" for line in after if line))
        new.flush()
        os.fsync(new.fileno())
    new_file.replace(file)
    return different


def _changed(line: bytes, change: Change) -> bytes:
    """What cannot be read can hold anybody's words, and goes."""
    try:
        plain = orjson.loads(line)
    except orjson.JSONDecodeError:
        return b""
    new = change(plain)
    return line if new == plain else b"" if new is None else orjson.dumps(new)


def _line(row: Mapping[str, Any]) -> bytes:
    """What cannot be written as JSON must not keep the rest from it."""
    try:
        return orjson.dumps(row) + b"\n"
    except orjson.JSONEncodeError:
        log.critical("an entry of the ledger is lost: it is no JSON: %r", without_texts(row), exc_info=True)
        return b""


def _operation(line: bytes) -> Operation | None:
    try:
        return from_plain(orjson.loads(line))
    except ValueError as error:
        # Half a line is left where a crash cut it: nobody was told that it was written.
        if line.strip():
            log.warning("a line of the spool cannot be read: %s", error)
        return None


def _sync(folder: Path) -> None:
    """A new name in a folder outlives a power cut only then; Windows knows no such thing."""
    if os.name == "posix":
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
