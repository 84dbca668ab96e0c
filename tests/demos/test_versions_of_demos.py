"""Demos saved in files, by command and on two replicas at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from demos import Demo, DemoFileError, Shelf, Versions
from ledger import Database, DemoVersion, save_version, upgrade, versions_of
from ledger.tables import demo_versions, demo_work

pytestmark = pytest.mark.database


def parse_text(text: str, name: str) -> Demo:
    """A text here is ``TITLE: PERSONA``; "broken" is none."""
    title, colon, persona = text.partition(": ")
    if not colon:
        raise DemoFileError({"vi": "hỏng", "en": "broken"})
    return Demo(name, title.removeprefix('title = "').strip(), persona)


class Replica:
    """One program's shelf over a folder and the database."""

    def __init__(self, database: Database, folder: Path) -> None:
        files = {path.stem: parse(path) for path in folder.glob("*.toml")}
        self.shelf = Shelf(folder, parse, files)
        self.versions = Versions(database, self.shelf, parse_text)
        self.recorded: list[DemoVersion] = []
        self._database = database

    async def open(self) -> "Replica":
        """As a server does."""
        await self.versions.open(self.recorded.append)
        return self

    async def record(self) -> None:
        """What the books do a moment later."""
        for one in self.recorded:
            await save_version(
                self._database,
                demo=one.demo,
                digest=one.digest,
                content=one.content or "",
                author=one.author,
                note=None,
                saved_at=one.saved_at,
            )
        self.recorded.clear()


def parse(path: Path) -> Demo:
    """A file."""
    return parse_text(path.read_text(encoding="utf-8"), path.stem)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty one."""
    async with Database(data_dir=tmp_path) as database:
        await upgrade(database)
        yield database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One demo in a file."""
    made = tmp_path / "demos"
    made.mkdir()
    (made / "shop.toml").write_text("Shop: một", encoding="utf-8")
    return made


async def test_a_saved_file_reaches_the_other_replica(
    database: Database, folder: Path, tmp_path: Path
) -> None:
    """Within its next look, also where the other has no such file."""
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    one, other = await Replica(database, folder).open(), await Replica(database, empty).open()
    await one.record()
    (folder / "shop.toml").write_text("Shop: hai", encoding="utf-8")
    await one.versions.refresh()
    await one.record()
    await other.versions.refresh()
    assert (other.shelf.current("shop").persona, other.shelf.current("shop").version) == ("hai", 2)


async def test_a_new_file_is_a_demo_without_a_restart(database: Database, folder: Path) -> None:
    """Nobody need ask for it first."""
    one = await Replica(database, folder).open()
    (folder / "new.toml").write_text("New: ba", encoding="utf-8")
    (folder / "bad.toml").write_text("broken", encoding="utf-8")
    await one.versions.refresh()
    assert one.shelf.names() == ["shop", "new"]


async def test_the_later_save_holds_after_a_restart(database: Database, folder: Path) -> None:
    """A version saved at the desk outlives the older file beside it."""
    one = await Replica(database, folder).open()
    await one.record()
    await one.versions.save("shop", "Shop: tại bàn", author="lan", note="sửa")
    again = await Replica(database, folder).open()
    assert (again.shelf.current("shop").persona, again.shelf.current("shop").version) == ("tại bàn", 2)
    assert again.recorded == [] and (await versions_of(database, "shop"))[0].author == "lan"


async def test_two_files_that_took_one_number(database: Database, folder: Path, tmp_path: Path) -> None:
    """Both texts are on record; the one that came second is the newest, on both replicas."""
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "shop.toml").write_text("Shop: một", encoding="utf-8")
    one, other = await Replica(database, folder).open(), await Replica(database, copy).open()
    await one.record()
    other.recorded.clear()
    (folder / "shop.toml").write_text("Shop: từ đây", encoding="utf-8")
    (copy / "shop.toml").write_text("Shop: từ kia", encoding="utf-8")
    for replica in (one, other):
        replica.shelf.look_at_files()
    await one.record()
    other.recorded.clear()  # its row's number was taken
    for _ in range(2):
        for replica in (other, one):
            await replica.versions.refresh()
    assert {replica.shelf.current("shop").persona for replica in (one, other)} == {"từ kia"}
    assert [version.version for version in await versions_of(database, "shop")] == [3, 2, 1]


async def test_a_version_that_cannot_be_read(
    database: Database, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as one of a newer program: the last good one stays, and it is told once."""
    one = await Replica(database, folder).open()
    await one.record()
    saved_at = (await versions_of(database, "shop"))[0].saved_at
    await save_version(
        database, demo="shop", digest="d" * 64, content="broken", author="x", note=None, saved_at=saved_at
    )
    for _ in range(3):
        await one.versions.refresh()
    assert one.shelf.current("shop").persona == "một"
    assert caplog.text.count("version 2 cannot be read") == 1


async def test_a_file_is_work_on_its_demo(database: Database, folder: Path) -> None:
    """Its first version is the draft, from which the minutes to a demo are counted."""
    one = await Replica(database, folder).open()
    version = one.recorded[0]
    async with database.writing() as connection:
        await connection.execute(
            demo_versions.insert().values(
                demo="shop", version=1, digest=version.digest, saved_at=version.saved_at
            )
        )
    for _ in range(2):
        await one.versions.refresh()
    async with database.reading() as connection:
        rows = (await connection.execute(select(demo_work.c.kind, demo_work.c.at))).all()
    assert [tuple(row) for row in rows] == [("draft", version.saved_at)]


async def test_watching_goes_on_through_faults(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What fails once is tried again."""
    one = await Replica(database, folder).open()
    looks = 0

    async def look() -> None:
        nonlocal looks
        looks += 1
        raise RuntimeError("once more")

    monkeypatch.setattr(one.versions, "refresh", look)
    watching = asyncio.create_task(one.versions.watch(0.001))
    while looks < 3:
        await asyncio.sleep(0.001)
    watching.cancel()
    assert "demos on record could not be looked at" in caplog.text


async def test_two_operators_who_save_at_once_keep_both_their_words(database: Database, folder: Path) -> None:
    """Each edit is made on what the other has saved, on whichever replica."""
    (folder / "toml.toml").write_text('title = "Shop: X"\npersona = "một"\n', encoding="utf-8")
    one, other = await Replica(database, folder).open(), await Replica(database, folder).open()
    await one.record()
    other.recorded.clear()
    for replica in (one, other):
        await replica.versions.refresh()
    await one.versions.edit("toml", {"title": "Shop: A"}, author="lan")
    await other.versions.edit("toml", {"persona": "hai"}, author="minh")
    newest = (await versions_of(database, "toml"))[0]
    assert newest.version == 3 and 'title = "Shop: A"' in (newest.content or "")
    assert 'persona = "hai"' in (newest.content or "")
