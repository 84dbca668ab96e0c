"""Every fault by name. To add one: a function and a row in the file of its family."""

from . import connection, contents, counts, framing, gateways, limits, payloads, refusals, tempo
from .fault import Fault

_FAMILIES = (refusals, limits, gateways, connection, tempo, contents, framing, payloads, counts)

FAULTS: dict[str, Fault] = {fault.name: fault for family in _FAMILIES for fault in family.FAULTS}


class UnknownFault(ValueError):
    """No fault has this ``name``."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no fault is called {name!r}; `python -m emulator --list` names them all")
        self.name = name


def find(name: str) -> Fault:
    """The fault called ``name``, or `UnknownFault`."""
    try:
        return FAULTS[name]
    except KeyError:
        raise UnknownFault(name) from None


__all__ = ["FAULTS", "Fault", "UnknownFault", "find"]
