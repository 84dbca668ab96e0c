"""The distributions that the gates need, from the incomplete beta function.

Exact limits of a share: Clopper and Pearson, Biometrika 26 (1934). Wilson's would be narrower, but one-sided and for
shares near 0 they promise far more than they keep (Cai, Journal of Statistical Planning and Inference 131, 2005), and
shares near 0 are what errors are. Turns of one conversation are not independent: numbers are divided by the design
effect before (Korn and Graubard, Survey Methodology 24, 1998), so they need not be whole.
"""

import math
from functools import lru_cache

_PRECISION = 1e-12
_HALVINGS = 48


def beta_share(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(b, a, 1 - x)
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(logarithm) / a * _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    above, below = 1.0, 1 - (a + b) * x / (a + 1)
    below = 1 / below
    value = below
    for m in range(1, 10_000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            below = 1 / (1 + term * below)
            above = 1 + term / above
            change = above * below
            value *= change
        if abs(change - 1) < _PRECISION:
            break
    return value


@lru_cache(maxsize=100_000)
def lower_limit(found: float, of: float, level: float) -> float:
    """The share that is not reached from below, but for ``level`` of the cases, where ``found`` of ``of`` were seen."""
    if found <= 0:
        return 0.0
    low, high = 0.0, found / of
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if beta_share(found, of - found + 1, middle) < level:
            low = middle
        else:
            high = middle
    return low


def upper_limit(found: float, of: float, level: float) -> float:
    """As ``lower_limit``, from above."""
    return 1 - lower_limit(of - found, of, level) if of > 0 else 1.0


@lru_cache(maxsize=10_000)
def student(level: float, freedom: int) -> float:
    """What Student's t exceeds in ``level`` of the cases."""
    low, high = 0.0, 1e6
    for _ in range(2 * _HALVINGS):
        middle = (low + high) / 2
        if beta_share(freedom / 2, 0.5, freedom / (freedom + middle * middle)) / 2 > level:
            low = middle
        else:
            high = middle
    return high
