"""All cases, and how one is played."""

from collections.abc import Callable
from typing import TypeVar

import cases_connection
import cases_framing
import cases_limits
import cases_money
import cases_ourselves
import cases_payload
import cases_statuses
import cases_streams
from case import Case
from seen import Seen
from world import LONG, QUESTION, World, world

T = TypeVar("T")

_FAMILIES = (
    cases_connection,
    cases_statuses,
    cases_limits,
    cases_streams,
    cases_framing,
    cases_payload,
    cases_money,
    cases_ourselves,
)
CASES: tuple[Case, ...] = tuple(case for family in _FAMILIES for case in family.CASES)


async def play(case: Case, look: Callable[[Case, Seen, World], T], cadence_s: float = 0.0) -> T:
    """Set the world up, drive it, and look at what came while it still stands."""
    async with world(
        case.first,
        case.second,
        keys=case.keys,
        tokens=case.tokens,
        changes=case.changes,
        cadence_s=cadence_s,
    ) as here:
        if case.drive:
            seen = await case.drive(here)
        else:
            for _ in range(case.turns):
                seen = await here.ask(LONG if case.long else QUESTION)
        return look(case, seen, here)
