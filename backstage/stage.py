"""The stage: a second window with a link as its visitor sees it, and nothing of the desk."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from backstage.page import OperatorPage
from backstage.rooms import Rooms
from backstage.views import STAGE, refused, said
from backstage.words import named
from demos.demo import Limits
from demos.link_commands import described
from demos.place import Workshop, now
from holysheep.events import plain
from ledger import find_links

EXPIRES = "1d"
#: One that ends sooner is extended: a call is over by then.
ENOUGH = timedelta(hours=3)


class Stage:
    """``stage LINK`` shows that one, ``stage`` a link of the demo that was made for it and carries nobody's name;
    ``stage --demo DEMO`` that of another demo."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def show(self, page: OperatorPage, words: Sequence[str]) -> None:
        """Raises CommandFailed where the link is closed or there is none, UnknownDemo."""
        shop = self._rooms.workshop(page.operator, page.language)
        if demo := named(words, "--demo"):
            row = await self._own(page.operator, shop, demo)
        elif len(words) > 1:
            row = await self._named(shop, words[1])
        else:
            row = await self._own(page.operator, shop, page.conversation.demo)
        page.news(stage=row["url"], link=row["link"], demo=row["demo"])

    async def _named(self, shop: Workshop, link: str) -> dict[str, Any]:
        found = (await find_links(shop.database, [link])).get(link)
        if found is None:
            raise refused("no_such_link", link=link)
        row = described(shop, found, shop.place.public_url)
        if row["state"] != "open":
            raise refused("closed_link", link=link)
        return row

    async def _own(self, operator: str, shop: Workshop, demo: str) -> dict[str, Any]:
        """No prospect's: the one before may have their name in the title. The last one serves again, with more time or
        more to answer where it has too little; one that somebody closed does not."""
        for row in (await said(shop, ["links", demo])).data:
            mine = (row["author"], row["note"], row["customer"]) == (operator, STAGE, None)
            if not mine or row["state"] not in ("open", "expired", "exhausted"):
                continue
            more = _more(row, shop.shelf.current(demo).limits)
            found: dict[str, Any] = (await said(shop, ["extend", row["link"], *more])).data if more else row
            return found
        made: dict[str, Any] = (
            await said(shop, ["publish", demo, "--expires", EXPIRES, "--note", STAGE])
        ).data
        return made


def _more(row: Mapping[str, Any], limits: Limits) -> list[str]:
    """What ``extend`` must give a link so that it shows something, for as long as a call takes."""
    more, spent, ends = [], Decimal(row["spent_usd"]), row["expires_at"]
    if ends and datetime.fromisoformat(ends) < now() + ENOUGH:
        more += ["--expires", EXPIRES]
    if row["messages"] is not None and row["used"] >= row["messages"]:
        more += ["--messages", str(row["used"] + limits.messages)]
    if row["budget_usd"] is not None and spent >= Decimal(row["budget_usd"]):
        more += ["--budget", plain(spent + limits.budget_usd)]
    return more
