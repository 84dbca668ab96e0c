"""What came of links: open, won or lost, as the operator says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from sqlalchemy import ColumnElement, distinct, func, select, update

from ledger.database import Database
from ledger.question import Question
from ledger.tables import conversations, links

Outcome = Literal["open", "won", "lost"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class NoSuchLink(LookupError):
    """There is no link of that id."""

    def __init__(self, link: str) -> None:
        self.link = link
        super().__init__(f"there is no link {link!r}")


@dataclass(frozen=True)
class Outcomes:
    """Of the conversations that went on in a window: their demos, and their links by outcome."""

    demos: int = 0
    open: int = 0
    won: int = 0
    lost: int = 0

    @property
    def links(self) -> int:
        """All of them."""
        return self.open + self.won + self.lost


async def set_outcome(
    database: Database, link: str, outcome: Outcome, *, now: datetime | None = None
) -> None:
    """What came of a link. It can be changed at any time. Raises NoSuchLink, DatabaseUnusable."""
    at = now or datetime.now(UTC)
    with database.explained():
        async with database.writing() as connection:
            said = {"outcome": outcome, "outcome_at": at, "revision": links.c.revision + 1}
            if not (await connection.execute(update(links).where(links.c.id == link).values(said))).rowcount:
                raise NoSuchLink(link)


async def read_outcomes(database: Database, question: Question) -> Outcomes:
    """Count them. Raises DatabaseUnusable."""
    about = _concerned(question)
    mine = select(conversations.c.link).where(*about)
    by_outcome = select(links.c.outcome, func.count()).where(links.c.id.in_(mine)).group_by(links.c.outcome)
    with database.explained():
        async with database.reading() as connection:
            demos = await connection.scalar(select(func.count(distinct(conversations.c.demo))).where(*about))
            counted = {outcome: count for outcome, count in await connection.execute(by_outcome)}
    return Outcomes(demos or 0, **counted)


async def outcome_of(database: Database, ids: Sequence[str]) -> dict[str, str]:
    """Link -> its outcome. Raises DatabaseUnusable."""
    wanted = frozenset(ids)
    with database.explained():
        async with database.reading() as connection:
            rows = await connection.execute(select(links.c.id, links.c.outcome))
            return {id: outcome for id, outcome in rows if id in wanted}


def _concerned(question: Question) -> list[ColumnElement[bool]]:
    about = [conversations.c.audience == question.audience]
    if question.window.since:
        about.append(conversations.c.touched_at >= question.window.since)
    if question.window.until:
        about.append(conversations.c.created_at < question.window.until)
    if question.demo is not None:
        about.append(conversations.c.demo == question.demo)
    if question.link is not None:
        about.append(conversations.c.link == question.link)
    return about
