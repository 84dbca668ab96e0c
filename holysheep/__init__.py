"""The async client of OpenAI-compatible providers, HolySheep AI first.

``Engine.stream`` yields ``Delta``, ``Retrying``, ``Restarted`` and ``Notice`` events and always, exactly once and last,
a ``Receipt``. ``complete`` gives a whole reply, for scripts. Knows nothing of Chainlit, demos or databases.
"""

from holysheep.engine import Engine, EngineSettings
from holysheep.errors import EngineError
from holysheep.events import Attempt, Completion, Delta, Event, Notice, Receipt, Restarted, Retrying
from holysheep.prices import Model, Price, Usage, cost
from holysheep.probing import Probe
from holysheep.providers import HOLYSHEEP_BASE_URL, Key, Provider
from holysheep.routes import Candidate
from holysheep.scripts import complete
from holysheep.store import FileStore, MemoryStore, Store
from holysheep.stream import ReplyStream

__all__ = [
    "HOLYSHEEP_BASE_URL",
    "Attempt",
    "Candidate",
    "Completion",
    "Delta",
    "Engine",
    "EngineError",
    "EngineSettings",
    "Event",
    "FileStore",
    "Key",
    "MemoryStore",
    "Model",
    "Notice",
    "Price",
    "Probe",
    "Provider",
    "Receipt",
    "ReplyStream",
    "Restarted",
    "Retrying",
    "Store",
    "Usage",
    "complete",
    "cost",
]
