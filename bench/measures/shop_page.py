"""What the bubble costs a shop's page before anybody presses it: the same page with and without, in turn."""

from __future__ import annotations

import asyncio
import random
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from playwright.async_api import Browser
from playwright.async_api import Error as BrowserError

from bench.cold import Slow, slow_down
from bench.measures.links import demos
from bench.pages import browser
from bench.plan import Plan
from bench.processes import BenchError
from bench.progress import say
from bench.roster import OURS
from bench.rows import Quantity, Row, Tally
from bench.shop import HOST, tag
from bench.stage import Stage
from bench.traffic import Traffic

#: A shop's page as they are: a style sheet, a script, a dozen pictures; some 400 kB.
_PICTURES, _SIDE = 12, 96
_TEXT = "<p>Áo dài lụa tơ tằm, may đo trong ba ngày. Giao hàng toàn quốc, đổi trả trong một tuần.</p>"
_GOODS = "".join(
    f'<figure><img src="/{number}.png" width="{_SIDE}" height="{_SIDE}" alt="Áo {number}">{_TEXT}</figure>'
    for number in range(_PICTURES)
)
_PAGE = """<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Tiệm áo Hoa</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/shop.css"><script src="/shop.js" defer></script></head>
<body><h1>Tiệm áo Hoa</h1>{goods}{tag}</body></html>"""
_STYLE = "figure { margin: 1rem; font: 16px/1.5 sans-serif }\n" * 300
_SCRIPT = (
    "for (const p of document.querySelectorAll('p')) p.title = p.textContent.split(' ').sort().join(' ');\n"
    * 20
)
_SEEN = """async () => {
  const [shown] = performance.getEntriesByType("navigation");
  const shifts = await new Promise((done) => {
    new PerformanceObserver((list) => done(list.getEntries())).observe({ type: "layout-shift", buffered: true });
    setTimeout(done, 200, []); // none are not told of
  });
  return {
    load: shown.loadEventEnd,
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    shift: shifts.reduce((sum, { value }) => sum + value, 0),
    bubbles: document.querySelectorAll("demo-desk-bubble").length
  };
}"""
#: What a page still does once it is loaded is part of its price.
_AFTER_S = 1.0


@dataclass(frozen=True)
class Arm:
    """The page as it is, or with the bubble's tag."""

    key: str
    words: str

    def quantity(self, key: str, title: str, unit: str, digits: int = 0) -> Quantity:
        """One figure of this arm."""
        return Quantity(f"shop_{key}_{self.key}", f"a shop's page {self.words}: {title}", unit, digits)

    @property
    def weight(self) -> Quantity:
        """All bytes that came over the line."""
        return self.quantity("weight", "fetched", "kB", 1)


ADDED = Quantity("shop_added", "what the bubble adds to a shop's page before the first press", "kB", 1)
WITHOUT, WITH = Arm("without", "without the bubble"), Arm("with", "with the bubble")


async def measure(stage: Stage, plan: Plan) -> list[Row]:
    """A fresh profile each time, a slow phone; which of the two comes first changes with each round."""
    if not stage.taking_part([OURS.name]):
        return []
    with stage.everywhere() as free:
        return await _measure(free, plan)


async def _measure(stage: Stage, plan: Plan) -> list[Row]:
    tally = Tally()
    async with stage.servers([OURS.name]) as servers, browser() as chromium:
        port = stage.take_port()
        origin = f"http://{HOST}:{port}"
        link = await demos(stage, servers[OURS.name], "publish", "boutique", "--origin", origin)
        async with _shop(port, tag(link["url"])):
            for round_number in range(plan.cold_rounds):
                for arm in (WITHOUT, WITH)[:: -1 if round_number % 2 else 1]:
                    await _visit(chromium, origin, arm, tally)
                with_, without = (tally.last(arm.weight, OURS.name) for arm in (WITH, WITHOUT))
                tally.add(ADDED, OURS.name, with_ - without)
            say(", ".join(f"{row.quantity.key} {row.spread.median:.1f}" for row in tally.rows()))
    return tally.rows()


async def _visit(chromium: Browser, origin: str, arm: Arm, tally: Tally) -> None:
    slow = Slow()
    context = await chromium.new_context(
        locale="vi-VN", viewport={"width": slow.width, "height": slow.height}
    )
    try:
        page = await context.new_page()
        devtools = await context.new_cdp_session(page)
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        traffic = Traffic(devtools)
        await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        await slow_down(devtools, slow)
        await page.goto(f"{origin}/{arm.key}", wait_until="load", timeout=60_000)
        await asyncio.sleep(_AFTER_S)
        answer = await devtools.send("Performance.getMetrics")
        thread = next(item["value"] for item in answer["metrics"] if item["name"] == "TaskDuration")
        seen = await page.evaluate(_SEEN)
    except BrowserError as error:
        raise BenchError(f"the shop's page failed: {error}") from error
    finally:
        await context.close()
    if seen["bubbles"] != (arm is WITH):
        raise BenchError(f"the page {arm.words} has {seen['bubbles']} bubbles")
    name = OURS.name
    tally.add(arm.quantity("load", "load event, slow phone", "ms"), name, seen["load"])
    tally.add(arm.quantity("paint", "first paint, slow phone", "ms"), name, seen["paint"])
    tally.add(arm.weight, name, sum(p.size for p in traffic.pieces) / 1000)
    asked = [url for url in requests if not url.startswith("data:")]
    tally.add(arm.quantity("requests", "requests", "requests"), name, len(asked))
    tally.add(arm.quantity("thread", "its main thread until 1 s after", "ms", 1), name, thread * 1000)
    tally.add(arm.quantity("shift", "layout shift", "score", 3), name, seen["shift"])


@asynccontextmanager
async def _shop(port: int, bubble: str) -> AsyncIterator[None]:
    async def answer(request: web.Request) -> web.Response:
        name = request.path.removeprefix("/")
        if name.endswith(".png"):
            return web.Response(body=_picture(int(name[:-4])), content_type="image/png")
        if name in ("shop.css", "shop.js"):
            style = name == "shop.css"
            kind = "text/css" if style else "text/javascript"
            return web.Response(text=_STYLE if style else _SCRIPT, content_type=kind)
        page = _PAGE.format(goods=_GOODS, tag=bubble if name == WITH.key else "")
        return web.Response(text=page, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()


def _picture(seed: int) -> bytes:
    """A PNG of noise, which no packing makes smaller: 28 kB."""
    noise = random.Random(seed)
    lines = b"".join(b"\0" + noise.randbytes(3 * _SIDE) for _ in range(_SIDE))
    head = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    packed = (struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)
