"""The spool: operations on the disk, in order, and out of it again."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bookkeeping import CENT, MODEL, QUESTION, about, new_id, receipt

from holysheep.journal import AttemptStart
from ledger.operations import (
    BeginAttempt,
    OpenTurn,
    Operation,
    ReplaceTurns,
    SaveConversation,
    SaySoFar,
    SettleTurn,
    TakeMessage,
    from_plain,
    to_plain,
)
from ledger.rows import (
    MessageStart,
    TurnStart,
    begun_row,
    conversation_row,
    ended_row,
    message_row,
    opened_row,
    settled_row,
)
from ledger.spool import Spool, names, rewrite

ROOM, TURN = new_id(), new_id()


def every_kind() -> list[Operation]:
    """One turn, with all that can be said of it."""
    now = datetime(2026, 11, 23, tzinfo=UTC)
    message = MessageStart(TURN, TURN, ROOM, 0, QUESTION)
    start = TurnStart(TURN, ROOM, "fashion", 3, MODEL, "visitor", most_usd=CENT)
    begun, whole = begun_row(TURN, AttemptStart(1, "holysheep", MODEL), now), receipt()
    return [
        TakeMessage(ROOM, conversation_row(about(ROOM), ROOM, now), message_row(message, ROOM, now, str)),
        OpenTurn(ROOM, opened_row(start, 1), 10**10),
        BeginAttempt(ROOM, begun),
        SaySoFar(ROOM, TURN, "Dạ"),
        SettleTurn(
            ROOM,
            TURN,
            "Dạ còn.",
            2,
            settled_row(whole, None),
            (ended_row(begun, whole.attempts[0]),),
            never_left=(2,),
        ),
        SaveConversation(ROOM, {"title": "Váy"}),
        ReplaceTurns(ROOM, (TURN,), 3),
    ]


async def drained(spool: Spool, most: int = 3) -> list[Operation]:
    """All that waits, a few at a time."""
    found: list[Operation] = []
    while not spool.is_empty():
        async with spool.next(most) as operations:
            found += operations
    return found


async def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    """Every kind of operation, in order, and then the file is gone."""
    spool = Spool(tmp_path / "spool", "me")
    spool.append(every_kind()[:4])
    spool.append(every_kind()[4:])
    assert names(tmp_path / "spool") == ["me"]
    found = await drained(spool)
    assert found == every_kind()
    assert names(tmp_path / "spool") == []


async def test_what_was_not_written_waits_on(tmp_path: Path) -> None:
    """A block that fails has taken nothing out."""
    spool = Spool(tmp_path / "spool", "me")
    spool.append(every_kind())
    async with spool.next(2) as first:
        pass
    with pytest.raises(ZeroDivisionError):
        async with spool.next(2):
            raise ZeroDivisionError
    assert len(first) == 2 and len(await drained(spool)) == 5


async def test_half_a_line(tmp_path: Path) -> None:
    """The end of a line that a crash cut off is passed over: nobody was told that it was kept."""
    spool = Spool(tmp_path / "spool", "me")
    spool.append(every_kind())
    file = tmp_path / "spool" / "me.jsonl"
    file.write_bytes(file.read_bytes()[:-20])
    assert len(await drained(spool)) == 6


async def test_another_program_goes_on_where_one_died(tmp_path: Path) -> None:
    """It has not seen how far the dead one was: from the start."""
    spool = Spool(tmp_path / "spool", "me")
    spool.append(every_kind())
    async with spool.next(3):
        pass
    assert len(await drained(Spool(tmp_path / "spool", "me"))) == 7


async def test_words_are_taken_out(tmp_path: Path) -> None:
    """Also of refused entries, and while a program reads on; what cannot be read goes as a whole."""

    def change(plain: Any) -> Any:
        return None if plain["kind"] == "said" else {**plain, "reply": None} if plain.get("reply") else plain

    folder = tmp_path / "spool"
    spool = Spool(folder, "me")
    spool.append(every_kind())
    spool.refuse(every_kind()[4], "no room")
    async with spool.next(1):
        pass
    with (folder / "me.jsonl").open("ab") as file:
        file.write(b'{"kind": "said", "reply": "D')
    assert rewrite(folder, change) == 4
    assert b"D\xe1\xba\xa1" not in b"".join(file.read_bytes() for file in folder.iterdir())
    assert [file.stat().st_mode & 0o777 for file in folder.iterdir()] == [0o600] * 2
    assert json.loads((folder / "refused-me.jsonl").read_bytes())["why"] == "no room"
    kinds = [type(one).__name__ for one in await drained(spool)]
    assert len(kinds) == 6 and "SaySoFar" not in kinds  # from the start again
    assert rewrite(tmp_path / "nowhere", change) == 0


def test_an_end_from_before_attempts_overlapped() -> None:
    """It said only that the last one begun had not left; that one is taken off, and it remarked nothing."""
    ended = next(operation for operation in every_kind() if isinstance(operation, SettleTurn))
    plain = to_plain(ended)
    receipt = {name: value for name, value in plain["receipt"].items() if name != "marks"}
    del plain["never_left"]
    assert from_plain({**plain, "receipt": receipt, "unsent": True}) == ended
    assert from_plain({**plain, "receipt": receipt, "unsent": False}) == replace(ended, never_left=())
