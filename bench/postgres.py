"""A PostgreSQL server of our own: on loopback, as it comes, its data on the disk and synced to it."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from bench.processes import BenchError, Child, start
from bench.stage import Stage

_START_S = 30.0
_EVERY_S = 0.1
_OWNER = "bench"
# PostgreSQL refuses to run as root: then it runs as the user that Debian's package made.
_SERVER_USER = "postgres"


class NoPostgres(BenchError):
    """There is no PostgreSQL to measure with; says why."""


@dataclass(frozen=True)
class Postgres:
    """A server that is up. address: a URL without a database's name."""

    address: str
    version: str
    child: Child

    def cpu_s(self) -> float:
        """CPU time of all its processes, also of those that have ended since."""
        ended = psutil.Process(self.child.pid).cpu_times()
        return self.child.cpu_seconds() + float(ended.children_user + ended.children_system)

    async def fresh(self, name: str) -> str:
        """Make an empty database; returns its URL."""
        await execute(f"{self.address}/postgres", f'CREATE DATABASE "{name}"')
        return f"{self.address}/{name}"


@asynccontextmanager
async def postgres(stage: Stage) -> AsyncIterator[Postgres]:
    """A new server with the settings of a fresh installation. Raises NoPostgres."""
    programs = server_programs(known_folders())
    # Not in the run's own folder: that is closed to the server's user.
    folder = Path(tempfile.mkdtemp(prefix="bench-postgres-"))
    try:
        password, port = secrets.token_hex(8), stage.take_port()
        await asyncio.to_thread(make_data, programs, folder, password)
        child = await _start(stage, programs, folder, port)
        async with stage.kept(child):
            address = f"postgresql://{_OWNER}:{password}@127.0.0.1:{port}"
            yield Postgres(address, await _until_up(child, f"{address}/postgres"), child)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def execute(url: str, statement: str) -> str:
    """Run one statement in a connection of its own; returns the server's version."""
    import asyncpg  # type: ignore[import-untyped]

    connection = await asyncpg.connect(url, timeout=_START_S)
    try:
        await connection.execute(statement)
        version = connection.get_server_version()
        return f"{version.major}.{version.minor}"
    finally:
        await connection.close()


def server_programs(folders: Iterable[Path]) -> Path:
    """The first folder that has the programs of a server. Raises NoPostgres."""
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgres("no PostgreSQL server programs here (scripts/postgres.sh installs them)")


def known_folders() -> list[Path]:
    """Where they may lie, newest first."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=lambda bin: int(bin.parent.name), reverse=True
    )
    if config := shutil.which("pg_config"):
        shown = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(shown.stdout.strip()))
    return folders


def server_user() -> str | None:
    """As whom it must run; None: as we do."""
    return _SERVER_USER if hasattr(os, "geteuid") and os.geteuid() == 0 else None


def make_data(programs: Path, folder: Path, password: str) -> None:
    """A new cluster in ``folder``/data, which from then on is the server's user's. Raises NoPostgres."""
    secret, user = folder / "password", server_user()
    secret.write_text(password)
    command: list[str | Path] = [
        *(programs / "initdb", "-D", folder / "data", "-U", _OWNER, "-A", "scram-sha-256"),
        *("--pwfile", secret, "-E", "UTF8", "--locale=C"),
    ]
    try:
        if user:
            shutil.chown(folder, user, user)
            shutil.chown(secret, user, user)
        made = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
    except (LookupError, PermissionError) as error:
        raise NoPostgres(f"as root it needs a user named {_SERVER_USER} ({error})") from error
    finally:
        secret.unlink()
    if made.returncode:
        raise NoPostgres(f"initdb failed: {made.stderr.strip()[-300:]}")


async def _start(stage: Stage, programs: Path, folder: Path, port: int) -> Child:
    """On the core of everything that is not the server under measurement."""
    options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    return await start(
        "PostgreSQL",
        [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port), *options],
        log=stage.folder / "postgres.log",
        core=stage.cores.rest,
        environment={},
        folder=folder,
        user=server_user(),
    )


async def _until_up(child: Child, url: str) -> str:
    """Its version, once it answers."""
    from asyncpg import PostgresError

    deadline = time.monotonic() + _START_S
    while True:
        try:
            return await execute(url, "SELECT 1")
        except (OSError, PostgresError) as error:
            if child.process.returncode is not None or time.monotonic() > deadline:
                raise NoPostgres(f"it did not start:\n{child.last_words()}") from error
            await asyncio.sleep(_EVERY_S)
