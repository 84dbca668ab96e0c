"""What a visitor sees and what their machine pays, in headless Chromium."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bench.figures import largest_jump, longest_stall
from bench.pace import FULL, SHORT, Pace
from bench.pages import ChatPage, Seen, browser, chat_page
from bench.plan import Plan
from bench.progress import say
from bench.rows import Quantity, Row, Tally
from bench.stage import QUESTION, Server, Stage

WATCHED = Pace(first_token_s=FULL.first_token_s, tokens_per_second=FULL.tokens_per_second, tokens=100)

_SETTLE_S = 1.5
_AFTER_S = 1.0
"""What a page still does once the reply stands is part of its price."""
_PAUSE_S = 1.0
"""Nobody reads a reply and types the next message in less."""


def quantities(when: str, title: str) -> dict[str, Quantity]:
    """The quantities of one moment in a conversation."""
    return {
        "latency": Quantity(
            f"page_latency_{when}", f"Enter to first text, above the model's own, {title}", "ms"
        ),
        "thread": Quantity(
            f"page_thread_{when}", f"page's main thread per reply of 200 tokens, {title}", "ms"
        ),
        "stall": Quantity(f"page_stall_{when}", f"longest stall of the text on screen, {title}", "ms"),
        "jump": Quantity(f"page_jump_{when}", f"most characters that appear at once, {title}", "characters"),
        "server": Quantity(
            f"page_server_{when}", f"server CPU per token, one visitor in a browser, {title}", "µs"
        ),
    }


START = quantities("start", "at the start")


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """Latency, main-thread time and evenness, at the start and after many turns, one page at a time."""
    tally = Tally()
    names = stage.taking_part(["bare", "gradio", "streamlit", "ours"])
    late = quantities("late", f"after {plan.page_turns} turns")
    async with stage.servers(names) as servers, browser() as chromium:
        for round_number in range(plan.page_rounds):
            last = round_number == plan.page_rounds - 1
            for name in names:
                say(f"browser, round {round_number + 1}, {name}")
                server = servers[name]
                async with chat_page(chromium, server.contender, server.url, server.cookie) as page:
                    visit = Visit(stage, plan, server, page, tally)
                    await visit.begin()
                    await visit.replies(START)
                    if last:
                        await visit.talk_on()
                        await visit.replies(late)
    return tally.rows()


@dataclass(frozen=True)
class Visit:
    """One visitor's page and what is learnt from it."""

    stage: Stage
    plan: Plan
    server: Server
    page: ChatPage
    tally: Tally

    async def begin(self) -> None:
        """A first reply that nobody measures."""
        await asyncio.sleep(_SETTLE_S)
        await self.stage.pace(SHORT)
        await self.page.ask(QUESTION, SHORT)

    async def talk_on(self) -> None:
        """Make the conversation long with short, fast turns."""
        await self.stage.pace(SHORT)
        for _ in range(self.plan.page_turns):
            await self.page.ask(QUESTION, SHORT)

    async def replies(self, kinds: dict[str, Quantity]) -> None:
        """Measure cost and sight on different replies: watching must not be counted as the page's work."""
        name = self.server.contender.name
        await self.stage.pace(FULL)
        for _ in range(self.plan.page_costs):
            thread_ms, server_us = await self._cost()
            self.tally.add(kinds["thread"], name, thread_ms)
            self.tally.add(kinds["server"], name, server_us)
        await self.stage.pace(WATCHED)
        for _ in range(self.plan.page_sights):
            seen = await self._sight()
            self.tally.add(kinds["latency"], name, added_ms(seen))
            self.tally.add(kinds["stall"], name, longest_stall(seen.samples))
            self.tally.add(kinds["jump"], name, largest_jump(seen.samples))
        say(", ".join(f"{key} {self.tally.last(kind, name):.0f} {kind.unit}" for key, kind in kinds.items()))

    async def _cost(self) -> tuple[float, float]:
        """Main-thread milliseconds of one reply, and the server's microseconds for each of its tokens."""
        await asyncio.sleep(_PAUSE_S)
        await self.page.mark()
        await self.page.type(QUESTION)
        thread, used = await self.page.main_thread_s(), self.server.child.cpu_seconds()
        await self.page.enter()
        await self.page.reply_stands(FULL)
        await asyncio.sleep(_AFTER_S)
        thread = await self.page.main_thread_s() - thread
        used = self.server.child.cpu_seconds() - used
        return thread * 1e3, used / FULL.tokens * 1e6

    async def _sight(self) -> Seen:
        await asyncio.sleep(_PAUSE_S)
        await self.page.type(QUESTION)
        await self.page.watch()
        await self.page.enter()
        await self.page.reply_stands(WATCHED)
        return await self.page.seen()


def added_ms(seen: Seen) -> float:
    """From the key to the first frame with text, above what the model was told to take."""
    first = next(sample.at_ms for sample in seen.samples if sample.length > 0)
    return first - seen.enter_ms - WATCHED.first_token_s * 1e3
