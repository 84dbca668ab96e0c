"""Demos as they stand now: a saved file holds from the next look on, a broken one changes nothing."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demos import Demo, DemoFileError, Shelf, UnknownDemo
from ledger import DemoVersion

FUTURE = datetime(2999, 1, 1, tzinfo=UTC)
SHOP = Demo("shop", "Shop", "Bạn là Mây.")


def parse(path: Path) -> Demo:
    """A file here is but a persona; "broken" is none."""
    persona = path.read_text(encoding="utf-8")
    if persona == "broken":
        raise DemoFileError({"vi": "tệp hỏng", "en": "broken file"})
    return Demo(path.stem, path.stem.title(), persona)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A shelf with one demo, as it was read at the start."""
    save(tmp_path, "Bạn là Mây.")
    return Shelf(tmp_path, parse, {"shop": SHOP})


def save(folder: Path, persona: str, name: str = "shop") -> None:
    """Save a demo's file."""
    (folder / f"{name}.toml").write_text(persona, encoding="utf-8")


def test_an_untouched_file_is_not_read_again(shelf: Shelf) -> None:
    """Nothing saved, nothing parsed: the very object stays."""
    assert shelf.current("shop") is SHOP and shelf.names() == ["shop"] and shelf.fault("shop") is None


def test_a_saved_file_holds_at_once(shelf: Shelf, tmp_path: Path) -> None:
    """Each save with a change is a version more."""
    for version, persona in ((2, "Bạn là Tia."), (3, "Bạn là Mai.")):
        save(tmp_path, persona)
        assert shelf.current("shop") == replace(SHOP, persona=persona, version=version)


def test_a_save_of_the_same_size_within_one_tick_is_seen(shelf: Shelf, tmp_path: Path) -> None:
    """An editor that replaces the file is noticed even where size and time are the old ones."""
    before = (tmp_path / "shop.toml").stat()
    other = tmp_path / "new"
    other.write_text("Bạn là Tia.", encoding="utf-8")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(tmp_path / "shop.toml")
    assert shelf.current("shop").persona == "Bạn là Tia."


def test_a_save_that_changes_nothing_is_no_new_version(shelf: Shelf, tmp_path: Path) -> None:
    """A version counts changes, not keystrokes of Save."""
    save(tmp_path, "Bạn là Tia.")
    shelf.current("shop")
    os.utime(tmp_path / "shop.toml", ns=(1, 1))
    assert shelf.current("shop").version == 2


def test_a_broken_file_changes_nothing(
    shelf: Shelf, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The last good version stays, the fault is told in both languages and logged once, until it is mended."""
    save(tmp_path, "broken")
    assert shelf.current("shop") is SHOP and shelf.current("shop") is SHOP
    assert shelf.fault("shop") == {"vi": "tệp hỏng", "en": "broken file"}
    assert caplog.text.count("demo shop keeps version 1, its file is broken: broken file") == 1
    save(tmp_path, "Bạn là Mây.")
    assert shelf.current("shop").version == 1 and shelf.fault("shop") is None


def test_a_new_file_is_a_new_demo(shelf: Shelf, tmp_path: Path) -> None:
    """A demo saved while the program runs is there when it is asked for, with version 1."""
    save(tmp_path, "Bạn là Tia.", "new-shop")
    assert shelf.current("new-shop") == Demo("new-shop", "New-Shop", "Bạn là Tia.")
    assert shelf.names() == ["shop", "new-shop"]


@pytest.mark.parametrize("name", ["nobody", "", "..", "../shop", "sh/op", "-", "a.b", "shop\0"])
def test_what_is_no_demo(shelf: Shelf, tmp_path: Path, name: str) -> None:
    """A name nobody knows is told with those that there are; none leads out of the folder."""
    save(tmp_path.parent, "Bí mật")
    with pytest.raises(UnknownDemo) as unknown:
        shelf.current(name)
    assert (unknown.value.name, unknown.value.known) == (name, ["shop"])
    assert str(unknown.value).endswith("there are: shop") and shelf.fault(name) is None


def test_a_new_file_that_is_broken_is_no_demo(shelf: Shelf, tmp_path: Path) -> None:
    """There is no version of it to stay with."""
    save(tmp_path, "broken", "new")
    with pytest.raises(UnknownDemo):
        shelf.current("new")


def test_a_deleted_file_changes_nothing_and_is_told(shelf: Shelf, tmp_path: Path) -> None:
    """The demo stays as it was, with a word; the file that comes back is used again."""
    (tmp_path / "shop.toml").unlink()
    assert shelf.current("shop") is SHOP
    assert (shelf.fault("shop") or {}).get("en") == "the file is gone"
    save(tmp_path, "Bạn là Tia.")
    assert shelf.current("shop").persona == "Bạn là Tia." and shelf.fault("shop") is None


def test_versions_go_on_after_a_restart(shelf: Shelf, tmp_path: Path) -> None:
    """What is on record keeps its number; what was saved while no program ran is one more, and is put on record."""
    saved: list[DemoVersion] = []
    shelf.number({}, saved.append)
    save(tmp_path, "Bạn là Tia.")
    shelf.current("shop")
    assert [one.version for one in saved] == [1, 2] and saved[0].digest != saved[1].digest
    restarted = Shelf(tmp_path, parse, {"shop": parse(tmp_path / "shop.toml")})
    restarted.number({"shop": saved[-1]}, saved.append)
    assert restarted.current("shop").version == 2 and len(saved) == 2
    save(tmp_path, "Bạn là Mai.")
    later = Shelf(tmp_path, parse, {"shop": parse(tmp_path / "shop.toml")})
    later.number({"shop": saved[-1]}, saved.append)
    assert later.current("shop").version == 3 and [one.version for one in saved] == [1, 2, 3]


def test_a_demo_that_comes_back(shelf: Shelf, tmp_path: Path) -> None:
    """A file that was not there at the start goes on counting, too."""
    gone = DemoVersion("old-shop", 7, "0" * 64, datetime.now(UTC))
    saved: list[DemoVersion] = []
    shelf.number({"old-shop": gone}, saved.append)
    save(tmp_path, "Bạn là Tia.", "old-shop")
    assert shelf.current("old-shop").version == 8
    assert [(one.demo, one.version) for one in saved] == [("shop", 1), ("old-shop", 8)]


def test_when_it_was_saved(shelf: Shelf, tmp_path: Path) -> None:
    """The file's own time counts, unless that is yet to come."""
    saved: list[DemoVersion] = []
    shelf.number({}, saved.append)
    for persona, at in (("Bạn là Tia.", datetime(2026, 11, 1, tzinfo=UTC)), ("Bạn là Mai.", FUTURE)):
        save(tmp_path, persona)
        os.utime(tmp_path / "shop.toml", (at.timestamp(), at.timestamp()))
        shelf.current("shop")
    assert saved[1].saved_at == datetime(2026, 11, 1, tzinfo=UTC) and saved[2].saved_at < FUTURE
