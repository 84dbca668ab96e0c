"""What a visitor sees and what their machine pays, in headless Chromium."""

from __future__ import annotations

import asyncio

from playwright.async_api import Browser

from bench.figures import largest_jump, longest_stall
from bench.pages import ChatPage, Seen, browser, chat_page
from bench.plan import Plan
from bench.progress import say
from bench.rows import Quantity, Row, Tally
from bench.stage import FULL, QUESTION, SHORT, Pace, Server, Stage

WATCHED = Pace(first_token_s=FULL.first_token_s, tokens_per_second=FULL.tokens_per_second, tokens=100)

_SETTLE_S = 1.5
_AFTER_S = 0.5


def quantities(when: str, title: str) -> dict[str, Quantity]:
    """The quantities of one moment in a conversation."""
    return {
        "latency": Quantity(f"page_latency_{when}", f"Enter to first text, above the model's own, {title}", "ms"),
        "thread": Quantity(f"page_thread_{when}", f"page's main thread per reply of 200 tokens, {title}", "ms"),
        "stall": Quantity(f"page_stall_{when}", f"longest stall of the text on screen, {title}", "ms"),
        "jump": Quantity(f"page_jump_{when}", f"most characters that appear at once, {title}", "characters"),
        "server": Quantity(f"page_server_{when}", f"server CPU per token, one visitor in a browser, {title}", "µs"),
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
                await _visit(stage, plan, chromium, servers[name], tally, late if last else None)
                say(f"browser, round {round_number + 1}, {name}: {_summary(tally, name, late if last else START)}")
    return tally.rows()


async def _visit(
    stage: Stage, plan: Plan, chromium: Browser, server: Server, tally: Tally, late: dict[str, Quantity] | None
) -> None:
    """One page: a warm-up, the replies at the start, and in the last round many turns and the replies after."""
    async with chat_page(chromium, server.contender, server.url) as page:
        await asyncio.sleep(_SETTLE_S)
        await stage.pace(SHORT)
        await page.ask(QUESTION, 0.0)
        await _replies(stage, plan, page, server, tally, START)
        if late is None:
            return
        await stage.pace(SHORT)
        for _ in range(plan.page_turns):
            await page.ask(QUESTION, 0.0)
        await _replies(stage, plan, page, server, tally, late)


async def _replies(
    stage: Stage, plan: Plan, page: ChatPage, server: Server, tally: Tally, kinds: dict[str, Quantity]
) -> None:
    """Cost and sight are taken from different replies, so that watching is never counted as the page's work."""
    name = server.contender.name
    await stage.pace(FULL)
    for _ in range(plan.page_costs):
        thread_ms, server_us = await _cost(page, server)
        tally.add(kinds["thread"], name, thread_ms)
        tally.add(kinds["server"], name, server_us)
    await stage.pace(WATCHED)
    for _ in range(plan.page_sights):
        seen = await _sight(page)
        tally.add(kinds["latency"], name, added_ms(seen))
        tally.add(kinds["stall"], name, longest_stall(seen.samples))
        tally.add(kinds["jump"], name, largest_jump(seen.samples))


async def _cost(page: ChatPage, server: Server) -> tuple[float, float]:
    """Main-thread milliseconds of one reply, and the server's microseconds for each of its tokens."""
    before = await page.replies()
    await page.type(QUESTION)
    thread, used = await page.main_thread_s(), server.child.cpu_seconds()
    await page.enter()
    await page.reply_stands(before, FULL.reply_s)
    await asyncio.sleep(_AFTER_S)
    thread = await page.main_thread_s() - thread
    used = server.child.cpu_seconds() - used
    return thread * 1e3, used / FULL.tokens * 1e6


async def _sight(page: ChatPage) -> Seen:
    before = await page.replies()
    await page.type(QUESTION)
    await page.watch()
    await page.enter()
    await page.reply_stands(before, WATCHED.reply_s)
    return await page.seen()


def added_ms(seen: Seen) -> float:
    """From the key to the first frame with text, above what the model was told to take."""
    first = next(sample.at_ms for sample in seen.samples if sample.length > 0)
    return first - seen.enter_ms - WATCHED.first_token_s * 1e3


def _summary(tally: Tally, name: str, kinds: dict[str, Quantity]) -> str:
    parts = ((key, tally.last(quantity, name), quantity.unit) for key, quantity in kinds.items())
    return ", ".join(f"{key} {value:.0f} {unit}" for key, value, unit in parts)
