"""The links that are kept in memory: news of them reaches whoever has their pages open, once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from demos import Keys, Link, Links
from ledger import Database, change_link, create_link, upgrade
from ledger.sides import utc_now

pytestmark = pytest.mark.database

KEYS = Keys("the secret of this installation")
ID = "abcdefghij"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """One link on record."""
    async with Database(data_dir=tmp_path) as database:
        await upgrade(database)
        await create_link(database, Link(ID, "boutique", utc_now()))
        yield database


@pytest.fixture
async def links(database: Database) -> Links:
    """With that link in memory."""
    links = Links(database, KEYS)
    assert await links.find(KEYS.token(ID)) is not None
    return links


def heard(links: Links) -> list[Link]:
    """What is told of changes."""
    told: list[Link] = []
    links.on_change = told.append
    return told


async def test_a_change_is_told_once(database: Database, links: Links) -> None:
    """However often one looks."""
    told = heard(links)
    await links.refresh()
    await change_link(database, ID, revoked_at=utc_now())
    await links.refresh()
    await links.refresh()
    assert [link.revoked_at is not None for link in told] == [True]


async def test_a_page_load_swallows_no_news(database: Database, links: Links) -> None:
    """Whoever learns of a change first tells of it: a reload between two looks keeps nobody in."""
    told = heard(links)
    await change_link(database, ID, revoked_at=utc_now())
    loaded = await links.load(ID)
    await links.refresh()
    assert told == [loaded]


async def test_time_closes_and_opens(database: Database, links: Links) -> None:
    """A link that expires, or whose hour comes, is told of though nobody changed it."""
    soon = utc_now() + timedelta(milliseconds=80)
    await change_link(database, ID, expires_at=soon)
    await links.refresh()
    told = heard(links)
    await links.refresh()
    assert told == []
    while utc_now() < soon:
        await links.refresh()
    await links.refresh()
    assert [link.id for link in told] == [ID]


async def test_an_older_answer_changes_nothing(database: Database, links: Links) -> None:
    """What was read before a change, and comes after it, is not believed."""
    old = links.kept(ID)
    assert old is not None
    await change_link(database, ID, paused_at=utc_now())
    await links.refresh()
    told = heard(links)
    links._take(old)
    now = links.kept(ID)
    assert told == [] and now is not None and now.paused_at is not None


async def test_guesses_ask_the_database_nothing(links: Links, database: Database, tmp_path: Path) -> None:
    """Ten thousand tokens, right in all but the signature: each is known for what it is without a look."""
    await database.close()  # whoever asks it now fails
    token = KEYS.token(ID)
    for n in range(10_000):
        guess = f"{ID}{n:026d}" if n % 2 else f"{n:010d}{token[10:]}"
        assert await links.find(guess) is None
    assert len(links._kept) == 1
