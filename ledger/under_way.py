"""The words of replies under way, each reply in a small file of its own: a program that is killed loses none of them.

A write to a file is the kernel's as soon as it is made, and costs some microseconds; the same words in a database
cost a transaction. Nothing is synced: a power cut may take what was said last.
"""

import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

log = logging.getLogger(__name__)

_FOLDER = "under-way-"


class UnderWay:
    """The files of one replica. No method raises; what the disk does not take is not kept, and the log says so once."""

    def __init__(self, folder: Path, replica: str) -> None:
        """folder: the spool's."""
        self._folder = folder / f"{_FOLDER}{replica}"
        #: Of each turn: its file, and what stands in it.
        self._open: dict[str, tuple[int, str]] = {}
        self._failed = False

    def write(self, turn: str, text: str) -> None:
        """The reply of a turn as far as it has come; it outlives this program on return."""
        try:
            fd, before = self._open.get(turn) or (self._create(turn), "")
            self._open[turn] = (fd, "")  # so that a failed write is made good by the next one
            if not before or not text.startswith(before):
                os.ftruncate(fd, 0)
                before = ""
            more = text[len(before) :].encode()
            if os.write(fd, more) == len(more):
                self._open[turn] = (fd, text)
        except OSError as error:
            if not self._failed:
                self._failed = True
                log.error("the words of replies under way are not kept in %s: %s", self._folder, error)

    def drop(self, turn: str) -> None:
        """The reply is on record as a whole."""
        if known := self._open.pop(turn, None):
            os.close(known[0])
            _remove(self._folder / turn)

    def close(self) -> None:
        """Leave behind only what is not on record."""
        for fd, _ in self._open.values():
            os.close(fd)
        self._open.clear()
        if not _files(self._folder):
            _remove_folder(self._folder)

    def _create(self, turn: str) -> int:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(self._folder / turn, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def names(folder: Path) -> list[str]:
    """Whose replies are there."""
    return sorted(theirs.name.removeprefix(_FOLDER) for theirs in folder.glob(f"{_FOLDER}*"))


def left_behind(folder: Path, replicas: Iterable[str]) -> Mapping[str, str]:
    """What the replies of these replicas had come to, by turn. Raises OSError."""
    files = [file for replica in replicas for file in _files(folder / f"{_FOLDER}{replica}")]
    # The last character may have been cut.
    return {file.name: file.read_bytes().decode(errors="ignore") for file in files}


def remove(folder: Path, replicas: Iterable[str]) -> None:
    """What these replicas have left is on record."""
    for replica in replicas:
        theirs = folder / f"{_FOLDER}{replica}"
        for file in _files(theirs):
            _remove(file)
        _remove_folder(theirs)


def forget(folder: Path, turns: Iterable[str]) -> None:
    """Take away what any replica keeps of these turns, also while it runs. Raises OSError."""
    concerned = frozenset(turns)
    for theirs in folder.glob(f"{_FOLDER}*"):
        for file in _files(theirs):
            if file.name in concerned:
                os.truncate(file, 0)  # whoever writes in it still has it open
                _remove(file)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s stays: %s", file, error)


def _remove_folder(folder: Path) -> None:
    try:
        if folder.is_dir():
            folder.rmdir()
    except OSError as error:
        log.warning("%s stays: %s", folder, error)
