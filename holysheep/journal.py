"""Who keeps the books is told of each attempt before its request leaves."""

from dataclasses import dataclass
from typing import Protocol

from holysheep.errors import EngineError


@dataclass(frozen=True, slots=True)
class AttemptStart:
    """An attempt that is about to be made.

    number: from 1 within the turn. model: our id. key_fingerprint: which key, never the key.
    """

    number: int
    provider: str
    model: str
    key_fingerprint: str | None = None


class Journal(Protocol):
    """Told of attempts; what it is told is on record when it returns."""

    async def begin_attempt(self, start: AttemptStart) -> None:
        """An attempt is about to be made. Raising an EngineError keeps its request from leaving."""


class OutOfMoney(EngineError):
    """A budget of ours does not hold what the reply could cost; the detail says which."""

    kind, fault = "out_of_money", "operator"


class NotRecorded(EngineError):
    """The turn could be written down nowhere, so its request does not leave either."""

    kind, fault = "not_recorded", "operator"
