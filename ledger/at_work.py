"""What the books have in hand at a moment, for whoever watches them."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class AtWork:
    """waiting: operations that the writer holds. spooled_bytes: those that wait on the disk for the database.

    open_turns, reserved_usd: turns of this program under way, and the most that all of them can cost; one whose price
    nobody knows adds nothing.
    """

    waiting: int
    spooled_bytes: int
    open_turns: int
    reserved_usd: Decimal
