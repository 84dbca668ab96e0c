"""The demos and the record: what is saved at a desk or on another replica reaches the shelf, and back."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from demos.demo import Demo
from demos.looking import keep_looking
from demos.shelf import DemoFileError, Shelf, digest
from ledger import Database, latest_versions
from ledger.versions import DemoVersion, newest_numbers, save_version, version_of

log = logging.getLogger(__name__)

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

    async def save(self, name: str, text: str, *, author: str, note: str = "") -> Demo:
        """Make a demo's text its newest version, here at once and on every replica within a second.

        One that says nothing new is no version. Raises DemoFileError for a text that is no demo, DatabaseUnusable.
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
