"""The async client of OpenAI-compatible providers, HolySheep AI first.

``Engine.stream`` yields ``Delta`` and ``Retrying`` events and always, exactly once and last, a
``Receipt``. ``complete`` gives a whole reply, for scripts. Knows nothing of Chainlit, demos or
databases.
"""

from holysheep.engine import Engine
from holysheep.errors import EngineError
from holysheep.events import Attempt, Completion, Delta, Event, Receipt, Retrying
from holysheep.prices import Model, Price, Usage, cost
from holysheep.providers import HOLYSHEEP_BASE_URL, Provider
from holysheep.scripts import complete
from holysheep.stream import ReplyStream

__all__ = [
    "HOLYSHEEP_BASE_URL",
    "Attempt",
    "Completion",
    "Delta",
    "Engine",
    "EngineError",
    "Event",
    "Model",
    "Price",
    "Provider",
    "Receipt",
    "ReplyStream",
    "Retrying",
    "Usage",
    "complete",
    "cost",
]
