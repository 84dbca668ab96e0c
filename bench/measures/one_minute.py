"""From a shop's name and two sentences to the first reply through its link: by clicks, in a real browser."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, Page
from playwright.async_api import Error as BrowserError

from bench.cold import Slow, Wanted, cold_page
from bench.hand import Hand
from bench.measures.first_paint import QUESTION, model_says
from bench.pace import Pace
from bench.pages import browser
from bench.plan import Plan
from bench.processes import BenchError
from bench.progress import say
from bench.roster import FIRST_PAGE, OURS
from bench.rows import Quantity, Row, Tally
from bench.stage import Server, Stage

DRAFT = Quantity("minute_draft", "one minute: from «draft» to the form for its link", "ms")
LINK = Quantity("minute_link", "one minute: from «make the link» to its address", "ms")
OPEN = Quantity("minute_open", "one minute: from opening the link to a box to type in", "ms")
WORDS = Quantity("minute_words", "one minute: from the question to the reply's first words", "ms")
WAITED = Quantity("minute_ours", "one minute: all of our time, the model's 150 ms included", "ms")
PERSON = Quantity(
    "minute_person", "one minute: a practised person's hands, by the keystroke-level model", "s", 1
)
ACTS = Quantity("minute_acts", "one minute: controls pressed and fields filled in", "acts")

TITLE = "Tiệm bánh Bơ"
ABOUT = "Bánh mì tươi mỗi sáng ở Đà Lạt. Khách hay hỏi giờ mở cửa và đặt bánh sinh nhật."

_PACE = Pace(first_token_s=0.15, tokens_per_second=50, tokens=20)
_PATIENCE_MS = 30_000
#: A prospect at a usual machine; a slow one is measured for itself.
_USUAL = Slow(megabits=1000, round_trip_ms=0, slower=1)


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Each round a fresh demo, a fresh link and a fresh prospect. No process is kept on a core."""
    with stage.everywhere() as free:
        return await _measure(free, plan)


async def _measure(stage: Stage, plan: Plan) -> list[Row]:
    tally = Tally()
    names = stage.taking_part([OURS.name])
    await stage.pace(_PACE)
    reply = await model_says(stage, QUESTION)
    async with stage.servers(names) as servers, browser() as chromium:
        for name in names:
            for round_number in range(plan.minute_rounds):
                async with _operator(chromium, servers[name]) as page:
                    minute = Minute(page)
                    link = await minute.publish()
                await minute.prospect(chromium, link, reply)
                for quantity, value in minute.figures().items():
                    tally.add(quantity, name, value)
                shown = ", ".join(
                    f"{q.key} {tally.last(q, name):.{q.digits}f} {q.unit}" for q in (WAITED, PERSON)
                )
                say(f"one minute, round {round_number + 1}: {shown}")
    return tally.rows()


@dataclass
class Minute:
    """The operator's page, what their hands did, and how long each answer of ours took."""

    page: Page
    hand: Hand = field(default_factory=Hand)
    waited: dict[Quantity, float] = field(default_factory=dict)
    opening_ms: float = 0.0

    async def publish(self) -> str:
        """Draft the demo and make its link; returns the address."""
        self.opening_ms = await self._press("[data-desk-tool=new]", "form [name=title]")
        await self._write("form [name=title]", TITLE)
        await self._write("form [name=about]", ABOUT)
        self.waited[DRAFT] = await self._press("form:has([name=about]) [type=submit]", "form [name=customer]")
        self.waited[LINK] = await self._press("form:has([name=customer]) [type=submit]", ".dk-made a[href]")
        self.hand.press()  # copy
        address = await self.page.locator(".dk-made a[href]").first.get_attribute("href")
        if not address:
            raise BenchError("the desk showed no address of the link")
        return address

    async def prospect(self, chromium: Browser, link: str, reply: str) -> None:
        """Open the link somewhere else and ask."""
        looks = FIRST_PAGE[OURS.name]
        wanted = Wanted(looks.composer, looks.replies, reply)
        async with cold_page(chromium, "the link", wanted, _USUAL) as page:
            await page.open(link)
            typed = await page.write(QUESTION)
            self.hand.write(QUESTION)
            words = await page.send()
            self.waited[OPEN] = typed.at_ms - typed.origin_ms
            self.waited[WORDS] = words.at_ms - (await page.met("enter")).at_ms

    def figures(self) -> dict[Quantity, float]:
        """All of it, as quantities."""
        ours = self.opening_ms + sum(self.waited.values())
        return {**self.waited, WAITED: ours, PERSON: self.hand.seconds, ACTS: self.hand.acts}

    async def _press(self, control: str, until: str) -> float:
        """Press something; milliseconds until what comes next can be seen."""
        await self.page.locator(control).first.wait_for(timeout=_PATIENCE_MS)
        self.hand.press()
        pressed = time.monotonic()
        await self.page.locator(control).first.click(timeout=_PATIENCE_MS)
        await self.page.locator(until).first.wait_for(timeout=_PATIENCE_MS)
        return (time.monotonic() - pressed) * 1000

    async def _write(self, name: str, text: str) -> None:
        self.hand.write(text)
        await self.page.locator(name).first.fill(text)


@asynccontextmanager
async def _operator(chromium: Browser, server: Server) -> AsyncIterator[Page]:
    """The desk, open and connected, as it stands on an operator's screen before the call."""
    context = await chromium.new_context(locale="vi-VN", viewport={"width": 1280, "height": 800})
    try:
        for name, _, value in (pair.partition("=") for pair in server.cookie.split("; ")):
            await context.add_cookies([{"name": name, "value": value, "url": server.url}])
        page = await context.new_page()
        await page.goto(server.url)
        await page.locator("[data-desk-tool=new]:enabled").wait_for(timeout=_PATIENCE_MS)
        yield page
    except BrowserError as error:
        raise BenchError(f"the desk failed: {error}") from error
    finally:
        await context.close()
