"""``DATABASE_URL``, read. What is shown of it never holds the password."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from ledger.unusable import unusable

Dialect = Literal["sqlite", "postgresql"]

DEFAULT_FILE = "ledger.db"

_POSTGRESQL = ("postgres", "postgresql", "postgresql+asyncpg")
_SQLITE = ("sqlite", "sqlite+aiosqlite")
# Words of libpq that the driver does not know, and would send to the server as settings of its own.
_LIBPQ_ONLY = ("channel_binding", "gssencmode", "keepalives", "keepalives_idle", "connect_timeout")
# A name or an address (IPv6 in brackets), and a port.
_HOST = re.compile(r"([\w.-]*|\[[0-9a-fA-F:.%\w]+\])(:\d{1,5})?", re.ASCII)


@dataclass(frozen=True)
class Address:
    """Where the database is. shown: the same for eyes, without password. file: SQLite's; dsn: PostgreSQL's."""

    dialect: Dialect
    shown: str
    file: Path | None = None
    dsn: str | None = field(default=None, repr=False)


def read_address(url: str, data_dir: Path) -> Address:
    """The address that ``DATABASE_URL`` means; blank is SQLite in ``data_dir``.

    Raises DatabaseUnusable (``address``) without repeating what may be a password.
    """
    text = url.strip()
    if not text:
        file = data_dir.absolute() / DEFAULT_FILE
        return Address("sqlite", str(file), file)
    scheme, separator, rest = text.partition("://")
    if separator and scheme in _SQLITE:
        return _sqlite(rest)
    if separator and scheme in _POSTGRESQL:
        return _postgresql(rest)
    raise unusable("address", detail="postgresql:// | sqlite:///")


def _sqlite(rest: str) -> Address:
    """Three slashes and a path: relative, or absolute with a fourth."""
    path = rest.removeprefix("/")
    if not rest.startswith("/") or not path or ":memory:" in path or "?" in path:
        raise unusable("address", detail="sqlite:///")
    file = Path(path).expanduser().absolute()
    return Address("sqlite", str(file), file)


def _postgresql(rest: str) -> Address:
    try:
        parts = urlsplit(f"postgresql://{rest}")
    except ValueError:
        raise unusable("address", detail="postgresql://") from None
    # A "/", "?" or "#" in a password would end the host there, and what is shown as the host would be a secret.
    if "@" in parts.path + parts.query + parts.fragment or parts.fragment:
        raise unusable("address", detail="%2F, %3F, %23, %40")
    credentials, _, hosts = parts.netloc.rpartition("@")
    if not all(_HOST.fullmatch(host) for host in hosts.split(",")):
        raise unusable("address", detail="host:port")
    user = credentials.partition(":")[0]
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in _LIBPQ_ONLY]
    shown = f"postgresql://{user}{'@' if user else ''}{hosts}{parts.path}"
    return Address("postgresql", shown, dsn=parts._replace(query=urlencode(query)).geturl())
