"""What was forgotten elsewhere is learned of, once."""

from datetime import timedelta

from past import NOON, Past

from ledger.conversations import delete_conversation
from ledger.database import Database
from ledger.forgotten import CLOCKS_DIFFER, Forgotten
from ledger.privacy import forget


async def test_each_is_told_once(database: Database) -> None:
    """Whatever was forgotten before this program began is no news; what comes later is, whichever way it went."""
    past = Past(database)
    for id in ("old", "new", "deleted", "kept"):
        await past.conversation(id, "Còn váy không?")
    await forget(database, "conversation", "old")
    forgotten = Forgotten(database)
    assert await forgotten.news() == []
    await forget(database, "conversation", "new")
    await delete_conversation(database, "deleted")
    assert await forgotten.news() == ["deleted", "new"]
    assert await forgotten.news() == []


async def test_nothing_was_ever_forgotten(database: Database) -> None:
    """There is no news; the first one is some."""
    await Past(database).conversation("room", "Còn váy không?")
    forgotten = Forgotten(database)
    assert await forgotten.news() == await forgotten.news() == []
    await forget(database, "conversation", "room", now=NOON)
    assert await forgotten.news() == ["room"]


async def test_forgotten_again(database: Database) -> None:
    """A conversation that went on, and is forgotten once more, is news once more."""
    await Past(database).conversation("room", "Còn váy không?")
    forgotten = Forgotten(database)
    await forgotten.news()
    for second in range(2):
        await forget(database, "conversation", "room", now=NOON + timedelta(seconds=second))
        assert await forgotten.news() == ["room"]


async def test_a_clock_that_is_slow(database: Database) -> None:
    """What is forgotten by a clock that is some minutes behind is not missed."""
    past = Past(database)
    for id in ("fast", "slow"):
        await past.conversation(id, "Còn váy không?")
    await forget(database, "conversation", "fast", now=NOON)
    forgotten = Forgotten(database)
    await forgotten.news()
    await forget(database, "conversation", "slow", now=NOON - CLOCKS_DIFFER / 2)
    assert await forgotten.news() == ["slow"]
