"""Demo Desk asks whoever comes for sign-in: its start prints an address that opens the desk once."""

from __future__ import annotations

import re

import aiohttp

from bench.processes import BenchError, Child

_ADDRESS = re.compile(r"/sign-in\?token=([\w-]+)")


async def sign_in(url: str, child: Child) -> str:
    """The Cookie header of an operator; signed in this way, browsers and sockets stay strangers to each other."""
    printed = _ADDRESS.findall(child.log.read_text(errors="replace"))
    if not printed:
        raise BenchError(f"{child.name} printed no address to sign in at:\n{child.last_words()}")
    form = {"token": printed[-1]}
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client,
        client.post(f"{url}/sign-in", data=form, allow_redirects=False) as response,
    ):
        if not response.cookies:
            raise BenchError(f"{child.name} did not take its own token: {response.status}")
        return "; ".join(f"{name}={morsel.value}" for name, morsel in response.cookies.items())
