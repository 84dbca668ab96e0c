"""What stands behind the proxy of a test, and who comes to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from small_replica import Replica


@dataclass(frozen=True)
class Proxy:
    """A proxy, what stands behind it, and its log."""

    url: str
    replicas: tuple[Replica, Replica]
    log: Path

    @property
    def said(self) -> str:
        """The log."""
        return self.log.read_text(encoding="utf-8")

    def named(self, name: str) -> Replica:
        """The replica of that name."""
        return next(replica for replica in self.replicas if replica.name == name)

    def other(self, name: str) -> Replica:
        """The one that is not."""
        return next(replica for replica in self.replicas if replica.name != name)


@asynccontextmanager
async def browser(cookies: bool = True) -> AsyncIterator[aiohttp.ClientSession]:
    """One that keeps cookies, or one that does not, as in a frame on another site."""
    jar = aiohttp.CookieJar(unsafe=True) if cookies else aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield http
