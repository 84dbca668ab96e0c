"""A visitor as they come: reads, thinks, asks, asks again where something went wrong, leaves, and another one comes."""

import asyncio
import random
import time

import aiohttp

from scripts.soak.page import Page
from scripts.soak.story import Asked, Told

#: Seconds for which somebody reads and thinks before they write: the mean of what lies above the least.
LEAST_THINK_S, MEAN_THINK_S, MOST_THINK_S = 2.0, 5.0, 25.0
#: Messages of one visit.
MESSAGES = (3, 8)
#: So many of a hundred send a second message while the first one is answered, or load the page anew between two.
TYPES_ON, RELOADS = 12, 6
#: One who hears nothing of a message for so long loads the page anew; the second time it is lost.
PATIENCE_S = 100.0
#: A click that nothing has come of for so long was not heard.
HEARD_S = 10.0
#: Before they ask again.
PAUSES_S = (1.0, 2.0, 4.0, 8.0)
#: So often somebody asks again at most.
MOST_AGAIN = 12

QUESTIONS = (
    "Còn váy lụa cỡ M không?",
    "Giao hàng về Đà Nẵng mất mấy ngày?",
    "Can I pay on delivery?",
    "Đổi trả thế nào ạ?",
    "Áo khoác này có màu be không shop?",
    "Do you ship abroad?",
)


class Visitor:
    """One place at a link, at which visitors come and go one after another. ``live()`` until ``over`` is set."""

    def __init__(self, number: int, seed: str, url: str, over: asyncio.Event, *, hurry: float = 1.0) -> None:
        """hurry: by how much all that a person needs is shortened, in a short run."""
        self._number = number
        self._dice = random.Random(f"{seed} visitor {number}")
        self._url = url
        self._over = over
        self._hurry = hurry
        #: Of each visit.
        self.told: list[Told] = []

    async def live(self) -> None:
        """Come, chat, leave, until the run is over; what was asked then is waited for."""
        await self._pause(self._dice.uniform(0, MEAN_THINK_S))
        while not self._over.is_set():
            told = Told(f"visitor {self._number}.{len(self.told)}")
            self.told.append(told)
            page = Page(self._url, told, self._dice, self._address())
            try:
                await self._come(page)
                await self._visit(page)
            finally:
                await page.close()
            await self._pause(self._dice.uniform(0.5, 4))

    def _address(self) -> str:
        """One of this machine's own: each visitor comes from elsewhere."""
        place = self._number * 97 + len(self.told)
        return f"127.0.{1 + place // 250 % 250}.{1 + place % 250}"

    async def _come(self, page: Page) -> None:
        """A person whose page does not load tries again."""
        while True:
            try:
                await page.open()
                return
            except (aiohttp.ClientError, OSError, TimeoutError):
                await asyncio.sleep(self._dice.uniform(0.5, 2))

    async def _visit(self, page: Page) -> None:
        for _ in range(self._dice.randint(*MESSAGES)):
            await self._pause(self._think())
            if self._over.is_set():
                return
            if self._dice.randrange(100) < RELOADS:
                await self._reload(page)
            asked = [await page.ask(self._question())]
            if self._dice.randrange(100) < TYPES_ON:
                await self._pause(self._dice.uniform(0.5, 2))
                asked.append(await page.ask(self._question(), behind=page.is_under_way(asked[0].id)))
            for one in asked:
                await self._wait_for(page, one)

    async def _reload(self, page: Page) -> None:
        try:
            await page.reload()
        except (aiohttp.ClientError, OSError, TimeoutError):
            await asyncio.sleep(1)

    async def _wait_for(self, page: Page, asked: Asked) -> None:
        """Until a whole reply stands there, however often it must be asked for."""
        told = self.told[-1]
        while True:
            if not await self._until_ended(page, asked):
                told.faults.append(
                    f"{told.who}: message {asked.id} was never answered: {_state(page, asked)}"
                )
                return
            now = time.monotonic()
            asked.ended = asked.ended or now
            replies = page.screen.replies(asked.id)
            if len(replies) > 1:
                told.faults.append(f"{told.who}: two replies stand below message {asked.id}")
            if replies and not page.screen.is_marked(asked.id):
                asked.answered = now
                return
            asked.marked += 1
            if asked.again >= MOST_AGAIN:
                told.faults.append(f"{told.who}: asked {MOST_AGAIN} times for a reply to {asked.id}")
                return
            if instead := await self._ask_again(page, asked):
                asked.instead = instead
                asked = instead

    async def _until_ended(self, page: Page, asked: Asked) -> bool:
        """Whether it was answered, or marked, before the visitor's patience was over twice."""
        for last in (False, True):
            until = time.monotonic() + PATIENCE_S
            while time.monotonic() < until:
                if not page.is_under_way(asked.id):
                    return True
                await page.change(1.0)
            if not last:
                await self._reload(page)
        return False

    async def _ask_again(self, page: Page, asked: Asked) -> Asked | None:
        """By the button, once nothing else is under way; where that does nothing, by editing the message; where others
        have come after it, by saying it once more: gives that message. Returns once it is under way, or lost."""
        pause = PAUSES_S[min(asked.again, len(PAUSES_S) - 1)]
        await self._pause(pause * self._dice.uniform(0.7, 1.3))
        until = time.monotonic() + PATIENCE_S
        while not page.is_idle and time.monotonic() < until:
            await page.change(1.0)
        if page.is_under_way(asked.id) or not page.screen.is_marked(asked.id):
            return None  # drawn anew meanwhile
        if page.screen.newest != asked.id:
            return await page.ask(asked.text)
        before = page.screen.runs(asked.id)
        if not (await page.ask_again(asked) and await self._is_gone(page, asked, before)):
            self.told[-1].unheard += page.is_online
            await page.ask_anew(asked)
            await self._is_gone(page, asked, before)
        return None

    async def _is_gone(self, page: Page, asked: Asked, before: set[str]) -> bool:
        """Whether what stood below the message is taken away within a while, for another reply to come."""
        until = time.monotonic() + HEARD_S
        while page.screen.runs(asked.id) == before and time.monotonic() < until:
            await page.change(0.5)
        return page.screen.runs(asked.id) != before

    def _question(self) -> str:
        return f"{self._dice.choice(QUESTIONS)} ({self._number}.{self._dice.randrange(10**6)})"

    def _think(self) -> float:
        return min(MOST_THINK_S, LEAST_THINK_S + self._dice.expovariate(1 / MEAN_THINK_S))

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._hurry)


def _state(page: Page, asked: Asked) -> str:
    screen = page.screen
    return (
        f"online={page.is_online} shown={screen.is_known(asked.id)} ended={screen.has_ended(asked.id)} "
        f"busy={screen.busy} sent={asked.sent} kept={asked.kept is not None} again={asked.again}"
    )
