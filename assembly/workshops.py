"""Where the commands of the desk do their work: in the rooms of the running program."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from demos import Language, Shelf, Versions
from demos.place import Place, Workshop
from holysheep import Engine
from ledger import Database
from settings import Settings
from settings.demo_reader import DemoReader


def workshops(
    settings: Settings, secret: str, engine: Engine, database: Database, shelf: Shelf, versions: Versions
) -> Callable[[str, Language], Workshop]:
    """For an operator's name and language. secret: the installation's, of which the tokens of links are made."""
    environment = settings.environment
    reader = DemoReader([model.id for model in settings.models])

    async def ask(messages: Sequence[Mapping[str, str]], model: str) -> str:
        reply = await engine.complete(messages, model=model or settings.default_model)
        return reply.text

    place = Place(
        environment.database_url,
        environment.data_dir,
        settings.demos_folder,
        settings.demos,
        reader.file,
        reader.text,
        ask,
        not settings.rehearsing,
        secret,
        environment.public_url,
        files=False,
    )

    def workshop(author: str, language: Language) -> Workshop:
        return Workshop.over(replace(place, author=author, language=language), database, shelf, versions)

    return workshop
