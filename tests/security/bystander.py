"""Somebody who only wants to chat."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import aiohttp
from desk_program import Browser, WirePage


@asynccontextmanager
async def browser_at(address: str, url: str, language: str = "vi") -> AsyncIterator[Browser]:
    """A visitor's browser at an address of its own: all of 127.0.0.0/8 is this machine."""
    connector = aiohttp.TCPConnector(local_addr=(address, 0), limit=0)
    jar = aiohttp.CookieJar(unsafe=True)  # "unsafe" is a cookie of an IP address
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as http:
        yield Browser(http, url, language)


class Bystander:
    """Asks one thing after the other. answered: so far; longest_s: what the slowest whole turn took."""

    def __init__(self, page: WirePage) -> None:
        self.page = page
        self.answered = 0
        self.longest_s = 0.0
        self._over = False
        self._asking: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Begin, with one answer."""
        await self._ask()
        self._asking = asyncio.create_task(self._go_on())

    async def end(self) -> None:
        """Ask a last time, and fail where anything was not answered."""
        self._over = True
        assert self._asking is not None
        await self._asking
        before = self.answered
        await self._ask()
        assert self.answered == before + 1 and self.page.notices == []

    async def _go_on(self) -> None:
        while not self._over:
            await self._ask()
            await asyncio.sleep(0.2)

    async def _ask(self) -> None:
        begun, told = time.monotonic(), self._receipts()
        await self.page.say("Áo khoác giá bao nhiêu?")
        await self.page.until(lambda: self._receipts() > told and not self.page.busy)
        self.longest_s = max(self.longest_s, time.monotonic() - begun)
        self.answered += 1

    def _receipts(self) -> int:
        # Not those that stand on the page: a long conversation is shown from its end.
        return sum(name == "new_message" and data["type"] == "llm" for name, data in self.page.events)


#: Somebody chats for as long as its block goes on.
Undisturbed = Callable[[], AbstractAsyncContextManager[Bystander]]
