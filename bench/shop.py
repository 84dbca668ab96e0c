"""A shop's own page, on another site than ours, with a link's tag in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

#: For a browser another site than 127.0.0.1.
HOST = "localhost"
PAGE = """<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Tiệm áo Hoa</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"></head>
<body><h1>Tiệm áo Hoa</h1><p>Áo dài lụa tơ tằm, may đo trong ba ngày.</p>{tag}</body></html>"""


def tag(link: str) -> str:
    """What a shop owner pastes; `link` ends in a slash."""
    return f'<script src="{link}embed.js" async></script>'


@asynccontextmanager
async def shop(port: int, tag: str) -> AsyncIterator[str]:
    """The address of the page while it is served."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=PAGE.format(tag=tag), content_type="text/html")

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://{HOST}:{port}/"
    finally:
        await runner.cleanup()
