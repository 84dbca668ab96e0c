"""``make rollback``: a provider turns bad in mid-rollout, and the desk goes back by itself, watched in the browser.

A real desk over two emulators, half of the conversations with each; visitors come by a link and chat. Prints what
happens as it happens, and leaves two pictures of /status in docs/pictures/. It takes some three minutes: the rollout
looks once a minute.
"""

import asyncio
import json
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import aiohttp
from at_the_tools import Tools
from desk_program import Browser as Caller
from desk_program import copied_settings
from links_at import demos
from pictures import FOLDER, chromium
from playwright.async_api import Browser, Page
from started_desk import ROOT, served, variables
from visitor import DESKTOP, Visitor, Watch, sign_in

from emulator import Emulator, Pace, running

KEYS: Final = {"HOLYSHEEP_API_KEY": "sk-rollback-holysheep", "OPENAI_API_KEY": "sk-rollback-openai"}
VISITORS: Final = 24
#: Percent of the conversations that go to HolySheep.
SHARE: Final = 50
#: What the rollout has decided by then, if it decides at all, in seconds.
PATIENCE_S: Final = 240.0
BEGUN: Final = time.monotonic()


def tell(*words: object) -> None:
    """With the time since the start."""
    print(f"{time.monotonic() - BEGUN:6.1f} s ", *words, flush=True)


async def command(url: str, folder: Path, settings: Path, *words: str) -> str:
    """``python -m holysheep WORDS`` beside the desk."""
    port = int(url.rpartition(":")[2])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "holysheep", *words),
        cwd=ROOT,
        env={**variables(folder, port, {"SETTINGS_DIR": str(settings)}), **KEYS, **ADDRESSES},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return out.decode()


ADDRESSES: dict[str, str] = {}


async def visit(address: str, answered: list[str], over: asyncio.Event) -> None:
    """One visitor, who asks on and on; ``answered``: how each reply ended, and whose it was."""
    jar = aiohttp.CookieJar(unsafe=True)  # "unsafe" is a cookie of an IP address
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        page = await Caller(http, address, "vi-VN").open()
        while not over.is_set():
            await page.ask("Áo khoác còn hàng không?")
            answered.append(str(page.receipts[-1]["finish_reason"]))
            await asyncio.sleep(4.0)


def reason(told: dict[str, Any]) -> str:
    """Why, in figures."""
    last = (told.get("history") or [{}])[-1]
    return json.dumps(last.get("figures") or told.get("verdict"), ensure_ascii=False)[:400]


async def looked_at(page: Page, name: str) -> None:
    """A picture of what the operator sees now."""
    await page.wait_for_timeout(4000)  # the view looks anew every few seconds
    await page.screenshot(path=FOLDER / f"{name}.png")
    tell(f"docs/pictures/{name}.png")


async def watch(browser: Browser, url: str, first: Emulator, address: str, rollout: Any) -> int:
    """Visitors chat; the provider turns bad; the rollout goes back. Gives the exit code."""
    context = await browser.new_context(**DESKTOP.options, locale="en-US")
    await sign_in(context, url)
    at = Visitor(await context.new_page(), url, "en", DESKTOP, Watch())
    await at.open()
    await Tools(at).open("status")
    over, answered = asyncio.Event(), list[str]()
    visitors = [asyncio.create_task(visit(address, answered, over)) for _ in range(VISITORS)]
    try:
        await asyncio.sleep(30)
        tell(f"{len(answered)} replies, {answered.count('stop')} of them whole; all is well")
        await looked_at(at.page, "rollback-1-well")
        first.set_fault("server_error")
        tell("the emulator that plays HolySheep answers 500 to everything from now on")
        deadline = time.monotonic() + PATIENCE_S
        while (told := await rollout())["share"] >= SHARE and time.monotonic() < deadline:
            await asyncio.sleep(2)
        tell(f"the rollout went back to {told['share']} %, held by {told['held_by']}: {reason(told)}")
        await looked_at(at.page, "rollback-2-back")
        tell(f"{len(answered)} replies, {answered.count('stop')} of them whole: nobody has noticed")
    finally:
        over.set()
        await asyncio.gather(*visitors, return_exceptions=True)
        await context.close()
    return 0 if told["share"] < SHARE and answered.count("stop") == len(answered) else 1


async def main() -> int:
    """See above."""
    pace = Pace(first_token_s=0.15, tokens_per_second=200, tokens=30)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = copied_settings(folder)
        shipped = (ROOT / "settings" / "rollout.toml").read_text(encoding="utf-8")
        plan = shipped.replace("enabled = false", "enabled = true\nstarts_on = 2026-01-01")
        (settings / "rollout.toml").write_text(plan, encoding="utf-8")
        first = await stack.enter_async_context(running(pace))
        second = await stack.enter_async_context(running(pace))
        ADDRESSES.update(HOLYSHEEP_BASE_URL=first.base_url, OPENAI_BASE_URL=second.base_url)
        environment = {"SETTINGS_DIR": str(settings), **KEYS, **ADDRESSES}
        url = await stack.enter_async_context(served(folder, environment))
        await command(url, folder, settings, "rollout", "set", str(SHARE), "--reason", "to be watched")
        link = await demos(
            url, folder, settings, "publish", "boutique", "--messages", "100000", "--budget", "90"
        )

        async def rollout() -> dict[str, Any]:
            """As ``python -m holysheep rollout --json`` tells it."""
            told: dict[str, Any] = json.loads(await command(url, folder, settings, "rollout", "--json"))
            return told

        tell(
            f"a desk with two providers; {(await rollout())['share']} % of the conversations go to HolySheep"
        )
        browser = await stack.enter_async_context(chromium())
        return await watch(browser, url, first, link["url"].rstrip("/"), rollout)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
