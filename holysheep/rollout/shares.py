"""Shares of turns that are bad, and how sure it is that one is larger than another."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

from holysheep.rollout.exact import lower_limit, upper_limit


@dataclass(frozen=True)
class Share:
    """bad: of ``of`` turns, in so many conversations. effect: so many turns tell as much as one independent one."""

    bad: int
    of: int
    conversations: int
    effect: float = 1.0

    @property
    def value(self) -> float:
        """0 where there are no turns."""
        return self.bad / self.of if self.of else 0.0

    def below(self, level: float) -> float:
        """Its lower limit."""
        return lower_limit(*self._independent, level)

    def above(self, level: float) -> float:
        """Its upper limit."""
        return upper_limit(*self._independent, level)

    @property
    def _independent(self) -> tuple[float, float]:
        if self.effect == 1.0:
            return self.bad, self.of
        return round(self.bad / self.effect, 2), round(self.of / self.effect, 2)


def share(turns: Iterable[tuple[str, bool]]) -> Share:
    """Of turns as (conversation, bad); a conversation without a name is of one turn."""
    found: dict[str | int, list[int]] = {}
    for number, (conversation, bad) in enumerate(turns):
        counts = found.setdefault(conversation or number, [0, 0])
        counts[0] += 1
        counts[1] += bad
    of, bad_ones = (sum(counts[i] for counts in found.values()) for i in (0, 1))
    return Share(bad_ones, of, len(found), _effect(list(found.values()), of, bad_ones))


def _effect(found: list[list[int]], of: int, bad: int) -> float:
    """Kish's design effect: the variance over conversations, by that of as many independent turns."""
    if len(found) < 2 or not 0 < bad < of:
        return 1.0
    value = bad / of
    spread = sum((y - value * n) ** 2 for n, y in found) * len(found) / (len(found) - 1)
    return max(1.0, spread / (of * value * (1 - value)))


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
