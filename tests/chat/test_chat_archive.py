"""The list of past conversations: what is kept of it, and what is said where it cannot be."""

from pathlib import Path

import pytest
from rooms import Rooms
from sqlalchemy import select
from starlette.exceptions import HTTPException

from chat import Archive, Visits, give_thumb
from ledger import Books, mask_secrets
from ledger.tables import conversations, feedback
from ledger.unusable import unusable

CARD = "4111 1111 1111 1111"


def archive(rooms: Rooms) -> Archive:
    """The archive of these rooms."""
    return Archive(rooms.database, rooms.books, rooms.lobby, Visits(rooms.lobby, rooms.service))


async def test_names_and_comments_are_masked(rooms: Rooms, tmp_path: Path) -> None:
    """Where the operator wants card numbers masked, no way into the database leaves one readable."""
    await rooms.books.close()
    rooms.books = await Books.open(
        rooms.database, price_of=lambda provider, model: (None, None), spool=rooms.spool, mask=mask_secrets
    )
    rooms.use(rooms.engine)
    an = rooms.visit()
    await an.ask("Xin chào")
    await archive(rooms).update_thread(an.conversation.id, name=f"Thẻ {CARD}")
    thumb = {"feedback": {"forId": an.conversation.turns[0].record, "value": 1, "comment": f"Thẻ {CARD}"}}
    assert await give_thumb(rooms.database, "an", thumb, rooms.books.clean)
    async with rooms.database.reading() as connection:
        title = await connection.scalar(select(conversations.c.title))
        comment = await connection.scalar(select(feedback.c.comment))
    assert title == comment == "Thẻ ••••1111"


async def test_what_the_database_does_not_take_is_said(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """A conversation that could not be named, or deleted, stays as it was, and the page is told why."""
    an = rooms.visit()
    await an.ask("Xin chào")

    async def away(*_: object, **__: object) -> None:
        raise unusable("locked", "data/ledger.db")

    for name in ("rename_conversation", "delete_conversation"):
        monkeypatch.setattr(f"ledger.conversations.{name}", away)
    with pytest.raises(HTTPException) as unnamed:
        await archive(rooms).update_thread(an.conversation.id, name="Áo")
    with pytest.raises(HTTPException) as kept:
        await archive(rooms).delete_thread(an.conversation.id)
    assert unnamed.value.status_code == kept.value.status_code == 503
    assert "data/ledger.db" in unnamed.value.detail and " / " in unnamed.value.detail
    assert rooms.lobby.find(an.conversation.id) is an.conversation and len(an.page.replies) == 1
