"""What happened on one link: who came, with what, from where, and what became of it. Operators who look in are not
counted."""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select

from holysheep.events import CostBound
from ledger.budgets import counts
from ledger.database import Database
from ledger.figures import Percentiles, cost_bound, percentiles
from ledger.tables import conversations, feedback, receipts, turns

#: A conversation from before it was kept, or a browser that does not say.
UNKNOWN_DEVICE = "other"


@dataclass(frozen=True)
class Activity:
    """Visitors' turns on a link, rehearsals too.

    messages: those that were answered. cost_usd: as far as it is known, see ``Figures``. ttft_ms: of replies that gave
    text; None: of none. liked, disliked: thumbs. devices, hosts: conversations by the kind of device, and by the site
    that led there, '' where none is known; the most first. first_seen, last_seen: None where nobody wrote.
    """

    link: str
    visitors: int = 0
    conversations: int = 0
    messages: int = 0
    cost_usd: Decimal | None = Decimal(0)
    cost_bound: CostBound = "exact"
    ttft_ms: Percentiles | None = None
    liked: int = 0
    disliked: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    devices: Mapping[str, int] = field(default_factory=dict)
    hosts: Mapping[str, int] = field(default_factory=dict)


async def read_activity(database: Database, link: str) -> Activity:
    """All that is on record of a link, by its public id; one that nobody knows has none. Raises DatabaseUnusable."""
    with database.explained():
        async with database.reading() as connection:
            came = (await connection.execute(_of(link, *_CAME))).all()
            ended = (await connection.execute(_settled(link))).all()
            thumbs = dict(map(tuple, (await connection.execute(_thumbs(link))).all()))
    known = [row.cost for row in ended if row.cost is not None]
    exact = sum(row.cost_bound == "exact" for row in ended)
    bound = cost_bound(len(ended), len(known), exact)
    return Activity(
        link,
        visitors=len({row.visitor for row in came}),
        conversations=len(came),
        messages=sum(counts(row.finish_reason, row.attempts) for row in ended),
        cost_usd=None if bound == "unknown" else sum(known, Decimal(0)),
        cost_bound=bound,
        ttft_ms=percentiles(array("q", (int(row.ttft_ms + 0.5) for row in ended if row.ttft_ms is not None))),
        liked=thumbs.get(1, 0),
        disliked=thumbs.get(0, 0),
        first_seen=min((row.created_at for row in came), default=None),
        last_seen=max((row.touched_at for row in came), default=None),
        devices=_most_first(row.device or UNKNOWN_DEVICE for row in came),
        hosts=_most_first(row.referring_host or "" for row in came),
    )


_CAME = tuple(
    conversations.c[name] for name in ("visitor", "created_at", "touched_at", "device", "referring_host")
)


def _of(link: str, *columns: Any) -> Select[Any]:
    """Of the visitors' conversations on a link."""
    return (
        select(*columns)
        .select_from(conversations)
        .where(conversations.c.link == link, conversations.c.audience != "operator")
    )


def _settled(link: str) -> Select[Any]:
    r = receipts.c
    return (
        _of(link, r.finish_reason, r.attempts, r.cost, r.cost_bound, r.ttft_ms)
        .join(receipts, r.conversation == conversations.c.id)
        .where(r.finish_reason.is_not(None))
    )


def _thumbs(link: str) -> Select[Any]:
    """(value, how many)."""
    return (
        _of(link, feedback.c.value, func.count())
        .join(turns, turns.c.conversation == conversations.c.id)
        .join(feedback, feedback.c.turn == turns.c.id)
        .group_by(feedback.c.value)
    )


def _most_first(found: Iterable[str]) -> dict[str, int]:
    return dict(Counter(found).most_common())
