"""Two providers in a process of their own, each with its faults: ``python -m scripts.cancelled_providers SEED``.

Prints both base URLs, and runs until its standard input ends.
"""

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

from emulator import Pace, running

ROOT: Final = Path(__file__).resolve().parents[1]
TOKENS: Final = 40
#: A third of a second for a reply. Each token is the time at which it left: nothing of it can be another turn's.
PACE: Final = Pace(first_token_s=0.03, tokens_per_second=150, tokens=TOKENS, fault_speed=20, stamped=True)
#: Characters of a whole reply: a time and a blank for each token, and one for the request.
WHOLE: Final = 20 * (TOKENS + 1)
#: Of a hundred requests so many meet this.
FAULTS: Final[Mapping[str, int]] = {
    "server_error": 6,
    "reset": 4,
    "retry_after_zero": 3,
    "rate_limited_bare": 2,
    "no_headers": 3,
    "silent": 6,
    "comments_only": 2,
    "cut_before_text": 2,
    "cut": 6,
    "stall": 5,
    "error_in_stream": 3,
    "open_after_done": 4,
    "open_after_finish": 2,
    "bad_chunk": 1,
}
_MANY: Final = 100_000


async def serve(seed: str) -> None:
    """Both of them, until the standard input ends."""
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), over.set)
    async with running(PACE, keep=_MANY) as one, running(PACE, keep=_MANY) as two:
        for number, provider in enumerate((one, two)):
            chance = random.Random(f"{seed} faults {number}")
            names = [*FAULTS, None]
            weights = [*FAULTS.values(), 100 - sum(FAULTS.values())]
            provider.set_faults(chance.choices(names, weights, k=_MANY))
        print(one.base_url, two.base_url, flush=True)
        await over.wait()


@asynccontextmanager
async def providers(seed: str) -> AsyncIterator[tuple[str, str]]:
    """Their base URLs, for as long as one wants them."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "scripts.cancelled_providers",
        seed,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        one, two = (await process.stdout.readline()).decode().split()
        yield one, two
    finally:
        process.stdin.close()
        await process.wait()


async def requests(base_url: str) -> list[dict[str, Any]]:
    """All that a provider was asked, in order; see ``emulator.seen.SeenRequest``."""
    root = base_url.removesuffix("/v1")
    async with aiohttp.ClientSession() as session, session.get(f"{root}/emulator/requests") as answer:
        seen: list[dict[str, Any]] = await answer.json()
        return seen


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
