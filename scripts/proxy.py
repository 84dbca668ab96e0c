"""deploy/Caddyfile as a real process on loopback: for tests, and for the soak. ``scripts/proxy.sh`` installs Caddy."""

import asyncio
import os
import shutil
import tempfile
from asyncio.subprocess import STDOUT
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

CADDYFILE = Path(__file__).resolve().parents[1] / "deploy" / "Caddyfile"


class NoProxy(Exception):
    """There is no Caddy, or it did not start; says why."""


def program() -> str:
    """The Caddy that is here: what CADDY names, else the one on PATH. Raises NoProxy."""
    if found := shutil.which(os.environ.get("CADDY") or "caddy"):
        return found
    raise NoProxy("no Caddy here (scripts/proxy.sh installs it)")


def variables(replicas: Sequence[str], port: int, folder: Path) -> dict[str, str]:
    """The environment of a proxy on loopback in plain HTTP. replicas: ``host:port`` each. folder: for what it keeps."""
    own = {
        "DESK_REPLICAS": " ".join(replicas),
        "PROXY_OPTIONS": "default_bind 127.0.0.1",
        "PROXY_PORT": str(port),
    }
    kept = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    inherited = {name: value for name, value in os.environ.items() if name != "DOMAIN"}
    return {**inherited, **own, **kept}


def command() -> tuple[str, ...]:
    """What serves it. Raises NoProxy."""
    return (program(), "run", "--adapter", "caddyfile", "--config", str(CADDYFILE))


@asynccontextmanager
async def proxied(
    replicas: Sequence[str], port: int, log: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[str]:
    """The proxy's address, from when it listens until the context ends. Raises NoProxy.

    replicas: ``host:port`` each. port: a free one. log: the file that its log goes to. environment: over its own.
    """
    with tempfile.TemporaryDirectory(prefix="desk-proxy-", ignore_cleanup_errors=True) as folder:
        given = {**variables(replicas, port, Path(folder)), **(environment or {})}
        with log.open("ab") as out:
            process = await asyncio.create_subprocess_exec(*command(), env=given, stdout=out, stderr=STDOUT)
        try:
            while not await _listens(port):
                if process.returncode is not None:
                    raise NoProxy(_last_words(log))
                await asyncio.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            await _end(process)


def _last_words(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-1000:]


async def _listens(port: int) -> bool:
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True
    return False


async def _end(process: asyncio.subprocess.Process) -> None:
    """Sockets that are open would be waited for: it gets a moment only."""
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
