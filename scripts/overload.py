"""Three times as many visitors as are answered at once: do those who are answered keep their pace?

``python -m scripts.overload [--turns 200] [--times 3] [--seconds 30]``. The real program, an emulator of its own and
this crowd are three processes. First as many visitors as ``MAX_TURNS`` allows chat without a pause; then ``times`` as
many.
"""

import argparse
import asyncio
import gc
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

import aiohttp

from scripts.crash import ROOT, Server

#: As docs/performance.md: a reply of 200 tokens at 50 a second.
PACE: Final = ("--tokens", "200", "--tokens-per-second", "50", "--first-token-ms", "150")
LINKS: Final = 10
#: Who was sent back comes again after this time, sooner than they were asked to.
AGAIN_S: Final = 3.0


@dataclass
class Seen:
    """What the crowd saw in one part of the run. gaps: between two frames of one reply, in seconds."""

    gaps: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    whole: int = 0
    told: int = 0
    refused: int = 0
    broken: int = 0

    def __str__(self) -> str:
        gaps, first = sorted(self.gaps), sorted(self.first)
        return (
            f"{self.whole} replies, gaps p50 {_at(gaps, 0.5):.0f} ms, p99 {_at(gaps, 0.99):.0f} ms, p99.9 "
            f"{_at(gaps, 0.999):.0f} ms, longest {_at(gaps, 1):.0f} ms; asked until first words p50 "
            f"{_at(first, 0.5) / 1000:.2f} s, p99 {_at(first, 0.99) / 1000:.2f} s; told that they wait {self.told}, "
            f"sent back kindly {self.refused}, broken {self.broken}"
        )


def _at(values: Sequence[float], share: float) -> float:
    return values[min(int(share * len(values)), len(values) - 1)] * 1000 if values else 0.0


class Visitor:
    """Asks, reads, asks again."""

    def __init__(self, http: aiohttp.ClientSession, link: str, crowd: "Crowd") -> None:
        self._http, self._link, self._crowd = http, link, crowd
        self._last = 0.0
        self._asked = 0.0
        self._over = asyncio.Event()
        self._refused = False

    async def live(self) -> None:
        """Until cancelled."""
        origin = "/".join(self._link.split("/", 3)[:3])
        headers = {"Origin": origin, "Cookie": f"desk_visitor={uuid4().hex}", "Accept-Language": "vi"}
        async with self._http.ws_connect(
            f"{self._link}/ws/socket.io/?EIO=4&transport=websocket", headers=headers
        ) as socket:
            hello = {"clientType": "webapp", "sessionId": str(uuid4()), "threadId": "", "userEnv": "{}"}
            await socket.send_str("40" + json.dumps({**hello, "chatProfile": ""}))
            await socket.send_str('42["connection_successful"]')
            talking = asyncio.create_task(self._talk(socket))
            try:
                async for message in socket:
                    if message.data == "2":
                        await socket.send_str("3")
                    elif message.type is aiohttp.WSMsgType.TEXT:
                        self._hear(message.data)
            finally:
                talking.cancel()
        self._crowd.seen.broken += 1

    async def _talk(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        await asyncio.sleep(1 + 4 * hash(self) % 97 / 97)  # not all at one instant
        while True:
            said = {
                "id": str(uuid4()),
                "type": "user_message",
                "name": "User",
                "output": "Áo khoác giá bao nhiêu?",
            }
            self._asked, self._last, self._refused = time.monotonic(), 0.0, False
            self._over.clear()
            await socket.send_str(
                "42" + json.dumps(["client_message", {"message": said, "fileReferences": []}])
            )
            await self._over.wait()
            if self._refused:
                await asyncio.sleep(AGAIN_S)

    def _hear(self, text: str) -> None:
        seen, now = self._crowd.seen, time.monotonic()
        if text.startswith('42["stream_token"') or text.startswith('42["stream_start"'):
            if self._last:
                seen.gaps.append(now - self._last)
            else:
                seen.first.append(now - self._asked)
            self._last = now
        elif text.startswith('42["task_end"') and self._last:
            seen.whole += 1
            self._last = 0.0
            self._over.set()
        elif '"refused"' in text:
            seen.refused += 1
            self._refused = True
            self._over.set()
        elif "trong hàng" in text or "đến lượt" in text:
            seen.told += 1


class Crowd:
    """Visitors who chat without a pause."""

    def __init__(self) -> None:
        self.seen = Seen()
        self._living: list[asyncio.Task[None]] = []

    async def come(self, http: aiohttp.ClientSession, links: Sequence[str], count: int) -> None:
        """So many more."""
        for n in range(count):
            self._living.append(asyncio.create_task(Visitor(http, links[n % len(links)], self).live()))
            await asyncio.sleep(0.01)

    async def chat(self, seconds: float) -> Seen:
        """What is seen in the next seconds."""
        self.seen = Seen()
        await asyncio.sleep(seconds)
        return self.seen

    async def leave(self) -> None:
        """Go home. A visitor whose socket failed is told of."""
        for task in self._living:
            task.cancel()
        for outcome in await asyncio.gather(*self._living, return_exceptions=True):
            if isinstance(outcome, Exception):
                print(f"a visitor failed: {outcome!r}")


async def overload(turns: int, times: int, seconds: float) -> None:
    """Play it, and print what was seen."""
    async with AsyncExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="overload-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        settings = folder / "settings"
        shutil.copytree(ROOT / "settings", settings, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        demo = settings / "demos" / "boutique.toml"
        demo.write_text(demo.read_text("utf-8").replace("per_minute = 12", "per_minute = 600"), "utf-8")
        emulator = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "emulator", "--port", "0", *PACE),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        stack.callback(emulator.terminate)
        assert emulator.stdout is not None
        line = (await emulator.stdout.readline()).decode()
        base = next(word for word in line.split() if word.startswith("http")).rstrip("/,.")
        environment = {
            "HOLYSHEEP_API_KEY": "hs-overload",
            "HOLYSHEEP_BASE_URL": base if base.endswith("/v1") else f"{base}/v1",
            "SETTINGS_DIR": str(settings),
            "MAX_TURNS": str(turns),
            "LOG_LEVEL": "error",
        }
        server = Server(folder, environment)
        await server.start()
        stack.push_async_callback(server.stop)
        await server.answers()
        links = [await _published(server) for _ in range(LINKS)]
        connector = aiohttp.TCPConnector(limit=0)
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        crowd = Crowd()
        await crowd.come(http, links, turns)
        await asyncio.sleep(8)
        print(
            f"{turns} visitors, {turns} replies at once at the most: {await crowd.chat(seconds)}", flush=True
        )
        await crowd.come(http, links, turns * (times - 1))
        await asyncio.sleep(8)
        print(f"{turns * times} visitors, as many replies at once: {await crowd.chat(seconds)}", flush=True)
        await crowd.leave()


async def _published(server: Server) -> str:
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "demos",
            "publish",
            "boutique",
            "--messages",
            "100000",
            "--budget",
            "100",
            "--json",
        ),
        cwd=ROOT,
        env=server.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # that nobody else can open it
    )
    out, _ = await process.communicate()
    made = str(json.loads(out)["url"]).rstrip("/")
    return server.url + made[made.index("/d/") :]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m scripts.overload", description=__doc__)
    parser.add_argument("--turns", type=int, default=200, help="MAX_TURNS of the program")
    parser.add_argument("--times", type=int, default=3, help="visitors for each of them")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each part is watched")
    given = parser.parse_args()
    gc.disable()  # the crowd's own pauses are nobody's gaps
    asyncio.run(overload(given.turns, given.times, given.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
