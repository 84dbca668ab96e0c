"""A PostgreSQL server on loopback, its data in a folder that is thrown away."""

import asyncio
import ctypes
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg
from ports import free_port

T = TypeVar("T")


class NoServer(Exception):
    """There is no PostgreSQL to test with; says why."""


@dataclass
class Postgres:
    """A PostgreSQL server. address: without a database's name. It can be stopped and started where it is ours."""

    address: str
    programs: Path | None = None
    data: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def url(self, name: str) -> str:
        """The ``DATABASE_URL`` of a database here."""
        return f"{self.address}/{name}"

    def start(self) -> None:
        """Start it on the port of ``address``; returns once it answers. Call it from the main thread, whose end is
        the server's too. Raises NoServer."""
        assert self.programs and self.data, "this server is not ours"
        log = self.data.parent / "log"
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, "-p", str(urlsplit(self.address).port)],
                cwd=self.data,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                preexec_fn=_die_with_parent,
                **_as_server(),
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                run(self.execute("SELECT 1"))
                return
            except (OSError, asyncpg.PostgresError) as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise NoServer(f"it did not start: {log.read_text()[-300:]}") from error
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it. SIGINT: at once, in order. SIGQUIT: as in a crash. SIGTERM: when all have left."""
        assert self.process, "this server is not ours, or not running"
        self.process.send_signal(how)
        self.process.wait(timeout=60)
        self.process = None

    async def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the server's owner, each by itself."""
        connection = await asyncpg.connect(self.url(database))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


def _die_with_parent() -> None:
    """A killed test run leaves no server behind (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _as_server() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as the user that Debian's package made."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


def _programs() -> Path:
    """The folder of ``initdb`` and ``postgres``, the newest one. Raises NoServer."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=lambda bin: int(bin.parent.name), reverse=True
    )
    if there := shutil.which("pg_config"):
        shown = subprocess.run([there, "--bindir"], capture_output=True, text=True)
        folders.append(Path(shown.stdout.strip()))
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoServer("no server programs here (scripts/postgres.sh installs them)")


def _folder() -> Path:
    """In memory where there is room: a container often has 64 MB there."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2 << 30
    return Path(tempfile.mkdtemp(prefix="desk-postgres-", dir=memory if roomy else "/tmp"))


# The server's disk may forget when the machine dies: not what these tests are about.
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
full_page_writes = off
max_connections = 200
shared_buffers = 64MB
"""


@contextmanager
def own_server() -> Iterator[Postgres]:
    """A new server on loopback, its data in a folder that is thrown away. Raises NoServer."""
    programs, folder = _programs(), _folder()
    try:
        password = secrets.token_hex(8)
        data = _make_data(programs, folder, password)
        server = Postgres("", programs, data)
        for tries_left in (2, 1, 0):
            server.address = f"postgresql://desk:{password}@127.0.0.1:{free_port()}"
            try:
                server.start()
                break
            except NoServer:  # somebody else took the port meanwhile
                if not tries_left:
                    raise
        try:
            yield server
        finally:
            if server.process:
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_data(programs: Path, folder: Path, password: str) -> Path:
    data, secret = folder / "data", folder / "password"
    secret.write_text(password)
    command = f"{programs / 'initdb'} -D {data} -U desk -A scram-sha-256 --pwfile={secret} -E UTF8 --locale=C --no-sync"
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            shutil.chown(secret, "postgres")
        made = subprocess.run(command.split(), cwd=folder, capture_output=True, text=True, **_as_server())
    except (LookupError, ValueError) as error:
        raise NoServer("as root it needs a user named postgres") from error
    if made.returncode != 0:
        raise NoServer(f"initdb failed: {made.stderr.strip()}")
    with (data / "postgresql.conf").open("a") as settings:
        settings.write(_SETTINGS)
    return data


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end in a loop of its own, also where one is running."""
    result: list[T] = []
    failed: list[BaseException] = []

    def within() -> None:
        try:
            result.append(asyncio.run(work))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=within)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return result[0]
