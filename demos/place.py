"""Where the commands of ``python -m demos`` do their work."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from demos.demo import Demo, Language
from demos.links import Keys
from demos.shelf import Shelf
from demos.versions import ParseText, Versions
from ledger import Database, DemoVersion, save_version, upgrade

#: Asks a model (an id; blank: the default) one question with these messages; gives its reply. Raises EngineError.
Ask = Callable[[Sequence[Mapping[str, str]], str], Awaitable[str]]


@dataclass(frozen=True)
class Place:
    """What the settings say. author: who saves. has_model: whether a model can be asked, rather than a rehearsal."""

    database_url: str
    data_dir: Path
    folder: Path
    demos: Mapping[str, Demo]
    parse: Callable[[Path], Demo]
    parse_text: ParseText
    ask: Ask
    has_model: bool
    secret: str
    public_url: str
    tunnel_command: str = ""
    author: str = ""
    language: Language = "en"


class Workshop:
    """The demos and links of an installation, for one command; ``async with`` opens the database."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.keys = Keys(place.secret)
        self.database = Database(place.database_url, data_dir=place.data_dir)
        self.shelf = Shelf(place.folder, place.parse, dict(place.demos))
        self.versions = Versions(self.database, self.shelf, place.parse_text)

    async def __aenter__(self) -> "Workshop":
        await self.database.connect()
        try:
            await upgrade(self.database)
            found: list[DemoVersion] = []
            await self.versions.open(found.append)
            for version in found:  # files that were saved while no program ran
                await save_version(
                    self.database,
                    demo=version.demo,
                    digest=version.digest,
                    content=version.content or "",
                    author=version.author,
                    note=None,
                    saved_at=version.saved_at,
                )
            await self.versions.refresh()
        except BaseException:
            await self.database.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.database.close()

    async def save(self, name: str, text: str, note: str = "") -> Demo:
        """A new version, by whoever sits at the terminal. Raises DemoFileError, DatabaseUnusable."""
        return await self.versions.save(name, text, author=self.place.author, note=note)


def now() -> datetime:
    """In UTC."""
    return datetime.now(UTC)
