"""The links that are open here: found by their token, and looked after while their pages are open."""

from collections import OrderedDict
from collections.abc import Callable

from demos.links import Keys, Wall, wall
from demos.looking import keep_looking
from ledger import Database
from ledger.links import Link, find_links, revisions

#: Links that are kept in memory; the one that was asked for longest ago goes first.
KEPT = 5_000


class Links:
    """Resolves tokens, and notices within ``refresh``'s pace what was changed elsewhere.

    on_change: told of each kept link that was changed, or that time has opened or closed.
    """

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self.keys = keys
        self._kept: OrderedDict[str, Link] = OrderedDict()
        self._walls: dict[str, Wall | None] = {}
        self.on_change: Callable[[Link], None] = lambda link: None

    async def find(self, token: str) -> Link | None:
        """The link of a token, from memory where it is there; None for what is no token of ours, or a link that is not
        on record. Raises DatabaseUnusable."""
        id = self.keys.id_of(token)
        if id is None:
            return None
        kept = self._kept.get(id)
        if kept is None:
            return await self.load(id)
        self._kept.move_to_end(id)
        return kept

    async def load(self, id: str) -> Link | None:
        """A link as the database has it now, by its public id. Raises DatabaseUnusable."""
        found = (await find_links(self._database, [id])).get(id)
        if found is None:
            self._kept.pop(id, None)
        else:
            self._take(found)
        return found

    def kept(self, id: str) -> Link | None:
        """A link that was found before, as it was known at the last look; for whoever may not wait."""
        return self._kept.get(id)

    async def refresh(self) -> None:
        """Look which of the kept links were changed, or opened or closed by time. Raises DatabaseUnusable."""
        if not self._kept:
            return
        for id, link in list(self._kept.items()):
            if wall(link) != self._walls.get(id):
                self._tell(link)
        now = await revisions(self._database, list(self._kept))
        changed = [id for id, link in self._kept.items() if now.get(id) != link.revision]
        for link in (await find_links(self._database, changed)).values() if changed else ():
            self._take(link)

    async def watch(self, every_s: float) -> None:
        """``refresh`` until cancelled; a database that is away for a while changes nothing."""
        await keep_looking(self.refresh, every_s, "links")

    def _take(self, link: Link) -> None:
        before = self._kept.get(link.id)
        if before is not None and before.revision > link.revision:
            return  # read before, and come after
        self._kept[link.id] = link
        self._kept.move_to_end(link.id)
        self._walls.setdefault(link.id, wall(link))
        if before is not None and before.revision != link.revision:
            self._tell(link)
        if len(self._kept) > KEPT:
            gone, _ = self._kept.popitem(last=False)
            self._walls.pop(gone, None)

    def _tell(self, link: Link) -> None:
        self._walls[link.id] = wall(link)
        self.on_change(link)
