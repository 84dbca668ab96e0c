"""The words of replies under way, in a file of their own: a program that is killed loses none of them.

A write to a file is the kernel's as soon as it is made, and costs a microsecond or two; the same words in a database
cost a transaction. All replies of a program share one file: five hundred small ones make the file system's own commits
long enough to be felt. Nothing is synced: a power cut may take what was said last.

Each entry is a line ``TURN FROM SIZE``, then so many bytes of UTF-8 that stand in the reply from that byte on, then a
line's end.
"""

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ledger.plain import storable

log = logging.getLogger(__name__)

_NOTHING = ("", 0)
_PREFIX, _SUFFIX = "under-way-", ".log"
#: Bytes; a file that has become larger is begun anew with what is still under way.
LARGEST = 4 * 2**20


class UnderWay:
    """The file of one replica. No method raises; what the disk does not take is not kept, and the log says so once."""

    def __init__(self, folder: Path, replica: str) -> None:
        """folder: the spool's."""
        self._file = _file(folder, replica)
        self._fd: int | None = None
        self._size = 0
        #: Of each turn what the file has, and how many bytes of it.
        self._said: dict[str, tuple[str, int]] = {}
        self._failed = False

    def write(self, turn: str, text: str) -> None:
        """The reply of a turn as far as it has come; it outlives this program on return."""
        before, begin = self._said.get(turn, _NOTHING)
        if not text.startswith(before):
            before, begin = _NOTHING
        words = text[len(before) :].encode(errors="replace")
        self._said[turn] = _NOTHING  # so that a failed write is made good by the next one
        if self._append(_entry(turn, begin, words)):
            self._said[turn] = text, begin + len(words)

    def drop(self, turn: str) -> None:
        """The reply is on record as a whole."""
        if self._said.pop(turn, None) is not None and self._fd is not None:
            if not self._said:
                self._begin_anew(self._fd)
            elif self._size > LARGEST:
                self._close()
                self._replace()

    def close(self) -> None:
        """Leave behind only what is not on record."""
        self._close()
        if not self._said:
            _remove(self._file)

    def _append(self, entry: bytes) -> bool:
        try:
            if self._fd is None:
                self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._fd = _open(self._file)
            written = os.write(self._fd, entry)
            if written < len(entry):
                os.ftruncate(self._fd, self._size)  # no half entry: what follows it could not be read
                return False
        except OSError as error:
            self._fail(error)
            return False
        self._size += written
        return True

    def _begin_anew(self, fd: int) -> None:
        try:
            os.ftruncate(fd, 0)
            self._size = 0
        except OSError as error:
            self._fail(error)

    def _replace(self) -> None:
        """The same words in a shorter file, which is there as a whole or not at all."""
        new = self._file.with_suffix(".new")
        entries = b"".join(
            _entry(turn, 0, text.encode(errors="replace")) for turn, (text, _) in self._said.items()
        )
        try:
            new.unlink(missing_ok=True)
            fd = _open(new)
            try:
                written = os.write(fd, entries)
            finally:
                os.close(fd)
            if written == len(entries):
                new.replace(self._file)
                self._size = written
        except OSError as error:
            self._fail(error)

    def _close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _fail(self, error: OSError) -> None:
        if not self._failed:
            self._failed = True
            log.error("the words of replies under way are not kept in %s: %s", self._file, error)


def names(folder: Path) -> list[str]:
    """Whose replies are there."""
    files = folder.glob(f"{_PREFIX}*{_SUFFIX}")
    return sorted(file.name.removeprefix(_PREFIX).removesuffix(_SUFFIX) for file in files)


def left_behind(folder: Path, replicas: Iterable[str]) -> Mapping[str, str]:
    """What the replies of these replicas had come to, by turn. Raises OSError."""
    said: dict[str, bytes] = {}
    for replica in replicas:
        file = _file(folder, replica)
        for turn, begin, _, words in _entries(file.read_bytes() if file.exists() else b""):
            said[turn] = said.get(turn, b"")[:begin] + words
    return {turn: storable(words.decode(errors="ignore")) for turn, words in said.items()}


def remove(folder: Path, replicas: Iterable[str]) -> None:
    """What these replicas have left is on record."""
    for replica in replicas:
        file = _file(folder, replica)
        _remove(file)
        _remove(file.with_suffix(".new"))


def forget(folder: Path, turns: Iterable[str]) -> None:
    """Blot out what any replica has written of these turns, also while it runs. Raises OSError."""
    concerned = frozenset(turns)
    for file in folder.glob(f"{_PREFIX}*") if concerned else ():
        with file.open("r+b") as opened:
            for turn, _, place, words in _entries(opened.read()):
                if turn in concerned:
                    opened.seek(place)
                    opened.write(b" " * len(words))


def _file(folder: Path, replica: str) -> Path:
    return folder / f"{_PREFIX}{replica}{_SUFFIX}"


def _open(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def _entry(turn: str, begin: int, words: bytes) -> bytes:
    return b"%s %d %d\n%s\n" % (turn.encode(), begin, len(words), words)


def _entries(content: bytes) -> Iterator[tuple[str, int, int, bytes]]:
    """Of each entry: turn, from where on, its words' place in the file, the words. The last one may have been cut."""
    place = 0
    while (end := content.find(b"\n", place)) >= 0:
        turn, begin, size = content[place:end].split(b" ")
        words = content[end + 1 : end + 1 + int(size)]
        yield turn.decode(), int(begin), end + 1, words
        place = end + 2 + int(size)


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s stays: %s", file, error)
