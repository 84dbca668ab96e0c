"""Where the ledger is measured: SQLite in a file, and PostgreSQL where its server programs are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.postgres import NoPostgres, Postgres, postgres
from bench.progress import say
from bench.roster import POSTGRESQL, SQLITE
from bench.stage import Stage


@dataclass(frozen=True)
class Store:
    """An empty database. url: blank for SQLite, which makes its file in `folder`."""

    name: str
    url: str
    folder: Path

    def order(self, **more: object) -> dict[str, object]:
        """The order of a script that works on it."""
        return {"url": self.url, "folder": str(self.folder), **more}


class Stores:
    """The databases of one measurement. names: their columns."""

    def __init__(self, stage: Stage, server: Postgres | None, missing: str) -> None:
        self._stage = stage
        self._server = server
        self.names = [SQLITE, POSTGRESQL] if server else [SQLITE]
        told = f"PostgreSQL {server.version} with its own settings" if server else f"no PostgreSQL: {missing}"
        self._ground = f"data on {file_system(stage.folder)}; {told}"

    def note(self, name: str) -> str:
        """What they stand on; said once, at the first one."""
        return self._ground if name == self.names[0] else ""

    async def fresh(self, name: str) -> Store:
        """An empty one that nobody has used."""
        number = self._stage.take_port()  # good for a name that no other has, too
        folder = self._stage.folder / f"{name}-{number}"
        folder.mkdir()
        if name == SQLITE or self._server is None:
            return Store(name, "", folder)
        return Store(name, await self._server.fresh(f"bench_{number}"), folder)


@asynccontextmanager
async def stores(stage: Stage) -> AsyncIterator[Stores]:
    """SQLite always; PostgreSQL where there is one, and else a word about it."""
    async with AsyncExitStack() as stack:
        server: Postgres | None = None
        missing = ""
        try:
            server = await stack.enter_async_context(postgres(stage))
        except NoPostgres as error:
            missing = str(error).splitlines()[0]
            say(f"PostgreSQL is left out: {missing}")
        yield Stores(stage, server, missing)


def file_system(folder: Path) -> str:
    """Its kind: on tmpfs, in memory, a sync costs nothing, and figures of durable writes mean little."""
    inside = [
        part for part in psutil.disk_partitions(all=True) if folder.resolve().is_relative_to(part.mountpoint)
    ]
    return max(inside, key=lambda part: len(part.mountpoint)).fstype if inside else "an unknown file system"
