"""What is done when, in a soak of ten minutes and in a short one."""

from collections import Counter

import pytest

from scripts.soak.plan import deeds
from scripts.soak.run import last_lines


def test_ten_minutes() -> None:
    """A replica is ended every 30 s, by turns, most of them by force; the database twice; the provider by turns."""
    planned = deeds(600, 2)
    kinds = Counter(deed.kind for deed in planned)
    assert kinds["kill"] + kinds["drain"] == 19 and kinds["drain"] == 4 and kinds["postgres"] == 2
    ended = [deed for deed in planned if deed.kind in ("kill", "drain")]
    assert [deed.at for deed in ended] == [30.0 * (number + 1) for number in range(19)]
    for kind in ("kill", "drain"):
        assert {deed.which for deed in ended if deed.kind == kind} == {"0", "1"}
    assert len({deed.which for deed in planned if deed.kind == "outage"}) >= 5


@pytest.mark.parametrize(("seconds", "every_s"), [(20, 7), (60, 30), (90, 10)])
def test_a_short_one(seconds: float, every_s: float) -> None:
    """Everything is over before the visitors go, and nothing is done beside the end of a replica but a bad provider."""
    planned = deeds(seconds, 2, every_s)
    assert any(deed.kind == "kill" for deed in planned)
    assert all(deed.at + deed.lasts_s < seconds for deed in planned)
    ended = {deed.at for deed in planned if deed.kind in ("kill", "drain")}
    assert not ended & {deed.at for deed in planned if deed.kind == "postgres"}


def test_tracebacks_are_counted_by_their_last_line() -> None:
    """The log of a replica may hold other lines before, between and after."""
    one = "Traceback (most recent call last):\n  File 'a.py'\n    raise\nOSError: gone\n"
    assert last_lines(f"ready\n{one}a warning\n{one}") == ["OSError: gone"] * 2
