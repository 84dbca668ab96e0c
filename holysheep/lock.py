"""A lock that ends with its process, however that ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int, wait: bool) -> None:
        msvcrt.locking(fd, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(fd: int, wait: bool) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


class Lock:
    """Who has a file or a folder to itself; held on a file beside it, ``NAME.lock``, which stays."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}.lock")
        self._fd: int | None = None

    def take(self, *, wait: bool = False) -> bool:
        """Whether it is ours now; ``wait`` until it is. Raises OSError where the file cannot be made."""
        if self._fd is not None:
            return True
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(fd, wait)
        except OSError:
            os.close(fd)
            return False
        self._fd = fd
        return True

    def release(self) -> None:
        """Let others have it."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Have this file or folder to oneself, after waiting for it."""
    lock = Lock(path)
    lock.take(wait=True)
    try:
        yield
    finally:
        lock.release()


def server_lock(database: Path) -> Lock:
    """What a running server holds of a SQLite file."""
    return Lock(database)


def held(database: Path) -> bool:
    """Whether a server runs on this SQLite file."""
    lock = server_lock(database)
    try:
        return not lock.take()
    finally:
        lock.release()
