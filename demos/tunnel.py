"""A tunnel program of the operator's choice, so that a prospect reaches a machine that has no public address."""

import asyncio
import os
import re
import shlex
from contextlib import suppress
from pathlib import Path

#: Where the running server finds the address that it is reached under besides its own.
FILE = "shared-at"
#: So long a tunnel may take to say its address.
PATIENCE_S = 45.0

# Without a path: those with one lead to the program's documentation.
_ADDRESS = re.compile(rb"https://[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z]{2,}(?::\d+)?(?=[\s|,;\"'])")


class NoTunnel(Exception):
    """There is none, or it did not say its address; ``str()`` says how to mend it."""


class Tunnel:
    """``async with`` gives the tunnel's address; it ends, and the address is forgotten, when the context does.

    command: with ``{url}`` for our own address. data_dir: where the running server looks.
    """

    def __init__(self, command: str, url: str, data_dir: Path) -> None:
        self._command = command
        self._url = url
        self._file = data_dir / FILE
        self._process: asyncio.subprocess.Process | None = None
        self._draining: asyncio.Task[None] | None = None

    async def __aenter__(self) -> str:
        words = shlex.split(self._command.replace("{url}", self._url))
        if not words:
            raise NoTunnel("--share: set TUNNEL_COMMAND in .env, such as: cloudflared tunnel --url {url}")
        try:
            self._process = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        except OSError as error:
            raise NoTunnel(
                f"--share: {words[0]} cannot be started ({error.strerror}): mend TUNNEL_COMMAND"
            ) from error
        try:
            async with asyncio.timeout(PATIENCE_S):
                address = await self._read_address(self._process)
        except BaseException as error:
            await self._end()
            if isinstance(error, TimeoutError):
                raise NoTunnel(f"--share: {words[0]} named no https address in {PATIENCE_S:.0f} s") from None
            raise
        with os.fdopen(os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
            opened.write(address)
        self._draining = asyncio.create_task(self._drain(self._process))
        return address

    async def __aexit__(self, *_: object) -> None:
        self._file.unlink(missing_ok=True)
        if self._draining is not None:
            self._draining.cancel()
        await self._end()

    async def _read_address(self, process: asyncio.subprocess.Process) -> str:
        assert process.stdout is not None
        said = b""
        while line := await process.stdout.readline():
            said += line
            if found := _ADDRESS.search(line):
                return found.group().decode()
        raise NoTunnel(
            f"--share: the tunnel ended without an address. It said: {said[-300:].decode(errors='replace')}"
        )

    async def _drain(self, process: asyncio.subprocess.Process) -> None:
        """A pipe that nobody reads would stop it."""
        assert process.stdout is not None
        while await process.stdout.read(4096):
            pass

    async def _end(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self._process.wait()
                return
        self._process.kill()
        await self._process.wait()


def shared_at(data_dir: Path) -> str:
    """The address of a tunnel that is up; '' where none is."""
    try:
        return (data_dir / FILE).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
