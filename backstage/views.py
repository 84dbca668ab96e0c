"""Each of the desk's commands: what it does, through the very functions of ``python -m demos``, and what it shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from backstage.page import Do, OperatorPage
from backstage.rooms import Rooms
from backstage.texts import say
from demos.all_commands import COMMANDS
from demos.command_line import read_words
from demos.link_commands import USUAL, ways_to
from demos.place import Workshop
from demos.said import CommandFailed, Said
from holysheep.events import plain


async def said(shop: Workshop, words: Sequence[str]) -> Said:
    """What a command answers. Raises one of ``demos.said.REFUSALS``."""
    arguments = read_words(words)
    return await COMMANDS[arguments.command](shop, arguments)


#: The note of a link that was made for the stage alone.
STAGE = "stage"
#: A page that comes with a new demo is there by then.
COMING_S = 30.0


@dataclass(frozen=True)
class Drafted:
    """A new demo, and for whom. from_template: a model was asked in vain. until: so long its page is still to come, in
    seconds of ``monotonic``."""

    demo: str
    customer: str
    from_template: bool
    until: float


class Views:
    """Commands by their first word; more of them in ``watching``, ``fixing``, ``stage`` and ``preflight``."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        #: Owner -> what ``new`` leaves for the page that comes with the new demo.
        self._next: dict[str, Drafted] = {}

    def all(self) -> dict[str, Do]:
        """Word -> what it does."""
        changes = dict.fromkeys(("pause", "resume", "revoke", "extend"), self.change)
        return {
            "new": self.new,
            "publish": self.publish,
            "links": self.links,
            "activity": self.activity,
            "versions": self.versions,
            "compare": self.compare,
            "rollback": self.rollback,
            **changes,
        }

    def shop(self, page: OperatorPage) -> Workshop:
        """Where the page's commands do their work."""
        return self._rooms.workshop(page.operator, page.language)

    async def new(self, page: OperatorPage, words: Sequence[str]) -> None:
        """A form; then a demo, which the page comes back with."""
        shop = self.shop(page)
        if len(words) == 1:
            page.show("new", {"has_model": shop.place.has_model})
            return
        if len(words) == 3 and words[1] == "--":
            raise refused("new_needs_two", title=words[2])
        draft = await said(shop, words)
        owner = page.conversation.owner
        self._rooms.begin_with(owner, draft.data["demo"])
        # Where a model was asked, it could not be, or what it said was no draft.
        asked = shop.place.has_model and "--template" not in words
        plain_draft = asked and draft.data["drafted_by"] == "template"
        until = monotonic() + COMING_S
        self._next[owner] = Drafted(draft.data["demo"], draft.data["title"], plain_draft, until)
        page.news(go="/")

    async def publish(self, page: OperatorPage, words: Sequence[str]) -> None:
        """A form; then the link, as text, tag and code."""
        shop = self.shop(page)
        if len(words) == 1:
            page.show("publish", terms(shop, page.conversation.demo))
            return
        link = await said(shop, words)
        known = terms(shop, link.data["demo"], link.data["customer"] or "")
        page.show("publish", known | {"published": link.data}, notice=say(page.language, "notices.published"))

    def offer_link(self, page: OperatorPage) -> None:
        """To the page that came with a new demo: the form of ``publish``, for whom the demo was drafted.

        To each of its sockets: Chainlit connects, learns its conversation, and connects again for that.
        """
        owner, demo = page.conversation.owner, page.conversation.demo
        draft = self._next.get(owner)
        if draft is None or draft.demo != demo or monotonic() > draft.until:
            return
        notice = say(page.language, "notices.from_template") if draft.from_template else None
        page.show("publish", terms(self.shop(page), demo, draft.customer), notice=notice)

    def settle(self, page: OperatorPage) -> None:
        """The page has come, for its operator goes on."""
        self._next.pop(page.conversation.owner, None)

    async def links(self, page: OperatorPage, words: Sequence[str]) -> None:
        """All of them, or a demo's; not those that the stage made for itself."""
        await self._show_links(page, words)

    async def change(self, page: OperatorPage, words: Sequence[str]) -> None:
        """One link is paused, resumed, extended or revoked; the list shows it."""
        link = await said(self.shop(page), words)
        notice = say(page.language, f"notices.{words[0]}", who=link.data["customer"] or link.data["link"])
        await self._show_links(page, ["links"], notice)

    async def activity(self, page: OperatorPage, words: Sequence[str]) -> None:
        """What happened on one link."""
        shop = self.shop(page)
        await self._rooms.flush()  # the last reply counts
        happened = await said(shop, words)
        rows = (await said(shop, ["links"])).data
        row = next((row for row in rows if row["link"] == happened.data["link"]), None)
        link = titled(shop, row) if row else None
        if link:
            link |= ways_to(link["url"], link["title"])
        page.show("activity", {"link": link, "activity": happened.data})

    async def versions(self, page: OperatorPage, words: Sequence[str]) -> None:
        """A demo's versions."""
        await self._show_versions(page, read_words(words).demo if len(words) > 1 else page.conversation.demo)

    async def compare(self, page: OperatorPage, words: Sequence[str]) -> None:
        """What changed between two of them."""
        found = await said(self.shop(page), words)
        await self._show_versions(page, found.data["demo"], found.data)

    async def rollback(self, page: OperatorPage, words: Sequence[str]) -> None:
        """An earlier one becomes the newest."""
        saved = await said(self.shop(page), words)
        notice = say(page.language, "notices.rollback", n=saved.data["version"])
        await self._show_versions(page, saved.data["demo"], None, notice)

    async def _show_links(self, page: OperatorPage, words: Sequence[str], notice: str | None = None) -> None:
        shop = self.shop(page)
        await self._rooms.flush()  # the last reply counts
        rows = [row for row in (await said(shop, words)).data if row["note"] != STAGE]
        page.show("links", {"rows": [titled(shop, row) for row in rows]}, notice=notice)

    async def _show_versions(
        self, page: OperatorPage, demo: str, diff: Any = None, notice: str | None = None
    ) -> None:
        shop = self.shop(page)
        rows = (await said(shop, ["versions", demo])).data
        title = shop.shelf.current(demo).title
        page.show("versions", {"demo": demo, "title": title, "rows": rows, "diff": diff}, notice=notice)


def terms(shop: Workshop, name: str, customer: str = "") -> dict[str, Any]:
    """What ``publish`` offers for a demo before anything is made. Raises UnknownDemo."""
    demo = shop.shelf.current(name)
    return {
        "demo": demo.name,
        "title": demo.title,
        "demos": [{"demo": one, "title": shop.shelf.current(one).title} for one in shop.shelf.names()],
        "customer": customer,
        "expires": f"{USUAL.days}d",
        "budget": plain(demo.limits.budget_usd),
        "messages": str(demo.limits.messages),
        "published": None,
    }


def titled(shop: Workshop, row: dict[str, Any]) -> dict[str, Any]:
    """A link's row with its demo's title; that may be gone."""
    title = shop.shelf.current(row["demo"]).title if row["demo"] in shop.shelf.names() else row["demo"]
    return row | {"title": title}


def refused(key: str, **values: object) -> CommandFailed:
    """What cannot be done, from the desk's own texts."""
    return CommandFailed(say("vi", f"errors.{key}", **values), say("en", f"errors.{key}", **values))
