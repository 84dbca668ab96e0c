"""Kills the real program at random instants while pages chat, and proves that nothing a page was told is lost.

``python -m scripts.crash --kills 50 [--pages 8] [--seed WORD]``. ``DATABASE_URL`` names an empty database, else it is
SQLite in a folder that is thrown away. A run that fails keeps its folder, with the program's log and its database.
"""

import argparse
import asyncio
import os
import random
import re
import secrets
import shutil
import socket
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

import aiohttp

from emulator import Emulator, Pace, running
from ledger import Database, DatabaseUnusable, upgrade
from scripts import crash_books as books
from scripts.crash_page import Moment, Page
from web.operators import COOKIE, OPERATOR, Operators

ROOT: Final = Path(__file__).resolve().parents[1]
LOG: Final = "log.txt"
KEY: Final = "hs-crash"
#: Long enough to be killed in the middle, short enough for many.
PACE: Final = Pace(first_token_s=0.05, tokens_per_second=80, tokens=60, fault_speed=50)
#: What the provider does wrong now and then: some is repeated, some fails the turn.
FAULTS: Final = ("server_error", "cut", "length", "no_usage", "reset")
MOMENTS: Final[tuple[Moment, ...]] = ("sent", "kept", "words", "receipt")
#: So many of ten kills wait for a moment, and so many for the program's start; the rest come at any time.
AT_MOMENT, AT_START = 5, 2
#: So long the last turns of dead programs may take to be ended: PostgreSQL's longest lease, and some.
TIDY_S = 45


@dataclass
class Figures:
    """What one run did, and what it found wrong."""

    seed: str
    kills: int = 0
    kills_at_start: int = 0
    turns: int = 0
    kept: int = 0
    edits: int = 0
    resent: int = 0
    receipts: int = 0
    cut: int = 0
    longest_restart_s: float = 0.0
    took_s: float = 0.0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        rows = [
            ("kills", f"{self.kills} ({self.kills_at_start} of them while it started)"),
            ("turns on record", str(self.turns)),
            ("messages acknowledged", f"{self.kept} ({self.edits} of them edits; {self.resent} sent again)"),
            ("receipts shown", str(self.receipts)),
            ("replies cut", f"{self.cut} (each on record up to the last words that were read)"),
            ("longest restart", f"{self.longest_restart_s:.1f} s"),
            ("lost or wrong", str(len(self.faults))),
            ("took", f"{self.took_s:.0f} s, seed {self.seed}"),
        ]
        return "\n".join(f"{name:22} {value}" for name, value in rows)


class Server:
    """The real program, started again on the same port and data after each kill."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        own = {"HOST": "127.0.0.1", "PORT": str(port), "DATA_DIR": str(folder)}
        secret = secrets.token_urlsafe()
        own["CHAINLIT_AUTH_SECRET"] = secret
        #: Of an operator who has signed in.
        self.cookies = {COOKIE: Operators(secret).session(OPERATOR)}
        self.environment = {**os.environ, **dict.fromkeys(_settings(), ""), **own, **environment}
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Begin to start it."""
        with (self._folder / LOG).open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "app.py",
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
            )

    async def answers(self) -> None:
        """Wait until it is up. Raises RuntimeError where it ended instead."""
        assert self._process is not None
        async with aiohttp.ClientSession() as http, asyncio.timeout(60):
            while True:
                with suppress(aiohttp.ClientError):
                    async with http.get(f"{self.url}/health") as answer:
                        if answer.status == 200:
                            return
                if self._process.returncode is not None:
                    raise RuntimeError(f"the program did not start again: {self.log()[-2000:]}")
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """SIGKILL: no farewell."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """As an operator ends it."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    def log(self) -> str:
        """All that it has printed."""
        return (self._folder / LOG).read_text(encoding="utf-8", errors="replace")


def _settings() -> list[str]:
    """Every variable that the program knows: nothing of the developer's own environment or .env counts here."""
    return re.findall(
        r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE
    )


class Run:
    """One crash run."""

    def __init__(self, server: Server, emulator: Emulator, pages: int, seed: str) -> None:
        self._server = server
        self._emulator = emulator
        self._random = random.Random(f"{seed} kills")
        self._awaited: dict[Moment, asyncio.Event] = {moment: asyncio.Event() for moment in MOMENTS}
        self.pages = [
            Page(number, seed, server.url, server.cookies, self._happened) for number in range(pages)
        ]
        self.figures = Figures(seed)

    def _happened(self, moment: Moment) -> None:
        self._awaited[moment].set()

    async def chat(self, kills: int) -> None:
        """Let the pages chat and kill the program so many times; at the end all is answered."""
        await self._start()
        living = [asyncio.create_task(page.live()) for page in self.pages]
        try:
            while self.figures.kills < kills:
                await self._kill_and_start()
            self._emulator.clear_faults()
            for page in self.pages:
                try:
                    await page.finish()
                except TimeoutError:
                    self.figures.faults.append(f"never quiet: {page.waits_for()}")
        finally:
            for task in living:
                task.cancel()
            for outcome in await asyncio.gather(*living, return_exceptions=True):
                if isinstance(outcome, Exception):
                    raise outcome

    async def _start(self) -> None:
        begun = time.monotonic()
        await self._server.start()
        await self._server.answers()
        self.figures.longest_restart_s = max(self.figures.longest_restart_s, time.monotonic() - begun)

    async def _kill_and_start(self) -> None:
        how = self._random.randrange(10)
        await asyncio.sleep(self._random.uniform(0.3, 2.5))
        if self._random.random() < 0.5:
            self._emulator.set_fault(self._random.choice(FAULTS), times=1)
        if how < AT_MOMENT:
            await self._next(self._random.choice(MOMENTS))
        await self._server.kill()
        self.figures.kills += 1
        if how >= 10 - AT_START:
            await self._server.start()
            await asyncio.sleep(self._random.uniform(0.5, self.figures.longest_restart_s))
            await self._server.kill()
            self.figures.kills += 1
            self.figures.kills_at_start += 1
        await self._start()

    async def _next(self, moment: Moment) -> None:
        """Wait until some page sees this, for a while."""
        self._awaited[moment].clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self._awaited[moment].wait()

    async def judge(self, database: Database) -> None:
        """Hold the record against what the pages were told."""
        for _ in range(TIDY_S):
            if await books.count_open(database):
                await asyncio.sleep(1)
        await self._server.stop()
        record, found = await books.read(database), self.figures
        rate = _vnd_per_usd()
        found.faults += record.faults
        for page in self.pages:
            told = page.told
            found.kept += len(told.kept)
            found.edits += told.edits
            found.resent += told.resent
            found.receipts += len(told.receipts)
            found.faults += [*told.faults, *books.missing(told, record)]
            if (sums := books.totals_of(page.thread, record, rate)) != told.totals:
                found.faults.append(f"page {page.number} shows {told.totals!r}, its rows give {sums!r}")
        found.turns, found.cut = len(record.turns), len(books.cut(record))
        if traceback := re.search(r"Traceback.*?^\S+.*?$", self._server.log(), re.MULTILINE | re.DOTALL):
            found.faults.append(
                f"the log has {self._server.log().count('Traceback')} of these: {traceback[0]}"
            )


def _vnd_per_usd() -> Decimal | None:
    prices = tomllib.loads(
        (ROOT / "settings" / "models.toml").read_text(encoding="utf-8"), parse_float=Decimal
    )
    rate = prices.get("exchange_rate")
    return Decimal(rate["vnd_per_usd"]) if rate else None


async def crash(
    folder: Path, *, kills: int, pages: int = 8, seed: str = "", database_url: str = ""
) -> Figures:
    """One run. folder: for data and log. database_url: of an empty database; blank: SQLite in ``folder``.

    Raises DatabaseUnusable, RuntimeError where the program does not start again.
    """
    begun = time.monotonic()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database(database_url, data_dir=folder))
        await upgrade(database)
        if await books.count_turns(database):
            raise RuntimeError(
                f"{database.address.shown} is in use; a crash run wants a database of its own."
            )
        emulator = await stack.enter_async_context(running(PACE, keys={KEY}))
        environment = {
            "HOLYSHEEP_API_KEY": KEY,
            "HOLYSHEEP_BASE_URL": emulator.base_url,
            "DATABASE_URL": database_url,
            "LOG_LEVEL": "warning",
        }
        server = Server(folder, environment)
        stack.push_async_callback(server.stop)
        run = Run(server, emulator, pages, seed or secrets.token_hex(3))
        await run.chat(kills)
        await run.judge(database)
    run.figures.took_s = time.monotonic() - begun
    return run.figures


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print the figures; 1 where something was lost or wrong."""
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--pages", type=int, default=8)
    parser.add_argument("--seed", default="", help="of an earlier run: the same pages and kills again")
    options = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="desk-crash-"))
    url = os.environ.get("DATABASE_URL", "")
    try:
        figures = asyncio.run(
            crash(folder, kills=options.kills, pages=options.pages, seed=options.seed, database_url=url)
        )
    except (DatabaseUnusable, RuntimeError) as error:
        print(f"crash: {error}", file=sys.stderr)
        return 1
    print(figures)
    if figures.faults:
        print("\n".join(["", *figures.faults, "", f"Log and database are kept in {folder}."]))
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
