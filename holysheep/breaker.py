"""What keeps an outage from being answered by a stampede: breakers and budgets of repeats. Without I/O or clock."""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

#: Open after so many failures in a row, or half of at least so many attempts within so long.
IN_A_ROW = 5
LEAST_ATTEMPTS = 10
SHARE = 0.5
WINDOW_S = 60.0
#: So long it stays open before one attempt may look whether all is well; twice as long each time it is not.
OPEN_S = 5.0
LONGEST_OPEN_S = 20.0

BreakerStatus = Literal["closed", "open", "half_open"]


@dataclass
class Breaker:
    """Of one provider and model. Times are seconds on one clock.

    in_a_row: failures since the last success, also those that other programs told of. untold: those of our own that are
    not told yet; recovered: a success that is not. ended_at, well: the attempts of the last minute, in columns, which
    are less work for the garbage collector than pairs.
    """

    open_until: float = 0.0
    opened_for: float = 0.0
    in_a_row: int = 0
    probing_since: float | None = None
    ended_at: deque[float] = field(default_factory=deque)
    well: deque[bool] = field(default_factory=deque)
    untold: int = 0
    recovered: bool = False

    @property
    def changed(self) -> bool:
        """Whether there is something to tell."""
        return self.recovered or self.untold > 0

    def status(self, now: float) -> BreakerStatus:
        """Half open: its time is over, and one attempt may look."""
        if not self.opened_for:
            return "closed"
        return "open" if now < self.open_until else "half_open"

    def lets_through(self, now: float) -> bool:
        """Whether an attempt may go this way; while it is half open only one, until that has ended."""
        status = self.status(now)
        if status == "half_open":
            return self.probing_since is None or now - self.probing_since > WINDOW_S
        return status == "closed"

    def begins(self, now: float) -> None:
        """An attempt goes this way."""
        if self.status(now) == "half_open":
            self.probing_since = now

    def ended(self, well: bool, now: float) -> None:
        """An attempt has ended, well or in a way that speaks against the route."""
        self.probing_since = None
        self.ended_at.append(now)
        self.well.append(well)
        while self.ended_at[0] < now - WINDOW_S:
            self.ended_at.popleft()
            self.well.popleft()
        if well:
            self.recovered = self.recovered or self.in_a_row > 0 or self.opened_for > 0
            self.in_a_row = self.untold = 0
            if self.opened_for:
                self.ended_at.clear()
                self.well.clear()
                self.open_until = self.opened_for = 0.0
            return
        self.in_a_row += 1
        self.untold += 1
        if self.status(now) != "open" and self._is_bad():
            self.opened_for = min(LONGEST_OPEN_S, self.opened_for * 2) or OPEN_S
            self.open_until = now + self.opened_for

    def gave_no_word(self) -> None:
        """The attempt ended by no doing of the route's."""
        self.probing_since = None

    def _is_bad(self) -> bool:
        failed = len(self.well) - sum(self.well)
        many = len(self.well) >= LEAST_ATTEMPTS and failed >= SHARE * len(self.well)
        return bool(self.opened_for) or self.in_a_row >= IN_A_ROW or many


@dataclass
class RepeatBudget:
    """Of one provider: a bucket, so that repeats never grow into a load of their own. First attempts are never held.

    After gRPC's retry throttling (proposal A6): full at 10, a failure takes 1, a success gives 0.1, and at half of it
    or less nothing is repeated.
    """

    most: float = 10.0
    left: float = 10.0

    def succeeded(self) -> None:
        """An attempt has answered."""
        self.left = min(self.most, self.left + 0.1)

    def failed(self) -> None:
        """An attempt failed in a way that a repeat could mend."""
        self.left = max(0.0, self.left - 1)

    @property
    def allows(self) -> bool:
        """Whether a repeat may be made."""
        return self.left > self.most / 2
