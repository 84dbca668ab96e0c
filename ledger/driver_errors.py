"""Foreign errors, translated once: what SQLite, PostgreSQL, their drivers and the system say of a database."""

import errno
import shutil
import sqlite3
import ssl
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger.unusable import DatabaseUnusable, Reason, unusable

# PostgreSQL's codes: a whole one, or the two characters of its class. What is not here is a fault of ours.
_SQLSTATES: dict[str, Reason] = {
    "3D000": "missing",
    "28": "password",
    "42501": "rights",
    "53100": "full",
    "53300": "busy",
    "57P01": "lost",
    "57P02": "lost",
    "57P03": "starting",
    "57P05": "lost",
    "57014": "timeout",
    "55P03": "locked",
    "40P01": "locked",
    "40001": "locked",
    "25006": "read_only",
    "08": "lost",
    "XX001": "damaged",
    "XX002": "damaged",
    "53": "other",
    "57": "other",
    "58": "other",
    "F0": "other",
    "XX": "other",
}

# SQLite's, by the beginning of the name. SQLITE_ERROR and SQLITE_CONSTRAINT are faults of ours.
_SQLITE: dict[str, Reason] = {
    "SQLITE_BUSY": "locked",
    "SQLITE_LOCKED": "locked",
    "SQLITE_READONLY": "read_only",
    "SQLITE_CANTOPEN": "read_only",
    "SQLITE_PERM": "read_only",
    "SQLITE_FULL": "full",
    "SQLITE_NOTADB": "not_a_database",
    "SQLITE_CORRUPT": "damaged",
    "SQLITE_IOERR": "other",
    "SQLITE_NOMEM": "other",
    "SQLITE_PROTOCOL": "other",
    "SQLITE_NOLFS": "other",
}

_OS: dict[int, Reason] = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EACCES: "read_only",
    errno.EPERM: "read_only",
    errno.EROFS: "read_only",
    errno.ENOENT: "missing",
    errno.ENOTDIR: "missing",
    errno.EISDIR: "not_a_database",
}

# SQLite says "I/O error" of some writes that found no space.
_ROOM_BYTES = 1 << 20


def explain(error: BaseException, where: str, file: Path | None = None) -> DatabaseUnusable | None:
    """What an error of the database, its driver or the system means; None when it is not about the database's state.

    where: the database without its password. file: where SQLite's data is.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, DatabaseUnusable):
            return cause
        if reason := _reason(cause, file):
            return unusable(reason, where, _first_line(cause))
        cause = getattr(cause, "orig", None) or cause.__cause__
    return None


def _reason(error: BaseException, file: Path | None) -> Reason | None:
    if isinstance(error, sqlite3.Error):
        return _sqlite_reason(getattr(error, "sqlite_errorname", None) or "", file)
    if isinstance(error, asyncpg.PostgresError):
        code = error.sqlstate or ""
        return _SQLSTATES.get(code) or _SQLSTATES.get(code[:2])
    if isinstance(error, asyncpg.ClientConfigurationError):
        return "address"
    if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
        return "refused"
    if isinstance(error, asyncpg.InternalClientError):
        return "lost"  # the server's last words came in between
    if isinstance(error, asyncpg.InterfaceError):
        return "lost" if "closed" in str(error) else None
    if isinstance(error, ssl.SSLError):
        return "encryption"
    if isinstance(error, TimeoutError | PoolTimeout):
        return "timeout"
    if isinstance(error, OSError):
        return _OS.get(error.errno or 0, "other" if file else "refused")
    return None


def _sqlite_reason(name: str, file: Path | None) -> Reason | None:
    for beginning, reason in _SQLITE.items():
        if name.startswith(beginning):
            return "full" if reason == "other" and _no_room(file) else reason
    return None


def _no_room(file: Path | None) -> bool:
    return file is not None and file.parent.is_dir() and shutil.disk_usage(file.parent).free < _ROOM_BYTES


def _first_line(error: BaseException) -> str:
    """What was said, on one line and not too long."""
    text = str(error).strip().split("\n")[0][:200].rstrip(".")
    return text or type(error).__name__
