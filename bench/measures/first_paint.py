"""A link opened cold on a slow phone: until one can type, and until the first reply begins."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
from playwright.async_api import Browser

from bench.cold import Wanted, cold_page
from bench.measures.links import demos
from bench.pace import Pace
from bench.pages import browser
from bench.plan import Plan
from bench.processes import BenchError
from bench.progress import say
from bench.roster import FIRST_PAGE
from bench.rows import Quantity, Row, Tally
from bench.stage import Server, Stage

TYPING = Quantity("cold_typing", "opened cold on a slow phone: until one can type", "ms")
WORDS = Quantity(
    "cold_words", "opened cold: until the first reply's first words, above the model's own", "ms"
)
PAGE = Quantity("cold_page", "opened cold: the page itself, as sent", "kB", 1)
WEIGHT = Quantity("cold_weight", "opened cold: fetched until one can type", "kB")

#: Thanks are answered with the same sentence by every persona.
QUESTION = "Cảm ơn shop nhé"
_PACE = Pace(first_token_s=0.15, tokens_per_second=50, tokens=20)


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """In turn, a fresh profile each time. Nothing else runs: no process is kept on a core."""
    tally = Tally()
    stage = stage.on_every_core()
    names = stage.taking_part(["bare", "gradio", "streamlit", "ours"])
    await stage.pace(_PACE)
    reply = await model_says(stage, QUESTION)
    async with stage.servers(names) as servers, browser() as chromium:
        urls = {name: await _address(stage, servers[name]) for name in names}
        for round_number in range(plan.cold_rounds):
            for name in names:
                await _open(chromium, servers[name], urls[name], reply, tally)
                shown = ", ".join(
                    f"{q.key} {tally.last(q, name):.{q.digits}f} {q.unit}" for q in (TYPING, WORDS, WEIGHT)
                )
                say(f"first paint, round {round_number + 1}, {name}: {shown}")
    return tally.rows()


async def _address(stage: Stage, server: Server) -> str:
    """Where a stranger comes in: with Demo Desk through a published link."""
    if not server.contender.is_house:
        return server.url
    link: Mapping[str, str] = await demos(stage, server, "publish", "boutique")
    return link["url"]


async def _open(chromium: Browser, server: Server, url: str, reply: str, tally: Tally) -> None:
    name, looks = server.contender.name, FIRST_PAGE.get(server.contender.name, server.contender.page)
    wanted = Wanted(looks.composer, looks.replies, reply)
    async with cold_page(chromium, server.contender.label, wanted) as page:
        await page.open(url)
        typed = await page.write(QUESTION)
        words = await page.send()
        tally.add(TYPING, name, typed.at_ms - typed.origin_ms)
        tally.add(WORDS, name, words.at_ms - typed.origin_ms - _PACE.first_token_s * 1000)
        tally.add(PAGE, name, page.traffic.of_document() / 1000)
        tally.add(WEIGHT, name, page.traffic.until(typed.at_ms) / 1000)


async def model_says(stage: Stage, question: str) -> str:
    """The model's whole reply, asked for without any page."""
    body = {"model": "deepseek-v3.2", "messages": [{"role": "user", "content": question}]}
    async with (
        aiohttp.ClientSession(headers={"Authorization": "Bearer bench"}) as client,
        client.post(f"{stage.upstream}/v1/chat/completions", json=body) as response,
    ):
        if response.status != 200:
            raise BenchError(f"the emulator refused: {response.status} {await response.text()}")
        said: str = (await response.json())["choices"][0]["message"]["content"]
        return said
