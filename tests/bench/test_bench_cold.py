"""A page opened cold: what counts as a box that can be typed in, as the first words, and as fetched by then."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bench.cold import ColdPage, Slow, Wanted, cold_page
from bench.pages import browser
from bench.processes import ROOT
from bench.roster import BUBBLE, FIRST_PAGE
from bench.traffic import Piece, Traffic, size_of

WANTED = Wanted("textarea", ".reply", "Dạ, không có gì ạ!")
BRISK = Slow(megabits=100, round_trip_ms=0, slower=1)

#: The box is there at once; what keeps it from being typed in goes after a while.
PAGE = """<!doctype html><style>textarea {{ position: fixed; left: 20px; top: 40px; {style} }}</style>
<div class="reply">Dạ, em chào anh/chị ạ.</div><textarea {attribute}></textarea>{more}
<script>
const box = document.querySelector('textarea');
setTimeout(() => {{ window.freedAt = performance.now(); {free} }}, 400);
let enters = 0;
box.addEventListener('keydown', (event) => {{
  if (event.key !== 'Enter') return;
  event.preventDefault();
  if (++enters === 1) return; // not connected yet
  box.value = '';
  const reply = document.body.appendChild(document.createElement('div'));
  reply.className = 'reply';
  setTimeout(() => {{ window.saidAt = performance.now(); reply.textContent = 'Dạ, không ▌'; }}, 100);
}});
</script>"""

KEPT = {
    "disabled": {"attribute": "disabled", "free": "box.disabled = false"},
    "read only": {"attribute": "readonly", "free": "box.readOnly = false"},
    "covered": {"more": "<div style='position:fixed;inset:0'></div>", "free": "box.nextSibling.remove()"},
    "invisible": {"style": "opacity:0", "free": "box.style.opacity = 1"},
    "inert": {"attribute": "inert", "free": "box.inert = false"},
    "not drawn": {"style": "display:none", "free": "box.style.display = 'block'"},
}


@asynccontextmanager
async def opened(text: str) -> AsyncIterator[ColdPage]:
    """A page with this text, opened cold."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with browser() as chromium, cold_page(chromium, "a page", WANTED, BRISK) as page:
            await page.open(f"http://127.0.0.1:{port}/")
            yield page
    finally:
        await runner.cleanup()


@pytest.mark.browser
@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT)
async def test_typing(kept: dict[str, str]) -> None:
    """A box counts from when a key typed into it shows; a reply from its own first words, the greeting's are none."""
    text = PAGE.format_map({"style": "", "attribute": "", "more": "", **kept})
    async with opened(text) as page:
        typed = await page.write("Cảm ơn")
        freed = await page.page.evaluate("window.freedAt")
        assert typed.at_ms - typed.origin_ms >= freed
        assert await page.page.input_value("textarea") == "Cảm ơn"
        said = await page.send()
        assert said.at_ms - said.origin_ms >= await page.page.evaluate("window.saidAt")
        assert await page.page.locator(".reply").count() == 2
        assert page.traffic.of_document() >= len(text.encode())
        assert page.traffic.until(typed.at_ms) >= page.traffic.of_document()
        assert page.traffic.until(typed.origin_ms) == 0


class Browser:
    """Tells of requests as a browser's tools do; its clock stands 1,000 s behind the wall's."""

    def __init__(self) -> None:
        self.heard: dict[str, object] = {}

    def on(self, name: str, hears: object) -> None:
        self.heard[name.removeprefix("Network.")] = hears

    def tell(self, name: str, request: str, at_s: float, **more: object) -> None:
        hears = self.heard[name]
        assert callable(hears)
        hears({"requestId": request, "timestamp": at_s, **more})


def test_traffic() -> None:
    """Bytes count when they come; those that no piece told of, with the end; the page itself is the first document."""
    tools = Browser()
    traffic = Traffic(tools)  # type: ignore[arg-type]  # only listened to
    tools.tell("requestWillBeSent", "1", 1.0, wallTime=1001.0, type="Document")
    tools.tell("requestWillBeSent", "2", 1.1, wallTime=1001.1, type="Script")
    tools.tell("responseReceived", "1", 1.2, response={"encodedDataLength": 100})
    tools.tell("dataReceived", "1", 1.3, encodedDataLength=500)
    tools.tell("dataReceived", "2", 1.4, encodedDataLength=0)
    tools.tell("loadingFinished", "1", 1.5, encodedDataLength=650)
    tools.tell("loadingFinished", "2", 1.6, encodedDataLength=900)
    assert [traffic.until(ms) for ms in (1_001_100, 1_001_350, 1_001_550, 1_001_650)] == [0, 600, 650, 1550]
    assert traffic.of_document() == 650
    assert size_of([Piece("a", 0, 1), Piece("b", 0, 2), Piece("a", 1, 3)], "a") == 4


def test_the_first_page_is_found() -> None:
    """What the measurement looks for in a link's first page is what that page is made of."""
    sources = [
        ROOT / "web" / "first_paint.py",
        ROOT / "public" / "desk" / "first.js",
        ROOT / "public" / "embed.js",
    ]
    made = "".join(source.read_text(encoding="utf-8") for source in sources)
    for name in re.findall(r"[\w-]*desk-[\w-]+", f"{FIRST_PAGE['ours']} {BUBBLE}"):
        assert name in made
