"""What happened on a link, for a terminal."""

from demos.happened import told

SAID = {
    "link": "abc",
    "visitors": 2,
    "conversations": 3,
    "messages": 7,
    "cost_usd": "0.0021",
    "cost_bound": "at_least",
    "ttft_ms": {"median": 180, "p95": 420},
    "thumbs": {"up": 2, "down": 1},
    "first_seen": "2026-11-02T09:00:00+00:00",
    "last_seen": "2026-11-03T09:00:00+00:00",
    "devices": {"phone": 2, "desktop": 1},
    "hosts": {"shop.example": 2, "": 1},
}


def test_a_few_lines() -> None:
    """Every number is in them; a cost that is not all known says so."""
    words = told(SAID)
    for part in ("2 visitors", "7 messages", "at least $0.0021", "180 ms", "420 ms", "2 thumbs up, 1 down"):
        assert part in words
    assert "phone 2, desktop 1" in words and "shop.example 2, no page, or none that says 1" in words


def test_without_a_reply() -> None:
    """What is not known is not made up."""
    words = told({**SAID, "cost_usd": None, "cost_bound": "unknown", "ttft_ms": None})
    assert "cost unknown" in words and "no reply yet" in words
