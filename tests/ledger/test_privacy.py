"""Texts that are too old, texts that somebody wants gone, and texts that somebody wants to have."""

import json
import shutil
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
from past import DAY, NOON, Past
from sqlalchemy import text, update

from ledger.conversations import list_conversations, load_conversation
from ledger.database import Database
from ledger.erasing import Erased
from ledger.export import export_visitor
from ledger.privacy import Forgotten, Retention, Whose, expire, forget
from ledger.tables import conversations, feedback, links, receipts, turns
from ledger.visitors import look_up

NOW = NOON + 100 * DAY


@pytest.fixture
def past(database: Database) -> Past:
    """An empty past, to be filled."""
    return Past(database)


async def asked(past: Past) -> list[Any]:
    """The questions that are left."""
    return [question for question, _ in await past.texts() if question]


async def test_old_texts_go_and_receipts_stay(past: Past) -> None:
    """Turn by turn: what is too old loses its words and the comment on them, and nothing else."""
    old = {"question": "cũ", "at": NOON, "feedback": {"comment": "chậm"}}
    new = {"question": "mới", "at": NOW - DAY, "feedback": {"comment": "tốt"}}
    await past.conversation("a", old, new, touched_at=NOW - DAY, title="Lan")
    assert await expire(past.database, Retention(), now=NOW) == Erased(turns=1, comments=1)
    assert await past.texts() == [(None, None), ("mới", "Dạ còn ạ.")]
    assert await past.column(feedback.c.value) == [1, 1]
    assert sorted(await past.column(feedback.c.comment), key=str) == [None, "tốt"]
    assert await past.column(receipts.c.cost) == [Decimal("0.0001")] * 2
    found = await load_conversation(past.database, "a")
    assert found and found.title == "Lan" and found.totals.replies == 2


async def test_where_nothing_is_left_the_list_has_nothing(past: Past) -> None:
    """A conversation that is wholly too old loses its name and its place in the list."""
    await past.conversation("a", "cũ", title="Lan")
    await past.conversation("b", "mới", at=NOW - DAY)
    assert await expire(past.database, Retention(), now=NOW) == Erased(conversations=1, turns=1)
    assert [one.id for one in (await list_conversations(past.database)).conversations] == ["b"]
    assert await past.column(conversations.c.title) == [None, None]
    assert await expire(past.database, Retention(), now=NOW) == Erased()


async def test_to_the_day(past: Past) -> None:
    """On its last day a text is still there."""
    await past.conversation("a", "một", at=NOW - 90 * DAY + timedelta(minutes=1))
    await past.conversation("b", "hai", at=NOW - 90 * DAY - timedelta(minutes=1))
    await expire(past.database, Retention(90), now=NOW)
    assert await asked(past) == ["một"]


async def test_a_demo_has_its_own_time(past: Past) -> None:
    """Shorter or longer than that of the installation."""
    for place, demo in enumerate(("boutique", "cosmetics", "electronics")):
        await past.conversation(demo, f"{demo} 1", at=NOW - 5 * DAY, demo=demo)
        await past.conversation(f"{place}", f"{demo} 2", at=NOW - 200 * DAY, demo=demo)
    await expire(past.database, Retention(90, {"boutique": 1, "electronics": 365}), now=NOW)
    assert sorted(await asked(past)) == ["cosmetics 1", "electronics 1", "electronics 2"]


async def test_many_at_once(past: Past) -> None:
    """More than one transaction takes are taken in several."""
    await past.conversation("a", *(f"câu {n}" for n in range(1_203)))
    assert (await expire(past.database, Retention(1), now=NOW)).turns == 1_203
    assert await asked(past) == []


async def test_comment_on_a_text_that_is_gone(past: Past) -> None:
    """One that came in at the same moment does not stay behind."""
    gone = {"question": None, "reply": None, "feedback": {"comment": "chậm"}}
    await past.conversation("a", gone, at=NOW - DAY)
    assert await expire(past.database, Retention(), now=NOW) == Erased(comments=1)
    assert await past.column(feedback.c.comment) == [None]


async def two_visitors(past: Past) -> None:
    """Lan with two conversations, one by a link; Minh with one by the same link."""
    await past.conversation("a", {"question": "Lan 1", "feedback": {"comment": "tốt"}}, title="Lan")
    await past.conversation("b", "Lan 2", link="l1")
    await past.conversation("c", "Minh 1", link="l1", visitor="minh", title="Minh")


@pytest.mark.parametrize(
    ("whose", "id", "left"),
    [
        ("conversation", "a", ["Lan 2", "Minh 1"]),
        ("link", "l1", ["Lan 1"]),
        ("visitor", "lan", ["Minh 1"]),
        ("visitor", "nobody", ["Lan 1", "Lan 2", "Minh 1"]),
    ],
)
async def test_forgotten(past: Past, whose: Whose, id: str, left: list[str]) -> None:
    """The words of that one only; every receipt stays, and doing it again changes nothing."""
    await two_visitors(past)
    done = await forget(past.database, whose, id, now=NOW)
    assert done.erased.turns == 3 - len(left) and not done.traces and done.found == (id != "nobody")
    again = await forget(past.database, whose, id, now=NOW)
    assert again.erased.turns == again.erased.comments == 0
    assert await asked(past) == left
    assert len(await past.column(receipts.c.cost)) == 3
    shown = (await list_conversations(past.database)).conversations
    assert len(shown) == len(left)


async def test_what_goes_beside_the_words(past: Past) -> None:
    """Names and comments; of a link its customer, of a visitor the id by which they would be known again."""
    await two_visitors(past)
    await forget(past.database, "visitor", "lan", now=NOW)
    assert sorted(await past.column(conversations.c.visitor)) == ["", "", "minh"]
    assert await past.column(feedback.c.comment) == [None]
    assert await past.column(links.c.customer) == ["Shop ABC"]
    await forget(past.database, "link", "l1", now=NOW)
    assert await past.column(links.c.customer) == [None]
    assert await past.column(conversations.c.title) == [None] * 3


SECRET = "bí mật 0912345678"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("length", [1, 40, 4_000], ids=["short", "page", "pages"])
async def test_no_byte_is_left(past: Past, length: int) -> None:
    """After a reply was written piece by piece and everything forgotten, no file of the database holds a word of it."""
    await past.conversation("a", {"question": SECRET * length, "feedback": {"comment": SECRET}}, title=SECRET)
    for piece in range(1, 12):
        async with past.database.writing() as connection:
            await connection.execute(update(turns).values(reply=SECRET * piece * length))
    assert SECRET.encode() in all_bytes(past.database)
    done = await forget(past.database, "conversation", "a", now=NOW)
    assert done == Forgotten(Erased(1, 1, 1), 0, traces=False)
    assert SECRET.encode()[:12] not in all_bytes(past.database)


def all_bytes(database: Database) -> bytes:
    """Of the file, its journal and whatever stands beside it."""
    assert database.file
    return b"".join(file.read_bytes() for file in database.file.parent.iterdir() if file.is_file())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_reader_in_the_way(past: Past, database_url: str, tmp_path: Path) -> None:
    """While another program reads, the journal cannot be emptied: that is said, and forgetting again does it."""
    await past.conversation("a", SECRET)
    async with Database(database_url, data_dir=tmp_path, patience_s=0.05) as hasty:
        async with past.database.reading() as connection:
            await connection.execute(text("SELECT count(*) FROM turns"))
            assert (await forget(hasty, "conversation", "a", now=NOW)).traces
        assert not (await forget(hasty, "conversation", "a", now=NOW)).traces
    assert SECRET.encode() not in all_bytes(past.database)


def spool_of(folder: Path) -> Path:
    """Two files: of Lan, whom the database never saw, and of Minh."""
    folder.mkdir()
    late = {"kind": "said", "conversation": "x", "turn": "x-0", "reply": "Lan nghe"}
    about = {"id": "x", "visitor": "lan", "link": "l1", "title": "Lan"}
    first = {
        "kind": "message",
        "conversation": "x",
        "about": about,
        "row": {"id": "x-0", "question": "Lan hỏi"},
    }
    named = {"kind": "saved", "conversation": "a", "changes": {"title": "Lan"}}
    other = {"kind": "said", "conversation": "c", "turn": "c-0", "reply": "Minh nghe"}
    (folder / "1.jsonl").write_text("".join(json.dumps(line) + "\n" for line in (late, other)))
    (folder / "refused-2.jsonl").write_text("".join(json.dumps(line) + "\n" for line in (first, named)))
    return folder


async def test_the_spool_is_forgotten_too(past: Past, tmp_path: Path) -> None:
    """What waits on disk loses its words where it stands, and the rest of it can still be written."""
    await two_visitors(past)
    folder = spool_of(tmp_path / "spool")
    done = await forget(past.database, "visitor", "lan", spool=folder, now=NOW)
    assert done.spooled == 3
    left = "".join(file.read_text() for file in sorted(folder.iterdir()))
    assert "Lan" not in left and "lan" not in left and "Minh nghe" in left
    said = json.loads(left.splitlines()[0])
    assert said == {"kind": "said", "conversation": "x", "turn": "x-0", "reply": None}
    shutil.rmtree(folder)
    assert (await forget(past.database, "visitor", "lan", spool=folder, now=NOW)).spooled == 0


async def test_export(past: Past) -> None:
    """A visitor gets all that is on record of them, as JSON, and nothing of anybody else."""
    await two_visitors(past)
    await past.conversation("d", {"question": "Lan 3", "replaced": True}, at=NOON - DAY)
    told = json.loads(json.dumps(await export_visitor(past.database, "lan", now=NOW)))
    assert (told["visitor"], told["exported_at"]) == ("lan", "2027-03-03T05:00:00Z")
    assert [one["id"] for one in told["conversations"]] == ["d", "a", "b"]
    (turn,) = told["conversations"][1]["turns"]
    assert (turn["question"], turn["reply"], turn["asked_at"]) == (
        "Lan 1",
        "Dạ còn ạ.",
        "2026-11-23T05:00:00Z",
    )
    assert turn["receipt"]["cost_usd"] == "0.0001" and turn["receipt"]["demo_version"] == 3
    assert turn["feedback"] == {"value": 1, "comment": "tốt", "given_at": "2026-11-23T05:00:00Z"}
    assert "Minh" not in json.dumps(told)


@pytest.mark.parametrize("whose", get_args(Whose))
async def test_a_blank_id_is_nobodys(past: Past, whose: Whose) -> None:
    """It is what forgotten visitors have, all of them."""
    await two_visitors(past)
    await forget(past.database, "visitor", "lan", now=NOW)
    with pytest.raises(ValueError, match="blank"):
        await forget(past.database, whose, "", now=NOW)
    with pytest.raises(ValueError, match="blank"):
        await export_visitor(past.database, " ")


async def test_a_visitor_is_looked_up(past: Past) -> None:
    """By their own id, or by that of a conversation; what nobody has is taken for a visitor's."""
    await two_visitors(past)
    assert await look_up(past.database, "lan") == ("visitor", "lan")
    assert await look_up(past.database, "c") == ("visitor", "minh")
    assert await look_up(past.database, "nobody") == ("visitor", "nobody")
    await forget(past.database, "visitor", "lan", now=NOW)
    assert await look_up(past.database, "a") == ("conversation", "a")


async def test_what_only_the_spool_knows_is_found(past: Past, tmp_path: Path) -> None:
    """The database never took it."""
    folder = spool_of(tmp_path / "spool")
    assert (await forget(past.database, "conversation", "x", spool=folder, now=NOW)).found
    assert not (await forget(past.database, "conversation", "y", spool=folder, now=NOW)).found


async def test_export_of_nobody(past: Past) -> None:
    """There is nothing, and that is said."""
    assert (await export_visitor(past.database, "nobody"))["conversations"] == []
