"""Every room of the house, built once from the settings."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from starlette.requests import Request

import chat
import web
from assembly import garbage, local_models
from assembly.books import database_of, keep_tidy, open_books
from demos import Demo, DemoFileError, Shelf
from emulator import Emulator
from holysheep import Engine, Model
from ledger import Books, latest_versions
from settings import Settings, SettingsError, parse_demo


class DemoDesk:
    """The rooms. ``start()`` in the server's loop before anybody comes; ``stop()`` when everybody is gone.

    service, visits, archive: from ``start()`` on.
    """

    service: chat.Service
    visits: chat.Visits
    archive: chat.Archive

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        models = [_routed(model, settings) for model in settings.models]
        self.engine = Engine(settings.providers.values(), models)
        self.shelf = Shelf(settings.demos_folder, _parser(models), dict(settings.demos))
        self.database = database_of(settings.environment)
        self.emulator = Emulator(models=[model.id for model in models], control=False, keep=1)
        self._books: Books | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """What needs a running loop: the books, the rehearsal's emulator, the local server's models.

        Raises DatabaseUnusable.
        """
        garbage.begin()
        settings = self.settings
        await self.database.connect()
        self._books = await open_books(
            settings.environment, self.database, self.engine.models, self.engine.providers
        )
        self.shelf.number(await latest_versions(self.database), self._books.save_version)
        rate = settings.exchange_rate.vnd_per_usd if settings.exchange_rate else None
        self.service = chat.Service(
            chat.Desk(self.engine, self.shelf, self.database, self._books, settings.default_model, rate)
        )
        lobby = chat.Lobby(settings.default_demo, self._books.forget_totals)
        self.visits = chat.Visits(lobby, self.service)
        self.archive = chat.Archive(self.database, self._books, lobby, self.visits)
        self._books.on_forgotten = self.visits.forget
        tidying = keep_tidy(self.database, self.shelf, settings.environment)
        collecting = garbage.collect_when_quiet(lambda: self.service.busy)
        self._tasks += [asyncio.create_task(tidying), asyncio.create_task(collecting)]
        if settings.rehearsing:
            await self.emulator.start()
            rehearsal = settings.providers["rehearsal"]
            self.engine.add_provider(replace(rehearsal, base_url=self.emulator.base_url))
        if "local" in settings.providers:
            discovery = local_models.discover(self.engine, self.visits.offer_models)
            self._tasks.append(asyncio.create_task(discovery))

    async def stop(self) -> None:
        """End what is under way, put it on record, and close what ``start()`` and the conversations opened."""
        for task in self._tasks:
            task.cancel()
        if self._books is not None:
            await self.service.close()
            await self.engine.close()
            await self._books.close()
        await self.database.close()
        await self.emulator.stop()

    def clean(self, text: str) -> str:
        """A text as it may be kept."""
        assert self._books is not None
        return self._books.clean(text)

    def face(self, request: Request) -> web.Face:
        """What the page of this request says."""
        chosen = chat.page_language(request.cookies)
        accepted = request.headers.get("accept-language", "")
        language = chat.best_language(accepted) if chosen == "auto" else chosen
        texts = {k.partition(".")[2]: v for k, v in chat.texts(language).items() if k.startswith("bar.")}
        demo = self.shelf.current(self.settings.default_demo)
        greeting = " ".join((demo.greeting.get(language) or demo.title).replace("*", "").split())
        url = self.settings.environment.public_url
        return web.Face(language, demo.title, greeting, url, self.settings.rehearsing, texts)


def _routed(model: Model, settings: Settings) -> Model:
    """Without a key the rehearsal answers in the provider's place."""
    return model if model.provider in settings.providers else replace(model, provider="rehearsal")


def _parser(models: Sequence[Model]) -> Callable[[Path], Demo]:
    """Reads a demo's file for the shelf."""
    ids = [model.id for model in models]

    def parse(path: Path) -> Demo:
        try:
            return parse_demo(path, model_ids=ids)
        except SettingsError as error:
            raise DemoFileError({"vi": error.text("vi"), "en": error.text("en")}) from error

    return parse
