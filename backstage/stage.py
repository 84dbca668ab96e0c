"""The stage: a second window with a link as its visitor sees it, and nothing of the desk."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from backstage.page import OperatorPage
from backstage.rooms import Rooms
from backstage.views import refused, said
from demos.place import Workshop

#: What a link is called that was made for the stage alone, in the list of links.
NOTE = "stage"
EXPIRES = "1d"


class Stage:
    """``stage LINK`` shows that one, ``stage`` a link of the demo that was made for it and carries nobody's name."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def show(self, page: OperatorPage, words: Sequence[str]) -> None:
        """Raises CommandFailed where the link is closed, NoSuchLink where there is none."""
        shop = self._rooms.workshop(page.operator, page.language)
        row = await self._named(shop, words[1]) if len(words) > 1 else await self._own(page, shop)
        page.news(stage=row["url"], link=row["link"])

    async def _named(self, shop: Workshop, link: str) -> dict[str, str]:
        rows = (await said(shop, ["links"])).data
        found: dict[str, str] | None = next((row for row in rows if row["link"] == link), None)
        if found is None:
            raise refused("no_such_link", link=link)
        if found["state"] != "open":
            raise refused("closed_link", link=link)
        return found

    async def _own(self, page: OperatorPage, shop: Workshop) -> dict[str, str]:
        """No prospect's: the one before may have their name in the title. One that has answered all that it may shows
        nothing any more."""
        demo = page.conversation.demo
        rows = (await said(shop, ["links", demo])).data
        mine = (page.operator, NOTE, None)
        for row in rows:
            if (row["author"], row["note"], row["customer"]) == mine and _answers(row):
                found: dict[str, str] = row
                return found
        made: dict[str, str] = (
            await said(shop, ["publish", demo, "--expires", EXPIRES, "--note", NOTE])
        ).data
        return made


def _answers(row: Mapping[str, Any]) -> bool:
    """Whether a link is open, and may still answer something."""
    messages, budget = row["messages"], row["budget_usd"]
    left = messages is None or row["used"] < messages
    return row["state"] == "open" and left and (budget is None or Decimal(row["spent_usd"]) < Decimal(budget))
