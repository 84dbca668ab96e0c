"""The other programs on the same database: what the dead have left is ended, what waits of a page of ours is taken
over, and a conversation that was elsewhere meanwhile is known as such."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Set
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select

from ledger import elsewhere, under_way
from ledger.database import Database
from ledger.elsewhere import Elsewhere
from ledger.recovery import PriceOf, Which, endings
from ledger.replica import Replica
from ledger.spool import Spool, names
from ledger.tables import replicas
from ledger.writer import Writer

T = TypeVar("T")

#: A message that a dead program never answered is left for so long to whoever its page comes to: it is asked there.
#: After that it is shown as interrupted.
WAITS_S = 60.0
#: A page waits for what this room finds out: for no longer, and then goes on with what is in memory.
PATIENCE_S = 3.0


class Others:
    """Of one running program's books. Its methods raise DatabaseUnusable."""

    def __init__(
        self,
        database: Database,
        replica: Replica,
        writer: Writer,
        *,
        price_of: PriceOf,
        spool: Path,
        clock: Callable[[], datetime],
        inherited: Callable[[Mapping[str, int]], None],
    ) -> None:
        """See ``Books.open``. inherited: is told of messages that are ours now, and when each came."""
        self._database = database
        self._replica = replica
        self._writer = writer
        self._price_of = price_of
        self._spool = spool
        self._clock = clock
        self._inherited = inherited

    @property
    def possible(self) -> bool:
        """There may be others that live."""
        return self._database.dialect == "postgresql"

    async def claim(self, conversation: str, owner: str) -> bool:
        """A page of ours shows the owner's conversation; whether it was in other hands since."""
        if not self.possible:
            return False
        return await self._soon(elsewhere.claim(self._database, conversation, owner, self._replica.id))

    async def has_moved(self, conversation: str) -> bool:
        """Another program's page shows the conversation that ours have left."""
        if not self.possible:
            return False
        there = await self._soon(elsewhere.holder(self._database, conversation))
        return there not in (None, self._replica.id)

    async def touched(self, turn: str) -> None:
        """Something about a turn was changed past the program whose page shows it, if that is another one."""
        if self.possible:
            await elsewhere.disown(self._database, turn, self._replica.id)

    async def look(self, turns: Collection[str]) -> dict[str, Elsewhere]:
        """How turns of others stand."""
        return await elsewhere.look(self._database, turns)

    async def fallen(self, ids: Iterable[str]) -> set[str]:
        """See ``Replica.fallen``."""
        return await self._replica.fallen(ids)

    async def inherit(self, turns: Collection[str], dead: Collection[str]) -> None:
        """Of these turns of dead programs: what was being answered is ended, what waited is ours to answer."""
        self._inherited(await elsewhere.adopt(self._database, turns, dead, self._replica.id))
        await self._end(dead, Which(turns=turns))

    async def tidy(self, *, at_start: bool = False) -> None:
        """End what dead replicas have left: first what they have put on the disk, then what they left open."""
        dead = await self._replica.find_dead(at_start=at_start)
        spooled, begun = names(self._spool), under_way.names(self._spool)
        left = await self._gone({*spooled, *begun}, dead)
        for name in left.intersection(spooled):
            await self._writer.adopt(Spool(self._spool, name))
        since = None if self._replica.alone else self._clock() - timedelta(seconds=WAITS_S)
        await self._end(dead, Which(waited_since=since), left)
        if dead:
            await self._replica.bury(dead)
        await asyncio.to_thread(under_way.remove, self._spool, left.intersection(begun))

    async def _end(self, dead: Collection[str], which: Which, left: Set[str] | None = None) -> None:
        said = await asyncio.to_thread(under_way.left_behind, self._spool, dead if left is None else left)
        me, now = self._replica.id, self._clock()
        for operation in await endings(self._database, list(dead), me, self._price_of, now, said, which):
            self._writer.put(operation)
        await self._writer.flush()

    async def _gone(self, there: Set[str], dead: Iterable[str]) -> set[str]:
        """Whose of what is there is ours to write; one of another database stays where it is."""
        others = there - {self._replica.id}
        if not others:
            return set()
        gone = replicas.c.gone_at.is_not(None) | replicas.c.id.in_(dead)
        with self._database.explained():
            async with self._database.reading() as connection:
                return set(
                    await connection.scalars(select(replicas.c.id).where(replicas.c.id.in_(others), gone))
                )

    async def _soon(self, asked: Awaitable[T]) -> T:
        with self._database.explained():
            async with asyncio.timeout(PATIENCE_S):
                return await asked
