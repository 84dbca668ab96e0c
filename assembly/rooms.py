"""Every room of the house, built once from the settings."""

import asyncio
from collections import ChainMap
from collections.abc import Coroutine
from dataclasses import replace
from importlib import import_module
from typing import Any

import backstage
import chat
import web
from assembly import garbage, local_models
from assembly.books import database_of, keep_tidy, open_books
from assembly.machine import Machine, watch_machine
from assembly.measured import Rooms
from assembly.readiness import readiness_of
from assembly.rollout import keep_rolling, rollout_lines
from assembly.visitors import Visitors
from assembly.watch import Watch
from assembly.workshops import workshops
from demos import Keys, Links, Shelf, Versions
from demos.on_record import Tools
from emulator import Emulator
from holysheep import Engine, EngineSettings
from holysheep.own_server import LOCAL
from holysheep.routes import REHEARSAL
from ledger import Books
from settings import Settings
from settings.demo_reader import DemoReader
from settings.engine_place import store_of

#: Demos saved elsewhere, and links changed elsewhere, are looked for this often: within a second all know.
LOOK_EVERY_S = 0.4


class DemoDesk:
    """The rooms. ``start()`` in the server's loop before anybody comes; ``stop()`` when everybody is gone.

    service, visits, archive, backstage: from ``start()`` on.
    """

    service: chat.Service
    visits: chat.Visits
    archive: chat.Archive
    backstage: backstage.Backstage

    def __init__(self, settings: Settings, secret: str) -> None:
        """secret: the installation's, from which the tokens of links are made."""
        self.settings = settings
        self._secret = secret
        ids = [model.id for model in settings.models]
        reader = DemoReader(ids)
        self.shelf = Shelf(settings.demos_folder, reader.file, dict(settings.demos))
        self.database = database_of(settings.environment)
        self.store = store_of(settings.environment, self.database)
        # The rehearsal joins them once its emulator listens.
        asked = {name: one for name, one in settings.providers.items() if name != REHEARSAL}
        offer = EngineSettings(asked, settings.models, settings.rollout)
        self.engine = Engine(offer, store=self.store)
        self.versions = Versions(self.database, self.shelf, reader.text)
        self.links = Links(self.database, Keys(secret))
        environment = settings.environment
        self.visitors = Visitors(
            self.database, self.links, self.shelf, environment.retention_days, environment.public_url
        )
        self.crowd = web.Crowd(environment.max_sockets)
        self.emulator = Emulator(models=ids, control=False, keep=1)
        self._books: Books | None = None
        self.readiness = readiness_of(self.database, self.engine, lambda: self._keeps_books)
        self.traffic = web.Traffic()
        self._watch = Watch(environment.metrics_addr, self.engine)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """What needs a running loop: the books, the rehearsal's emulator, the local server's models.

        Raises DatabaseUnusable.
        """
        garbage.begin()
        settings = self.settings
        await self.database.connect()
        # A rehearsal that a crash cut off was free, also where this start is none.
        providers = ChainMap(self.engine.providers, dict(settings.providers))
        self._books = await open_books(settings.environment, self.database, self.engine.models, providers)
        await self.versions.open(self._books.save_version)
        rate = settings.exchange_rate.vnd_per_usd if settings.exchange_rate else None
        self.service = chat.Service(
            chat.Desk(
                self.engine,
                self.shelf,
                self.database,
                self._books,
                self.versions,
                settings.default_model,
                rate,
                on_turn=self._watch.on_turn,
            ),
            chat.Admission(settings.environment.max_turns),
        )
        lobby = chat.Lobby(settings.default_demo, self._books.forget_totals, self.service.has_moved)
        self.visits = chat.Visits(lobby, self.service, self.links.kept)
        self.archive = chat.Archive(self.database, self._books, lobby, self.visits)
        tools = Tools(self.engine, self._books, settings.default_model)
        workshop = workshops(settings, self._secret, tools, self.database, self.shelf, self.versions)
        self.backstage = backstage.Backstage(
            backstage.Rooms(
                workshop=workshop,
                find=lobby.find,
                begin_with=lobby.begin_with,
                flush=self._books.flush,
                tools=tools,
                rollout=lambda language: rollout_lines(self.store, settings.rollout, language),
            )
        )
        self._books.on_forgotten = self.visits.forget
        self.links.on_change = self.visits.link_changed
        tidying = keep_tidy(self.database, self.shelf, settings.environment)
        collecting = garbage.collect_when_quiet(lambda: self.service.busy)
        watching = (self.versions.watch(LOOK_EVERY_S), self.links.watch(LOOK_EVERY_S))
        rolling = keep_rolling(self.database, self.store, settings.rollout)
        machine = watch_machine(Machine())
        self._tasks += [
            asyncio.create_task(task) for task in (tidying, collecting, rolling, machine, *watching)
        ]
        if settings.rehearsing:
            await self.emulator.start()
            rehearsal = settings.providers[REHEARSAL]
            self.engine.add_provider(replace(rehearsal, base_url=self.emulator.base_url))
        if LOCAL in settings.providers:
            import_module("holysheep.client")  # the SDK: here, where nobody waits for a word yet
            discovery = local_models.discover(self.engine, self.visits.offer_models)
            self._tasks.append(asyncio.create_task(discovery))
        await self._watch.open(
            Rooms(
                self.traffic,
                self.crowd,
                lobby,
                self.visits,
                self.service,
                self.engine,
                self.database,
                self._books,
                self.readiness,
            )
        )

    async def stop(self) -> None:
        """End what is under way, put it on record, and close what ``start()`` and the conversations opened."""
        for task in self._tasks:
            task.cancel()
        if self._books is not None:
            await self.backstage.close()
            await self.service.close()
            await self.engine.close()
            await self._books.close()
        await self.database.close()
        await self.emulator.stop()
        self._watch.close()

    def keep_at(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this beside everything else, until ``stop()``."""
        self._tasks.append(asyncio.create_task(work))

    async def flush(self) -> None:
        """Wait until all that was said so far is on record."""
        assert self._books is not None
        await self._books.flush()

    async def touched(self, turn: str) -> None:
        """A thumb came here of a page that another server shows: it reads the conversation anew."""
        assert self._books is not None
        await self._books.others.touched(turn)

    @property
    def _keeps_books(self) -> bool:
        return self._books is not None and self._books.state == "written"

    def clean(self, text: str) -> str:
        """A text as it may be kept."""
        assert self._books is not None
        return self._books.clean(text)
