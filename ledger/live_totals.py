"""The totals of the conversations that somebody is in, kept in memory beside the rows."""

from collections.abc import Awaitable, Callable

from sqlalchemy import select

from holysheep import Receipt
from ledger.database import Database
from ledger.tables import receipts
from ledger.totals import Ledger, Totals

_COLUMNS = (
    "turn",
    "finish_reason",
    "ttft_ms",
    "latency_ms",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "usage_source",
    "cost",
    "cost_bound",
)


class LiveTotals:
    """settled: waits until all receipts given to ``add`` so far are in the database."""

    def __init__(self, database: Database, settled: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._settled = settled
        self._sums = Ledger()
        self._late: dict[str, list[dict[str, Receipt]]] = {}

    def add(self, conversation: str, turn: str, receipt: Receipt) -> None:
        """A turn has ended."""
        self._sums.record(conversation, receipt)
        for late in self._late.get(conversation, ()):
            late[turn] = receipt

    def of(self, conversation: str) -> Totals:
        """The sums as far as they are known here."""
        return self._sums.totals(conversation)

    def forget(self, conversation: str) -> None:
        """Nobody is in it any more."""
        self._sums.forget(conversation)

    async def load(self, conversation: str) -> Totals:
        """The sums over all rows of a conversation, which are kept up from here on. Raises DatabaseUnusable."""
        late: dict[str, Receipt] = {}
        self._late.setdefault(conversation, []).append(late)
        try:
            await self._settled()
            found = await self._read(conversation)
        finally:
            others = [one for one in self._late.pop(conversation) if one is not late]
            if others:
                self._late[conversation] = others
        self._sums.forget(conversation)
        for receipt in (found | late).values():
            self._sums.record(conversation, receipt)
        return self.of(conversation)

    async def _read(self, conversation: str) -> dict[str, Receipt]:
        r = receipts.c
        ended = select(*r[_COLUMNS]).where(r.conversation == conversation, r.finish_reason.is_not(None))
        with self._database.explained():
            async with self._database.reading() as connection:
                rows = await connection.execute(ended)
                return {
                    row.turn: Receipt(
                        "",
                        "",
                        row.finish_reason,
                        row.latency_ms or 0.0,
                        ttft_ms=row.ttft_ms,
                        prompt_tokens=row.prompt_tokens,
                        completion_tokens=row.completion_tokens,
                        total_tokens=row.total_tokens,
                        usage_source=row.usage_source,
                        cost_usd=row.cost,
                        cost_bound=row.cost_bound,
                    )
                    for row in rows
                }
