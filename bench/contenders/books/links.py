"""What a link costs a message: finding it, its door, its checks, its budget.

Order: url, folder, times, turns. Prints resolve_us, door_us, checks_us (medians of single calls), and waits_ms of turns
with a link that has a budget and a number of messages, beside waits of the same turns without one.
"""

import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import uvloop
from turns import Reply, conversation, open_books

from chat.rates import Rates
from demos import Demo, Keys, Link, Links, branded, wall
from demos.links import new_id
from ledger import Database, create_link
from ledger.sides import utc_now
from web import LinkDoor

KEYS = Keys("the secret of a measurement, long enough")
BRIEF = Reply(0.05, 0.0, 20)


async def nothing(*_: Any) -> None:
    """An application that does nothing."""


async def each(times: int, do: Callable[[], Awaitable[object]]) -> float:
    """The median of single calls, in microseconds."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        await do()
        took.append(time.perf_counter() - begun)
    return median(took) * 1e6


async def main(order: dict[str, Any]) -> dict[str, Any]:
    """Measure; the two kinds of turns alternate."""
    folder = Path(order["folder"])
    async with Database(order["url"], data_dir=folder) as database, open_books(database, folder) as books:
        link = Link(new_id(), "boutique", utc_now(), budget_usd=Decimal(1000), messages=100_000)
        await create_link(database, link)
        await books.know_limits()
        links, token = Links(database, KEYS), KEYS.token(link.id)
        await links.find(token)
        headers = [(b"host", b"localhost"), (b"cookie", b"desk_visitor=0123456789abcdef0123456789abcdef")]
        scope = {"type": "websocket", "path": f"/d/{token}/ws/socket.io/", "headers": headers}
        door = LinkDoor(nothing, links, lambda link: True, nothing, nothing)  # type: ignore[arg-type]
        rates, demo = Rates(), Demo("boutique", "Mây", "Bạn là Mây.")
        own = replace(link, overrides={"title": "Shop ABC", "color": "#123456"})

        async def checks() -> None:
            wall(own)
            branded(demo, own)
            rates.wait_s("visitor", link.id, 600)

        waits: dict[str, list[float]] = {"plain": [], "linked": []}
        for _ in range(order["turns"]):
            for kind, id in (("plain", None), ("linked", link.id)):
                waits[kind] += await conversation(books, 1, BRIEF, link=id)
        return {
            "resolve_us": await each(order["times"], lambda: links.find(token)),
            "door_us": await each(order["times"], lambda: door(scope, nothing, nothing)),  # type: ignore[arg-type]
            "checks_us": await each(order["times"], checks),
            "waits_ms": {kind: median(found) for kind, found in waits.items()},
        }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(json.load(sys.stdin)))))
