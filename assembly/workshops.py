"""Where the commands of the desk do their work: in the rooms of the running program."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace

from demos import Language, Shelf, Versions
from demos.on_record import Tools
from demos.place import Workshop
from ledger import Database
from settings import Settings
from settings.workplace import workplace


def workshops(
    settings: Settings, secret: str, tools: Tools, database: Database, shelf: Shelf, versions: Versions
) -> Callable[[str, Language], Workshop]:
    """For an operator's name and language. secret: the installation's, of which the tokens of links are made."""

    async def ask(messages: Sequence[Mapping[str, str]], model: str) -> str:
        reply = await tools.engine.complete(messages, model=model or settings.default_model)
        return reply.text

    place = replace(workplace(settings, secret, ask), tools=lambda _: nullcontext(tools), files=False)

    def workshop(author: str, language: Language) -> Workshop:
        return Workshop.over(replace(place, author=author, language=language), database, shelf, versions)

    return workshop
