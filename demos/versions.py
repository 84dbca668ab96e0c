"""The demos and the record: what is saved at a desk or on another replica reaches the shelf, and back."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from demos.demo import Demo
from demos.looking import keep_looking
from demos.shelf import DemoFileError, Shelf, digest
from demos.text import edited
from ledger import Database, latest_versions
from ledger.versions import (
    DemoVersion,
    VersionMoved,
    Work,
    newest_numbers,
    note_work,
    save_version,
    version_of,
)

log = logging.getLogger(__name__)

#: Two operators who save at one moment take turns; nobody needs more of them.
TRIES = 5

#: Reads a demo's TOML, given its text and its name; raises DemoFileError.
ParseText = Callable[[str, str], Demo]


class Versions:
    """Saves demos, and keeps a shelf up to what is on record."""

    def __init__(self, database: Database, shelf: Shelf, parse: ParseText) -> None:
        self._database = database
        self._shelf = shelf
        self._parse = parse
        #: Of files, not yet seen on record: another replica may have taken the number for another text.
        self._unseen: dict[tuple[str, int], DemoVersion] = {}

    async def open(self, record: Callable[[DemoVersion], object]) -> None:
        """Number the shelf's demos after the record; take in what was saved there later. Raises DatabaseUnusable."""

        def note(version: DemoVersion) -> None:
            self._unseen[version.demo, version.version] = version
            record(version)

        self._shelf.number(await latest_versions(self._database), note)
        for version in list(self._shelf.outdated()):
            self._take(version)

    async def edit(self, name: str, changes: Mapping[str, object], *, author: str, note: str = "") -> Demo:
        """Change values of the demo as it stands now; what others save at the same moment is kept.

        changes: as ``demos.text.edited`` takes them. Raises NoSuchKey, and what ``rewrite`` raises.
        """
        return await self.rewrite(name, lambda text, demo: edited(text, changes), author=author, note=note)

    async def rewrite(
        self, name: str, change: Callable[[str, Demo], str], *, author: str, note: str = ""
    ) -> Demo:
        """Make something else of the demo's text as it stands now; made again where somebody saves at that moment.

        change: of the text and the demo that it says. Raises UnknownDemo, and what ``save`` raises.
        """
        for _ in range(TRIES):
            demo, text = self._shelf.current(name), self._shelf.text(name)
            changed = change(text, demo)
            try:
                return await self.save(name, changed, author=author, note=note, after=demo.version)
            except VersionMoved:
                await self.refresh()
        demo, text = self._shelf.current(name), self._shelf.text(name)
        return await self.save(name, change(text, demo), author=author, note=note)

    async def save(
        self, name: str, text: str, *, author: str, note: str = "", after: int | None = None
    ) -> Demo:
        """Make a demo's text its newest version, here at once and on every replica within a second.

        One that says nothing new is no version. after: the version that was changed, where that matters. Raises
        VersionMoved where another one is newer, DemoFileError for a text that is no demo, DatabaseUnusable.
        """
        demo = self._parse(text, name)
        version = await save_version(
            self._database,
            demo=name,
            digest=digest(demo),
            content=text,
            author=author,
            note=note or None,
            saved_at=datetime.now(UTC),
            after=after,
        )
        self._shelf.put(version, demo)
        return self._shelf.current(name)

    async def refresh(self) -> None:
        """Take in what was saved in files, and on record by others. Raises DatabaseUnusable."""
        self._shelf.look_at_files()
        for name, number in (await newest_numbers(self._database)).items():
            is_news = number > self._shelf.recorded(name)
            if is_news and (version := await version_of(self._database, name, number)):
                self._take(version)
        for key, ours in list(self._unseen.items()):
            if found := await version_of(self._database, *key):
                del self._unseen[key]
                if found.digest != ours.digest:
                    await self.save(ours.demo, ours.content or "", author=ours.author or "")
                else:  # a file is work on a demo, too: the minutes to a demo count from it
                    kind: Work = "draft" if ours.version == 1 else "edit"
                    await note_work(self._database, ours.demo, kind, ours.saved_at)

    async def watch(self, every_s: float) -> None:
        """``refresh`` until cancelled; a database that is away for a while changes nothing."""
        await keep_looking(self.refresh, every_s, "demos on record")

    def _take(self, version: DemoVersion) -> None:
        if version.content is None:  # from before contents were kept
            self._shelf.pass_over(version)
            return
        try:
            self._shelf.put(version, self._parse(version.content, version.demo))
        except DemoFileError as error:
            log.warning("demo %s: version %d cannot be read: %s", version.demo, version.version, error)
            self._shelf.pass_over(version)
