"""Which fault strikes which request: always, so many times, for a time, in turn; all of it for one key or for any."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

from . import faults
from .faults.fault import Fault


@dataclass
class _Plan:
    """The faults to come, None for a request that goes well; ``until``: when it is over, whatever is left of it."""

    coming: Iterator[Fault | None]
    until: float | None = None


class Plans:
    """The plan for any key, and the plans for single keys, which go before it. clock: seconds, never going back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._plans: dict[str, _Plan] = {}

    def always(self, name: str, times: int | None, *, key: str, seconds: float | None) -> None:
        """One fault on the next ``times`` requests, or on all; for ``seconds``, or until cleared."""
        if times is not None and times < 1:
            raise ValueError(f"times must be 1 or more, not {times}")
        if seconds is not None and seconds <= 0:
            raise ValueError(f"seconds must be above 0, not {seconds}")
        fault = faults.find(name)
        coming = repeat(fault) if times is None else repeat(fault, times)
        self._plans[key] = _Plan(coming, None if seconds is None else self._clock() + seconds)

    def in_turn(self, names: Sequence[str | None], *, key: str) -> None:
        """These faults, one a request, and then none."""
        self._plans[key] = _Plan(iter([None if name is None else faults.find(name) for name in names]))

    def clear(self) -> None:
        """Nothing more."""
        self._plans.clear()

    def next(self, key: str) -> Fault | None:
        """The fault that the request with this key's fingerprint meets."""
        own = key if key in self._plans else ""
        plan = self._plans.get(own)
        if plan is None:
            return None
        if plan.until is not None and self._clock() >= plan.until:
            del self._plans[own]
            return None
        return next(plan.coming, None)
