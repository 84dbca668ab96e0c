"""The words of replies under way, in files: what a program that was killed leaves behind."""

import logging
import os
from pathlib import Path

import pytest
from bookkeeping import begin, keeping, receipt

from ledger.database import Database
from ledger.masking import mask_secrets
from ledger.privacy import forget
from ledger.under_way import UnderWay, left_behind, names, remove


def test_a_reply_grows(tmp_path: Path) -> None:
    """All of it is there at any time, beside others, for its owner's eyes alone."""
    under_way = UnderWay(tmp_path / "spool", "me")
    for text in ("Dạ", "Dạ còn", "Dạ còn\nạ 1 2 3\n"):
        under_way.write("turn", text)
        under_way.write("other", text[::-1])
        there = left_behind(tmp_path / "spool", ["me", "nobody"])
        assert there == {"turn": text, "other": text[::-1]}
    (file,) = (tmp_path / "spool").iterdir()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert names(tmp_path / "spool") == ["me"]


def test_a_reply_that_begins_anew(tmp_path: Path) -> None:
    """What it said before is gone."""
    under_way = UnderWay(tmp_path, "me")
    for text in ("Một hai ba", "Hai", "Hai ba"):
        under_way.write("turn", text)
    assert left_behind(tmp_path, ["me"]) == {"turn": "Hai ba"}


def test_replies_that_have_ended(tmp_path: Path) -> None:
    """They leave nothing behind; what is not on record stays when the program ends."""
    under_way = UnderWay(tmp_path, "me")
    under_way.write("ended", "Dạ")
    under_way.drop("ended")
    under_way.drop("ended")
    assert left_behind(tmp_path, ["me"]) == {}
    under_way.write("open", "Dạ")
    under_way.close()
    assert left_behind(tmp_path, ["me"]) == {"open": "Dạ"}
    remove(tmp_path, ["me", "nobody"])
    assert list(tmp_path.iterdir()) == []


def test_a_program_whose_replies_have_all_ended(tmp_path: Path) -> None:
    """It takes its file with it."""
    under_way = UnderWay(tmp_path, "me")
    under_way.write("turn", "Dạ")
    under_way.drop("turn")
    under_way.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_has_become_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is begun anew, with what is still under way, and goes on."""
    monkeypatch.setattr("ledger.under_way.LARGEST", 500)
    under_way = UnderWay(tmp_path, "me")
    under_way.write("open", "Dạ")
    for number in range(100):
        under_way.write(str(number), "nhiều chữ")
        under_way.drop(str(number))
    under_way.write("open", "Dạ còn")
    (file,) = tmp_path.iterdir()
    assert left_behind(tmp_path, ["me"])["open"] == "Dạ còn" and file.stat().st_size < 600


@pytest.mark.parametrize("cut", range(1, 14))
def test_an_entry_that_was_cut(tmp_path: Path, cut: int) -> None:
    """What stands before it is read, and of its own words those that are whole."""
    under_way = UnderWay(tmp_path, "me")
    under_way.write("turn", "Dạ còn ")
    under_way.write("turn", "Dạ còn ạ")
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-cut])
    assert left_behind(tmp_path, ["me"])["turn"] == ("Dạ còn ạ" if cut == 1 else "Dạ còn ")


def test_a_disk_that_does_not_take_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The reply goes on; the log has one line about it."""
    (tmp_path / "spool").write_text("a file, where a folder should be")
    under_way = UnderWay(tmp_path / "spool", "me")
    with caplog.at_level(logging.ERROR):
        for text in ("Dạ", "Dạ còn"):
            under_way.write("turn", text)
    under_way.drop("turn")
    (record,) = caplog.records
    assert "are not kept in" in record.getMessage() and "Dạ" not in record.getMessage()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_is_made_good(tmp_path: Path) -> None:
    """What it did not take is written with what comes later."""
    under_way = UnderWay(tmp_path, "me")
    under_way.write("turn", "Dạ")
    fd = under_way._fd
    assert fd is not None
    full, good = os.open("/dev/full", os.O_WRONLY), os.dup(fd)
    os.dup2(full, fd)
    under_way.write("turn", "Dạ còn")
    os.dup2(good, fd)
    for spare in (full, good):
        os.close(spare)
    under_way.write("turn", "Dạ còn ạ")
    assert left_behind(tmp_path, ["me"]) == {"turn": "Dạ còn ạ"}


async def test_until_it_is_on_record(database: Database, tmp_path: Path) -> None:
    """The words stay where they are until the turn's end is durable."""
    async with keeping(database, tmp_path) as books:
        entry = await begin(books)
        entry.said("Dạ còn")
        settled = entry.settle(receipt(), "Dạ còn ạ.")
        assert left_behind(tmp_path / "spool", [books.replica]) == {entry.turn: "Dạ còn"}
        await settled
        assert left_behind(tmp_path / "spool", [books.replica]) == {}


async def test_masked(database: Database, tmp_path: Path) -> None:
    """A card number that is complete is nowhere."""
    async with keeping(database, tmp_path, mask=mask_secrets) as books:
        entry = await begin(books)
        for text in ("Thẻ 4111 1111", "Thẻ 4111 1111 1111 1111", "Thẻ 4111 1111 1111 1111 của chị"):
            entry.said(text)
        words = left_behind(tmp_path / "spool", [books.replica])[entry.turn]
        assert "4111" not in words and words.startswith("Thẻ ") and words.endswith(" của chị")


async def test_forgotten_in_mid_reply(database: Database, tmp_path: Path) -> None:
    """What stood there is taken out while the server runs."""
    spool = tmp_path / "spool"
    async with keeping(database, tmp_path) as books:
        entry, other = await begin(books), await begin(books)
        for one in (entry, other):
            one.said("Dạ còn")
        await books.flush()
        await forget(database, "conversation", entry.conversation, spool=spool)
        there = left_behind(spool, [books.replica])
        assert there[other.turn] == "Dạ còn" and there[entry.turn].strip() == ""
