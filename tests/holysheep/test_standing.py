"""Whether a turn may be answered at a provider, as far as is known."""

import pytest

from holysheep.health import Standing

NO_KEYS = {"ready": 0, "resting": 0, "out": 0}
NO_BREAKERS = {"closed": 0, "open": 0, "half_open": 0}


@pytest.mark.parametrize(
    ("keys", "breakers", "usable"),
    [
        ({"ready": 1}, {}, True),  # nothing was asked yet
        ({"ready": 1, "out": 3}, {"closed": 1}, True),
        ({"resting": 1}, {"closed": 1}, True),  # it is free again by itself
        ({"out": 2}, {}, False),
        ({"out": 2}, {"closed": 1}, False),
        ({"ready": 1}, {"open": 2}, False),
        ({"ready": 1}, {"open": 1, "closed": 1}, True),
        ({"ready": 1}, {"open": 1, "half_open": 1}, True),  # the next turn finds out
    ],
)
def test_usable(keys: dict[str, int], breakers: dict[str, int], usable: bool) -> None:
    """A key that is not refused, and a model that is not cut off or was not asked."""
    standing = Standing({**NO_KEYS, **keys}, {**NO_BREAKERS, **breakers})  # type: ignore[dict-item]
    assert standing.usable is usable
