"""Conversations on record: listed, searched, opened again, renamed, deleted; and what was thought of their replies."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from past import DAY, NOON, Past
from test_searching import CASES

from ledger.conversations import (
    Which,
    delete_conversation,
    latest_of,
    list_conversations,
    load_conversation,
    rename_conversation,
)
from ledger.database import Database
from ledger.feedback import give_feedback, take_feedback_back
from ledger.stored import StoredConversation
from ledger.tables import conversations, feedback, receipts
from ledger.unusable import DatabaseUnusable


@pytest.fixture
def past(database: Database) -> Past:
    """An empty past, to be filled."""
    return Past(database)


async def listed(past: Past, which: Which | None = None, **page: Any) -> list[str]:
    """The ids on a page."""
    found = await list_conversations(past.database, which or Which(), **page)
    return [one.id for one in found.conversations]


async def loaded(past: Past, id: str = "a") -> StoredConversation:
    """A conversation that is there."""
    found = await load_conversation(past.database, id)
    assert found is not None
    return found


def questions(conversation: StoredConversation) -> Sequence[str | None]:
    """What its page shows."""
    return [turn.question for turn in conversation.turns]


async def test_opened_again(past: Past) -> None:
    """A conversation comes back as it was: texts, receipts, feedback, choices, demo, totals."""
    told = {"question": "Còn váy đỏ không?", "feedback": {"value": 0, "comment": "chậm"}}
    choices = {"model": "deepseek-v3.2", "temperature": 0.5}
    await past.conversation("a", told, "Size M?", choices=choices, title="Chị Lan")
    found = await loaded(past)
    assert (found.visitor, found.audience, found.demo, found.language) == ("lan", "visitor", "boutique", "vi")
    assert (found.title, found.choices, found.created_at, found.next_position) == (
        "Chị Lan",
        choices,
        NOON,
        2,
    )
    first, second = found.turns
    assert (first.id, first.message, first.position) == ("a-0", "m-a-0", 0)
    assert (first.question, first.reply, first.asked_at) == ("Còn váy đỏ không?", "Dạ còn ạ.", NOON)
    assert first.feedback and (first.feedback.value, first.feedback.comment) == (0, "chậm")
    assert second.feedback is None
    assert (found.totals.replies, found.totals.total_tokens, found.totals.cost_usd) == (
        2,
        60,
        Decimal("0.0002"),
    )


async def test_receipt_comes_back_whole(past: Past) -> None:
    """What stood below the reply can be drawn again from it."""
    await past.conversation("a", "Còn váy đỏ không?")
    (turn,) = (await loaded(past)).turns
    assert turn.receipt and turn.receipt.metadata() == {
        "provider": "holysheep",
        "model": "deepseek-v3.2",
        "served_model": "deepseek-v3.2-exp",
        "cohort": "holysheep",
        "ttft_ms": 180.5,
        "latency_ms": 1230.0,
        "tokens_per_second": 61.2,
        "prompt_tokens": 10,
        "cached_tokens": 4,
        "completion_tokens": 20,
        "reasoning_tokens": 0,
        "total_tokens": 30,
        "usage_source": "reported",
        "cost_usd": "0.0001",
        "cost_bound": "exact",
        "price_version": "2026-11-02",
        "finish_reason": "stop",
        "attempts": 1,
        "request_id": "req-1",
        "error": None,
    }
    assert (turn.demo, turn.demo_version) == ("boutique", 3)
    assert turn.receipt.attempts[0].status == 200


async def test_off_the_screen_is_still_paid_for(past: Past) -> None:
    """Turns that were edited or cleared away are not shown; their costs and their places stay taken."""
    await past.conversation("a", "một", {"question": "hai", "replaced": True}, "ba", cleared_before=1)
    found = await loaded(past)
    assert questions(found) == ["ba"]
    assert (found.totals.replies, found.next_position) == (3, 3)


async def test_under_way(past: Past) -> None:
    """A turn that was only just taken has no receipt yet, and is there."""
    await past.conversation("a", {"question": "một", "reply": None, "receipt": {}})
    (turn,) = (await loaded(past)).turns
    assert (turn.question, turn.reply, turn.receipt, turn.demo) == ("một", None, None, "boutique")


async def test_forgotten_turns_are_left_out(past: Past) -> None:
    """Where the text is gone there is nothing to show; the totals stay."""
    await past.conversation("a", {"question": None, "reply": None}, "hai")
    found = await loaded(past)
    assert questions(found) == ["hai"] and found.totals.replies == 2


async def test_nobody_opens_what_is_not_theirs(past: Past) -> None:
    """A foreign conversation is to a visitor as if it were not there."""
    await past.conversation("a", "một")
    database = past.database
    assert await load_conversation(database, "a", owner="lan")
    assert await load_conversation(database, "a", owner="minh") is None
    assert await load_conversation(database, "b") is None
    assert not await rename_conversation(database, "a", "x", owner="minh")
    assert not await delete_conversation(database, "a", owner="minh")
    assert await latest_of(database, "minh") is None


async def test_listed_by_last_touch(past: Past) -> None:
    """Whoever spoke last stands first; a page ends where it should, and the next goes on behind it."""
    for number in range(5):
        await past.conversation(f"c{number}", "một", at=NOON + number * DAY)
    await past.conversation("twin", "một", at=NOON + 2 * DAY)
    first = await list_conversations(past.database, first=3)
    assert [one.id for one in first.conversations] == ["c4", "c3", "twin"]
    await past.conversation("new", "một", at=NOON + 9 * DAY)
    second = await list_conversations(past.database, first=3, after=first.after)
    assert [one.id for one in second.conversations] == ["c2", "c1", "c0"] and second.after is None


@pytest.mark.parametrize(
    "after",
    [
        "",
        "nothing",
        "2026-11-23~",
        "2026-11-23T00:00:00~x",
        "9999-99-99~a",
        "~",
        "\0",
        "2030-01-01T00:00:00+00:00~\0\ud800",
    ],
)
async def test_a_forged_cursor_is_the_beginning(past: Past, after: str) -> None:
    """What no page gave out is no place in the list."""
    await past.conversation("a", "một")
    assert await listed(past, after=after) == ["a"]


async def test_title(past: Past) -> None:
    """The name it was given, else its first question that is still shown, on one line and not too long."""
    await past.conversation("a", "một", title="Chị Lan", at=NOON + 3 * DAY)
    await past.conversation("b", "một", "Còn  váy\nđỏ không?", cleared_before=1, at=NOON + 2 * DAY)
    await past.conversation("c", "váy " * 100, at=NOON + DAY)
    await past.conversation("d", {"question": None, "reply": None})
    page = await list_conversations(past.database)
    a, b, c, d = (one.title for one in page.conversations)
    assert (a, b, d) == ("Chị Lan", "Còn váy đỏ không?", "")
    assert c.endswith("váy…") and len(c) <= 80


async def test_filters(past: Past) -> None:
    """By owner, audience, demo, link and thumbs, and by several at once."""
    await past.conversation("a", {"question": "một", "feedback": {"value": 1}}, at=NOON)
    await past.conversation("b", {"question": "một", "feedback": {"value": 0}}, visitor="minh", at=NOON + DAY)
    await past.conversation("c", "một", demo="cosmetics", link="l1", at=NOON + 2 * DAY)
    await past.conversation("d", "một", audience="operator", visitor="operator", at=NOON + 3 * DAY)
    gone = {"question": "một", "feedback": {"value": 1}, "replaced": True}
    await past.conversation("e", gone, visitor="minh", at=NOON + 4 * DAY)
    assert await listed(past, Which(owner="minh")) == ["e", "b"]
    assert await listed(past, Which(audience="operator")) == ["d"]
    assert await listed(past, Which(demo="cosmetics")) == ["c"]
    assert await listed(past, Which(link="l1")) == ["c"]
    assert await listed(past, Which(thumbs=1)) == ["a"]
    assert await listed(past, Which(thumbs=0)) == ["b"]
    assert await listed(past, Which(owner="minh", thumbs=1)) == []
    assert await latest_of(past.database, "lan") == "c"
    assert await latest_of(past.database, "lan", demo="boutique") == "a"


@pytest.mark.parametrize(("searched", "text", "found"), CASES)
@pytest.mark.parametrize("place", ["question", "reply", "title"])
async def test_search(past: Past, place: str, searched: str, text: str, found: bool) -> None:
    """Both databases find what Python finds, in questions, replies and titles."""
    told: dict[str, Any] = {"question": "?", "reply": "!"}
    await past.conversation(
        "a", told if place == "title" else {**told, place: text}, title=text if place == "title" else None
    )
    assert await listed(past, Which(searched=searched)) == (["a"] if found else [])


async def test_search_sees_what_the_page_shows(past: Past) -> None:
    """Not what was edited or cleared away, nor what is no one's business."""
    await past.conversation("a", "váy", {"question": "đầm", "replaced": True}, "áo", cleared_before=1)
    assert await listed(past, Which(searched="áo")) == ["a"]
    assert await listed(past, Which(searched="váy")) == []
    assert await listed(past, Which(searched="đầm")) == []
    assert await listed(past, Which(searched="áo", owner="minh")) == []
    assert await listed(past, Which(searched=" \0 ")) == ["a"]


async def test_renamed(past: Past) -> None:
    """The new name on one line, without what no database can hold; a blank one gives the question back."""
    await past.conversation("a", "một")
    assert await rename_conversation(past.database, "a", "  Chị\n Lan\0\ud800 ", owner="lan")
    assert (await loaded(past)).title == "Chị Lan?"
    assert await rename_conversation(past.database, "a", " ")
    (line,) = (await list_conversations(past.database)).conversations
    assert line.title == "một"
    assert not await rename_conversation(past.database, "b", "x")


async def test_deleted(past: Past) -> None:
    """It is off every list and its texts are gone; what it cost stays."""
    await past.conversation("a", {"question": "một", "feedback": {"comment": "tốt"}}, title="Lan")
    await past.conversation("b", "hai")
    assert await delete_conversation(past.database, "a", owner="lan")
    assert await load_conversation(past.database, "a") is None
    assert await listed(past) == ["b"]
    assert await past.texts() == [(None, None), ("hai", "Dạ còn ạ.")]
    assert await past.column(feedback.c.comment) == [None]
    assert await past.column(conversations.c.title) == [None, None]
    assert None in (gone := await past.column(conversations.c.deleted_at)) and len(set(gone)) == 2
    assert await past.column(receipts.c.cost) == [Decimal("0.0001")] * 2
    assert not await delete_conversation(past.database, "a")
    assert not await rename_conversation(past.database, "a", "x")


async def test_feedback_is_changed_in_place(past: Past) -> None:
    """One thumb a reply: the last word holds, under the first one's id."""
    await past.conversation("a", "một")
    id = await give_feedback(past.database, "a-0", "lan", 0, " chậm \0", now=NOON)
    assert id
    assert await give_feedback(past.database, "a-0", "lan", 1, " ", now=NOON + timedelta(hours=1)) == id
    (turn,) = (await loaded(past)).turns
    assert turn.feedback and (turn.feedback.id, turn.feedback.value, turn.feedback.comment) == (id, 1, None)
    assert turn.feedback.given_at == NOON + timedelta(hours=1)
    assert await take_feedback_back(past.database, id, "lan")
    assert (await loaded(past)).turns[0].feedback is None
    assert not await take_feedback_back(past.database, id, "lan")


async def test_feedback_is_the_owners(past: Past) -> None:
    """Nobody thumbs another's replies, none that are gone, and nothing between up and down."""
    await past.conversation("a", {"question": "một", "feedback": {"value": 1}})
    await past.conversation("b", {"question": None, "reply": None})
    await past.conversation("c", "một", deleted_at=NOON)
    assert await give_feedback(past.database, "a-0", "minh", 0) is None
    assert not await take_feedback_back(past.database, "f-a-0", "minh")
    assert await give_feedback(past.database, "b-0", "lan", 0) is None
    assert await give_feedback(past.database, "c-0", "lan", 0) is None
    assert await give_feedback(past.database, "none", "lan", 0) is None
    assert await past.column(feedback.c.value) == [1]
    with pytest.raises(ValueError, match="0 or 1, not 2"):
        await give_feedback(past.database, "a-0", "lan", 2)


async def test_ids_that_cannot_be(past: Past) -> None:
    """What no database can hold is the id of nothing."""
    for id in ("\0", "\ud800", "a" * 1_000):
        assert await load_conversation(past.database, id) is None
        assert not await delete_conversation(past.database, id)
        assert await give_feedback(past.database, id, "lan", 1) is None
        assert not await take_feedback_back(past.database, id, "lan")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_database_that_fails_says_why(past: Past) -> None:
    """Not in its driver's words."""
    assert past.database.file
    await past.database.close()
    past.database.file.write_bytes(b"no database at all" * 100)
    with pytest.raises(DatabaseUnusable):
        await list_conversations(past.database)
