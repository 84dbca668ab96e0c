"""Shares of turns that are bad, and how sure it is that one is larger than another."""

import math
from collections.abc import Sequence
from functools import cached_property
from statistics import NormalDist

from holysheep.rollout.exact import lower_limit, upper_limit


class Share:
    """How many of some turns are bad, told as (conversation, bad); a conversation without a name is of one turn.

    likeness: how much turns of one conversation are taken to be alike at the least, from 0 to 1 (each tells no more
    than the first one): of few conversations it cannot be measured.
    """

    def __init__(self, turns: Sequence[tuple[str, bool]], likeness: float = 0.0) -> None:
        self._turns = turns
        self._likeness = likeness
        self.of = len(turns)
        self.bad = sum(bad for _, bad in turns)
        self.value = self.bad / self.of if self.of else 0.0

    def below(self, level: float) -> float:
        """Its lower limit."""
        return lower_limit(*self._independent, level)

    def above(self, level: float) -> float:
        """Its upper limit."""
        return upper_limit(*self._independent, level)

    @cached_property
    def conversations(self) -> int:
        """In so many."""
        return len(self._by_conversation)

    @cached_property
    def effect(self) -> float:
        """Kish's design effect, the variance over conversations by that of as many independent turns: so many turns
        tell as much as a single one would."""
        found = self._by_conversation
        size = sum(of * of for of, _ in found) / self.of if self.of else 1.0
        least = 1 + (size - 1) * self._likeness
        if len(found) < 2 or not 0 < self.bad < self.of:
            return least
        spread = sum((bad - self.value * of) ** 2 for of, bad in found) * len(found) / (len(found) - 1)
        return max(least, spread / (self.of * self.value * (1 - self.value)))

    @property
    def _independent(self) -> tuple[float, float]:
        return round(self.bad / self.effect, 2), round(self.of / self.effect, 2)

    @cached_property
    def _by_conversation(self) -> Sequence[list[int]]:
        found: dict[str | int, list[int]] = {}
        for number, (conversation, bad) in enumerate(self._turns):
            counts = found.setdefault(conversation or number, [0, 0])
            counts[0] += 1
            counts[1] += bad
        return list(found.values())


def larger_by(ours: Share, theirs: Share, level: float) -> float:
    """By how much ``ours`` is larger at the least: Newcombe's method 10 (Statistics in Medicine 17, 1998)."""
    down, up = ours.value - ours.below(level), theirs.above(level) - theirs.value
    return ours.value - theirs.value - math.hypot(down, up)


def larger_by_at_most(ours: Share, theirs: Share, level: float) -> float:
    """By how much ``ours`` is larger at the most."""
    return -larger_by(theirs, ours, level)


def turns_to_tell(ours: Share, theirs: Share, margin: float, level: float) -> float:
    """How many of ours it takes, about, until the difference is told from ``margin`` at such shares."""
    if not theirs.of or not ours.of:
        return math.inf
    gap = abs(ours.value - theirs.value - margin)
    spread = _spread(ours) + _spread(theirs) * ours.of / theirs.of
    z = NormalDist().inv_cdf(1 - level)
    return max(z * z * spread / (gap * gap), -math.log(level) / gap) if gap > 0 else math.inf


def _spread(share: Share) -> float:
    smoothed = (share.bad + 0.5) / (share.of + 1)
    return smoothed * (1 - smoothed) * share.effect
