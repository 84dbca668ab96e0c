"""Where the commands of ``python -m demos`` do their work."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from demos.demo import Demo, Language
from demos.links import Keys
from demos.on_record import Tools
from demos.said import CommandFailed
from demos.shelf import Shelf
from demos.versions import ParseText, Versions
from ledger import Database, DemoVersion, save_version, upgrade

#: Asks a model (an id; blank: the default) one question with these messages; gives its reply. Raises EngineError.
Ask = Callable[[Sequence[Mapping[str, str]], str], Awaitable[str]]


@dataclass(frozen=True, kw_only=True)
class Place:
    """What the settings say. author: who saves. has_model: whether a model can be asked, rather than a rehearsal.

    tools: what it takes to ask on record, for the length of a command; None: nothing is on record, and ``ask`` asks.
    files: whether whoever speaks may name files of this machine: not at the desk. tell: what there is to say while a
    command still works.
    """

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
    tools: Callable[[Database], AbstractAsyncContextManager[Tools]] | None = None
    files: bool = True
    tell: Callable[[str], None] = lambda text: None


class Workshop:
    """The demos and links of an installation, for commands.

    ``async with`` opens a database of its own, for one command; ``over`` works with what is open already.
    """

    def __init__(self, place: Place, open_rooms: "tuple[Database, Shelf, Versions] | None" = None) -> None:
        self.place = place
        self.keys = Keys(place.secret)
        self.database, self.shelf, self.versions = open_rooms or _rooms(place)

    @classmethod
    def over(cls, place: Place, database: Database, shelf: Shelf, versions: Versions) -> "Workshop":
        """Over a running program's: its database is connected, and its shelf is kept up by others."""
        return cls(place, (database, shelf, versions))

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

    def need_files(self) -> None:
        """Raises CommandFailed where whoever speaks may not name files of this machine."""
        if not self.place.files:
            raise CommandFailed(
                "ở bàn làm việc không đọc được tệp của máy chủ: hãy dán nội dung vào",
                "the desk cannot read files of the server's machine: paste what is in them",
            )


def _rooms(place: Place) -> tuple[Database, Shelf, Versions]:
    database = Database(place.database_url, data_dir=place.data_dir)
    shelf = Shelf(place.folder, place.parse, dict(place.demos))
    return database, shelf, Versions(database, shelf, place.parse_text)


def now() -> datetime:
    """In UTC."""
    return datetime.now(UTC)
