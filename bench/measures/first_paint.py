"""A link opened cold on a slow phone: until one can type, and until the first reply begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp
from playwright.async_api import Browser

from bench.cold import ColdPage, Wanted, cold_page
from bench.measures.links import demos
from bench.pace import Pace
from bench.pages import browser
from bench.plan import Plan
from bench.processes import BenchError
from bench.progress import say
from bench.roster import BUBBLE, FIRST_PAGE
from bench.rows import Quantity, Row, Tally
from bench.shop import HOST, shop, tag
from bench.stage import Server, Stage

TYPING = Quantity("cold_typing", "opened cold on a slow phone: until one can type", "ms")
WORDS = Quantity(
    "cold_words", "opened cold: until the first reply's first words, above the model's own", "ms"
)
PAGE = Quantity("cold_page", "opened cold: the page itself, as sent", "kB", 1)
WEIGHT = Quantity("cold_weight", "opened cold: fetched until one can type", "kB")
BUBBLE_TYPING = Quantity(
    "bubble_typing", "the same in a shop's page, from pressing the bubble: until one can type", "ms"
)
BUBBLE_WORDS = Quantity(
    "bubble_words", "in the bubble: until the first reply's first words, above the model's own", "ms"
)

#: Thanks are answered with the same sentence by every persona.
QUESTION = "Cảm ơn shop nhé"
_PACE = Pace(first_token_s=0.15, tokens_per_second=50, tokens=20)
_PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Door:
    """Where a stranger comes in. shop: the address of a shop's page whose bubble is the same link, if there is one."""

    server: Server
    url: str
    shop_port: int = 0

    @property
    def name(self) -> str:
        """The contender's."""
        return self.server.contender.name

    def wanted(self, reply: str) -> Wanted:
        """What to look for in its page."""
        looks = FIRST_PAGE.get(self.name, self.server.contender.page)
        return Wanted(looks.composer, looks.replies, reply)


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """In turn, a fresh profile each time. Nothing else runs: no process is kept on a core."""
    with stage.everywhere() as free:
        return await _measure(free, plan)


async def _measure(stage: Stage, plan: Plan) -> list[Row]:
    tally = Tally()
    names = stage.taking_part(["bare", "gradio", "streamlit", "ours"])
    await stage.pace(_PACE)
    reply = await model_says(stage, QUESTION)
    # With a process for each site Chromium would give the frame its own throttles, and those are none.
    async with stage.servers(names) as servers, browser("--disable-site-isolation-trials") as chromium:
        doors = [await _door(stage, servers[name]) for name in names]
        for round_number in range(plan.cold_rounds):
            for door in doors:
                await _open(chromium, door, reply, tally)
                seen = [TYPING, WORDS, WEIGHT]
                if door.shop_port:
                    await _press(chromium, door, reply, tally)
                    seen += [BUBBLE_TYPING, BUBBLE_WORDS]
                shown = ", ".join(f"{q.key} {tally.last(q, door.name):.{q.digits}f} {q.unit}" for q in seen)
                say(f"first paint, round {round_number + 1}, {door.name}: {shown}")
    return tally.rows()


async def _door(stage: Stage, server: Server) -> Door:
    """With Demo Desk a published link, which a shop may frame."""
    if not server.contender.is_house:
        return Door(server, server.url)
    port = stage.take_port()
    link: dict[str, Any] = await demos(
        stage, server, "publish", "boutique", "--origin", f"http://{HOST}:{port}"
    )
    return Door(server, link["url"], port)


async def _open(chromium: Browser, door: Door, reply: str, tally: Tally) -> None:
    async with cold_page(chromium, door.server.contender.label, door.wanted(reply)) as page:
        await page.open(door.url)
        begun = (await page.met("box")).origin_ms
        typed_ms, words_ms = await _ask(page, begun)
        tally.add(TYPING, door.name, typed_ms)
        tally.add(WORDS, door.name, words_ms)
        tally.add(PAGE, door.name, page.traffic.of_document() / 1000)
        tally.add(WEIGHT, door.name, page.traffic.until(begun + typed_ms) / 1000)


async def _press(chromium: Browser, door: Door, reply: str, tally: Tally) -> None:
    """The shop's page is whole when its bubble is pressed; of the chat nothing is there yet."""
    async with (
        shop(door.shop_port, tag(door.url)) as url,
        cold_page(chromium, "the bubble", door.wanted(reply)) as page,
    ):
        await page.open(url)
        await page.page.wait_for_load_state("load", timeout=_PATIENCE_MS)
        await page.page.locator(BUBBLE).click(timeout=_PATIENCE_MS)
        typed_ms, words_ms = await _ask(page, (await page.met("click")).at_ms)
        tally.add(BUBBLE_TYPING, door.name, typed_ms)
        tally.add(BUBBLE_WORDS, door.name, words_ms)


async def _ask(page: ColdPage, begun_ms: float) -> tuple[float, float]:
    """Milliseconds from the beginning to a key that shows, and to the reply, less the model's own."""
    typed = await page.write(QUESTION)
    words = await page.send()
    return typed.at_ms - begun_ms, words.at_ms - begun_ms - _PACE.first_token_s * 1000


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
