"""The figures that stand elsewhere in the house, read when Prometheus asks."""

import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import chainlit
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

import chat
import web
from holysheep import Engine
from ledger import Books, Database
from ledger.migrations import newest
from settings.faults import ROOT
from web.metrics import PREFIX

#: Written where an image is built; a clone has none.
VERSION = ROOT / "VERSION"


@dataclass(frozen=True)
class Rooms:
    """Where the figures stand: rooms of a desk that is open."""

    traffic: web.Traffic
    crowd: web.Crowd
    lobby: chat.Lobby
    visits: chat.Visits
    service: chat.Service
    engine: Engine
    database: Database
    books: Books
    readiness: web.Readiness


class Measured(Collector):
    """Reads them; each costs a look at something in memory, and one the length of a file."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._version = VERSION.read_text(encoding="utf-8").strip() if VERSION.exists() else "unknown"

    def collect(self) -> Iterable[Metric]:
        """All of them, as they are now."""
        yield from self._chat()
        yield from self._providers()
        yield from self._records()
        yield from self._program()

    def _chat(self) -> Iterator[Metric]:
        rooms = self._rooms
        yield _gauge("sockets", "Open websockets.", rooms.traffic.sockets)
        yield _gauge("pages", "Pages in a conversation.", len(rooms.visits))
        yield _gauge("conversations", "Conversations in memory.", len(rooms.lobby))
        admission, crowd = rooms.service.admission, rooms.crowd
        yield _gauge("replies", "Replies under way.", admission.running)
        yield _gauge(
            "messages_waiting",
            "Messages that wait for a reply before them, or in line.",
            rooms.service.waiting,
        )
        yield _gauge("turns_in_line", "Turns that wait since MAX_TURNS run.", admission.waiting)
        most = {"sockets": float(crowd.most), "replies": float(admission.most)}
        yield _by("most", "MAX_SOCKETS and MAX_TURNS.", "what", most)
        away = CounterMetricFamily(f"{PREFIX}_turned_away", "Who found no room.", labels=["what"])
        away.add_metric(["page"], crowd.refused)
        away.add_metric(["message"], admission.refused)
        yield away
        answers = CounterMetricFamily(f"{PREFIX}_http_answers", "Answers over HTTP.", labels=["status"])
        for status, count in rooms.traffic.answers.items():
            answers.add_metric([status], count)
        yield answers

    def _providers(self) -> Iterator[Metric]:
        keys = _family("keys", "Keys, by state.", "provider", "state")
        breakers = _family(
            "breakers", "Circuit breakers of the models that were asked, by state.", "provider", "state"
        )
        usable = _family("provider_usable", "Whether a turn may be answered there.", "provider")
        for name, standing in self._rooms.engine.standing().items():
            for state, count in standing.keys.items():
                keys.add_metric([name, state], count)
            for status, count in standing.breakers.items():
                breakers.add_metric([name, status], count)
            usable.add_metric([name], standing.usable)
        yield from (keys, breakers, usable)

    def _records(self) -> Iterator[Metric]:
        at_work, state = self._rooms.books.at_work(), self._rooms.books.state
        yield _gauge("reservations", "Turns that money is set aside for.", at_work.open_turns)
        yield _gauge("reserved_usd", "The most that they can cost.", float(at_work.reserved_usd))
        yield _gauge("writer_queue", "Entries of the books that are not written yet.", at_work.waiting)
        yield _gauge("spool_bytes", "Entries that wait on the disk for the database.", at_work.spooled_bytes)
        states = {name: float(name == state) for name in ("written", "spooled", "kept")}
        yield _by("books", "Where entries go: database, disk, or nowhere but memory.", "state", states)
        in_use, idle = self._rooms.database.connections()
        pool = {"in_use": float(in_use), "idle": float(idle)}
        yield _by("database_connections", "Connections of the pool.", "state", pool)

    def _program(self) -> Iterator[Metric]:
        parts = {name: float(well) for name, well in self._rooms.readiness.known.items()}
        yield _by(
            "ready", "Parts as /readyz knows them; draining: 1 while the program leaves.", "part", parts
        )
        labels = {"version": self._version, "database": newest()}
        labels |= {"python": platform.python_version(), "chainlit": chainlit.__version__}
        build = _family("build_info", "What runs here; database: the migration that it needs.", *labels)
        build.add_metric([*labels.values()], 1)
        yield build


def _family(name: str, what: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", what, labels=labels)


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", what, value=value)


def _by(name: str, what: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = _family(name, what, label)
    for value, count in values.items():
        family.add_metric([value], count)
    return family
