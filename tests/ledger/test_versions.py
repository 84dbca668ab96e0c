"""The versions of demos on record."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bookkeeping import keeping, rows

from ledger.database import Database
from ledger.operations import SaveVersion, from_plain, to_plain
from ledger.tables import demo_work
from ledger.versions import (
    DemoVersion,
    latest_versions,
    newest_numbers,
    note_work,
    save_version,
    version_of,
    versions_of,
)

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
FIRST = DemoVersion("fashion", 1, "a" * 64, datetime(2026, 11, 1, tzinfo=UTC), 'title = "Lụa"', "file")


async def saved(
    database: Database, text: str, demo: str = "fashion", author: str | None = "Linh"
) -> DemoVersion:
    """A save at a desk."""
    return await save_version(
        database, demo=demo, digest=text, content=text, author=author, note="vì sao", saved_at=NOON
    )


async def test_the_latest_of_each_demo(database: Database, tmp_path: Path) -> None:
    """The next start finds the newest; a number that is taken stays as it is."""
    async with keeping(database, tmp_path) as books:
        assert await latest_versions(database) == {}
        second = replace(FIRST, version=2, digest="b" * 64)
        other = replace(FIRST, demo="electronics")
        for saved in (FIRST, second, other, replace(second, digest="c" * 64)):
            books.save_version(saved)
        await books.flush()
        assert await latest_versions(database) == {"fashion": second, "electronics": other}


async def test_a_save_is_a_version_and_work(database: Database) -> None:
    """Numbered from one, whole as it was saved; first a draft, then edits."""
    first, second = await saved(database, "title = 1"), await saved(database, "title = 2")
    other = await saved(database, "title = 1", demo="electronics", author=None)
    assert first == DemoVersion("fashion", 1, "title = 1", NOON, "title = 1", "Linh", "vì sao")
    assert await versions_of(database, "fashion") == [second, first]
    assert await newest_numbers(database) == {"fashion": 2, "electronics": 1}
    assert await latest_versions(database) == {"fashion": second, "electronics": other}
    assert await version_of(database, "fashion", 1) == first
    assert await version_of(database, "fashion", 3) is None
    done = [(work.demo, work.kind, work.at) for work in await rows(database, demo_work)]
    assert done == [("fashion", "draft", NOON), ("fashion", "edit", NOON), ("electronics", "draft", NOON)]


async def test_a_save_that_changes_nothing(database: Database) -> None:
    """The version that is there is given back; what was said before the newest one is said anew."""
    first = await saved(database, "title = 1")
    assert await saved(database, "title = 1", author="Minh") == first
    await saved(database, "title = 2")
    assert (await saved(database, "title = 1")).version == 3
    assert len(await rows(database, demo_work)) == 3


async def test_replicas_that_save_at_once(database: Database, database_url: str, tmp_path: Path) -> None:
    """Each save gets a number of its own, and none is left out."""
    async with AsyncExitStack() as stack:
        replicas = [
            await stack.enter_async_context(Database(database_url, data_dir=tmp_path)) for _ in range(2)
        ]
        made = await asyncio.gather(*(saved(replicas[n % 2], f"title = {n}") for n in range(12)))
    assert sorted(version.version for version in made) == list(range(1, 13))
    assert sorted(await versions_of(database, "fashion"), key=lambda one: one.version) == sorted(
        made, key=lambda one: one.version
    )
    kinds = [work.kind for work in await rows(database, demo_work)]
    assert sorted(kinds) == ["draft"] + 11 * ["edit"]


async def test_work_of_another_kind(database: Database) -> None:
    """Whoever publishes says so."""
    await note_work(database, "fashion", "publish", NOON, "abc")
    (work,) = await rows(database, demo_work)
    assert (work.demo, work.kind, work.at, work.link) == ("fashion", "publish", NOON, "abc")


def test_a_line_of_the_spool_from_before_contents_were_kept() -> None:
    """It is read as a version without any."""
    row = {"demo": "fashion", "version": 1, "digest": "a", "saved_at": 1}
    whole = {**row, "content": None, "author": None, "note": None}
    assert from_plain({"kind": "version", "row": row}) == SaveVersion(whole)
    new = SaveVersion({**whole, "content": "x"})
    assert from_plain(to_plain(new)) == new
