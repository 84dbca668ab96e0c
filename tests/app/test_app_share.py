"""``publish --share``: a tunnel's address leads to the running program, and is forgotten with the tunnel."""

import asyncio
import signal
import sys
from pathlib import Path

import aiohttp
import pytest
from desk_program import Program
from started_desk import ROOT, variables

pytestmark = pytest.mark.slow

#: What tunnel programs print: documentation first, then the address, then nothing for as long as they live.
TUNNEL = """
import sys, time
print("Read https://developers.tunnel.example/docs/terms first", flush=True)
print("|  https://quiet-river.tunnel.example  |", flush=True)
time.sleep(60)
"""


async def test_a_tunnel(desk: Program, tmp_path: Path) -> None:
    """The printed url has its address, which the program answers under, pages and sockets, until the tunnel ends."""
    script = tmp_path / "tunnel.py"
    script.write_text(TUNNEL, encoding="utf-8")
    environment = variables(
        desk.log.parent, int(desk.url.rpartition(":")[2]), {"SETTINGS_DIR": str(desk.settings)}
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "demos", "publish", "boutique", "--share"),
        cwd=ROOT,
        env={**environment, "PUBLIC_URL": desk.url, "TUNNEL_COMMAND": f"{sys.executable} {script} {{url}}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # Tests that a shell runs in the background have it ignored, and their children with them: forever.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    try:
        url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
        assert url.startswith("https://quiet-river.tunnel.example/d/")
        path = "/" + url.split("/", 3)[3]
        assert await answered(desk, "quiet-river.tunnel.example", path) == 200
        assert await answered(desk, "other.tunnel.example", path) == 403
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()
    assert await answered(desk, "quiet-river.tunnel.example", path) == 403


async def answered(desk: Program, host: str, path: str) -> int:
    """What the program answers under a name."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(desk.url + path, headers={"Host": host, "X-Forwarded-Proto": "https"}) as answer,
    ):
        if answer.status == 200:
            assert "Secure" in answer.headers["Set-Cookie"]
        return answer.status


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("", "TUNNEL_COMMAND"),
        ("no-such-tunnel-program", "no-such-tunnel-program"),
        ("true", "without an address"),
    ],
    ids=["none", "missing", "silent"],
)
async def test_no_tunnel(desk: Program, command: str, says: str) -> None:
    """One line says which and how to mend it."""
    environment = variables(
        desk.log.parent, 1, {"SETTINGS_DIR": str(desk.settings), "TUNNEL_COMMAND": command}
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "demos", "publish", "boutique", "--share"),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaint = await process.communicate()
    assert process.returncode == 1 and says in complaint.decode() and "Traceback" not in complaint.decode()
